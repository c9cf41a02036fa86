/**
 * What every engine must do, whoever wrote it: the products, the blinding, the refusals. `describeEngine('seal', loadSealEngine)` runs the suite.
 */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/base/index.ts';
import {
  answerBytes,
  answerModuli,
  type Blinding,
  chooseParameters,
  decodeAnswer,
  decodeUpload,
  type EngineOptions,
  type Evaluator,
  encodeAnswer,
  encodeUpload,
  type HeEngine,
  type HeParameters,
  heParameters,
  innerProductsLayout,
  innerProductsOperand,
  type KeyHolder,
  matrixOperand,
  matvecLayout,
  type Operand,
  packItems,
  packVector,
  publicKeyBytes,
  type Residues,
  SLOT_PLAIN_MODULUS,
  slotCodec,
  slotOperand,
  sumItems,
  unpackAnswers,
  uploadBytes,
  type Wanted,
  wantedCoefficients,
  zeroSumMasks,
} from '../../src/he/index.ts';
import {
  addShares,
  mod,
  N,
  negacyclicProduct,
  plainProduct,
  polynomialOperand,
  randomResidues,
  randomRow,
  seeded,
  withByte,
  withRange,
} from './fixtures.ts';
import { chiSquareScore, histogram, kolmogorovSmirnov, serialCorrelation } from './statistics.ts';

interface Parties {
  readonly parameters: HeParameters;
  readonly keyHolder: KeyHolder;
  readonly evaluator: Evaluator;
}

/** @param load a fresh engine; `random` feeds its blinding. */
export function describeEngine(name: string, load: (options?: EngineOptions) => Promise<HeEngine>): void {
  describe(`${name} engine`, () => {
    let engine: HeEngine;
    let reveal: Parties;
    let share: Parties;
    let slots: Parties;
    const open = async (parameters: HeParameters): Promise<Parties> => {
      const keyHolder = await engine.keyHolder(parameters);
      return { parameters, keyHolder, evaluator: await engine.evaluator(parameters, keyHolder.publicKey) };
    };
    beforeAll(async () => {
      engine = await load();
      reveal = await open(chooseParameters({ terms: 2 ** 17, maxAbs: 64, outputs: 2 ** 20, mode: 'reveal' }, 1n << 36n));
      share = await open(chooseParameters({ terms: 2 ** 17, maxAbs: 2 ** 12, outputs: 2 ** 20, mode: 'share' }, 1n << 40n));
      slots = await open(chooseParameters({ terms: 2 * N, maxAbs: 32_768, outputs: 2 ** 20, mode: 'reveal' }, SLOT_PLAIN_MODULUS));
    });
    afterAll(async () => {
      for (const { keyHolder, evaluator } of [reveal, share, slots]) {
        keyHolder.dispose();
        evaluator.dispose();
      }
      await engine.dispose();
    });

    /** One whole round trip; share mode adds the shares. Values of every vector and answer. */
    const product = async (
      { parameters, keyHolder, evaluator }: Parties,
      vectors: readonly (readonly Residues[])[],
      operand: Operand,
      mode: Blinding['mode'],
      wanted: Wanted,
      addend?: Blinding['addend'],
    ): Promise<bigint[][][]> => {
      const prepared = await engine.prepare(parameters, operand);
      const uploads = await Promise.all(vectors.map((plaintexts) => keyHolder.encrypt(plaintexts)));
      const answered = await evaluator.multiply(uploads, prepared, { mode, wanted, ...(addend && { addend }) });
      prepared.dispose();
      return Promise.all(
        answered.map(async ({ answers, shares }) => {
          const values = await keyHolder.decrypt(answers, wanted, mode);
          return values.map((own, a) => (shares ? addShares(own, shares[a], parameters.plainModulus) : Array.from(own)));
        }),
      );
    };

    describe('matrix-vector product', () => {
      const shapes = fc.record({
        rows: fc.oneof(fc.constantFrom(1, 2, 511, 512, 513), fc.integer({ min: 1, max: 1500 })),
        outputs: fc.integer({ min: 1, max: 40 }),
        block: fc.constantFrom(256, 512, 1024, 8192),
        seed: fc.nat(),
      });
      it.each(['reveal', 'share'] as const)('equals the plain product in %s mode, any size', async (mode) => {
        const parties = mode === 'reveal' ? reveal : share;
        const t = parties.parameters.plainModulus;
        await fc.assert(
          fc.asyncProperty(shapes, async ({ rows, outputs, block, seed }) => {
            const random = seeded(`${name}/${mode}/${seed}`);
            const layout = matvecLayout({ rows, outputs, block });
            const maxAbs = mode === 'reveal' ? 16 : 2 ** 12;
            const matrix = Array.from({ length: outputs }, () => randomRow(random, maxAbs, rows));
            const vector = randomResidues(random, t, rows);
            const [answers] = await product(
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
        const random = seeded(`${name}/vectors`);
        const t = reveal.parameters.plainModulus;
        const layout = matvecLayout({ rows: 700, outputs: 3, block: 512 });
        const matrix = Array.from({ length: 3 }, () => randomRow(random, 1, 700));
        const vectors = Array.from({ length: 3 }, () => randomResidues(random, t, 700));
        const answers = await product(
          reveal,
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
        const t = reveal.parameters.plainModulus;
        const rows = 2048;
        const layout = matvecLayout({ rows, outputs: 2, block: 2048 });
        const vector = BigUint64Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? t / 2n - 1n : t - (t / 2n - 1n)));
        const matrix = [Int32Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 16 : -16)), new Int32Array(rows).fill(16)];
        const [[answer]] = await product(
          reveal,
          [packVector(layout, vector)],
          matrixOperand(layout, (j) => matrix[j], 16),
          'reveal',
          wantedCoefficients(layout),
        );
        expect(answer.slice(0, 2)).toEqual(plainProduct(matrix, vector, t));
      });

      it('decrypts at the brim whatever the operand: the worst terms and coefficients the parameters were chosen for (T07)', async () => {
        const random = seeded(`${name}/brim`);
        const polynomials = [Array.from({ length: 16 }, () => new Int32Array(N).fill(64))];
        const vector = Array.from({ length: 16 }, () => randomResidues(random, reveal.parameters.plainModulus, N));
        const [[answer]] = await product(reveal, [vector], polynomialOperand(polynomials, 64), 'reveal', 'all');
        const t = reveal.parameters.plainModulus;
        const sum = BigUint64Array.from({ length: N }, (_, i) => mod(vector.reduce((s, v) => s + v[i], 0n) * 64n, t));
        expect(answer.slice(0, 1)).toEqual(negacyclicProduct(sum, new Int32Array(N).fill(1), t).slice(0, 1));
      });

      it('answers for zero, monomial and dense operands alike (T09)', async () => {
        const random = seeded(`${name}/shapes`);
        const t = reveal.parameters.plainModulus;
        const monomial = new Int32Array(N);
        monomial[5] = -3;
        const sparse = Int32Array.from({ length: N }, (_, i) => (i % 2048 === 7 ? 9 : 0));
        const vector = randomResidues(random, t, N);
        const operand = polynomialOperand([[undefined], [new Int32Array(N)], [monomial], [sparse]], 64);
        const prepared = await engine.prepare(reveal.parameters, operand);
        const uploads = await reveal.keyHolder.encrypt([vector]);
        const [{ answers }] = await reveal.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' });
        prepared.dispose();
        expect(new Set(answers.map((bytes) => bytes.length))).toEqual(new Set([answerBytes(reveal.parameters, N)]));
        const values = await reveal.keyHolder.decrypt(answers, 'all', 'reveal');
        expect(values.map((v) => Array.from(v))).toEqual(
          [new Int32Array(N), new Int32Array(N), monomial, sparse].map((p) => negacyclicProduct(vector, p, t)),
        );
      });

      it('recomputes what does not stay resident', async () => {
        const random = seeded(`${name}/resident`);
        const layout = matvecLayout({ rows: 600, outputs: 2, block: 512 });
        const matrix = [randomRow(random, 1, 600), randomRow(random, 1, 600)];
        const vector = randomResidues(random, reveal.parameters.plainModulus, 600);
        const operand = matrixOperand(layout, (j) => matrix[j], 1);
        const prepared = await engine.prepare(reveal.parameters, operand, { residentCap: 0 });
        expect(prepared.residentBytes).toBe(0);
        const uploads = await reveal.keyHolder.encrypt(packVector(layout, vector));
        const wanted = wantedCoefficients(layout);
        const [{ answers }] = await reveal.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted });
        prepared.dispose();
        const [values] = await reveal.keyHolder.decrypt(answers, wanted, 'reveal');
        expect(Array.from(values)).toEqual(plainProduct(matrix, vector, reveal.parameters.plainModulus));
      });

      it.each(['reveal', 'share'] as const)("adds H's addend exactly in %s mode", async (mode) => {
        const parties = mode === 'reveal' ? reveal : share;
        const t = parties.parameters.plainModulus;
        const masks = [0, 1].map((i) => randomResidues(seeded(`${name}/addend/${i}`), t, N));
        const vector = randomResidues(seeded(`${name}/addend`), t, N);
        const one = new Int32Array(N);
        one[0] = 1;
        const operand = polynomialOperand([[undefined], [one]], 1);
        const [answers] = await product(parties, [[vector]], operand, mode, 'all', (_v, answer) => masks[answer]);
        expect(answers[0]).toEqual(Array.from(masks[0]));
        expect(answers[1]).toEqual(Array.from(masks[1], (m, i) => (m + vector[i]) % t));
      });
    });

    describe('slots', () => {
      it('multiplies slot by slot and adds across uploads', async () => {
        const codec = slotCodec(SLOT_PLAIN_MODULUS);
        const t = SLOT_PLAIN_MODULUS;
        const random = seeded(`${name}/slots`);
        const values = [0, 1].map(() => randomResidues(random, t, N));
        const factors = [0, 1].map(() => Uint32Array.from(randomResidues(random, t, N), Number));
        const operand = slotOperand(codec, { answers: 1, uploads: 2, slots: (_a, u) => factors[u] });
        const [[answer]] = await product(slots, [values.map((v) => codec.encode(v))], operand, 'reveal', 'all');
        const expected = Array.from(values[0], (_, i) => (values[0][i] * BigInt(factors[0][i]) + values[1][i] * BigInt(factors[1][i])) % t);
        expect(Array.from(codec.decode(BigUint64Array.from(answer)))).toEqual(expected);
      });

      it('gives one inner product an item, and only masks besides', async () => {
        const codec = slotCodec(SLOT_PLAIN_MODULUS);
        const random = seeded(`${name}/items`);
        const layout = innerProductsLayout(codec, { items: 9, width: 1600 });
        const leaves = Array.from({ length: 9 }, () => randomResidues(random, 500n, 1600));
        const bits = Array.from({ length: 9 }, () => Uint8Array.from({ length: 1600 }, () => random.u32() & 1));
        const plaintexts = packItems(layout, codec, (f) => leaves[f]);
        const operand = innerProductsOperand(layout, codec, (f) => bits[f]);
        const [answers] = await product(slots, [plaintexts], operand, 'reveal', 'all', zeroSumMasks(layout, codec, systemRandom));
        const residues = answers.map((answer) => BigUint64Array.from(answer));
        const expected = leaves.map((v, f) =>
          mod(
            v.reduce((sum, value, i) => sum + value * BigInt(bits[f][i]), 0n),
            SLOT_PLAIN_MODULUS,
          ),
        );
        expect(Array.from(sumItems(layout, codec, residues))).toEqual(expected);
        const used = Array.from(codec.decode(residues[0]).subarray(0, layout.itemsPerCiphertext * layout.width));
        expect(Math.abs(chiSquareScore(histogram(used, SLOT_PLAIN_MODULUS, 64)))).toBeLessThan(6);
      });
    });

    describe('blinding', () => {
      it('shares of a zero product are uniform on both sides: bytes, distance, serial correlation (T20)', async () => {
        const t = share.parameters.plainModulus;
        const operand = polynomialOperand(
          Array.from({ length: 13 }, () => [undefined]),
          1,
        );
        const prepared = await engine.prepare(share.parameters, operand);
        const uploads = await share.keyHolder.encrypt([new BigUint64Array(N)]);
        const [{ answers, shares }] = await share.evaluator.multiply([uploads], prepared, { mode: 'share', wanted: 'all' });
        prepared.dispose();
        const own = await share.keyHolder.decrypt(answers, 'all', 'share');
        for (const side of [own, shares ?? []]) {
          const unit = side.flatMap((residues) => Array.from(residues, (value) => Number(value) / Number(t)));
          expect(unit).toHaveLength(13 * N);
          expect(Math.abs(chiSquareScore(histogram(unit, 1)))).toBeLessThan(6);
          expect(
            Math.abs(
              chiSquareScore(
                histogram(
                  side.flatMap((r) => Array.from(r, (value) => value & 255n)),
                  256n,
                ),
              ),
            ),
          ).toBeLessThan(6);
          expect(kolmogorovSmirnov(unit)).toBeLessThan(2.7);
          expect(Math.abs(serialCorrelation(unit))).toBeLessThan(5.5);
        }
      });

      it('floods reveal answers uniformly to the brim: shifting c0 by j/8 of a step flips j/8 of the coefficients', async () => {
        const { parameters, keyHolder, evaluator } = reveal;
        const moduli = answerModuli(parameters);
        const prepared = await engine.prepare(parameters, polynomialOperand([[undefined], [undefined]], 1));
        const uploads = await keyHolder.encrypt([new BigUint64Array(N)]);
        const [{ answers }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' });
        prepared.dispose();
        for (const eighths of [1n, 3n, 5n, 7n]) {
          const shift = (moduli.reduce((product, q) => product * BigInt(q), 1n) * eighths) / (8n * parameters.plainModulus);
          const shifted = answers.map((bytes) => {
            const { c0, c1 } = decodeAnswer(parameters, N, bytes);
            return encodeAnswer(parameters, {
              c1,
              c0: c0.map((word, i) => Number((BigInt(word) + shift) % BigInt(moduli[Math.floor(i / N)]))),
            });
          });
          const values = (await keyHolder.decrypt(shifted, 'all', 'reveal')).flatMap((residues) => Array.from(residues));
          expect(values.every((value) => value <= 1n)).toBe(true);
          const p = Number(eighths) / 8;
          const flipped = values.filter((value) => value === 1n).length;
          expect(Math.abs(flipped - values.length * p)).toBeLessThan(5.5 * Math.sqrt(values.length * p * (1 - p)) + values.length / 500);
        }
      });

      it('share mode shows L only uniform words, even when its upload carries the largest noise there is (T03)', async () => {
        const { parameters, evaluator } = share;
        const [honest] = await share.keyHolder.encrypt([new BigUint64Array(N)]);
        const { c0, seed } = decodeUpload(parameters, honest);
        const noisy = c0.map(
          (word, i) => (word + Math.floor(parameters.dataPrimes[Math.floor(i / N)] / 3)) % parameters.dataPrimes[Math.floor(i / N)],
        );
        const operand = polynomialOperand([[new Int32Array(N).fill(1)]], 1);
        const prepared = await engine.prepare(parameters, operand);
        const vectors = Array.from({ length: 4 }, () => [encodeUpload(parameters, { c0: noisy, seed })]);
        const answered = await evaluator.multiply(vectors, prepared, { mode: 'share', wanted: 'all' });
        prepared.dispose();
        answerModuli(parameters).forEach((q, limb) => {
          const words = answered.flatMap(({ answers }) =>
            Array.from(decodeAnswer(parameters, N, answers[0]).c0.subarray(limb * N, (limb + 1) * N)),
          );
          expect(Math.abs(chiSquareScore(histogram(words, q)))).toBeLessThan(6);
        });
        const own = await share.keyHolder.decrypt(answered[0].answers, 'all', 'share');
        expect(own[0]).toHaveLength(N);
      });

      it('never repeats: seeds, c1 and c0 of equal questions all differ (T06)', async () => {
        const uploads = (await Promise.all(Array.from({ length: 20 }, () => reveal.keyHolder.encrypt([new BigUint64Array(N)])))).flat();
        const seeds = uploads.map((bytes) => decodeUpload(reveal.parameters, bytes).seed.join());
        expect(new Set(seeds).size).toBe(uploads.length);
        const prepared = await engine.prepare(
          reveal.parameters,
          polynomialOperand(
            Array.from({ length: 4 }, () => [undefined]),
            1,
          ),
        );
        const wanted = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
        const answered = await reveal.evaluator.multiply(
          Array.from({ length: 5 }, () => [uploads[0]]),
          prepared,
          { mode: 'reveal', wanted },
        );
        prepared.dispose();
        const answers = answered.flatMap((vector) => vector.answers.map((bytes) => decodeAnswer(reveal.parameters, wanted.length, bytes)));
        expect(new Set(answers.map(({ c0 }) => c0.join())).size).toBe(20);
        expect(new Set(answers.map(({ c1 }) => c1.slice(0, 16).join())).size).toBe(20);
      });

      it('sends the wanted coefficients alone, in their order', async () => {
        const t = reveal.parameters.plainModulus;
        const vector = randomResidues(seeded(`${name}/wanted`), t, N);
        const one = new Int32Array(N);
        one[0] = 1;
        const wanted = Uint32Array.of(3, 77, 8191);
        const [[answer]] = await product(reveal, [[vector]], polynomialOperand([[one]], 1), 'reveal', wanted);
        expect(answer).toEqual([vector[3], vector[77], vector[8191]]);
      });
    });

    describe('refusals', () => {
      const malformed = (work: Promise<unknown>): Promise<void> =>
        expect(work).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });

      it('refuses every public key that is not exactly (p0, seed) (T02)', async () => {
        const { parameters, keyHolder } = reveal;
        const good = keyHolder.publicKey;
        expect(good).toHaveLength(publicKeyBytes(parameters));
        const end = good.length;
        const bad = [
          good.slice(0, end - 1),
          new Uint8Array([...good, 0]),
          withRange(good, end - 64, end, 0),
          withRange(good, 4, end - 64, 0),
          withRange(good, 4, 8, 0xff),
          withByte(good, 0, 2),
          withByte(good, 1, 2),
          withByte(good, 2, 99),
          withByte(good, 3, 1),
          new Uint8Array(2 * end - 68),
          new Uint8Array(0),
        ];
        for (const key of bad) await malformed(engine.evaluator(parameters, key));
      });

      it('refuses malformed uploads before it computes anything (T49)', async () => {
        const { parameters, keyHolder, evaluator } = reveal;
        const [good] = await keyHolder.encrypt([new BigUint64Array(N)]);
        expect(good).toHaveLength(uploadBytes(parameters));
        const end = good.length;
        let filled = 0;
        const source = polynomialOperand([[undefined]], 1);
        const prepared = await engine.prepare(parameters, source);
        const bad = [
          good.slice(1),
          new Uint8Array([...good, 0]),
          withRange(good, end - 64, end, 7),
          withRange(good, 4, 8, 0xff),
          withByte(good, 1, 3),
          withByte(good, 2, 77),
        ];
        for (const upload of bad) {
          const blinding: Blinding = {
            mode: 'reveal',
            wanted: 'all',
            addend: () => {
              filled++;
              return undefined;
            },
          };
          await malformed(evaluator.multiply([[good], [upload]], prepared, blinding));
        }
        prepared.dispose();
        expect(filled).toBe(0);
      });

      it('refuses malformed answers', async () => {
        const { parameters, keyHolder, evaluator } = reveal;
        const wanted = Uint32Array.of(1, 2, 3);
        const prepared = await engine.prepare(parameters, polynomialOperand([[undefined]], 1));
        const [{ answers }] = await evaluator.multiply([await keyHolder.encrypt([new BigUint64Array(N)])], prepared, {
          mode: 'reveal',
          wanted,
        });
        prepared.dispose();
        const [good] = answers;
        const c1End = answerBytes(parameters, 0);
        for (const answer of [
          good.slice(1),
          withRange(good, 4, c1End, 0),
          withRange(good, 4, 8, 0xff),
          withByte(good, 3, 1),
          withByte(good, good.length - 1, 0xff),
        ]) {
          await malformed(keyHolder.decrypt([answer], wanted, 'reveal'));
        }
        await malformed(keyHolder.decrypt([good], Uint32Array.of(1, 2), 'reveal'));
      });

      it('refuses an operand beyond the bounds it declares, and bounds beyond what the noise analysis allows', async () => {
        const dense = new Int32Array(N).fill(3);
        const zero = polynomialOperand([[undefined]], 1);
        const bad: Operand[] = [
          polynomialOperand([[dense]], 2),
          polynomialOperand([[dense.map((value) => -value)]], 2),
          { ...polynomialOperand([[dense]], 3), terms: N - 1 },
          { ...zero, maxAbs: 0 },
          { ...zero, maxAbs: 2 ** 31 },
          { ...zero, answers: 0 },
          { ...zero, uploads: 1.5 },
        ];
        for (const operand of bad)
          await expect(engine.prepare(reveal.parameters, operand)).rejects.toMatchObject({ code: 'ERR_HE_OPERAND' });
        const large = { ...zero, maxAbs: Number(SLOT_PLAIN_MODULUS >> 1n) + 1 };
        await expect(engine.prepare(slots.parameters, large)).rejects.toMatchObject({ code: 'ERR_HE_OPERAND' });
      });

      it('refuses parameters and operands that are not its own, and wanted lists out of order', async () => {
        const { parameters, evaluator, keyHolder } = reveal;
        await expect(engine.keyHolder({ ...parameters })).rejects.toMatchObject({ code: 'ERR_HE_PARAMETERS' });
        const prepared = await engine.prepare(share.parameters, polynomialOperand([[undefined]], 1));
        const uploads = await keyHolder.encrypt([new BigUint64Array(N)]);
        await expect(evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
          code: 'ERR_HE_OPERAND',
        });
        prepared.dispose();
        const own = await engine.prepare(parameters, polynomialOperand([[undefined]], 1));
        for (const wanted of [Uint32Array.of(2, 1), Uint32Array.of(1, 1), Uint32Array.of(N), new Uint32Array(0)]) {
          await expect(evaluator.multiply([uploads], own, { mode: 'reveal', wanted })).rejects.toMatchObject({ code: 'ERR_HE_WANTED' });
        }
        own.dispose();
      });

      it('refuses an operand whose noise would not decrypt', async () => {
        const small = await open(heParameters({ profile: 'P108', plainModulus: (1n << 60n) - 1n }));
        const prepared = await engine.prepare(small.parameters, polynomialOperand([[new Int32Array(N).fill(2 ** 30)]], 2 ** 30));
        const uploads = await small.keyHolder.encrypt([new BigUint64Array(N)]);
        await expect(small.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
          code: 'ERR_HE_NOISE',
        });
        prepared.dispose();
        small.keyHolder.dispose();
        small.evaluator.dispose();
      });

      it('refuses a vector with another number of uploads than the operand', async () => {
        const prepared = await engine.prepare(reveal.parameters, polynomialOperand([[undefined, undefined]], 1));
        const uploads = await reveal.keyHolder.encrypt([new BigUint64Array(N)]);
        for (const vector of [[], uploads, [uploads[0], uploads[0], uploads[0]]]) {
          await expect(reveal.evaluator.multiply([vector], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
            code: 'ERR_HE_OPERAND',
          });
        }
        prepared.dispose();
      });

      it('refuses residues that are not below t', async () => {
        const residues = new BigUint64Array(N).fill(reveal.parameters.plainModulus);
        await expect(reveal.keyHolder.encrypt([residues])).rejects.toMatchObject({ code: 'ERR_HE_PLAINTEXT' });
        await expect(reveal.keyHolder.encrypt([new BigUint64Array(N - 1)])).rejects.toMatchObject({ code: 'ERR_HE_PLAINTEXT' });
      });

      it('refuses to load on a constant or failing source (T15)', async () => {
        const constant = { fill: (bytes: Uint8Array) => void bytes.fill(9) };
        const failing = {
          fill() {
            throw new Error('no entropy');
          },
        };
        for (const random of [constant, failing]) await expect(load({ random })).rejects.toMatchObject({ code: 'ERR_HE_RANDOMNESS' });
      });
    });

    it('lets the event loop run while it works', async () => {
      let turns = 0;
      let done = false;
      const turn = (): void => {
        turns++;
        if (!done) setImmediate(turn);
      };
      setImmediate(turn);
      await reveal.keyHolder.encrypt(Array.from({ length: 8 }, () => new BigUint64Array(N)));
      done = true;
      expect(turns).toBeGreaterThan(4);
    });

    describe('secrets', () => {
      it('prints a key holder as [redacted] everywhere', async () => {
        const { keyHolder } = reveal;
        expect(String(keyHolder)).toBe('[redacted]');
        expect(inspect(keyHolder, { depth: 9, showHidden: true })).toBe('[redacted]');
        expect(JSON.stringify({ keyHolder })).toBe('{"keyHolder":"[redacted]"}');
        expect(inspect({ nested: keyHolder })).toBe('{ nested: [redacted] }');
      });

      it('an engine is of no use after dispose', async () => {
        const other = await load();
        await other.dispose();
        await expect(other.keyHolder(reveal.parameters)).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
      });

      it('is of no use after dispose', async () => {
        const parties = await open(reveal.parameters);
        const prepared = await engine.prepare(reveal.parameters, polynomialOperand([[undefined]], 1));
        const uploads = await parties.keyHolder.encrypt([new BigUint64Array(N)]);
        parties.keyHolder.dispose();
        parties.keyHolder.dispose();
        await expect(parties.keyHolder.encrypt([new BigUint64Array(N)])).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
        await expect(parties.keyHolder.decrypt([], 'all', 'reveal')).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
        const gone = await engine.prepare(reveal.parameters, polynomialOperand([[undefined]], 1));
        gone.dispose();
        const blinding: Blinding = { mode: 'reveal', wanted: 'all' };
        await expect(parties.evaluator.multiply([uploads], gone, blinding)).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
        parties.evaluator.dispose();
        await expect(parties.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
          code: 'ERR_HE_DISPOSED',
        });
        prepared.dispose();
      });
    });
  });
}
