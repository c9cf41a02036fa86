import { describe, expect, it } from 'vitest';
import {
  answerBytes,
  answerModuli,
  type Blinding,
  encodeAnswer,
  heParameters,
  type Operand,
  publicKeyBytes,
  SEED_BYTES,
  SLOT_PLAIN_MODULUS,
  uploadBytes,
} from '../../../src/he/index.ts';
import { N, polynomialOperand, seeded, withByte, withRange } from '../fixtures.ts';
import type { Bench } from './bench.ts';

/** What is refused, by whom to blame, before anything is computed. */
export function describeRefusals(bench: Bench): void {
  describe('refusals', () => {
    const malformed = (work: Promise<unknown>): Promise<void> =>
      expect(work).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });

    it('refuses every public key that is not exactly (p0, seed) (T02)', async () => {
      const { parameters, keyHolder } = bench.reveal;
      const good = keyHolder.publicKey;
      expect(good).toHaveLength(publicKeyBytes(parameters));
      const end = good.length;
      const bad = [
        good.slice(0, end - 1),
        new Uint8Array([...good, 0]),
        withRange(good, end - SEED_BYTES, end, 0),
        withRange(good, 4, end - SEED_BYTES, 0),
        withRange(good, 4, 8, 0xff),
        withByte(good, 0, 1),
        withByte(good, 1, 2),
        withByte(good, 2, 99),
        withByte(good, 3, 1),
        new Uint8Array(2 * end - 4 - SEED_BYTES),
        new Uint8Array(0),
      ];
      for (const key of bad) await malformed(bench.engine.evaluator(parameters, key));
    });

    it('refuses malformed uploads before it computes anything (T49)', async () => {
      const { parameters, keyHolder, evaluator } = bench.reveal;
      const [good] = await keyHolder.encrypt([new BigUint64Array(N)]);
      expect(good).toHaveLength(uploadBytes(parameters));
      const end = good.length;
      let filled = 0;
      const source = polynomialOperand([[undefined]], 1);
      const prepared = await bench.engine.prepare(parameters, source);
      const bad = [
        good.slice(1),
        new Uint8Array([...good, 0]),
        withRange(good, end - SEED_BYTES, end, 7),
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
      const { parameters, keyHolder, evaluator } = bench.reveal;
      const wanted = Uint32Array.of(1, 2, 3);
      const prepared = await bench.engine.prepare(parameters, polynomialOperand([[undefined]], 1));
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

    it('decrypts any well-formed answer without a word, whatever it holds (T08)', async () => {
      const { parameters, keyHolder } = bench.reveal;
      const random = seeded(`${bench.name}/garbage`);
      const draw = (count: number): Uint32Array =>
        Uint32Array.from(answerModuli(parameters).flatMap((q) => Array.from({ length: count }, () => random.u32() % q)));
      const [values] = await keyHolder.decrypt([encodeAnswer(parameters, { c0: draw(3), c1: draw(N) })], Uint32Array.of(0, 1, 2), 'reveal');
      expect(values.every((value) => value < parameters.plainModulus)).toBe(true);
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
        await expect(bench.engine.prepare(bench.reveal.parameters, operand)).rejects.toMatchObject({ code: 'ERR_HE_OPERAND' });
      const large = { ...zero, maxAbs: Number(SLOT_PLAIN_MODULUS >> 1n) + 1 };
      await expect(bench.engine.prepare(bench.slots.parameters, large)).rejects.toMatchObject({ code: 'ERR_HE_OPERAND' });
    });

    it('refuses parameters and operands that are not its own, and wanted lists out of order', async () => {
      const { parameters, evaluator, keyHolder } = bench.reveal;
      await expect(bench.engine.keyHolder({ ...parameters })).rejects.toMatchObject({ code: 'ERR_HE_PARAMETERS' });
      const prepared = await bench.engine.prepare(bench.share.parameters, polynomialOperand([[undefined]], 1));
      const uploads = await keyHolder.encrypt([new BigUint64Array(N)]);
      await expect(evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
        code: 'ERR_HE_OPERAND',
      });
      prepared.dispose();
      const own = await bench.engine.prepare(parameters, polynomialOperand([[undefined]], 1));
      for (const wanted of [Uint32Array.of(2, 1), Uint32Array.of(1, 1), Uint32Array.of(N), new Uint32Array(0)]) {
        await expect(evaluator.multiply([uploads], own, { mode: 'reveal', wanted })).rejects.toMatchObject({ code: 'ERR_HE_WANTED' });
      }
      own.dispose();
    });

    it('refuses an operand whose noise would not decrypt', async () => {
      const small = await bench.open(heParameters({ profile: 'P108', plainModulus: (1n << 60n) - 1n }));
      const prepared = await bench.engine.prepare(small.parameters, polynomialOperand([[new Int32Array(N).fill(2 ** 30)]], 2 ** 30));
      const uploads = await small.keyHolder.encrypt([new BigUint64Array(N)]);
      await expect(small.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
        code: 'ERR_HE_NOISE',
      });
      prepared.dispose();
      small.keyHolder.dispose();
      small.evaluator.dispose();
    });

    it('refuses a vector with another number of uploads than the operand', async () => {
      const prepared = await bench.engine.prepare(bench.reveal.parameters, polynomialOperand([[undefined, undefined]], 1));
      const uploads = await bench.reveal.keyHolder.encrypt([new BigUint64Array(N)]);
      for (const vector of [[], uploads, [uploads[0], uploads[0], uploads[0]]]) {
        await expect(bench.reveal.evaluator.multiply([vector], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
          code: 'ERR_HE_OPERAND',
        });
      }
      prepared.dispose();
    });

    it('refuses residues that are not below t', async () => {
      const residues = new BigUint64Array(N).fill(bench.reveal.parameters.plainModulus);
      await expect(bench.reveal.keyHolder.encrypt([residues])).rejects.toMatchObject({ code: 'ERR_HE_PLAINTEXT' });
      await expect(bench.reveal.keyHolder.encrypt([new BigUint64Array(N - 1)])).rejects.toMatchObject({ code: 'ERR_HE_PLAINTEXT' });
    });

    it('refuses to load on a constant or failing source (T15)', async () => {
      const constant = { fill: (bytes: Uint8Array) => void bytes.fill(9) };
      const failing = {
        fill() {
          throw new Error('no entropy');
        },
      };
      for (const random of [constant, failing]) await expect(bench.load({ random })).rejects.toMatchObject({ code: 'ERR_HE_RANDOMNESS' });
    });
  });
}
