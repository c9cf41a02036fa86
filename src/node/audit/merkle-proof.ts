/**
 * Verification of Merkle proofs, after RFC 9162 §2.1.3.2 and §2.1.4.2, line by line. Pure: whoever holds two roots and a proof needs neither
 * the log nor its owner. Sizes are divided, not shifted: they may be wider than 32 bits.
 */
import { equalBytes } from '../../base/index.ts';
import { nodeHash } from './merkle-tree.ts';

export interface SizedRoot {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Does the tree `of` hold a leaf with this hash at `index`? */
export function verifyInclusion(leaf: Uint8Array, index: number, of: SizedRoot, proof: readonly Uint8Array[]): boolean {
  if (!(isSize(index) && isSize(of.size) && index < of.size)) return false;
  let [fn, sn] = [index, of.size - 1];
  let root = leaf;
  for (const beside of proof) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      root = nodeHash(beside, root);
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else root = nodeHash(root, beside);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(root, of.root);
}

/** Does the tree `later` begin with all leaves of `earlier`, in their places? Every tree begins with the empty one. */
export function verifyConsistency(earlier: SizedRoot, later: SizedRoot, proof: readonly Uint8Array[]): boolean {
  if (!(isSize(earlier.size) && isSize(later.size) && earlier.size <= later.size)) return false;
  if (earlier.size === 0) return proof.length === 0;
  if (earlier.size === later.size) return proof.length === 0 && equalBytes(earlier.root, later.root);
  // A complete old tree is a node of the new one: its root is where the proof starts, and is not sent.
  const [start, ...rest] = isPowerOfTwo(earlier.size) ? [earlier.root, ...proof] : proof;
  if (start === undefined || proof.length === 0) return false;
  let [fn, sn] = [earlier.size - 1, later.size - 1];
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  let [earlierRoot, laterRoot] = [start, start];
  for (const beside of rest) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      earlierRoot = nodeHash(beside, earlierRoot);
      laterRoot = nodeHash(beside, laterRoot);
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else laterRoot = nodeHash(laterRoot, beside);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(earlierRoot, earlier.root) && equalBytes(laterRoot, later.root);
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);
const isPowerOfTwo = (value: number): boolean => (isOdd(value) ? value === 1 : isPowerOfTwo(value / 2));
