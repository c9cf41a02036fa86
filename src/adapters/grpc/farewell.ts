/**
 * Farewell: what two parties still tell each other when both have closed: each asks for the head of the other's audit log and counter-signs it
 * (node/audit). Three frames a direction, each once; whatever else comes is a violation, so a peer has nothing to hold a session open with.
 */
import { TransportError } from '../../base/index.ts';
import { violation } from './assembler.ts';
import type { FarewellFrame, Frame } from './frame-types.ts';
import type { Patience } from './patience.ts';

type Kind = FarewellFrame['type'];
type OfKind<K extends Kind> = Extract<FarewellFrame, { readonly type: K }>;

export interface Farewell {
  send(frame: FarewellFrame): Promise<void>;
  /** The peer's frame of this kind; it may have come before. */
  receive<K extends Kind>(kind: K): Promise<OfKind<K>>;
}

export interface FarewellContext {
  readonly peer: string;
  readonly patience: Patience;
  /** Have both sides closed? */
  readonly open: () => boolean;
  readonly write: (frame: FarewellFrame) => Promise<void>;
}

export const isFarewell = (frame: Frame): frame is FarewellFrame =>
  frame.type === 'headRequest' || frame.type === 'head' || frame.type === 'witness';

interface Waiter {
  readonly resolve: (frame: FarewellFrame) => void;
  readonly reject: (error: Error) => void;
}

export class FarewellFrames implements Farewell {
  readonly #context: FarewellContext;
  readonly #came = new Map<Kind, FarewellFrame>();
  readonly #waiting = new Map<Kind, Waiter>();
  #over: Error | undefined;

  constructor(context: FarewellContext) {
    this.#context = context;
  }

  send(frame: FarewellFrame): Promise<void> {
    return this.#context.write(frame);
  }

  async receive<K extends Kind>(kind: K): Promise<OfKind<K>> {
    const frame = this.#came.get(kind) ?? (await this.#context.patience.inTime(this.#next(kind), `the peer sent no ${kind}`));
    return frame as OfKind<K>;
  }

  #next(kind: Kind): Promise<FarewellFrame> {
    if (this.#over) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => this.#waiting.set(kind, { resolve, reject }));
  }

  /** @throws PeerProtocolError `ERR_PEER_UNEXPECTED_MESSAGE` before both closes, and for a second frame of its kind */
  put(frame: FarewellFrame): void {
    const { open, peer } = this.#context;
    if (!open()) throw violation(peer, 'ERR_PEER_UNEXPECTED_MESSAGE', `it sent a ${frame.type} frame before both closes`);
    if (this.#came.has(frame.type)) throw violation(peer, 'ERR_PEER_UNEXPECTED_MESSAGE', `it sent a second ${frame.type} frame`);
    this.#came.set(frame.type, frame);
    this.#waiting.get(frame.type)?.resolve(frame);
    this.#waiting.delete(frame.type);
  }

  /** Nothing more will come: whoever waits for something hears so. */
  end(
    error: Error = new TransportError('ERR_TRANSPORT_CLOSED', 'the peer hung up before both parties had witnessed their audit logs', {
      help: 'Run the step again.',
    }),
  ): void {
    this.#over ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
  }
}
