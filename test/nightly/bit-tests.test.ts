/** The bit tests against the figures that SP 800-22 rev. 1a itself gives (appendix B: the first 10^6 bits of e), and against bits that are not random. */
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/base/index.ts';
import {
  approximateEntropy,
  type Bits,
  blockFrequency,
  cumulativeSums,
  frequency,
  longestRun,
  matrixRank,
  runs,
  serial,
  spectral,
} from './bit-tests.ts';
import {
  excursions,
  excursionsVariant,
  linearComplexity,
  nonOverlapping,
  overlappingAgainst,
  TEMPLATES,
  universal,
} from './bit-tests-long.ts';

const N = 1_000_000;

/** Σ from!/k! over k in (from, to], as p/q: binary splitting. */
function exponential(from: bigint, to: bigint): readonly [bigint, bigint] {
  if (to - from === 1n) return [1n, to];
  const middle = (from + to) >> 1n;
  const [p1, q1] = exponential(from, middle);
  const [p2, q2] = exponential(middle, to);
  return [p1 * q2 + p2, q1 * q2];
}

/** The binary expansion of e: 10.101101…, the point left out. */
function bitsOfE(count: number): Bits {
  const [p, q] = exponential(0n, 80_000n);
  const text = (((q + p) << BigInt(count)) / q).toString(16);
  const bits = [...text].flatMap((digit) => [8, 4, 2, 1].map((mask) => (Number.parseInt(digit, 16) & mask ? 1 : 0)));
  return Uint8Array.from(bits.slice(bits.indexOf(1), bits.indexOf(1) + count));
}

const e = bitsOfE(N);

describe('the tests of SP 800-22 on e', () => {
  it.each([
    ['Frequency', frequency, [0.953749]],
    ['BlockFrequency', blockFrequency(128), [0.211072]],
    ['CumulativeSums', cumulativeSums, [0.669887, 0.724266]],
    ['Runs', runs, [0.561917]],
    ['LongestRun', longestRun, [0.718945]],
    ['Rank', matrixRank, [0.306156]],
    ['NonOverlappingTemplate 000000001', nonOverlapping(1, 9), [0.07879]],
    // The publication's figure was made with the approximate probabilities that rev. 1a then corrected.
    ['OverlappingTemplate', overlappingAgainst([0.367879, 0.18394, 0.137955, 0.099634, 0.069935, 0.140656]), [0.110434]],
    ['Universal', universal, [0.282568]],
    ['ApproximateEntropy', approximateEntropy(10), [0.700073]],
    ['Serial', serial(16), [0.766182, 0.462921]],
    ['LinearComplexity', linearComplexity, [0.826335]],
  ] as const)('%s', (_, test, expected) => {
    const values = test(e);
    expected.forEach((p, i) => {
      expect(values[i]).toBeCloseTo(p, 3);
    });
  });

  it('RandomExcursions x = 1, RandomExcursionsVariant x = -1', () => {
    expect(excursions(e)[4]).toBeCloseTo(0.786868, 3);
    expect(excursionsVariant(e)[8]).toBeCloseTo(0.826009, 3);
  });

  it('there are 148 templates of nine bits', () => {
    expect(TEMPLATES).toHaveLength(148);
  });
});

describe('bits that are not random', () => {
  const bytes = new Uint8Array(N / 8);
  for (let at = 0; at < bytes.length; at += 65_536) systemRandom.fill(bytes.subarray(at, at + 65_536));
  const fair = Uint8Array.from({ length: N }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);

  it.each([
    ['one in 250 is 1', frequency, (bit: number, i: number) => (i % 100 === 0 ? 1 : bit)],
    ['a short register', linearComplexity, (_: number, i: number) => ((i * 7 + (i >> 3)) % 3 === 0 ? 1 : 0)],
    ['a period of 64', spectral, (bit: number, i: number) => (i % 64 < 8 ? 1 : bit)],
    ['a repeated byte', universal, (bit: number, i: number) => ((i >> 3) % 4 === 0 ? (0x5a >> (i & 7)) & 1 : bit)],
    ['sticky bits', runs, (bit: number, i: number) => (i % 20 === 1 ? fair[i - 1] : bit)],
  ] as const)('are seen: %s', (_, test, damage) => {
    expect(Math.min(...test(Uint8Array.from(fair, damage)))).toBeLessThan(1e-6);
    expect(Math.min(...test(fair))).toBeGreaterThan(1e-9);
  });
});
