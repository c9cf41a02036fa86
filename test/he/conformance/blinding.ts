import { describe, expect, it } from 'vitest';
import { answerModuli, decodeAnswer, decodeUpload, encodeAnswer, encodeUpload, negacyclicTransform } from '../../../src/he/index.ts';
import { N, polynomialOperand, randomResidues, seeded } from '../fixtures.ts';
import { chiSquareScore, histogram, kolmogorovSmirnov, serialCorrelation } from '../statistics.ts';
import type { Bench } from './bench.ts';

/** What L sees of an answer beside its value is uniform. */
export function describeBlinding(bench: Bench): void {
  describe('blinding', () => {
    it('shares of a zero product are uniform on both sides: bytes, distance, serial correlation (T20)', async () => {
      const t = bench.share.parameters.plainModulus;
      const operand = polynomialOperand(
        Array.from({ length: 13 }, () => [undefined]),
        1,
      );
      const prepared = await bench.engine.prepare(bench.share.parameters, operand);
      const uploads = await bench.share.keyHolder.encrypt([new BigUint64Array(N)]);
      const [{ answers, shares }] = await bench.share.evaluator.multiply([uploads], prepared, { mode: 'share', wanted: 'all' });
      prepared.dispose();
      const own = await bench.share.keyHolder.decrypt(answers, 'all', 'share');
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
      const { parameters, keyHolder, evaluator } = bench.reveal;
      const moduli = answerModuli(parameters);
      const prepared = await bench.engine.prepare(parameters, polynomialOperand([[undefined], [undefined]], 1));
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
      const { parameters, evaluator } = bench.share;
      const [honest] = await bench.share.keyHolder.encrypt([new BigUint64Array(N)]);
      const { c0, seed } = decodeUpload(parameters, honest);
      const noisy = c0.slice();
      parameters.dataPrimes.forEach((q, limb) => {
        const large = new Uint32Array(N).fill(Math.floor(q / 3));
        negacyclicTransform(q).forward(large);
        large.forEach((word, i) => {
          noisy[limb * N + i] = (noisy[limb * N + i] + word) % q;
        });
      });
      const operand = polynomialOperand([[new Int32Array(N).fill(1)]], 1);
      const prepared = await bench.engine.prepare(parameters, operand);
      const vectors = Array.from({ length: 4 }, () => [encodeUpload(parameters, { c0: noisy, seed })]);
      const answered = await evaluator.multiply(vectors, prepared, { mode: 'share', wanted: 'all' });
      prepared.dispose();
      answerModuli(parameters).forEach((q, limb) => {
        const words = answered.flatMap(({ answers }) =>
          Array.from(decodeAnswer(parameters, N, answers[0]).c0.subarray(limb * N, (limb + 1) * N)),
        );
        expect(Math.abs(chiSquareScore(histogram(words, q)))).toBeLessThan(6);
      });
      const own = await bench.share.keyHolder.decrypt(answered[0].answers, 'all', 'share');
      expect(own[0]).toHaveLength(N);
    });

    it('never repeats: seeds, c1 and c0 of equal questions all differ (T06)', async () => {
      const uploads = (await Promise.all(Array.from({ length: 20 }, () => bench.reveal.keyHolder.encrypt([new BigUint64Array(N)])))).flat();
      const seeds = uploads.map((bytes) => decodeUpload(bench.reveal.parameters, bytes).seed.join());
      expect(new Set(seeds).size).toBe(uploads.length);
      const prepared = await bench.engine.prepare(
        bench.reveal.parameters,
        polynomialOperand(
          Array.from({ length: 4 }, () => [undefined]),
          1,
        ),
      );
      const wanted = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
      const answered = await bench.reveal.evaluator.multiply(
        Array.from({ length: 5 }, () => [uploads[0]]),
        prepared,
        { mode: 'reveal', wanted },
      );
      prepared.dispose();
      const answers = answered.flatMap((vector) =>
        vector.answers.map((bytes) => decodeAnswer(bench.reveal.parameters, wanted.length, bytes)),
      );
      expect(new Set(answers.map(({ c0 }) => c0.join())).size).toBe(20);
      expect(new Set(answers.map(({ c1 }) => c1.slice(0, 16).join())).size).toBe(20);
    });

    it('sends the wanted coefficients alone, in their order', async () => {
      const t = bench.reveal.parameters.plainModulus;
      const vector = randomResidues(seeded(`${bench.name}/wanted`), t, N);
      const one = new Int32Array(N);
      one[0] = 1;
      const wanted = Uint32Array.of(3, 77, 8191);
      const [[answer]] = await bench.product(bench.reveal, [[vector]], polynomialOperand([[one]], 1), 'reveal', wanted);
      expect(answer).toEqual([vector[3], vector[77], vector[8191]]);
    });
  });
}
