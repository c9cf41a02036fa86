/**
 * A webhook: POST of the notice as JSON with `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and an HMAC-SHA256 of time and body, so
 * that the receiver knows the sender and can refuse replays. Redirects are refused: they could carry a notice to somebody else.
 *
 * | party    | learns                                             |
 * |----------|----------------------------------------------------|
 * | receiver | the notice: loan id, rule, reason, severity, day   |
 * | network  | the receiver's address and the time (https only)   |
 */
import { createHmac } from 'node:crypto';
import { type Clock, InputError } from '../../base/index.ts';
import { refuseUnknownKeys } from '../../data/index.ts';
import type { Delivery, Notice } from './notice.ts';

export interface WebhookOptions {
  /** https, or http to this machine. */
  readonly url: string;
  /** Shared with the receiver, at least 32 bytes. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  /** @default 10000 */
  readonly timeoutMs?: number;
  /** @default the global fetch */
  readonly fetch?: typeof fetch;
}
export interface Webhook {
  readonly name: string;
  deliver(notice: Notice, signal: AbortSignal): Promise<Delivery>;
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);
const KEYS = ['url', 'secret', 'clock', 'timeoutMs', 'fetch'];

/**
 * A channel to one address. 2xx and 409 (seen before) are delivered; 408, 425, 429, 5xx and a dead link are tried again; the rest is refused.
 * @throws InputError `ERR_OUTBOX_WEBHOOK` on a plain http address elsewhere, credentials in the address, or a short secret.
 */
export function webhook(options: WebhookOptions): Webhook {
  refuseUnknownKeys('webhook', options, KEYS);
  const { url, secret, clock, timeoutMs = 10_000, fetch: send = fetch } = options;
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (!address || !(address.protocol === 'https:' || (address.protocol === 'http:' && LOCAL.has(address.hostname))))
    throw refused('a webhook needs an https address');
  if (address.username !== '' || address.password !== '') throw refused('the address of a webhook must not hold credentials');
  if (secret.length < 32) throw refused('the secret of a webhook needs at least 32 bytes');
  return Object.freeze({
    name: 'webhook',
    async deliver(notice: Notice, signal: AbortSignal): Promise<Delivery> {
      const body = JSON.stringify(notice);
      const time = String(Math.floor(clock.now() / 1000));
      const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
      try {
        const response = await send(address, {
          method: 'POST',
          body,
          redirect: 'error',
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          headers: {
            'content-type': 'application/json; charset=utf-8',
            // Keys may hold any letter; a header may not.
            'idempotency-key': `"${encodeURIComponent(notice.key)}"`,
            'x-fedcredit-time': time,
            'x-fedcredit-signature': `sha256=${signature}`,
          },
        });
        await response.body?.cancel();
        return verdict(response.status);
      } catch {
        return { kind: 'retry', why: 'the receiver cannot be reached' };
      }
    },
  });
}

function verdict(status: number): Delivery {
  if ((status >= 200 && status < 300) || status === 409) return { kind: 'delivered' };
  const again = status >= 500 || status === 408 || status === 425 || status === 429;
  return { kind: again ? 'retry' : 'refused', why: `the receiver answered ${status}` };
}

const refused = (message: string): InputError =>
  new InputError('ERR_OUTBOX_WEBHOOK', message, { help: 'Correct the webhook of the outbox.' });
