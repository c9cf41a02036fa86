/** Back-pressure: how much may be under way at once, one user of a resource at a time, many inputs in few tasks. */

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

export interface Tasks {
  readonly threads: number;
  /** Inputs a task at most; fewer where all threads would not be busy. A message to a thread and back costs as much as a small input. */
  readonly most: number;
  /** Ends what is under way. */
  readonly stop: AbortSignal;
}

/** Runs tasks of some inputs each; the results in order. @throws the first failure, which ends the rest, or the reason of `stop` */
export async function inTasks<I, O>(
  inputs: readonly I[],
  { threads, most, stop }: Tasks,
  run: (some: readonly I[], signal: AbortSignal) => Promise<readonly O[]>,
): Promise<O[]> {
  const jobs = new Jobs([stop]);
  jobs.check();
  const each = Math.max(1, Math.min(most, Math.ceil(inputs.length / threads)));
  const outputs: (readonly O[])[] = [];
  for (let first = 0; first < inputs.length; first += each) {
    jobs.add(
      run(inputs.slice(first, first + each), jobs.signal).then((some) => {
        outputs[first / each] = some;
      }),
    );
  }
  await jobs.settle();
  return outputs.flat();
}
