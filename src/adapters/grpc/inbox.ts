/**
 * Inbox: messages that have arrived and the one receive that may wait for the next. It reads ahead, so that two sides that both send first do
 * not wait for each other, but never past the cap: then flow control holds the peer.
 */
import { LocalProtocolError } from '../../base/index.ts';
import type { ReceivedMessage } from './assembler.ts';
import type { FrameCarrier } from './frame-link.ts';
import type { Patience } from './patience.ts';

export interface InboxContext {
  readonly link: FrameCarrier;
  readonly maxBufferedBytes: number;
  readonly patience: Patience;
  /** What a receive of this kind fails with when no message will come any more, if it is so. */
  readonly ending: (kind: string) => Error | undefined;
  /** What a receive of this kind fails with when another came. */
  readonly unexpected: (kind: string, came: string) => Error;
}

interface Waiter {
  readonly kind: string;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export class Inbox {
  readonly #context: InboxContext;
  readonly #queue: ReceivedMessage[] = [];
  #queuedBytes = 0;
  #paused = false;
  #waiter: Waiter | undefined;

  constructor(context: InboxContext) {
    this.#context = context;
  }

  /** A message that nobody has received yet. */
  get unread(): ReceivedMessage | undefined {
    return this.#queue[0];
  }

  get waiting(): boolean {
    return this.#waiter !== undefined;
  }

  receive(kind: string): Promise<Uint8Array> {
    if (this.#waiter) {
      return Promise.reject(new LocalProtocolError('ERR_LOCAL_CONCURRENT_RECEIVE', `receive(${kind}) while another receive is pending`));
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { kind, resolve, reject };
      this.settle();
    });
  }

  put(message: ReceivedMessage): void {
    this.#queue.push(message);
    this.#queuedBytes += message.body.length;
    this.settle();
    this.#regulate();
  }

  /** Answers the pending receive, if there is anything to answer with: a message first, then an ending. */
  settle(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    const message = this.#queue.shift();
    const { patience, ending } = this.#context;
    if (message) {
      this.#waiter = undefined;
      patience.unwatch();
      this.#deliver(waiter, message);
      return;
    }
    // Looked up while nobody waits: finding an ending may itself end the session and come back here.
    this.#waiter = undefined;
    const error = ending(waiter.kind);
    if (error) {
      patience.unwatch();
      waiter.reject(error);
      return;
    }
    this.#waiter = waiter;
    patience.watch();
  }

  #deliver(waiter: Waiter, message: ReceivedMessage): void {
    this.#queuedBytes -= message.body.length;
    this.#regulate();
    if (message.kind === waiter.kind) waiter.resolve(message.body);
    else waiter.reject(this.#context.unexpected(waiter.kind, message.kind));
  }

  #regulate(): void {
    const full = this.#queue.length > 0 && this.#queuedBytes > this.#context.maxBufferedBytes;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#context.link.pause();
    else this.#context.link.resume();
  }
}
