/**
 * Encryptions of zero made ahead of time: they do not depend on data. Bounded; every entry is used once and then made anew while the crew
 * has nothing else to do.
 */
import { randomBytes, type SecureRandom } from '../../base/index.ts';
import type { Crew } from './crew.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';

export class ZeroPool {
  readonly #crew: Crew;
  readonly #random: SecureRandom;
  readonly #site: number;
  readonly #signal: AbortSignal;
  readonly #ready: number[] = [];
  readonly #under: Set<Promise<void>> = new Set();

  constructor(crew: Crew, random: SecureRandom, site: number, entries: number, signal: AbortSignal) {
    this.#crew = crew;
    this.#random = random;
    this.#site = site;
    this.#signal = signal;
    for (let entry = 0; entry < entries; entry++) this.#refill(entry);
  }

  /** How many are ready now. */
  get ready(): number {
    return this.#ready.length;
  }

  /** An entry to use up, or undefined: the answer then makes its own. */
  take(): number | undefined {
    return this.#ready.pop();
  }

  /** The entry was used (its words are wiped): make it anew when there is time. */
  used(entry: number | undefined): void {
    if (entry !== undefined) this.#refill(entry);
  }

  /** Resolves when every entry is ready. */
  async filled(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  #refill(entry: number): void {
    const key = randomBytes(this.#random, STREAM_KEY_BYTES);
    const filling: Promise<void> = this.#crew
      .run('fillZero', { site: this.#site, entry, key }, { signal: this.#signal, idle: true })
      .then(
        () => void this.#ready.push(entry),
        () => undefined, // disposed of: nobody will take it
      )
      .finally(() => {
        key.fill(0);
        this.#under.delete(filling);
      });
    this.#under.add(filling);
  }
}
