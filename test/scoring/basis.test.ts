import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathBasis, type RemotePath } from '../../src/scoring/basis.ts';

type Tree = { readonly split: number; readonly remote: boolean; readonly left: Tree; readonly right: Tree } | undefined;

/** The platform's conditions on the way to every leaf. */
function leafPaths(tree: Tree, path: RemotePath = []): RemotePath[] {
  if (tree === undefined) return [path];
  const side = (goesLeft: boolean): RemotePath => (tree.remote ? [...path, { splitId: tree.split, goesLeft }] : path);
  return [...leafPaths(tree.left, side(true)), ...leafPaths(tree.right, side(false))];
}

let nextSplit = 0;
/** A full tree; `levels[i]` says whether the platform splits level i. Every node has a split of its own. */
function fullTree(levels: readonly boolean[]): Tree {
  if (levels.length === 0) return undefined;
  const split = nextSplit++;
  return { split, remote: levels[0], left: fullTree(levels.slice(1)), right: fullTree(levels.slice(1)) };
}

const holds = (path: RemotePath, bits: ReadonlyMap<number, boolean>): number =>
  path.every(({ splitId, goesLeft }) => bits.get(splitId) === goesLeft) ? 1 : 0;

/** Conjunctions over few splits, so that siblings, prefixes and chains of them occur in every combination. */
const anyPaths = fc.array(
  fc
    .uniqueArray(fc.nat(4), { maxLength: 4 })
    .chain((ids) => fc.tuple(...ids.map((splitId) => fc.boolean().map((goesLeft) => ({ splitId, goesLeft }))))),
  { maxLength: 20 },
);
const bitsOf = (mask: number): Map<number, boolean> => new Map([0, 1, 2, 3, 4].map((splitId) => [splitId, (mask >> splitId) % 2 === 1]));

describe('the basis of the plan', () => {
  it('gives every path back as a sum over the basis, whatever the bits', () => {
    fc.assert(
      fc.property(anyPaths, (paths) => {
        const basis = pathBasis(paths);
        for (let mask = 0; mask < 32; mask++) {
          const bits = bitsOf(mask);
          for (const path of paths) {
            const sum = basis
              .terms(path)
              .reduce((total, { path: place, factor }) => total + factor * (place < 0 ? 1 : holds(basis.paths[place], bits)), 0);
            expect(sum).toBe(holds(path, bits));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is never larger than what it replaces, has no path twice and no empty one, and does not depend on the order', () => {
    fc.assert(
      fc.property(anyPaths, (paths) => {
        const key = (path: RemotePath) => JSON.stringify([...path].sort((a, b) => a.splitId - b.splitId));
        const basis = pathBasis(paths);
        const distinct = new Set(paths.filter(({ length }) => length > 0).map(key));
        expect(basis.paths.length).toBeLessThanOrEqual(distinct.size);
        expect(new Set(basis.paths.map(key)).size).toBe(basis.paths.length);
        expect(basis.paths.every(({ length }) => length > 0)).toBe(true);
        expect(pathBasis([...paths].reverse()).paths).toEqual(basis.paths);
      }),
    );
  });

  it.each<[string, boolean[], number, number]>([
    ['bank, platform, bank, platform', [false, true, false, true], 16, 10],
    ['the platform alone', [true, true, true, true], 16, 15],
    ['platform, bank, platform, bank', [true, false, true, false], 8, 5],
    ['the bank alone', [false, false, false], 0, 0],
    ['bank above, platform below', [false, false, true, true], 16, 12],
  ])('a tree whose levels belong to %s needs fewer entries than leaves', (_, levels, without, needed) => {
    const paths = leafPaths(fullTree(levels)).filter(({ length }) => length > 0);
    expect(new Set(paths.map((path) => JSON.stringify(path))).size).toBe(without);
    expect(pathBasis(paths).paths).toHaveLength(needed);
  });

  it('tells the holder only prefixes of paths that lead to leaves', () => {
    const paths = leafPaths(fullTree([true, false, true, true]));
    for (const kept of pathBasis(paths).paths) {
      expect(
        paths.some((path) => kept.every(({ splitId, goesLeft }) => path.some((c) => c.splitId === splitId && c.goesLeft === goesLeft))),
      ).toBe(true);
    }
  });
});
