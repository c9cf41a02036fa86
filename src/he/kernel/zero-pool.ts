/**
 * Encryptions of zero made ahead of time: they do not depend on data. Bounded; every entry is used once and then made anew while the crew
 * has nothing else to do.
 */

export interface PoolSize {
  /** Entries kept ready. */
  readonly entries: number;
  /** Entries made in all: what would never be used is not made. */
  readonly most: number;
}

export class ZeroPool {
  readonly #fill: (entry: number) => Promise<void>;
  readonly #ready: number[] = [];
  readonly #filling: Set<Promise<void>> = new Set();
  #left: number;

  /** @param fill makes entry `entry`; rejects only when the pool is disposed of. */
  constructor({ entries, most }: PoolSize, fill: (entry: number) => Promise<void>) {
    this.#fill = fill;
    this.#left = most;
    for (let entry = 0; entry < entries; entry++) this.#refill(entry);
  }

  /** How many are ready now. */
  get ready(): number {
    return this.#ready.length;
  }

  /** An entry to use up, or undefined: then the caller's task makes its own. */
  take(): number | undefined {
    return this.#ready.pop();
  }

  /** The entry was used and its words are wiped: make it anew when there is time. */
  used(entry: number | undefined): void {
    if (entry !== undefined) this.#refill(entry);
  }

  /** Resolves when every entry is ready. */
  async filled(): Promise<void> {
    while (this.#filling.size > 0) await Promise.all(this.#filling);
  }

  #refill(entry: number): void {
    if (this.#left <= 0) return;
    this.#left--;
    const filling: Promise<void> = this.#fill(entry)
      .then(
        () => void this.#ready.push(entry),
        () => undefined,
      )
      .finally(() => this.#filling.delete(filling));
    this.#filling.add(filling);
  }
}
