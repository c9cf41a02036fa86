/** The Merkle tree of RFC 9162 §2.1 against hand-computed values, and its proofs over every small tree. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/base/index.ts';
import { verifyConsistency, verifyInclusion } from '../../../src/node/audit/merkle-proof.ts';
import { leafHash, MerkleTree } from '../../../src/node/audit/merkle-tree.ts';

const MAX = 70;
const leaf = (i: number): Uint8Array => new TextEncoder().encode(`line ${i}`);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const sha = (text: string): string => createHash('sha256').update(hex(text)).digest('hex');

function treeOf(leaves: readonly Uint8Array[]): MerkleTree {
  const tree = new MerkleTree();
  for (const each of leaves) tree.append(each);
  return tree;
}

const grown = treeOf(Array.from({ length: MAX }, (_, i) => leaf(i)));
const rooted = (size: number) => ({ size, root: grown.root(size) });

/** The definition of RFC 9162 §2.1.1, word for word. */
function definition(leaves: readonly Uint8Array[]): string {
  if (leaves.length === 0) return sha('');
  if (leaves.length === 1) return sha(`00${toHex(leaves[0])}`);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(`01${definition(leaves.slice(0, k))}${definition(leaves.slice(k))}`);
}

/** The eight leaves and roots that implementations of Certificate Transparency test with. */
const KNOWN: readonly (readonly [leaf: string, root: string])[] = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  ['606162636465666768696a6b6c6d6e6f', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
];
const known = treeOf(KNOWN.map(([each]) => hex(each)));

describe('a Merkle tree', () => {
  it('has the roots that Certificate Transparency tests with', () => {
    expect(toHex(new MerkleTree().root())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    for (const [i, [, root]] of KNOWN.entries()) expect(toHex(known.root(i + 1))).toBe(root);
  });

  it('proves by the hashes the RFC names for seven leaves', () => {
    // RFC 9162 §2.1.5: a..j, the tree of d0..d6.
    const [a, b, c, d, e, f, j] = KNOWN.slice(0, 7).map(([each]) => sha(`00${each}`));
    const [g, h, i] = [sha(`01${a}${b}`), sha(`01${c}${d}`), sha(`01${e}${f}`)];
    const [k, l] = [sha(`01${g}${h}`), sha(`01${i}${j}`)];
    const inclusion = (index: number): string[] => known.inclusionProof(index, 7).map(toHex);
    expect([inclusion(0), inclusion(3), inclusion(4), inclusion(6)]).toEqual([
      [b, h, l],
      [c, g, l],
      [f, j, k],
      [i, k],
    ]);
    const consistency = (from: number): string[] => known.consistencyProof(from, 7).map(toHex);
    expect([consistency(3), consistency(4), consistency(6)]).toEqual([[c, d, g, l], [l], [i, j, k]]);
  });

  it('has the root of the definition at every size up to 70', () => {
    for (let size = 0; size <= MAX; size++) {
      expect(toHex(grown.root(size))).toBe(definition(Array.from({ length: size }, (_, i) => leaf(i))));
    }
  });

  it('proves every leaf of every tree of 1 to 70, at its place and no other', () => {
    for (let size = 1; size <= MAX; size++) {
      for (let index = 0; index < size; index++) {
        const proof = grown.inclusionProof(index, size);
        expect(verifyInclusion(leafHash(leaf(index)), index, rooted(size), proof)).toBe(true);
        expect(verifyInclusion(leafHash(leaf(index + 1)), index, rooted(size), proof)).toBe(false);
        for (const other of [index - 1, index + 1, size]) {
          expect(verifyInclusion(leafHash(leaf(index)), other, rooted(size), proof)).toBe(false);
        }
      }
    }
  });

  it('proves every earlier size of every tree up to 70, and to no other root', () => {
    const other = treeOf(Array.from({ length: MAX }, (_, i) => leaf(i === 0 ? 99 : i)));
    for (let to = 0; to <= MAX; to++) {
      for (let from = 0; from <= to; from++) {
        const proof = grown.consistencyProof(from, to);
        expect(verifyConsistency(rooted(from), rooted(to), proof)).toBe(true);
        if (from === 0) continue;
        expect(verifyConsistency({ size: from, root: other.root(from) }, rooted(to), proof)).toBe(false);
        expect(verifyConsistency(rooted(from), { size: to, root: other.root(to) }, proof)).toBe(false);
        if (from < to) expect(verifyConsistency(rooted(to), rooted(from), proof)).toBe(false);
      }
    }
  });

  it('believes no proof with a bit, a hash or a size changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: MAX }), fc.nat(), fc.nat(), fc.nat(7), (to, a, b, bit) => {
        const from = 1 + (a % (to - 1));
        const proof = grown.consistencyProof(from, to);
        const path = grown.inclusionProof(from, to);
        const flip = (hashes: readonly Uint8Array[]) =>
          hashes.map((hash, i) => (i === b % hashes.length ? hash.map((byte, j) => (j === b % 32 ? byte ^ (1 << bit) : byte)) : hash));
        const [earlier, later, hash] = [rooted(from), rooted(to), leafHash(leaf(from))];
        for (const bad of [flip(proof), proof.slice(1), proof.slice(0, -1), [...proof, later.root], [later.root, ...proof]]) {
          expect(verifyConsistency(earlier, later, bad)).toBe(false);
        }
        for (const bad of [flip(path), path.slice(1), [...path, later.root]]) expect(verifyInclusion(hash, from, later, bad)).toBe(false);
        expect(verifyConsistency({ ...earlier, size: from - 0.5 }, later, proof)).toBe(false);
        expect(verifyConsistency(earlier, { ...later, size: Number.POSITIVE_INFINITY }, proof)).toBe(false);
      }),
      { numRuns: 400, seed: 20260101 },
    );
  });

  it('goes no further than its leaves', () => {
    expect(() => known.root(9)).toThrow(/not in 0..8/);
    expect(() => known.inclusionProof(8)).toThrow(/not in 0..7/);
    expect(() => known.consistencyProof(5, 4)).toThrow(/not in 0..4/);
  });
});
