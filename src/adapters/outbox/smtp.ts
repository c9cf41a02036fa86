/**
 * Mail over SMTP (RFC 5321), submitted over TLS: implicit (RFC 8314, port 465, the default) or STARTTLS that must succeed (RFC 3207, port 587).
 * Without TLS only to a relay on this machine, and then without a login. Files and addresses are never fetched into a mail.
 *
 * SMTP knows no idempotency key. What was accepted is written into a journal before `deliver` returns, so a second hand-over sends nothing.
 * One gap stays: a crash between the server's 250 and that line. The next hand-over then sends again, under the same Message-ID.
 *
 * | party       | learns                                                              |
 * |-------------|---------------------------------------------------------------------|
 * | recipient   | the notice: loan id, rule, reason, severity, day                    |
 * | mail server | all of it, and who is told: use the bank's own, or encrypt the body |
 * | network     | the server's address and the time                                   |
 */
import { createTransport, type Transporter } from 'nodemailer';
import { type Clock, InputError } from '../../base/index.ts';
import { refuseUnknownKeys } from '../../data/index.ts';
import { turnstile } from '../files/index.ts';
import { isMailAddress, type Mail, mailOf } from './mail.ts';
import type { Delivery, Notice } from './notice.ts';
import type { SentJournal } from './sent-journal.ts';

export interface SmtpOptions {
  /** Name of the mail server; its certificate must be for this name. */
  readonly host: string;
  /** @default 465 for implicit, 587 for starttls, 25 for local */
  readonly port?: number;
  /** `local`: no TLS, and only to localhost, 127.0.0.1 or ::1. @default implicit */
  readonly security?: 'implicit' | 'starttls' | 'local';
  /** Certificates in PEM that the server's must lead to. @default the machine's */
  readonly ca?: string;
  /** A server that offers no login then gets no mail. @default none */
  readonly login?: { readonly user: string; readonly password: string };
  /** Sender; its domain stands in the Message-ID. */
  readonly from: string;
  /** The address of whoever a notice is for ('owner' or a name of the policy's escalation); undefined when nobody is known. */
  readonly recipient: (notice: Notice) => string | undefined;
  readonly sent: SentJournal;
  readonly clock: Clock;
  /** For each of: name lookup, connection, greeting, silence; the whole delivery may take four times as long. @default 15000 */
  readonly timeoutMs?: number;
}
/** A mail channel; implements `NoticeChannel` of credit/monitoring. */
export interface SmtpChannel {
  readonly name: string;
  /** One mail at a time. Never throws for a server's failure. */
  deliver(notice: Notice, signal: AbortSignal): Promise<Delivery>;
}

const KEYS = ['host', 'port', 'security', 'ca', 'login', 'from', 'recipient', 'sent', 'clock', 'timeoutMs'];
const LOCAL = new Set(['localhost', '127.0.0.1', '::1']);
const PORTS = { implicit: 465, starttls: 587, local: 25 } as const;
/** A server's answer is a few lines. */
const MAX_RESPONSE = 65_536;

/**
 * A channel to one mail server. Accepted is delivered; 4xx, a refused login, no TLS and a dead link are tried again (a wrong password is put
 * right by somebody and must cost no warning); 5xx for the mail or its recipient, and a notice without a recipient, are refused.
 * @throws InputError `ERR_OUTBOX_SMTP` on a malformed sender or host, plain SMTP to another machine, or a login without TLS.
 */
export function smtp(options: SmtpOptions): SmtpChannel {
  const transport = transportOf(options);
  const { from, recipient, sent, clock, timeoutMs = 15_000 } = options;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const inTurn = turnstile();
  return Object.freeze({
    name: 'smtp',
    deliver: (notice: Notice, signal: AbortSignal): Promise<Delivery> =>
      inTurn(async () => {
        if (sent.has(notice.key)) return { kind: 'delivered' };
        const to = recipient(notice);
        if (to === undefined || !isMailAddress(to)) return { kind: 'refused', why: 'the notice has no valid mail address to go to' };
        const mail = mailOf(notice, domain);
        if (!mail) return { kind: 'refused', why: 'the notice has no valid severity or day' };
        const until = AbortSignal.any([signal, AbortSignal.timeout(4 * timeoutMs)]);
        const failure = await send(transport, { from, to, date: new Date(clock.now()), ...mail }, until);
        if (failure) return failure;
        await sent.add(notice.key);
        return { kind: 'delivered' };
      }),
  });
}

function transportOf(options: SmtpOptions): Transporter {
  refuseUnknownKeys('smtp', options, KEYS);
  const { host, security = 'implicit', port = PORTS[security], ca, login, from, timeoutMs = 15_000 } = options;
  if (!Object.hasOwn(PORTS, security)) throw refused('the security of a mail server is implicit, starttls or local');
  if (!/^[a-z\d.:-]{1,253}$/i.test(host)) throw refused('a mail server needs a host name or an address');
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) throw refused('the port of a mail server must be 1 to 65535');
  if (!(Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= 600_000)) throw refused('timeoutMs must be 1 to 600000');
  if (security === 'local' && !LOCAL.has(host)) throw refused('mail to another machine needs TLS');
  if (security === 'local' && login) throw refused('a login needs TLS');
  if (!isMailAddress(from)) throw refused('the sender of mails must be one plain address');
  return createTransport({
    host,
    port,
    secure: security === 'implicit',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'local',
    // forceAuth: without it a server that hides its login would get the mail unauthenticated.
    ...(login ? { auth: { user: login.user, pass: login.password }, forceAuth: true } : {}),
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    maxResponseSize: MAX_RESPONSE,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
}

interface Envelope extends Mail {
  readonly from: string;
  readonly to: string;
  readonly date: Date;
}

/** undefined when the server took it; otherwise why not, in words of ours: a server's may hold addresses. */
async function send(transport: Transporter, mail: Envelope, signal: AbortSignal): Promise<Delivery | undefined> {
  try {
    // RFC 3834: no machine shall answer this one.
    await transport.sendMail({ ...mail, headers: { 'auto-submitted': 'auto-generated' }, textEncoding: 'base64', signal });
    return undefined;
  } catch (error) {
    return verdict((error ?? {}) as Failure);
  }
}

/** What nodemailer says of a failure; anything else in it stays unread. */
interface Failure {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  /** Of OpenSSL or the system. */
  readonly originalCode?: unknown;
}
/** How OpenSSL and node name a chain, a name or a handshake that does not hold. */
const UNTRUSTED = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|UNABLE_|DEPTH_)/;

function verdict({ code, responseCode, originalCode }: Failure): Delivery {
  const status = typeof responseCode === 'number' ? responseCode : 0;
  if (code === 'EAUTH' || code === 'ENOAUTH') return { kind: 'retry', why: 'the mail server refused the login' };
  // Only an answer to the mail or its recipient is about this notice.
  if ((code === 'EENVELOPE' || code === 'EMESSAGE') && status >= 400) {
    return { kind: status >= 500 ? 'refused' : 'retry', why: `the mail server answered ${status}` };
  }
  if (code === 'ETLS' || UNTRUSTED.test(String(originalCode ?? '')))
    return { kind: 'retry', why: 'the mail server offers no TLS that can be trusted' };
  return { kind: 'retry', why: 'the mail server cannot be reached' };
}

const refused = (message: string): InputError =>
  new InputError('ERR_OUTBOX_SMTP', message, { help: 'Correct the mail settings of the outbox.' });
