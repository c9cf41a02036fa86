/** HashList: SHA-256 values end to end in one growing buffer: 32 bytes each, where an object for each would take four times that. */
export const HASH_BYTES = 32;

export class HashList {
  #bytes = new Uint8Array(HASH_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(hash: Uint8Array): void {
    const at = this.#length * HASH_BYTES;
    if (at === this.#bytes.length) {
      const grown = new Uint8Array(at * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(hash, at);
    this.#length += 1;
  }

  /** A copy. */
  at(index: number): Uint8Array {
    return this.#bytes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }
}
