/**
 * Patience: how long a session waits for its peer. A peer may compute for long between two frames, but not for ever, and it must not hold us
 * by refusing to read.
 */
import { TransportError } from '../../base/index.ts';

export class Patience {
  readonly #ms: number;
  readonly #lost: (error: TransportError) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param lost hears of the wait that was too long, before whoever waits does. */
  constructor(ms: number, lost: (error: TransportError) => void) {
    this.#ms = ms;
    this.#lost = lost;
  }

  /** Starts waiting for the next frame. */
  watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire('the peer sent nothing'), this.#ms);
  }

  unwatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A frame came: if we are waiting, the time starts anew. */
  renew(): void {
    if (this.#timer) this.watch();
  }

  /** The promise, or the error of waiting too long for it. */
  async inTime<T>(promise: Promise<T>, problem: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#expire(problem)), this.#ms);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #expire(problem: string): TransportError {
    const error = new TransportError('ERR_TRANSPORT_TIMEOUT', `${problem} for ${this.#ms / 1000} s`, {
      help: 'Check the peer and the link; raise idleTimeoutMs if the peer needs longer to compute.',
    });
    this.#lost(error);
    return error;
  }
}
