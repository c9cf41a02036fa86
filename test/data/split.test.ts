import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import { holdoutMask, splitRows } from '../../src/data/index.ts';

const parts = { train: 0.7, validation: 0.1, test: 0.2 };

describe('splitRows', () => {
  it('puts every row in exactly one part, sizes by weight', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.nat(), (rows, seed) => {
        const split = splitRows({ rows, seed, parts });
        const all = [...split.train, ...split.validation, ...split.test];
        expect([...all].sort((a, b) => a - b)).toEqual([...Array(rows).keys()]);
        for (const [name, weight] of Object.entries(parts)) expect(Math.abs(split[name as 'train'].length - weight * rows)).toBeLessThan(1);
      }),
    );
  });

  it('keeps the rate of a label in every part, to within a row a class', () => {
    const random = seededRandom(1);
    const label = Uint8Array.from({ length: 7_000 }, () => Number(random.uniform() < 0.03));
    const split = splitRows({ rows: label.length, seed: 5, parts, label });
    const bads = label.reduce((a, b) => a + b, 0);
    for (const [name, weight] of Object.entries(parts)) {
      const inPart = split[name as 'train'].reduce((sum, row) => sum + label[row], 0);
      expect(Math.abs(inPart - weight * bads)).toBeLessThanOrEqual(1);
    }
  });

  it('is a fixed function of the seed', () => {
    expect([...splitRows({ rows: 20, seed: 42, parts }).test]).toEqual([...splitRows({ rows: 20, seed: 42, parts }).test]);
    expect([...splitRows({ rows: 20, seed: 42, parts }).test]).toMatchInlineSnapshot(`
      [
        1,
        11,
        15,
        19,
      ]
    `);
    expect([...splitRows({ rows: 200, seed: 42, parts }).test]).not.toEqual([...splitRows({ rows: 200, seed: 43, parts }).test]);
  });

  it('refuses weights and labels that do not fit', () => {
    const code = (run: () => unknown) => expect(run).toThrowError(expect.objectContaining({ code: 'ERR_DATA_SPLIT' }));
    code(() => splitRows({ rows: 5, seed: 1, parts: { a: 0 } }));
    code(() => splitRows({ rows: 5, seed: 1, parts: {} }));
    code(() => splitRows({ rows: 5, seed: 1, parts, label: new Uint8Array(4) }));
    code(() => holdoutMask(5, 1, 1.5));
  });
});

describe('holdoutMask', () => {
  it('holds out the fraction, and appending rows moves none', () => {
    const mask = holdoutMask(50_000, 9, 0.2);
    expect(Math.abs(mask.reduce((a, b) => a + b, 0) / 50_000 - 0.2)).toBeLessThan(0.01);
    expect(holdoutMask(60_000, 9, 0.2).subarray(0, 50_000)).toEqual(mask);
  });

  it('splits of two seeds are independent', () => {
    const [a, b] = [holdoutMask(50_000, 1, 0.5), holdoutMask(50_000, 2, 0.5)];
    const both = a.reduce((sum, v, i) => sum + v * b[i], 0);
    expect(Math.abs(both / 50_000 - 0.25)).toBeLessThan(0.01);
  });
});
