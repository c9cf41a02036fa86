/** Back-pressure: how much may be under way at once, and one user of a resource at a time. */

/** A counted gate; `enter` waits while `width` are inside. */
export class Gate {
  #room: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#room = width;
  }

  async enter(): Promise<void> {
    if (this.#room > 0) this.#room--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#room++;
  }
}

/** A set of numbered slots, lent one at a time. */
export class Slots {
  readonly #free: number[];
  readonly #gate: Gate;

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, slot) => slot);
    this.#gate = new Gate(count);
  }

  async borrow(): Promise<number> {
    await this.#gate.enter();
    return this.#free.pop() as number;
  }

  giveBack(slot: number): void {
    this.#free.push(slot);
    this.#gate.leave();
  }
}

/** Collects jobs under way; `settle` waits for all and throws the first failure. A failure aborts the rest. */
export class Jobs {
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly reason: unknown } | undefined;
  readonly signal: AbortSignal;

  constructor(outer: readonly (AbortSignal | undefined)[]) {
    this.signal = AbortSignal.any([this.#abort.signal, ...outer.filter((signal) => signal !== undefined)]);
  }

  add(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((reason: unknown) => {
        this.#failure ??= { reason };
        this.#abort.abort(reason);
      })
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** @throws the first failure, or the reason of an outer abort. */
  check(): void {
    if (this.#failure) throw this.#failure.reason;
    this.signal.throwIfAborted();
  }

  async settle(): Promise<void> {
    await this.#drain();
    this.check();
  }

  /** Runs what submits the jobs. Whatever goes wrong, nothing is under way any more when this returns: what they share may be used again. */
  async whole<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#abort.abort(error);
      throw error;
    } finally {
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
