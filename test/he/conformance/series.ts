import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  answerModuli,
  chooseParameters,
  decodeHint,
  decodeOpening,
  decodePart,
  decodeSum,
  encodeOpening,
  encodeSum,
  expandSeed,
  type HeParameters,
  heParameters,
  hintBytes,
  negacyclicTransform,
  openingBytes,
  partBytes,
  type Residues,
  SEED_BYTES,
  type SeriesEvaluator,
  type SeriesKeys,
  type SeriesQuestion,
  seriesLength,
  sumBytes,
} from '../../../src/he/index.ts';
import { invmod, mulmod } from '../../../src/he/modular.ts';
import { N, negacyclicProduct, polynomialOperand, randomResidues, randomRow, seeded, withByte, withRange } from '../fixtures.ts';
import { chiSquareScore, histogram } from '../statistics.ts';
import type { Bench } from './bench.ts';

const T = 1n << 36n;
const WANTED = Uint32Array.of(0, 77, 4096, 8191);

/** Vectors under keys of their own over common public polynomials (`src/he/series.ts`). */
export function describeSeries(bench: Bench): void {
  describe('series', () => {
    const parameters = chooseParameters({ terms: 2 ** 15, maxAbs: 64, outputs: 2 ** 20, mode: 'reveal', series: true }, T);

    /** Two parties over one operand. */
    async function open(
      polynomials: readonly (readonly (Int32Array | undefined)[])[],
      own: { parameters?: HeParameters; wanted?: Uint32Array; maxAbs?: number } = {},
    ): Promise<{ keys: SeriesKeys; evaluator: SeriesEvaluator; dispose: () => void }> {
      const { parameters: p = parameters, wanted = WANTED, maxAbs = 64 } = own;
      const operand = await bench.engine.prepare(p, polynomialOperand(polynomials, maxAbs));
      const evaluator = await bench.engine.seriesEvaluator(p, operand, wanted);
      const keys = await bench.engine.seriesKeys(p, { uploads: operand.uploads, answers: operand.answers, wanted });
      const dispose = (): void => {
        for (const object of [keys, evaluator, operand]) object.dispose();
      };
      return { keys, evaluator, dispose };
    }

    const vectorOf = (label: string, uploads: number): Residues[] => {
      const random = seeded(`${bench.name}/series/${label}`);
      return Array.from({ length: uploads }, () => randomResidues(random, T, N));
    };

    it('gives the products of every vector, over the ends of series and whatever comes in one call', async () => {
      const short = heParameters({ profile: 'P180', plainModulus: T, answerPrimes: 2 });
      const wanted = Uint32Array.from({ length: 16 }, (_, i) => 511 * (i + 1));
      const most = seriesLength(short, wanted.length);
      expect(most).toBe(3);
      const sparse = (label: string): Int32Array => {
        const row = new Int32Array(N);
        randomRow(seeded(label), 64, 12).forEach((value, i) => {
          row[(i * 1231) % N] = value;
        });
        return row;
      };
      const polynomials = [
        [sparse('a'), undefined],
        [sparse('b'), sparse('c')],
        [undefined, undefined],
      ];
      const { keys, evaluator, dispose } = await open(polynomials, { parameters: short, wanted });
      let opened = 0;
      for (const [call, count] of [1, 1, 4, 2, 0, 1].entries()) {
        const vectors = Array.from({ length: count }, (_, v) => vectorOf(`${call}/${v}`, 2));
        const questions: SeriesQuestion[] = [];
        for (const vector of vectors) questions.push(await keys.ask(vector));
        opened += questions.filter(({ opening }) => opening).length;
        const replies = await evaluator.answer(questions);
        expect(replies.map(({ hints }) => hints !== undefined)).toEqual(questions.map(({ opening }) => opening !== undefined));
        for (const [v, reply] of replies.entries()) {
          const values = await keys.decrypt(reply);
          polynomials.forEach((row, a) => {
            const products = row.map((polynomial, u) => negacyclicProduct(vectors[v][u], polynomial ?? new Int32Array(N), T));
            expect([...values[a]]).toEqual([...wanted].map((at) => products.reduce((sum, product) => sum + product[at], 0n) % T));
          });
        }
      }
      expect(opened).toBe(3);
      dispose();
    });

    it('is exact at the extremes of vector, operand and flood', async () => {
      const { keys, evaluator, dispose } = await open([[new Int32Array(N).fill(64)], [new Int32Array(N).fill(-64)]]);
      for (const value of [T / 2n, T / 2n + 1n, T - 1n]) {
        const vector = new BigUint64Array(N).fill(value);
        const [reply] = await evaluator.answer([await keys.ask([vector])]);
        const [up, down] = await keys.decrypt(reply);
        // Coefficient k of a product of constants c·(1 + X + ...)²: (k + 1) - (N - 1 - k) terms.
        const expected = (scale: bigint): bigint[] => [...WANTED].map((k) => (((value * scale * BigInt(2 * k + 2 - N)) % T) + T) % T);
        expect([...up]).toEqual(expected(64n));
        expect([...down]).toEqual(expected(-64n));
      }
      dispose();
    });

    it('sends c1 once a series and of c0 the wanted words alone', async () => {
      const { keys, evaluator, dispose } = await open([[undefined], [undefined], [undefined]]);
      const first = await keys.ask(vectorOf('sizes', 1));
      const second = await keys.ask(vectorOf('sizes', 1));
      expect(first.opening).toHaveLength(openingBytes(1));
      expect(second.opening).toBeUndefined();
      for (const { parts } of [first, second])
        expect(parts.map((part) => part.length)).toEqual([partBytes(parameters), partBytes(parameters)]);
      const replies = await evaluator.answer([first, second]);
      expect(replies[0].hints?.map((hint) => hint.length)).toEqual([1, 2, 3].map(() => hintBytes(parameters)));
      expect(replies[1].hints).toBeUndefined();
      for (const { sums } of replies)
        expect(sums.map((sum) => sum.length)).toEqual([1, 2, 3].map(() => sumBytes(parameters, WANTED.length)));
      dispose();
    });

    it('floods sums uniformly to the brim: shifting them by j/8 of a step flips j/8 of the coefficients', async () => {
      const all = Uint32Array.from({ length: N }, (_, i) => i);
      const moduli = answerModuli(parameters);
      const q = moduli.reduce((product, prime) => product * BigInt(prime), 1n);
      const { keys, evaluator, dispose } = await open([[undefined], [undefined]], { wanted: all });
      expect(seriesLength(parameters, N)).toBe(1);
      for (const eighths of [1n, 3n, 5n, 7n]) {
        const [{ hints, sums }] = await evaluator.answer([await keys.ask([new BigUint64Array(N)])]);
        const shift = (q * eighths) / (8n * T);
        const shifted = sums.map((bytes) =>
          encodeSum(
            parameters,
            decodeSum(parameters, N, bytes).map((word, i) => Number((BigInt(word) + shift) % BigInt(moduli[Math.floor(i / N)]))),
          ),
        );
        const values = (await keys.decrypt({ hints, sums: shifted })).flatMap((residues) => Array.from(residues));
        expect(values.every((value) => value <= 1n)).toBe(true);
        const p = Number(eighths) / 8;
        const flipped = values.filter((value) => value === 1n).length;
        expect(Math.abs(flipped - values.length * p)).toBeLessThan(5.5 * Math.sqrt(values.length * p * (1 - p)) + values.length / 500);
      }
      dispose();
    });

    it('never repeats: seeds, parts, hints and sums of equal questions all differ (T06)', async () => {
      const { keys, evaluator, dispose } = await open([[undefined], [undefined]]);
      const again = await open([[undefined], [undefined]]);
      const zero = [new BigUint64Array(N)];
      const questions = [await keys.ask(zero), await keys.ask(zero), await again.keys.ask(zero)];
      const seeds = [questions[0], questions[2]].flatMap(({ opening }) => decodeOpening(parameters, 1, opening ?? new Uint8Array()));
      expect(new Set(seeds.map((seed) => seed.join())).size).toBe(4);
      expect(new Set(questions.flatMap(({ parts }) => parts.map((part) => part.slice(4, 40).join()))).size).toBe(6);
      // The same two questions put to two evaluators: nothing of what they draw is the same.
      const replies = [...(await evaluator.answer(questions.slice(0, 2))), ...(await again.evaluator.answer(questions.slice(0, 2)))];
      expect(new Set(replies.flatMap(({ hints = [] }) => hints.map((hint) => hint.slice(4, 40).join()))).size).toBe(4);
      expect(new Set(replies.flatMap(({ sums }) => sums.map((sum) => sum.join()))).size).toBe(8);
      // Under one u, two hints to one question would differ by their errors alone.
      const [mine, other] = [replies[0], replies[2]].map(({ hints = [] }) => decodeHint(parameters, hints[0]));
      answerModuli(parameters).forEach((q, limb) => {
        const difference = Uint32Array.from({ length: N }, (_, i) => (mine[limb * N + i] + q - other[limb * N + i]) % q);
        expect(difference.filter((word) => word <= 44 || word >= q - 44).length).toBeLessThan(8);
      });
      dispose();
      again.dispose();
    });

    it('draws a secret key a vector: parts of equal vectors under equal seeds differ by uniform words (D4)', async () => {
      const { keys, dispose } = await open([[undefined]]);
      const vector = vectorOf('keys', 1);
      const parts = [await keys.ask(vector), await keys.ask(vector)].map((question) => decodePart(parameters, question.parts[0]));
      parameters.dataPrimes.forEach((q, limb) => {
        const difference = Uint32Array.from({ length: N }, (_, i) => (parts[0][limb * N + i] + q - parts[1][limb * N + i]) % q);
        negacyclicTransform(q).inverse(difference);
        // Under one key what is left is e - e': at most 42 in size.
        expect(difference.filter((word) => word <= 42 || word >= q - 42).length).toBeLessThan(8);
        expect(Math.abs(chiSquareScore(histogram([...difference], q)))).toBeLessThan(6);
      });
      dispose();
    });

    it('a hint has an error of its own: without one, c1 of a zero operand is a_z·u, and u is known (D1)', async () => {
      const keeping = heParameters({ profile: 'P120', plainModulus: 1n << 26n });
      const { keys, evaluator, dispose } = await open([[undefined]], { parameters: keeping });
      const question = await keys.ask([new BigUint64Array(N)]);
      const [{ hints = [] }] = await evaluator.answer([question]);
      const [q] = keeping.dataPrimes;
      const ring = negacyclicTransform(q);
      const az = expandSeed(decodeOpening(keeping, 1, question.opening ?? new Uint8Array())[1], 'upload', [q], N);
      const c1 = decodeHint(keeping, hints[0]).slice(0, N);
      ring.forward(c1);
      const u = c1.map((word, i) => mulmod(word, invmod(az[i], q), q));
      ring.inverse(u);
      expect(u.filter((word) => word <= 1 || word === q - 1).length).toBeLessThan(8);
      dispose();
    });

    it('refuses what does not belong there, before it computes anything (T49)', async () => {
      const { keys, evaluator, dispose } = await open([[undefined]]);
      const good = await keys.ask([new BigUint64Array(N)]);
      const next = await keys.ask([new BigUint64Array(N)]);
      const opening = good.opening ?? new Uint8Array();
      const [first, second] = decodeOpening(parameters, 1, opening);
      const malformed: SeriesQuestion[] = [
        { ...good, opening: opening.slice(1) },
        { ...good, opening: withRange(opening, 4, 4 + SEED_BYTES, 7) },
        { ...good, opening: encodeOpening(parameters, [first, first]) },
        { ...good, opening: withByte(opening, 2, 77) },
        ...[0, 1].flatMap((part) =>
          [
            (bytes: Uint8Array) => bytes.slice(1),
            (bytes: Uint8Array) => withRange(bytes, 4, 8, 0xff),
            (bytes: Uint8Array) => withByte(bytes, 1, 2),
          ].map((damage) => ({ ...good, parts: good.parts.map((bytes, i) => (i === part ? damage(bytes) : bytes)) })),
        ),
      ];
      expect(second).not.toEqual(first);
      for (const question of malformed) {
        const fresh = await open([[undefined]]);
        await expect(fresh.evaluator.answer([question])).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });
        fresh.dispose();
      }
      await expect(evaluator.answer([next])).rejects.toMatchObject({ code: 'ERR_PEER_SERIES', blame: 'peer' });
      await expect(evaluator.answer([good, good])).rejects.toMatchObject({ code: 'ERR_PEER_SERIES', blame: 'peer' });
      await expect(evaluator.answer([{ ...good, parts: good.parts.slice(1) }])).rejects.toMatchObject({ code: 'ERR_HE_OPERAND' });
      const most = seriesLength(parameters, WANTED.length);
      const tooMany = [good, ...Array.from({ length: most }, () => next)];
      await expect(evaluator.answer(tooMany)).rejects.toMatchObject({ code: 'ERR_PEER_SERIES', blame: 'peer' });

      const [reply] = await evaluator.answer([good]);
      const hints = reply.hints ?? [];
      for (const bad of [
        { hints: undefined, sums: reply.sums },
        { hints, sums: [] },
        { hints: [], sums: reply.sums },
      ]) {
        const other = await open([[undefined]]);
        await other.keys.ask([new BigUint64Array(N)]);
        await expect(other.keys.decrypt(bad)).rejects.toMatchObject({ code: 'ERR_PEER_SERIES', blame: 'peer' });
        other.dispose();
      }
      for (const bad of [
        { hints: hints.map((bytes) => withRange(bytes, 4, bytes.length, 0)), sums: reply.sums },
        { hints: hints.map((bytes) => withRange(bytes, 4, 8, 0xff)), sums: reply.sums },
        { hints, sums: reply.sums.map((bytes) => bytes.slice(1)) },
        { hints, sums: reply.sums.map((bytes) => withByte(bytes, 1, 3)) },
      ]) {
        const other = await open([[undefined]]);
        await other.keys.ask([new BigUint64Array(N)]);
        await expect(other.keys.decrypt(bad)).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });
        other.dispose();
      }
      dispose();
    });

    it('keeps its keys to itself, and is of no use after dispose', async () => {
      const { keys, evaluator, dispose } = await open([[undefined]]);
      const question = await keys.ask([new BigUint64Array(N)]);
      expect(String(keys)).toBe('[redacted]');
      expect(inspect(keys, { depth: 9, showHidden: true })).toBe('[redacted]');
      expect(JSON.stringify({ keys })).toBe('{"keys":"[redacted]"}');
      const [reply] = await evaluator.answer([question]);
      await keys.decrypt(reply);
      await expect(keys.decrypt(reply)).rejects.toMatchObject({ code: 'ERR_HE_SERIES', blame: 'local' });
      dispose();
      dispose();
      await expect(keys.ask([new BigUint64Array(N)])).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
      await expect(evaluator.answer([question])).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
    });
  });
}
