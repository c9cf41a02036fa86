import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/base/index.ts';
import {
  chooseBlock,
  chooseParameters,
  DEFAULT_UNIT_COSTS,
  heParameters,
  innerProductsLayout,
  innerProductsUsage,
  itemFactors,
  itemsPerAnswer,
  matrixOperand,
  matvecLayout,
  packItems,
  packVector,
  predictBlock,
  SLOT_PLAIN_MODULI,
  slotCodec,
  slotOperand,
  sumItems,
  unpackAnswers,
  wantedCoefficients,
} from '../../src/he/index.ts';
import { isPrime, mulmod } from '../../src/he/modular.ts';
import { negacyclicTransform } from '../../src/he/negacyclic.ts';
import { drawMasks } from '../../src/he/once.ts';
import { uniformFlood, uniformResidues } from '../../src/he/sampling.ts';
import { N, negacyclicProduct, plainProduct, randomResidues, randomRow, seeded } from './fixtures.ts';
import { chiSquareScore, histogram, kolmogorovSmirnov } from './statistics.ts';

describe('modular arithmetic in doubles', () => {
  it('multiplies exactly up to 31 bits', () => {
    const random = seeded('mulmod');
    for (const q of [3, 65_537, 1_073_692_673, 2_147_352_577, 2 ** 31 - 1]) {
      const edges = [0, 1, q >>> 1, q - 2, q - 1];
      const values = [...edges, ...Array.from({ length: 200 }, () => random.u32() % q)];
      for (const a of values)
        for (const b of edges.concat(random.u32() % q)) expect(mulmod(a, b, q)).toBe(Number((BigInt(a) * BigInt(b)) % BigInt(q)));
    }
  });

  it('knows primes', () => {
    expect([2, 3, 65_537, 1_073_692_673, 2 ** 31 - 1].every(isPrime)).toBe(true);
    expect([0, 1, 4, 49_153, 3_215_031, 1_073_692_671, 2 ** 31].some(isPrime)).toBe(false);
  });

  it('transforms products into products', () => {
    const random = seeded('transform');
    const t = 65_537;
    const { forward, inverse } = negacyclicTransform(t);
    const a = randomResidues(random, BigInt(t), N);
    const b = Int32Array.from({ length: N }, (_, i) => (i % 1500 === 3 ? i + 1 : 0));
    const fa = Uint32Array.from(a, Number);
    const fb = Uint32Array.from(b);
    forward(fa);
    forward(fb);
    const product = fa.map((value, i) => mulmod(value, fb[i], t));
    inverse(product);
    expect(Array.from(product, BigInt)).toEqual(negacyclicProduct(a, b, BigInt(t)));
  });
});

describe('matrix-vector layout', () => {
  it('puts every inner product at coefficient kB + B - 1 of the ring product', () => {
    const random = seeded('layout');
    const t = 1n << 30n;
    for (const [rows, outputs, block] of [
      [700, 5, 512],
      [1, 3, 4096],
      [513, 17, 512],
      [8192, 1, 8192],
    ]) {
      const layout = matvecLayout({ rows, outputs, block });
      const matrix = Array.from({ length: outputs }, () => randomRow(random, 1, rows).map((x, i) => (i % 37 === 0 ? x : 0)));
      const vector = randomResidues(random, t, rows);
      const operand = matrixOperand(layout, (j) => matrix[j], 1);
      const uploads = packVector(layout, vector);
      const wanted = wantedCoefficients(layout);
      const answers = Array.from({ length: layout.answers }, (_, a) => {
        const sums = new Array<bigint>(N).fill(0n);
        uploads.forEach((upload, u) => {
          const polynomial = new Int32Array(N);
          operand.fill(a, u, polynomial);
          negacyclicProduct(upload, polynomial, t).forEach((value, i) => {
            sums[i] = (sums[i] + value) % t;
          });
        });
        return BigUint64Array.from(wanted, (index) => sums[index]);
      });
      expect(Array.from(unpackAnswers(layout, answers))).toEqual(plainProduct(matrix, vector, t));
    }
  });

  it('refuses vectors, matrix rows and answers of another size', () => {
    const layout = matvecLayout({ rows: 10, outputs: 2, block: 4 });
    const refused = expect.objectContaining({ code: 'ERR_HE_LAYOUT' });
    expect(() => packVector(layout, new BigUint64Array(9))).toThrowError(refused);
    expect(() => unpackAnswers(layout, [])).toThrowError(refused);
    expect(() => matrixOperand(layout, () => new Uint8Array(9), 1).fill(0, 0, new Int32Array(N))).toThrowError(refused);
  });

  it('never has more nonzero coefficients than it declares', () => {
    const layout = matvecLayout({ rows: 700, outputs: 20, block: 512 });
    const operand = matrixOperand(layout, () => new Uint8Array(700).fill(1), 1);
    for (let a = 0; a < layout.answers; a++) {
      let nonzero = 0;
      for (let u = 0; u < layout.uploads; u++) {
        const out = new Int32Array(N);
        operand.fill(a, u, out);
        nonzero += out.filter((value) => value !== 0).length;
      }
      expect(nonzero).toBeLessThanOrEqual(operand.terms ?? 0);
    }
  });

  it.each([{ rows: 0 }, { outputs: 1.5 }, { block: 3 }, { block: 16_384 }])('refuses %o', (change) => {
    expect(() => matvecLayout({ rows: 1, outputs: 1, block: 1, ...change })).toThrowError(
      expect.objectContaining({ code: 'ERR_HE_LAYOUT' }),
    );
  });
});

describe('block choice', () => {
  const parameters = chooseParameters({ terms: 30_000 * 64, maxAbs: 1, outputs: 2 ** 20, mode: 'reveal' }, 1n << 42n);
  const question = { rows: 30_000, outputs: 320, parameters, costs: DEFAULT_UNIT_COSTS.kernel, bandwidth: 1e9 };

  it('is the least of all predictions', () => {
    const best = chooseBlock(question);
    for (let block = 1; block <= N; block *= 2) expect(best.seconds).toBeLessThanOrEqual(predictBlock(question, block).seconds);
    expect(chooseBlock(question)).toEqual(best);
  });

  it('sends fewer bytes over a slower link', () => {
    expect(chooseBlock({ ...question, bandwidth: 1e6 }).bytes).toBeLessThanOrEqual(chooseBlock(question).bytes);
    const bytes = Array.from({ length: 14 }, (_, power) => predictBlock(question, 2 ** power).bytes);
    expect(chooseBlock({ ...question, bandwidth: 1 }).bytes).toBe(Math.min(...bytes));
  });

  it('takes more rows an upload when uploads are dear, fewer answers when answers are', () => {
    const dear = (change: Partial<typeof question.costs>) =>
      chooseBlock({ ...question, bandwidth: 1e12, costs: { ...question.costs, ...change } });
    expect(dear({ encrypt: 10 }).block).toBe(N);
    expect(dear({ answer: 1e4 }).answers).toBe(1);
  });

  it('refuses unknown options and impossible numbers', () => {
    const bad = [
      { ...question, typo: 1 },
      { ...question, bandwidth: 0 },
      { ...question, costs: { ...question.costs, decrypt: Number.NaN } },
    ];
    for (const q of bad) expect(() => chooseBlock(q)).toThrowError(expect.objectContaining({ code: 'ERR_HE_LAYOUT' }));
  });
});

describe('slots', () => {
  it.each(SLOT_PLAIN_MODULI)('encode and decode mod %i, and products act slot by slot', (t) => {
    const codec = slotCodec(t);
    const random = seeded(`slots/${t}`);
    const values = randomResidues(random, t, N);
    expect(codec.decode(codec.encode(values))).toEqual(values);
    const constant = codec.encode(new BigUint64Array(N).fill(7n));
    expect(constant[0]).toBe(7n);
    expect(constant.subarray(1).every((c) => c === 0n)).toBe(true);
  });

  it('agree between key holder and operand', () => {
    const codec = slotCodec(1_032_193n);
    const values = randomResidues(seeded('agree'), 1_032_193n, N);
    const signed = new Int32Array(N);
    const words = Uint32Array.from(values, Number);
    slotOperand(codec, { answers: 1, uploads: 1, slots: () => words }).fill(0, 0, signed);
    expect(Array.from(signed, (c) => BigInt(c < 0 ? c + 1_032_193 : c))).toEqual(Array.from(codec.encode(values)));
    expect(words).toEqual(Uint32Array.from(values, Number));
  });

  it('refuse residues that are not below t and arrays of another length', () => {
    const codec = slotCodec(65_537n);
    const refused = expect.objectContaining({ code: 'ERR_HE_SLOTS' });
    for (const values of [new BigUint64Array(N).fill(65_537n), new BigUint64Array(N).fill(1n << 32n), new BigUint64Array(N - 1)]) {
      expect(() => codec.encode(values)).toThrowError(refused);
      expect(() => codec.decode(values)).toThrowError(refused);
    }
    expect(() => codec.encodeSigned(new Uint32Array(1), new Int32Array(N))).toThrowError(refused);
  });

  it.each([65_539n, 49_153n, 1n << 20n, 2_147_483_647n])('refuse t = %i', (t) => {
    expect(() => slotCodec(t)).toThrowError(expect.objectContaining({ code: 'ERR_HE_SLOTS' }));
  });
});

describe('inner products', () => {
  it('lay items out in the fewest uploads that hold them, one answer at a time', () => {
    const pieces = (items: number, width: number) => innerProductsLayout('slots', { items, width }).pieces;
    expect([1, 8, 9, 16, 17, 130].map((items) => pieces(items, 1000))).toEqual([1, 1, 2, 2, 3, 16]);
    expect([682, 683, 8192].map((items) => pieces(items, 12))).toEqual([1, 2, 12]);
    expect(innerProductsLayout('slots', { items: 1, width: N })).toMatchObject({ pieces: 1, run: N });
    for (const width of [1, 2, 17, 100, 999, 1000, 4097, N]) {
      const most = itemsPerAnswer(width, 'slots');
      for (const items of [1, Math.ceil(most / 3), most]) {
        const layout = innerProductsLayout('slots', { items, width });
        expect(layout.items * layout.run).toBeLessThanOrEqual(N);
        expect(layout.pieces * layout.run).toBeGreaterThanOrEqual(width);
        expect((layout.pieces - 1) * layout.run).toBeLessThan(width);
        expect(layout.pieces).toBeLessThanOrEqual(16);
      }
    }
    expect(innerProductsLayout('coefficients', { items: 1, width: 1000 })).toMatchObject({ pieces: 1 });
  });

  it('state their noise by what the packing multiplies: dense slots, or the entries of one item', () => {
    const shape = { width: 1000, answers: 7, plainModulus: 65_537n };
    expect(innerProductsUsage('slots', shape)).toEqual({ terms: 16 * N, maxAbs: 32_768, outputs: 7 * N, mode: 'reveal' });
    expect(innerProductsUsage('slots', { ...shape, width: 3 })).toMatchObject({ terms: 3 * N });
    expect(innerProductsUsage('coefficients', shape)).toEqual({ terms: 1000, maxAbs: 1, outputs: 7, mode: 'reveal' });
  });

  it('draw masks that sum to zero inside each run and are uniform otherwise', () => {
    const parameters = heParameters({ profile: 'P120', plainModulus: 65_537n });
    const masks = Array.from({ length: 4 }, () => drawMasks(parameters, { run: 300, count: 27 }, systemRandom));
    for (const mask of masks) {
      for (let run = 0; run < 27; run++) expect(mask.subarray(run * 300, (run + 1) * 300).reduce((a, b) => a + b, 0) % 65_537).toBe(0);
    }
    const all = masks.flatMap((mask) => Array.from(mask, BigInt));
    expect(Math.abs(chiSquareScore(histogram(all, 65_537n)))).toBeLessThan(6);
    expect(masks[0]).not.toEqual(masks[1]);
  });

  it('refuse widths that do not fit, more items than an answer holds, and items of another width', () => {
    const refused = expect.objectContaining({ code: 'ERR_HE_LAYOUT' });
    for (const shape of [
      { items: 0, width: 1 },
      { items: 1, width: N + 1 },
      { items: 1, width: 0 },
      { items: 131, width: 1000 },
    ]) {
      expect(() => innerProductsLayout('slots', shape)).toThrowError(refused);
    }
    expect(() => innerProductsLayout('coefficients', { items: 2, width: 4 })).toThrowError(refused);
    const layout = innerProductsLayout('slots', { items: 1, width: 4 });
    expect(() => packItems(layout, () => new Uint32Array(3))).toThrowError(refused);
    expect(() => itemFactors(layout, 65_537n, () => new Uint8Array(5))).toThrowError(refused);
    expect(() => sumItems(layout, 65_537n, new Uint32Array(3))).toThrowError(refused);
  });
});

describe('sampling', () => {
  it('floods uniformly over [-F, F], both ends included', () => {
    const tiny = uniformFlood(systemRandom, 2n, [97, 101], 5000);
    const seen = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      const value = tiny[i] > 48 ? tiny[i] - 97 : tiny[i];
      expect(tiny[5000 + i]).toBe((value + 101) % 101);
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect(Math.abs(chiSquareScore([...seen.values()]))).toBeLessThan(8);
  });

  it('floods uniformly at the size of a brim, in every residue (chi², Kolmogorov-Smirnov)', () => {
    const moduli = [1_073_692_673, 1_073_643_521, 1_073_479_681, 1_073_430_529];
    const [q, flood] = [moduli.reduce((p, m) => p * BigInt(m), 1n), (1n << 97n) + 12_345n];
    const count = 40_000;
    const words = uniformFlood(systemRandom, flood, moduli, count);
    const cofactors = moduli.map((m) => q / BigInt(m));
    const inverses = cofactors.map((c, i) => modInverse(c % BigInt(moduli[i]), BigInt(moduli[i])));
    const unit = Array.from({ length: count }, (_, i) => {
      const lifted = moduli.reduce((sum, m, j) => sum + ((BigInt(words[j * count + i]) * inverses[j]) % BigInt(m)) * cofactors[j], 0n) % q;
      const value = lifted > q / 2n ? lifted - q : lifted;
      expect(value >= -flood && value <= flood).toBe(true);
      return Number(value + flood) / Number(2n * flood + 1n);
    });
    expect(kolmogorovSmirnov(unit)).toBeLessThan(2.7);
    expect(Math.abs(chiSquareScore(histogram(unit, 1)))).toBeLessThan(6);
    moduli.forEach((m, j) => {
      expect(Math.abs(chiSquareScore(histogram(words.subarray(j * count, (j + 1) * count), m)))).toBeLessThan(6);
    });
  });

  it('draws residues uniformly for a bound that a remainder would bias', () => {
    const bound = 3 * 2 ** 14 + 1;
    expect(Math.abs(chiSquareScore(histogram(uniformResidues(systemRandom, bound, 100_000), bound)))).toBeLessThan(6);
  });
});

function modInverse(a: bigint, m: bigint): bigint {
  let result = 1n;
  for (let e = m - 2n, s = a; e > 0n; e >>= 1n, s = (s * s) % m) if (e & 1n) result = (result * s) % m;
  return result;
}
