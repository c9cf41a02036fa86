/**
 * Grace: how long a session lives without a line. Only time without one is counted, and it is counted on from loss to loss until the peer has
 * brought something new (a frame, or word of one that it has got): so a peer that comes back and brings nothing does not live for ever, and one
 * that computes for long over a bad line is not punished for its silence.
 */
import type { Clock } from '../../base/index.ts';

/** The longest a timer of Node waits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Grace {
  readonly #ms: number;
  readonly #clock: Clock;
  readonly #expired: () => void;
  #left: number;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param ms 0 ends with the first loss */
  constructor(ms: number, clock: Clock, expired: () => void) {
    this.#ms = ms;
    this.#left = ms;
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Milliseconds still to wait. */
  get left(): number {
    return this.#left;
  }

  get running(): boolean {
    return this.#since !== undefined;
  }

  /** The line was lost: the time runs. */
  start(): void {
    if (this.#since !== undefined) return;
    this.#since = this.#clock.now();
    if (this.#left <= 0) this.#expired();
    else this.#timer = setTimeout(() => this.#expired(), Math.min(this.#left, MAX_TIMER_MS));
  }

  /** There is a line: the time stands still. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#since === undefined) return;
    this.#left -= Math.max(0, this.#clock.now() - this.#since);
    this.#since = undefined;
  }

  /** The peer brought something new. */
  renew(): void {
    this.#left = this.#ms;
  }
}
