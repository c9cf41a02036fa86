import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerBytes,
  heParameters,
  matrixOperand,
  matvecLayout,
  packVector,
  SLOT_PLAIN_MODULUS,
  slotCodec,
  slotOperand,
  unpackAnswers,
  wantedCoefficients,
} from '../../../src/he/index.ts';
import { mod, N, negacyclicProduct, plainProduct, polynomialOperand, randomResidues, randomRow, seeded } from '../fixtures.ts';
import type { Bench } from './bench.ts';

/** Products are exact: coefficients and slots, any shape, residence and addend. */
export function describeProducts(bench: Bench): void {
  describe('matrix-vector product', () => {
    const shapes = fc.record({
      rows: fc.oneof(fc.constantFrom(1, 2, 511, 512, 513), fc.integer({ min: 1, max: 1500 })),
      outputs: fc.integer({ min: 1, max: 40 }),
      block: fc.constantFrom(256, 512, 1024, 8192),
      seed: fc.nat(),
    });
    it.each(['reveal', 'share'] as const)('equals the plain product in %s mode, any size', async (mode) => {
      const parties = mode === 'reveal' ? bench.reveal : bench.share;
      const t = parties.parameters.plainModulus;
      await fc.assert(
        fc.asyncProperty(shapes, async ({ rows, outputs, block, seed }) => {
          const random = seeded(`${bench.name}/${mode}/${seed}`);
          const layout = matvecLayout({ rows, outputs, block });
          const maxAbs = mode === 'reveal' ? 16 : 2 ** 12;
          const matrix = Array.from({ length: outputs }, () => randomRow(random, maxAbs, rows));
          const vector = randomResidues(random, t, rows);
          const [answers] = await bench.product(
            parties,
            [packVector(layout, vector)],
            matrixOperand(layout, (j) => matrix[j], maxAbs),
            mode,
            wantedCoefficients(layout),
          );
          const values = unpackAnswers(
            layout,
            answers.map((answer) => BigUint64Array.from(answer)),
          );
          expect(Array.from(values)).toEqual(plainProduct(matrix, vector, t));
        }),
        { numRuns: 6 },
      );
    });

    it('serves several vectors in one pass, each with its own answer', async () => {
      const random = seeded(`${bench.name}/vectors`);
      const t = bench.reveal.parameters.plainModulus;
      const layout = matvecLayout({ rows: 700, outputs: 3, block: 512 });
      const matrix = Array.from({ length: 3 }, () => randomRow(random, 1, 700));
      const vectors = Array.from({ length: 3 }, () => randomResidues(random, t, 700));
      const answers = await bench.product(
        bench.reveal,
        vectors.map((v) => packVector(layout, v)),
        matrixOperand(layout, (j) => matrix[j], 1),
        'reveal',
        wantedCoefficients(layout),
      );
      answers.forEach(([answer], v) => {
        expect(answer.slice(0, 3)).toEqual(plainProduct(matrix, vectors[v], t));
      });
    });

    it('is exact at the extremes: every entry ±(t/2 - 1), every coefficient at its bound (T07, T14)', async () => {
      const t = bench.reveal.parameters.plainModulus;
      const rows = 2048;
      const layout = matvecLayout({ rows, outputs: 2, block: 2048 });
      const vector = BigUint64Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? t / 2n - 1n : t - (t / 2n - 1n)));
      const matrix = [Int32Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 16 : -16)), new Int32Array(rows).fill(16)];
      const [[answer]] = await bench.product(
        bench.reveal,
        [packVector(layout, vector)],
        matrixOperand(layout, (j) => matrix[j], 16),
        'reveal',
        wantedCoefficients(layout),
      );
      expect(answer.slice(0, 2)).toEqual(plainProduct(matrix, vector, t));
    });

    it('decrypts at the brim whatever the operand: the worst terms and coefficients the parameters were chosen for (T07)', async () => {
      const random = seeded(`${bench.name}/brim`);
      const polynomials = [Array.from({ length: 16 }, () => new Int32Array(N).fill(64))];
      const vector = Array.from({ length: 16 }, () => randomResidues(random, bench.reveal.parameters.plainModulus, N));
      const [[answer]] = await bench.product(bench.reveal, [vector], polynomialOperand(polynomials, 64), 'reveal', 'all');
      const t = bench.reveal.parameters.plainModulus;
      const sum = BigUint64Array.from({ length: N }, (_, i) => mod(vector.reduce((s, v) => s + v[i], 0n) * 64n, t));
      expect(answer.slice(0, 1)).toEqual(negacyclicProduct(sum, new Int32Array(N).fill(1), t).slice(0, 1));
    });

    it('answers for zero, monomial and dense operands alike (T09)', async () => {
      const random = seeded(`${bench.name}/shapes`);
      const t = bench.reveal.parameters.plainModulus;
      const monomial = new Int32Array(N);
      monomial[5] = -3;
      const sparse = Int32Array.from({ length: N }, (_, i) => (i % 2048 === 7 ? 9 : 0));
      const vector = randomResidues(random, t, N);
      const operand = polynomialOperand([[undefined], [new Int32Array(N)], [monomial], [sparse]], 64);
      const prepared = await bench.engine.prepare(bench.reveal.parameters, operand);
      const uploads = await bench.reveal.keyHolder.encrypt([vector]);
      const [{ answers }] = await bench.reveal.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' });
      prepared.dispose();
      expect(new Set(answers.map((bytes) => bytes.length))).toEqual(new Set([answerBytes(bench.reveal.parameters, N)]));
      const values = await bench.reveal.keyHolder.decrypt(answers, 'all', 'reveal');
      expect(values.map((v) => Array.from(v))).toEqual(
        [new Int32Array(N), new Int32Array(N), monomial, sparse].map((p) => negacyclicProduct(vector, p, t)),
      );
    });

    it('recomputes what does not stay resident', async () => {
      const random = seeded(`${bench.name}/resident`);
      const layout = matvecLayout({ rows: 600, outputs: 2, block: 512 });
      const matrix = [randomRow(random, 1, 600), randomRow(random, 1, 600)];
      const vector = randomResidues(random, bench.reveal.parameters.plainModulus, 600);
      const operand = matrixOperand(layout, (j) => matrix[j], 1);
      const prepared = await bench.engine.prepare(bench.reveal.parameters, operand, { residentCap: 0 });
      expect(prepared.residentBytes).toBe(0);
      const uploads = await bench.reveal.keyHolder.encrypt(packVector(layout, vector));
      const wanted = wantedCoefficients(layout);
      const [{ answers }] = await bench.reveal.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted });
      prepared.dispose();
      const [values] = await bench.reveal.keyHolder.decrypt(answers, wanted, 'reveal');
      expect(Array.from(values)).toEqual(plainProduct(matrix, vector, bench.reveal.parameters.plainModulus));
    });

    it.each(['P120', 'P180'] as const)('is exact where answers keep all primes of %s and all coefficients', async (profile) => {
      const parties = await bench.open(heParameters({ profile, plainModulus: 16_777_259n }));
      const t = parties.parameters.plainModulus;
      const vectors = [0, 1].map((v) => [randomResidues(seeded(`${bench.name}/whole/${v}`), t, N)]);
      const shift = (by: number): Int32Array => new Int32Array(N).fill(-1, by, by + 1);
      const polynomials = [0, 1, N - 1].map((by) => [shift(by)]);
      try {
        const answers = await bench.product(parties, vectors, polynomialOperand(polynomials, 1), 'share', 'all');
        expect(answers).toEqual(vectors.map(([vector]) => polynomials.map(([polynomial]) => negacyclicProduct(vector, polynomial, t))));
      } finally {
        parties.keyHolder.dispose();
        parties.evaluator.dispose();
      }
    });

    it.each(['reveal', 'share'] as const)("adds H's addend exactly in %s mode", async (mode) => {
      const parties = mode === 'reveal' ? bench.reveal : bench.share;
      const t = parties.parameters.plainModulus;
      const masks = [0, 1].map((i) => randomResidues(seeded(`${bench.name}/addend/${i}`), t, N));
      const vector = randomResidues(seeded(`${bench.name}/addend`), t, N);
      const one = new Int32Array(N);
      one[0] = 1;
      const operand = polynomialOperand([[undefined], [one]], 1);
      const [answers] = await bench.product(parties, [[vector]], operand, mode, 'all', (_v, answer) => masks[answer]);
      expect(answers[0]).toEqual(Array.from(masks[0]));
      expect(answers[1]).toEqual(Array.from(masks[1], (m, i) => (m + vector[i]) % t));
    });
  });

  describe('slots', () => {
    it('multiplies slot by slot and adds across uploads', async () => {
      const codec = slotCodec(SLOT_PLAIN_MODULUS);
      const t = SLOT_PLAIN_MODULUS;
      const random = seeded(`${bench.name}/slots`);
      const values = [0, 1].map(() => randomResidues(random, t, N));
      const factors = [0, 1].map(() => Uint32Array.from(randomResidues(random, t, N), Number));
      const operand = slotOperand(codec, { answers: 1, uploads: 2, slots: (_a, u) => factors[u] });
      const [[answer]] = await bench.product(bench.slots, [values.map((v) => codec.encode(v))], operand, 'reveal', 'all');
      const expected = Array.from(values[0], (_, i) => (values[0][i] * BigInt(factors[0][i]) + values[1][i] * BigInt(factors[1][i])) % t);
      expect(Array.from(codec.decode(BigUint64Array.from(answer)))).toEqual(expected);
    });
  });
}
