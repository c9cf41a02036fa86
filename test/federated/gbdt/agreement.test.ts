import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import { acceptAgreement, type GbdtProposal, negotiate } from '../../../src/federated/vertical/gbdt/agreement.ts';
import { answerOrder, candidateOperand, jobOrder, presentedOrder } from '../../../src/federated/vertical/gbdt/candidates.ts';
import { packRows, sumPacking } from '../../../src/federated/vertical/gbdt/sum-packing.ts';
import { checkUsage, heParameters, matrixOperand, matvecLayout, profileByName } from '../../../src/he/index.ts';
import {
  binFeatures,
  candidateSplits,
  codeGoesLeft,
  gbdtConfig,
  gradientLevels,
  prepareGradients,
} from '../../../src/learn/trees/index.ts';
import { synthetic } from './support.ts';

describe('packed sums', () => {
  const levels = fc.record({ g: fc.integer({ min: 1, max: 255 }), h: fc.integer({ min: 1, max: 511 }) });

  it('split exactly into G and H, whatever the rows', () => {
    fc.assert(
      fc.property(
        levels,
        fc.array(fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), {
          minLength: 1,
          maxLength: 60,
        }),
        (most, rows) => {
          const packing = sumPacking(rows.length, most);
          const g = rows.map(([x]) => Math.round(x * most.g) + 0);
          const h = rows.map(([, y]) => Math.round(y * most.h));
          const sum = rows.reduce((total, _, i) => (total + packing.pack(g[i], h[i])) % packing.plainModulus, 0n);
          expect(packing.unpack(sum)).toEqual({ g: g.reduce((a, b) => a + b, 0), h: h.reduce((a, b) => a + b, 0) });
        },
      ),
    );
  });

  it.each([1, 2, 7, 1000, 30_000, 2 ** 20])(
    'are exact at the extremes of %i rows, with the smallest power of two that holds them',
    (rows) => {
      const most = gradientLevels(6, 6, 'binary:logistic');
      const packing = sumPacking(rows, most);
      const t = packing.plainModulus;
      for (const [g, h] of [
        [most.g, most.h],
        [-most.g, most.h],
        [most.g, 0],
        [-most.g, 0],
        [0, 0],
      ]) {
        expect(packing.unpack((packing.pack(g, h) * BigInt(rows)) % t)).toEqual({ g: g * rows + 0, h: h * rows });
      }
      const possible = (2n * BigInt(rows * most.g) + 1n) * (BigInt(rows * most.h) + 1n);
      expect(t >= possible && t / 2n < possible).toBe(true);
    },
  );

  it('a residue that no rows can sum to is told apart', () => {
    const packing = sumPacking(10, { g: 31, h: 63 });
    const impossible = (2n * 310n + 1n) * 631n;
    expect(packing.unpack(impossible)).toBeUndefined();
  });

  it('more than 59 bits are refused', () => {
    expect(() => sumPacking(2 ** 24, gradientLevels(8, 8, 'binary:logistic'))).toThrow(
      expect.objectContaining({ code: 'ERR_GBDT_MODULUS' }),
    );
  });

  it.each([4, 6, 8])('of %i bits are packed alike one by one and all at once', (bits) => {
    const levels = gradientLevels(bits, bits, 'binary:logistic');
    const packing = sumPacking(2 ** 18, levels);
    const g = Float64Array.of(-levels.g, -1, 0, 1, levels.g, -levels.g);
    const h = Float64Array.of(0, 0, 0, levels.h, levels.h, levels.h);
    const rows = Uint32Array.from(g.keys());
    expect([...packRows(packing, g, h, rows)]).toEqual([...rows].map((row) => packing.pack(g[row], h[row])));
  });

  it('rows outside the node are zero', () => {
    const packed = packRows(sumPacking(3, { g: 1, h: 1 }), Float64Array.of(1, 1, 1), Float64Array.of(1, 1, 1), Uint32Array.of(1));
    expect([packed[0], packed[2]]).toEqual([0n, 0n]);
    expect(packed[1]).not.toBe(0n);
  });
});

describe('quantised gradients', () => {
  const config = gbdtConfig({ gradient_bits: 4, hessian_bits: 3 });

  it('stay in their levels, keep the largest exactly and are unbiased', () => {
    const random = seededRandom(1);
    const g = Float64Array.from({ length: 4000 }, (_, i) => (i === 0 ? 0.9 : 0.123));
    const h = g.map((value) => value / 4);
    const tree = prepareGradients(config, g, h, new Uint8Array(4000).fill(1), random);
    const levels = gradientLevels(4, 3, 'binary:logistic');
    expect([tree.g[0], tree.h[0]]).toEqual([levels.g, levels.h]);
    const mean = tree.g.subarray(1).reduce((a, b) => a + b, 0) / 3999 / tree.gScale;
    expect(Math.abs(mean - 0.123)).toBeLessThan(0.006);
    expect(new Set(tree.g.subarray(1)).size).toBe(2);
  });

  it('of rows that do not train are zero and never negative zero', () => {
    const sampled = Uint8Array.of(1, 0, 1);
    const tree = prepareGradients(config, Float64Array.of(-0.9, 0.9, -1e-12), Float64Array.of(0.2, 0.2, 0), sampled, seededRandom(2));
    expect([tree.g[1], tree.h[1]]).toEqual([0, 0]);
    for (const value of tree.g) expect(Object.is(value, -0)).toBe(false);
  });
});

describe('agreements', () => {
  const proposal: GbdtProposal = {
    rows: 30_000,
    trees: 30,
    startTree: 0,
    startSplits: 0,
    maxDepth: 3,
    maxBin: 32,
    levels: { g: 31, h: 63 },
  };
  const offer = { candidates: 256, minSupport: 100, constrained: false };

  it('carry every answer of the whole contract with a flood of 40 bits, and pass the holder’s own check', () => {
    for (const rows of [200, 30_000, 1_000_000]) {
      for (const [trees, maxDepth] of [
        [1, 1],
        [30, 3],
        [500, 8],
      ]) {
        const setup = negotiate({ ...proposal, rows, trees, maxDepth }, offer);
        expect(acceptAgreement(setup.agreement)).toEqual(setup);
        const outputs = trees * 2 ** (maxDepth - 1) * setup.layout.outputs;
        expect(checkUsage(setup.histogram, { terms: setup.layout.terms, maxAbs: 1, outputs, mode: 'reveal', series: true }).accepted).toBe(
          true,
        );
      }
    }
  });

  it('with a larger modulus, a weaker profile or fewer answer primes are refused by the holder', () => {
    const { agreement } = negotiate(proposal, offer);
    const { histogram, slots } = agreement;
    const weaker = [
      { histogram: { ...histogram, plainModulus: histogram.plainModulus * 2n } },
      { histogram: { ...histogram, profile: 'P108' as const, answerPrimes: 2 } },
      { histogram: { ...histogram, answerPrimes: 1 } },
      { slots: { profile: 'P180' as const, plainModulus: 1_032_193n, answerPrimes: 6 } },
      { slots: { ...slots, profile: 'P108' as const } },
      { slots: { ...slots, answerPrimes: 0 } },
      { block: 100 },
    ];
    for (const change of weaker) {
      expect(() => acceptAgreement({ ...agreement, ...change }), JSON.stringify(Object.keys(change))).toThrow(
        expect.objectContaining({ blame: 'refused', code: 'ERR_GBDT_WEAK_PARAMETERS' }),
      );
    }
  });
});

describe('series', () => {
  const small: GbdtProposal = { rows: 128, trees: 1, startTree: 0, startSplits: 0, maxDepth: 1, maxBin: 32, levels: { g: 1, h: 1 } };
  const offer = { candidates: 32, minSupport: 64, constrained: false };

  it('have a noise of their own: parameters that carry as many answers on their own, but not in a series, are refused', () => {
    const layout = matvecLayout({ rows: small.rows, outputs: 32, block: 256 });
    const cases = Array.from({ length: 10 }, (_, i) => ({ ...small, levels: { g: 2 ** i, h: 2 ** i } })).filter((proposal) => {
      const plainModulus = sumPacking(proposal.rows, proposal.levels).plainModulus;
      const usage = { terms: layout.terms, maxAbs: 1, outputs: 32, mode: 'reveal' as const };
      const parameters = heParameters({ profile: 'P90', plainModulus, answerPrimes: 2 });
      return checkUsage(parameters, usage).accepted && !checkUsage(parameters, { ...usage, series: true }).accepted;
    });
    expect(cases.length).toBeGreaterThan(0);
    for (const proposal of cases) {
      const { agreement } = negotiate(proposal, offer);
      const weak = { ...agreement, block: 256, histogram: { ...agreement.histogram, profile: 'P90' as const, answerPrimes: 2 } };
      expect(() => acceptAgreement(weak)).toThrow(expect.objectContaining({ code: 'ERR_GBDT_WEAK_PARAMETERS' }));
    }
  });

  it('end where a dishonest label party could learn too much of one u (H8)', () => {
    const deep = negotiate({ ...small, rows: 100_000, trees: 10, maxDepth: 8, levels: { g: 31, h: 63 } }, { ...offer, candidates: 9312 });
    const bits = deep.wanted.length * deep.histogram.plainModulus.toString(2).length;
    expect(deep.seriesLength).toBeGreaterThan(0);
    expect(deep.seriesLength).toBeLessThan(128);
    expect(deep.seriesLength === 1 || deep.seriesLength * bits <= profileByName(deep.histogram.profile).reserve).toBe(true);
  });
});

describe('candidates', () => {
  it('are the rows of the packed matrix: every bit in its place, dummies empty', () => {
    const { platform } = synthetic(700, 9);
    const features = binFeatures(platform, { maxBin: 8, minSupport: 30 });
    const splits = candidateSplits(features);
    const layout = matvecLayout({ rows: 700, outputs: 48, block: 512 });
    const places = jobOrder(seededRandom(1), splits.length, layout.outputs);
    const expected = matrixOperand(
      layout,
      (place) =>
        Uint8Array.from({ length: 700 }, (_, row) => {
          const split = splits[places[place]];
          return split && codeGoesLeft(features[split.feature], split, features[split.feature].codes[row]) ? 1 : 0;
        }),
      1,
    );
    const operand = candidateOperand(layout, features, splits, places);
    for (let answer = 0; answer < layout.answers; answer++) {
      for (let upload = 0; upload < layout.uploads; upload++) {
        const [ours, theirs] = [new Int32Array(8192), new Int32Array(8192)];
        expect(operand.fill(answer, upload, ours)).toBe(expected.fill(answer, upload, theirs));
        expect(ours).toEqual(theirs);
      }
    }
  });

  it('stand in another place for another job, and answers in another order for another tree', () => {
    const random = seededRandom(3);
    const [first, second] = [answerOrder(random, 64), answerOrder(random, 64)];
    expect(first).not.toEqual(second);
    expect([...first]).not.toEqual([...first].sort((a, b) => a - b));
    expect(jobOrder(random, 64, 64)).not.toEqual(jobOrder(random, 64, 64));
  });

  it('all stand once among the places, and a tree’s order of answers keeps every one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer(), (splits, seed) => {
        const random = seededRandom(seed);
        const places = jobOrder(random, splits, 64);
        const presented = presentedOrder(places, answerOrder(random, 16));
        const sorted = (order: Int32Array): number[] => [...order].sort((a, b) => a - b);
        const all = [...new Array(64 - splits).fill(-1), ...Array.from({ length: splits }, (_, i) => i)];
        expect(sorted(places)).toEqual(all);
        expect(sorted(presented)).toEqual(all);
      }),
    );
  });
});
