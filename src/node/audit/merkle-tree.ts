/**
 * Merkle tree after RFC 9162 §2.1 (the tree of RFC 6962): leaf hash SHA-256(0x00 ‖ leaf), node hash SHA-256(0x01 ‖ left ‖ right), so that no
 * node can pass for a leaf. The hashes of all complete subtrees are kept (64 bytes a leaf), so an append is O(log n) and so is the root of
 * every earlier size. A proof shows its reader hashes of subtrees and nothing of the leaves.
 */
import { hash } from 'node:crypto';
import { concatBytes, LocalProtocolError } from '../../base/index.ts';
import { HashList } from './hash-list.ts';

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => hash('sha256', concatBytes(...parts), 'buffer');
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(LEAF, leaf);
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(NODE, left, right);
/** Root of the tree without leaves: the hash of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256();

/** What may be asked of a tree that others write. */
export interface ReadableTree {
  readonly size: number;
  /** Root over the first `size` leaves. @default all */
  root(size?: number): Uint8Array;
  /** That leaf `index` is in the first `size`: the hashes beside its path, from the leaf up (RFC 9162 §2.1.3.1). */
  inclusionProof(index: number, size?: number): readonly Uint8Array[];
  /** That the first `to` leaves begin with the first `from` (RFC 9162 §2.1.4.1); nothing to show for 0 or equal sizes. */
  consistencyProof(from: number, to?: number): readonly Uint8Array[];
}

export class MerkleTree implements ReadableTree {
  /** Level k, entry i: the complete subtree over leaves [i·2^k, (i+1)·2^k). */
  readonly #levels: HashList[] = [];

  get size(): number {
    return this.#levels[0]?.length ?? 0;
  }

  append(leaf: Uint8Array): void {
    let node = leafHash(leaf);
    for (let level = 0; ; level++) {
      this.#levels[level] ??= new HashList();
      const complete = this.#levels[level];
      complete.push(node);
      if (complete.length % 2 === 1) return;
      node = nodeHash(complete.at(complete.length - 2), node);
    }
  }

  root(size: number = this.size): Uint8Array {
    this.#assertWithin(size, this.size);
    return size === 0 ? EMPTY_ROOT : this.#hash(0, size);
  }

  inclusionProof(index: number, size: number = this.size): readonly Uint8Array[] {
    this.#assertWithin(size, this.size);
    this.#assertWithin(index, size - 1);
    return this.#path(index, 0, size);
  }

  consistencyProof(from: number, to: number = this.size): readonly Uint8Array[] {
    this.#assertWithin(to, this.size);
    this.#assertWithin(from, to);
    return from === 0 || from === to ? [] : this.#subproof(from, 0, to, true);
  }

  /** PATH of RFC 9162 §2.1.3.1, over leaves [start, start + size). */
  #path(index: number, start: number, size: number): Uint8Array[] {
    if (size === 1) return [];
    const left = largestPowerBelow(size);
    if (index < left) return [...this.#path(index, start, left), this.#hash(start + left, size - left)];
    return [...this.#path(index - left, start + left, size - left), this.#hash(start, left)];
  }

  /** SUBPROOF of RFC 9162 §2.1.4.1; `known` while the reader has the hash of the old part already, which is its old root. */
  #subproof(old: number, start: number, size: number, known: boolean): Uint8Array[] {
    if (old === size) return known ? [] : [this.#hash(start, size)];
    const left = largestPowerBelow(size);
    if (old <= left) return [...this.#subproof(old, start, left, known), this.#hash(start + left, size - left)];
    return [...this.#subproof(old - left, start + left, size - left, false), this.#hash(start, left)];
  }

  /** Hash over leaves [start, start + size); `start` is a multiple of the smallest power of two that is not below `size`. */
  #hash(start: number, size: number): Uint8Array {
    const level = Math.log2(size);
    if (Number.isInteger(level)) return this.#levels[level].at(start / size);
    const left = largestPowerBelow(size);
    return nodeHash(this.#hash(start, left), this.#hash(start + left, size - left));
  }

  #assertWithin(value: number, max: number): void {
    if (Number.isInteger(value) && value >= 0 && value <= max) return;
    throw new LocalProtocolError('ERR_INTERNAL_RANGE', `${value} is not in 0..${max} of a tree of ${this.size} leaves`);
  }
}

/** The largest power of two below `n`, for n >= 2. */
function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
