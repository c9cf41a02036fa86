/**
 * The bit tests against the figures that SP 800-22 rev. 1a itself gives (appendix B: the first 10^6 bits of e), against straightforward versions on
 * random sequences of any length, and against bits that are not random.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workerExecutor } from '../../src/adapters/workers/index.ts';
import { inlineExecutor, randomBytes, seededRandom, systemRandom } from '../../src/base/index.ts';
import { type PValues, testBytes, testedInOrder } from './battery.ts';
import { blockFrequency, frequency, longestRun, matrixRank, runs } from './bit-tests.ts';
import { type Bits, packBits } from './bits.ts';
import { complexityOf, linearComplexity, universal } from './complexity.ts';
import { approximateEntropy, nonOverlapping, overlapping, overlappingAgainst, serial, TEMPLATES } from './patterns.ts';
import { spectral } from './spectrum.ts';
import * as plain from './straightforward.ts';
import { cumulativeSums, excursions, excursionsVariant } from './walks.ts';

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
  const value = ((q + p) << BigInt(count)) / q; // two digits before the point, so two too many after
  const text = (value >> 2n).toString(16).padStart(count / 4, '0');
  return packBits(Uint8Array.from({ length: count / 8 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)));
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
    ['FFT', spectral, [0.847187]],
    ['NonOverlappingTemplate 000000001', nonOverlapping, [0.07879]],
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
    expect(TEMPLATES[0]).toBe(1);
  });
});

const fromList = (bits: plain.PlainBits): Bits =>
  packBits(
    Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((byte, k) => 2 * byte + (bits[8 * i + k] ?? 0), 0),
    ),
    bits.length,
  );

/** Fair bits, or more ones, or drawn back to as many ones as zeros. */
function sequence(kind: 'fair' | 'ones' | 'returning', length: number, seed: number): number[] {
  const random = seededRandom(seed, kind);
  let place = 0;
  return Array.from({ length }, () => {
    const odds = kind === 'fair' ? 0.5 : kind === 'ones' ? 0.51 : 0.5 - 0.1 * Math.sign(place);
    const bit = random.uniform() < odds ? 1 : 0;
    place += 2 * bit - 1;
    return bit;
  });
}

const sequences = (least: number, most: number): fc.Arbitrary<number[]> =>
  fc.tuple(fc.constantFrom('fair', 'ones', 'returning'), fc.integer({ min: least, max: most }), fc.nat()).map((of) => sequence(...of));

describe('the packed tests give what straightforward ones give', () => {
  it.each([
    ['Frequency', frequency, plain.frequency],
    ['BlockFrequency', blockFrequency(128), plain.blockFrequency],
    ['CumulativeSums', cumulativeSums, plain.cumulativeSums],
    ['Runs', runs, plain.runs],
    ['LongestRun', longestRun, plain.longestRun],
    ['Rank', matrixRank, plain.matrixRank],
    ['NonOverlappingTemplate', nonOverlapping, plain.nonOverlapping],
    ['OverlappingTemplate', overlapping, plain.overlapping],
    ['Universal', universal, plain.universal],
    ['ApproximateEntropy', approximateEntropy(10), plain.approximateEntropy(10)],
    ['ApproximateEntropy, short', approximateEntropy(2), plain.approximateEntropy(2)],
    ['RandomExcursions', excursions, plain.excursions],
    ['RandomExcursionsVariant', excursionsVariant, plain.excursionsVariant],
    ['Serial', serial(16), plain.serial(16)],
    ['Serial, short', serial(3), plain.serial(3)],
  ] as const)('%s', (_, fast, slow) => {
    fc.assert(
      fc.property(sequences(10_000, 30_000), (bits) => {
        const expected = slow(bits);
        const values = fast(fromList(bits));
        expect(values).toHaveLength(expected.length);
        expected.forEach((p, i) => {
          expect(values[i]).toBeCloseTo(p, 9);
        });
      }),
      { numRuns: 12 },
    );
  });

  it('sequences that return often have excursions to compare', () => {
    expect(excursions(fromList(sequence('returning', 20_000, 1)))).toHaveLength(8);
  });

  it('runs are not judged where there are too many ones', () => {
    const bits = sequence('fair', 20_000, 2);
    expect(runs(fromList(bits))).toHaveLength(1);
    expect(runs(fromList(bits.map((bit, i) => (i % 10 === 0 ? 1 : bit))))).toEqual([]);
  });

  it.each([16, 20, 50, 200, 250, 320, 640, 1000])('FFT of %i bits', (length) => {
    const bits = sequence('fair', length, length);
    expect(spectral(fromList(bits))[0]).toBeCloseTo(plain.spectral(bits)[0], 9);
  });

  it('the complexity of up to 600 bits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 600 }), fc.nat({ max: 70 }), (bits, before) => {
        const at = fromList([...sequence('fair', before, 3), ...bits, ...sequence('fair', 40, 5)]);
        expect(complexityOf(at, before, bits.length)).toBe(plain.complexityOf(bits));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the battery', () => {
  it('has one name a p-value, and the same p-values in the same order on threads', async () => {
    const random = seededRandom(16, 'battery');
    const inputs = Array.from({ length: 6 }, () => Uint8Array.from({ length: N / 8 }, () => random.u32()));
    const run = async (executor: typeof inlineExecutor): Promise<PValues[]> => {
      const out: PValues[] = [];
      const each = async function* () {
        for (const bytes of inputs) yield bytes.slice();
      };
      for await (const values of testedInOrder(executor, each())) out.push(values);
      return out;
    };
    const workers = workerExecutor({ threads: 2 });
    const expected = inputs.map((bytes) => testBytes.run(bytes));
    expect(await run(workers)).toEqual(expected);
    expect(await run(inlineExecutor)).toEqual(expected);
    await workers.dispose();
    const longest = (await Promise.all(expected)).reduce((a, b) => (b.length > a.length ? b : a));
    expect(longest).toHaveLength(188);
    expect(new Set(longest.map(([name]) => name)).size).toBe(188);
    expect(longest.every(([name]) => !name.includes('undefined'))).toBe(true);
  });
});

describe('bits that are not random', () => {
  const bytes = randomBytes(systemRandom, N / 8);
  const fair = Uint8Array.from({ length: N }, (_, i) => (bytes[i >> 3] >> (7 - (i & 7))) & 1);
  const packed = (bits: Uint8Array): Bits => fromList(Array.from(bits));

  it.each([
    ['one in a hundred is 1', frequency, (bit: number, i: number) => (i % 100 === 0 ? 1 : bit)],
    ['a short register', linearComplexity, (_: number, i: number) => ((i * 7 + (i >> 3)) % 3 === 0 ? 1 : 0)],
    ['a period of 64', spectral, (bit: number, i: number) => (i % 64 < 8 ? 1 : bit)],
    ['a repeated byte', universal, (bit: number, i: number) => ((i >> 3) % 4 === 0 ? (0x5a >> (i & 7)) & 1 : bit)],
    ['sticky bits', runs, (bit: number, i: number) => (i % 20 === 1 ? fair[i - 1] : bit)],
  ] as const)('are seen: %s', (_, test, damage) => {
    expect(Math.min(...test(packed(Uint8Array.from(fair, damage))))).toBeLessThan(1e-6);
    expect(Math.min(...test(packed(fair)))).toBeGreaterThan(1e-9);
  });
});
