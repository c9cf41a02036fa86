/**
 * Delivery of notices with exactly-once effect. A notice is put into a durable outbox under its key and handed to a channel until the channel
 * says it has it. Between handing over and writing that down a crash may come, so a channel can be handed the same notice twice: it must
 * treat the key as an idempotency key. At least once here, at most once there: once. Adapters are in `adapters/outbox` (inbox folder, webhook,
 * mail); SMS needs a provider and implements `NoticeChannel` at the bank.
 */
import type { Clock } from '../../base/index.ts';
import type { AlertNotice } from './alert-book.ts';

/** A notice in the outbox. */
export interface OutboxEntry {
  readonly notice: AlertNotice;
  /** Hand-overs so far. */
  readonly attempts: number;
  /** Not before this time, ms since 1970. */
  readonly due: number;
}
/** A durable list of notices by key. Each call is on disk when it returns. */
export interface OutboxStore {
  /** Adds a notice unless one of its key was ever added. @returns whether it is new. */
  add(notice: AlertNotice): Promise<boolean>;
  /** Not yet delivered nor given up, oldest first. */
  pending(): Promise<readonly OutboxEntry[]>;
  /** Writes down the result of an attempt. */
  record(key: string, result: AttemptResult): Promise<void>;
}
/** What became of one attempt; `due` is in ms since 1970. */
export type AttemptResult =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'later'; readonly due: number }
  | { readonly kind: 'given-up'; readonly why: string };

/** What a channel says of one hand-over. */
export type Delivery =
  | { readonly kind: 'delivered' }
  /** Try again: the receiver is busy or away. */
  | { readonly kind: 'retry'; readonly why: string }
  /** Trying again will not help: a wrong address, a refusal. */
  | { readonly kind: 'refused'; readonly why: string };
/** A way to somebody. A second hand-over of the same `key` must have no second effect. Must not throw for a receiver's failure. */
export interface NoticeChannel {
  readonly name: string;
  deliver(notice: AlertNotice, signal: AbortSignal): Promise<Delivery>;
}

/** How often and how patiently a dispatch tries. */
export interface DispatchOptions {
  /** Attempts before a notice is given up. @default 10 */
  readonly maxAttempts?: number;
  /** Wait after the first failure, doubled each time, at most a day. @default 60000 ms */
  readonly firstWaitMs?: number;
  readonly signal?: AbortSignal;
}
/** What one dispatch did. */
export interface DispatchReport {
  /** Notices a channel took in this dispatch. */
  readonly delivered: number;
  /** Not yet due, or put off. */
  readonly waiting: number;
  /** Keys tried now and put off, with the channel's reason: a wrong password shows here long before anything is given up. */
  readonly putOff: readonly { readonly key: string; readonly why: string }[];
  /** Keys given up, with the channel's reason: somebody must look at these. */
  readonly givenUp: readonly { readonly key: string; readonly why: string }[];
}

const DAY_MS = 86_400_000;

/** Hands over every notice that is due, one after the other. Safe to call again after any crash. */
export async function dispatch(
  store: OutboxStore,
  channel: NoticeChannel,
  clock: Clock,
  { maxAttempts = 10, firstWaitMs = 60_000, signal = new AbortController().signal }: DispatchOptions = {},
): Promise<DispatchReport> {
  let delivered = 0;
  let waiting = 0;
  const putOff: { key: string; why: string }[] = [];
  const givenUp: { key: string; why: string }[] = [];
  for (const { notice, attempts, due } of await store.pending()) {
    if (due > clock.now() || signal.aborted) {
      waiting++;
      continue;
    }
    const result = await channel.deliver(notice, signal);
    if (result.kind === 'delivered') {
      await store.record(notice.key, { kind: 'delivered' });
      delivered++;
    } else if (result.kind === 'refused' || attempts + 1 >= maxAttempts) {
      await store.record(notice.key, { kind: 'given-up', why: result.why });
      givenUp.push({ key: notice.key, why: result.why });
    } else {
      await store.record(notice.key, { kind: 'later', due: clock.now() + Math.min(DAY_MS, firstWaitMs * 2 ** attempts) });
      putOff.push({ key: notice.key, why: result.why });
      waiting++;
    }
  }
  return { delivered, waiting, putOff, givenUp };
}
