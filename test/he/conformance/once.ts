import { describe, expect, it } from 'vitest';
import {
  checkUsage,
  chooseParameters,
  innerProductsLayout,
  innerProductsUsage,
  itemFactors,
  itemsPerAnswer,
  type OnceBlinding,
  type OnceOperand,
  packItems,
  SLOT_PLAIN_MODULUS,
  slotCodec,
  sumItems,
  sumMasks,
  wantedSums,
} from '../../../src/he/index.ts';
import { N, seeded, withByte } from '../fixtures.ts';
import { chiSquareScore, histogram } from '../statistics.ts';
import type { Bench, Parties } from './bench.ts';

const T = Number(SLOT_PLAIN_MODULUS);

/** Plaintexts that are used once, slots encoded by the engine, and the inner products that stand on both. */
export function describeOnce(bench: Bench): void {
  const random = seeded(`${bench.name}/once`);
  const words = (count: number, bound: number): Uint32Array => Uint32Array.from({ length: count }, () => random.u32() % bound);

  describe('slots of the engine', () => {
    it('are those of the codec, in both directions', async () => {
      const { keyHolder } = bench.slots;
      const values = words(N, T);
      const uploads = await keyHolder.encryptWords([values], 'slots');
      const one = onceOf({ form: 'coefficients', uploads: 1, maxAbs: 1, terms: 1 }, (_u, out) => out.set([1]));
      const answer = await bench.slots.evaluator.multiplyOnce(uploads, one, { wanted: 'all' });
      const [coefficients] = await keyHolder.decrypt([answer], 'all', 'reveal');
      expect(Uint32Array.from(slotCodec(SLOT_PLAIN_MODULUS).decode(coefficients), Number)).toEqual(values);
      expect((await keyHolder.decryptSlots([answer]))[0]).toEqual(values);
    });

    it('are refused where t has none, and values that are not below t', async () => {
      const refused = { code: 'ERR_HE_SLOTS' };
      await expect(bench.reveal.keyHolder.encryptWords([new Uint32Array(N)], 'slots')).rejects.toMatchObject(refused);
      await expect(bench.reveal.keyHolder.decryptSlots([])).rejects.toMatchObject(refused);
      for (const values of [new Uint32Array(N).fill(T), new Uint32Array(N - 1)]) {
        await expect(bench.slots.keyHolder.encryptWords([values], 'slots')).rejects.toMatchObject({ code: 'ERR_HE_PLAINTEXT' });
      }
    });
  });

  describe('plaintexts used once', () => {
    it.each([1, 3, 9])('multiply %i uploads slot by slot and add them up', async (uploads) => {
      const { keyHolder, evaluator } = await wide();
      const values = Array.from({ length: uploads }, () => words(N, T));
      const factors = Array.from({ length: uploads }, () => words(N, T));
      const operand = slotsOf(uploads, (u, out) => out.set(factors[u]));
      const answer = await evaluator.multiplyOnce(await keyHolder.encryptWords(values, 'slots'), operand, { wanted: 'all' });
      const [sums] = await keyHolder.decryptSlots([answer]);
      const expected = Uint32Array.from(sums, (_, i) =>
        Number(values.reduce((sum, v, u) => sum + BigInt(v[i]) * BigInt(factors[u][i]), 0n) % SLOT_PLAIN_MODULUS),
      );
      expect(sums).toEqual(expected);
    });

    it('answer a zero plaintext like any other', async () => {
      const { keyHolder, evaluator } = bench.slots;
      const uploads = await keyHolder.encryptWords([words(N, T)], 'slots');
      const answer = await evaluator.multiplyOnce(
        uploads,
        slotsOf(1, () => {}),
        { wanted: 'all' },
      );
      expect((await keyHolder.decryptSlots([answer]))[0].every((value) => value === 0)).toBe(true);
    });

    it('take own slot values added to the sums', async () => {
      const { keyHolder, evaluator } = bench.slots;
      const [value, factor, added] = [words(N, T), words(N, T), words(N, T)];
      const operand = slotsOf(1, (_, out) => out.set(factor));
      const answer = await evaluator.multiplyOnce(await keyHolder.encryptWords([value], 'slots'), operand, { wanted: 'all', added });
      const expected = value.map((v, i) => Number((BigInt(v) * BigInt(factor[i]) + BigInt(added[i])) % SLOT_PLAIN_MODULUS));
      expect((await keyHolder.decryptSlots([answer]))[0]).toEqual(expected);
    });

    it('masks sum to zero in each run, are uniform otherwise, and new at every call', async () => {
      const { keyHolder, evaluator } = bench.slots;
      const uploads = await keyHolder.encryptWords([new Uint32Array(N)], 'slots');
      const masks = { run: 300, count: 20 };
      const answers = await Promise.all(
        Array.from({ length: 4 }, () =>
          evaluator.multiplyOnce(
            uploads,
            slotsOf(1, () => {}),
            { wanted: 'all', masks },
          ),
        ),
      );
      const drawn = await keyHolder.decryptSlots(answers);
      for (const slots of drawn) {
        for (let run = 0; run < masks.count; run++) {
          expect(slots.subarray(run * 300, (run + 1) * 300).reduce((a, b) => a + b, 0) % T).toBe(0);
        }
      }
      expect(
        Math.abs(
          chiSquareScore(
            histogram(
              drawn.flatMap((slots) => Array.from(slots, BigInt)),
              SLOT_PLAIN_MODULUS,
            ),
          ),
        ),
      ).toBeLessThan(6);
      expect(drawn[0]).not.toEqual(drawn[1]);
      expect(new Set(answers.map((bytes) => bytes.join())).size).toBe(4);
    });

    it('are refused beyond what they state, and with statements the noise analysis does not allow', async () => {
      const { keyHolder, evaluator } = bench.slots;
      const uploads = await keyHolder.encryptWords([words(N, T)], 'slots');
      const coefficients = { form: 'coefficients', uploads: 1, maxAbs: 2, terms: 3 } as const;
      const slots = { form: 'slots', uploads: 1, maxAbs: T >> 1, terms: N } as const;
      const bad: OnceOperand[] = [
        onceOf(coefficients, (_u, out) => void out.fill(3, 0, 1)),
        onceOf(coefficients, (_u, out) => void out.fill(-3, 0, 1)),
        onceOf(coefficients, (_u, out) => void out.fill(1, 0, 4)),
        onceOf({ ...coefficients, uploads: 2 }),
        onceOf({ ...coefficients, maxAbs: 0 }),
        onceOf({ ...coefficients, maxAbs: (T >> 1) + 1 }),
        onceOf({ ...coefficients, terms: 0.5 }),
        onceOf(slots, (_u, out) => void out.fill(T, 0, 1)),
        onceOf(slots, (_u, out) => void out.fill(-1, 0, 1)),
        onceOf({ ...slots, terms: N - 1 }),
        onceOf({ ...slots, maxAbs: (T >> 1) - 1 }),
      ];
      for (const operand of bad)
        await expect(evaluator.multiplyOnce(uploads, operand, { wanted: 'all' })).rejects.toMatchObject({ code: 'ERR_HE_OPERAND' });
      const fine = slotsOf(1, () => {});
      const blindings: [OnceBlinding, string][] = [
        [{ wanted: Uint32Array.of(2, 1) }, 'ERR_HE_WANTED'],
        [{ wanted: Uint32Array.of(1), masks: { run: 2, count: 2 } }, 'ERR_HE_WANTED'],
        [{ wanted: 'all', masks: { run: 4097, count: 2 } }, 'ERR_HE_LAYOUT'],
        [{ wanted: 'all', masks: { run: 0, count: 2 } }, 'ERR_HE_LAYOUT'],
        [{ wanted: Uint32Array.of(1), added: new Uint32Array(N) }, 'ERR_HE_WANTED'],
        [{ wanted: 'all', added: new Uint32Array(N), masks: { run: 2, count: 2 } }, 'ERR_HE_WANTED'],
        [{ wanted: 'all', added: new Uint32Array(N).fill(T) }, 'ERR_HE_PLAINTEXT'],
      ];
      for (const [blinding, code] of blindings)
        await expect(evaluator.multiplyOnce(uploads, fine, blinding)).rejects.toMatchObject({ code });
      expect(await evaluator.multiplyOnce(uploads, fine, { wanted: 'all' })).toBeInstanceOf(Uint8Array);
    });

    it('refuse uploads that are not well formed, whichever of them it is', async () => {
      const { keyHolder, evaluator } = await wide();
      const uploads = await keyHolder.encryptWords(
        Array.from({ length: 9 }, () => new Uint32Array(N)),
        'slots',
      );
      for (const damaged of [withByte(uploads[8], 0, 9), uploads[8].subarray(1), uploads[8].slice().fill(255, 4, 40_000)]) {
        await expect(
          evaluator.multiplyOnce(
            [...uploads.slice(0, 8), damaged],
            slotsOf(9, () => {}),
            { wanted: 'all' },
          ),
        ).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT' });
      }
    });
  });

  describe('inner products', () => {
    it.each([1, 8, 9, 40, 130])('of %i items in slots: one sum an item, and only masks besides', async (items) => {
      const { keyHolder, evaluator } = await wide();
      const layout = innerProductsLayout('slots', { items, width: 1000 });
      const { expected, bits, leaves } = draw(items, 1000);
      const uploads = await keyHolder.encryptWords(
        packItems(layout, (f) => leaves[f]),
        'slots',
      );
      const factors = itemFactors(layout, SLOT_PLAIN_MODULUS, (f) => bits[f]);
      const answer = await evaluator.multiplyOnce(uploads, factors, { wanted: wantedSums(layout), masks: sumMasks(layout) });
      const [slots] = await keyHolder.decryptSlots([answer]);
      expect(Array.from(sumItems(layout, SLOT_PLAIN_MODULUS, slots))).toEqual(expected);
      const used = Array.from(slots.subarray(0, items * layout.run), BigInt);
      expect(Math.abs(chiSquareScore(histogram(used, SLOT_PLAIN_MODULUS, 32)))).toBeLessThan(6);
    });

    it('of one item in coefficients: its sum is the only coefficient there is', async () => {
      const { keyHolder, evaluator } = bench.slots;
      const layout = innerProductsLayout('coefficients', { items: 1, width: 1000 });
      const { expected, bits, leaves } = draw(1, 1000);
      const uploads = await keyHolder.encryptWords(
        packItems(layout, () => leaves[0]),
        'coefficients',
      );
      const wanted = wantedSums(layout);
      expect(wanted).toEqual(Uint32Array.of(999));
      const answer = await evaluator.multiplyOnce(
        uploads,
        itemFactors(layout, SLOT_PLAIN_MODULUS, () => bits[0]),
        { wanted },
      );
      const [sum] = await keyHolder.decrypt([answer], wanted, 'reveal');
      expect(Array.from(sum, Number)).toEqual(expected);
    });

    it('stay within the noise that their usage states, filled to the last slot', async () => {
      const items = itemsPerAnswer(1000, 'slots');
      const { parameters, keyHolder, evaluator } = await wide();
      const usage = innerProductsUsage('slots', { width: 1000, answers: 4, plainModulus: SLOT_PLAIN_MODULUS });
      expect(checkUsage(parameters, usage).accepted).toBe(true);
      const layout = innerProductsLayout('slots', { items, width: 1000 });
      const full = new Uint32Array(1000).fill(T - 1);
      const uploads = await keyHolder.encryptWords(
        packItems(layout, () => full),
        'slots',
      );
      const factors = itemFactors(layout, SLOT_PLAIN_MODULUS, () => new Uint8Array(1000).fill(1));
      const answer = await evaluator.multiplyOnce(uploads, factors, { wanted: 'all', masks: sumMasks(layout) });
      const [slots] = await keyHolder.decryptSlots([answer]);
      expect(new Set(sumItems(layout, SLOT_PLAIN_MODULUS, slots))).toEqual(new Set([T - 1000]));
    });
  });

  function draw(items: number, width: number) {
    const leaves = Array.from({ length: items }, () => words(width, T));
    const bits = leaves.map(() => Uint8Array.from({ length: width }, () => random.u32() & 1));
    const expected = leaves.map((v, f) => v.reduce((sum, value, i) => sum + value * bits[f][i], 0) % T);
    return { leaves, bits, expected };
  }

  let parties: Promise<Parties> | undefined;
  /** Parties whose parameters carry sums over 16 uploads. */
  function wide(): Promise<Parties> {
    const usage = innerProductsUsage('slots', { width: 1000, answers: 4, plainModulus: SLOT_PLAIN_MODULUS });
    parties ??= bench.open(chooseParameters(usage, SLOT_PLAIN_MODULUS));
    return parties;
  }
}

const onceOf = (shape: Omit<OnceOperand, 'fill'>, fill: OnceOperand['fill'] = () => {}): OnceOperand => ({ ...shape, fill });
const slotsOf = (uploads: number, fill: OnceOperand['fill']): OnceOperand =>
  onceOf({ form: 'slots', uploads, maxAbs: T >> 1, terms: uploads * N }, fill);
