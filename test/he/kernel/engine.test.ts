/** What the kernel adds to the common interface: threads, cancellation, streaming, slabs, plans, pools. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SecureRandom, systemRandom } from '../../../src/base/index.ts';
import { decodeAnswer, heParameters, type Operand, seriesLength } from '../../../src/he/index.ts';
import { Arena } from '../../../src/he/kernel/arena.ts';
import { Crew } from '../../../src/he/kernel/crew.ts';
import { KernelEvaluator } from '../../../src/he/kernel/evaluator.ts';
import { type KernelEngine, type KernelOptions, loadKernelEngine, planMemory } from '../../../src/he/kernel/index.ts';
import { KernelKeyHolder } from '../../../src/he/kernel/key-holder.ts';
import { defaultCaps } from '../../../src/he/kernel/memory-plan.ts';
import { KernelOperand } from '../../../src/he/kernel/operand.ts';
import { N, negacyclicProduct, polynomialOperand, randomResidues, seeded } from '../fixtures.ts';
import { ensureBuilt, P180 } from './lab.ts';

const T = 1n << 40n;
const parameters = P180(T, 2);
const GIB = 1024 ** 3;

beforeAll(ensureBuilt);

const engines: KernelEngine[] = [];
const open = async (options: KernelOptions): Promise<KernelEngine> => {
  const engine = await loadKernelEngine(options);
  engines.push(engine);
  return engine;
};
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

/** Bytes of a memory, or of a block of it, that are not zero. */
const used = (arena: Arena, at = 0, bytes = arena.memory.buffer.byteLength): number =>
  new Uint8Array(arena.memory.buffer, at, bytes).reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0);

const sparse = (shift: number): Int32Array => Int32Array.from({ length: N }, (_, i) => (i % 1024 === shift ? shift - 3 : 0));
/** Three answers over 18 uploads: the second group of 16 is zero in one of them, everything in another. */
const operand: Operand = polynomialOperand(
  [
    Array.from({ length: 18 }, (_, u) => (u % 5 === 0 ? sparse(u % 7) : undefined)),
    Array.from({ length: 18 }, (_, u) => (u === 2 ? sparse(2) : undefined)),
    Array.from({ length: 18 }, () => undefined),
  ],
  8,
);
const vectors = [0, 1, 2].map((v) => Array.from({ length: 18 }, (_, u) => randomResidues(seeded(`engine/${v}/${u}`), T, N)));

async function productOf(engine: KernelEngine, residentCap: number): Promise<bigint[][][]> {
  const keyHolder = await engine.keyHolder(parameters);
  const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
  const prepared = await engine.prepare(parameters, operand, { residentCap });
  const uploads = await Promise.all(vectors.map((vector) => keyHolder.encrypt(vector)));
  const wanted = Uint32Array.of(0, 5, 4100, 8191);
  const answered = await evaluator.multiply(uploads, prepared, { mode: 'reveal', wanted });
  const values = await Promise.all(answered.map(({ answers }) => keyHolder.decrypt(answers, wanted, 'reveal')));
  prepared.dispose();
  evaluator.dispose();
  keyHolder.dispose();
  return values.map((answers) => answers.map((answer) => Array.from(answer)));
}

describe('threads and streaming', () => {
  let expected: bigint[][][];
  beforeAll(() => {
    expected = vectors.map((vector) =>
      [0, 1, 2].map((a) => {
        const out = new Int32Array(N);
        const sum = new Array<bigint>(4).fill(0n);
        for (let u = 0; u < 18; u++) {
          out.fill(0);
          if (!operand.fill(a, u, out)) continue;
          const product = negacyclicProduct(vector[u], out, T);
          [0, 5, 4100, 8191].forEach((w, i) => {
            sum[i] = (sum[i] + product[w]) % T;
          });
        }
        return sum;
      }),
    );
  });

  const perAnswer = 18 * 6 * 4 * N;
  it.each([
    ['inline, resident', 1, GIB],
    ['inline, streamed', 1, 0],
    ['inline, one answer resident', 1, perAnswer],
    ['three threads, resident', 3, GIB],
    ['three threads, streamed', 3, 0],
    ['three threads, two answers resident', 3, 2 * perAnswer],
  ] as const)('gives the same values: %s', async (_name, threads, residentCap) => {
    const engine = await open({ threads, zeroPool: 2 });
    expect(await productOf(engine, residentCap)).toEqual(expected);
  });

  it('gives the same values from several memories', async () => {
    const crew = new Crew(2);
    const keyHolder = await KernelKeyHolder.create(parameters, crew, systemRandom, { entries: 2, most: Infinity });
    const evaluator = await KernelEvaluator.create(parameters, keyHolder.publicKey, crew, systemRandom, { entries: 0, most: Infinity });
    const limits = { residentCap: GIB, memoryCap: GIB, slabLimit: perAnswer };
    const prepared = await KernelOperand.prepare(parameters, operand, crew, limits);
    expect(prepared.plan(1).slabs).toBe(3);
    const uploads = await Promise.all(vectors.map((vector) => keyHolder.encrypt(vector)));
    const wanted = Uint32Array.of(0, 5, 4100, 8191);
    const answered = await evaluator.multiply(uploads, prepared, { mode: 'reveal', wanted });
    const values = await Promise.all(answered.map(({ answers }) => keyHolder.decrypt(answers, wanted, 'reveal')));
    expect(values.map((answers) => answers.map((answer) => Array.from(answer)))).toEqual(expected);
    await crew.close();
  });
});

describe('large coefficients', () => {
  it('are reduced where they exceed a prime', async () => {
    const t = 1n << 32n;
    const narrow = heParameters({ profile: 'P138', plainModulus: t, answerPrimes: 3 });
    const engine = await open({ threads: 1, zeroPool: 0, uploadPool: 0 });
    const keyHolder = await engine.keyHolder(narrow);
    const evaluator = await engine.evaluator(narrow, keyHolder.publicKey);
    const wide = new Int32Array(N);
    wide.set([2 ** 30 - 1, -(2 ** 30), 16_760_833, -16_760_834], 100);
    const source = { ...polynomialOperand([[wide]], 2 ** 30), terms: 4 };
    const prepared = await engine.prepare(narrow, source);
    const vector = randomResidues(seeded('wide'), t, N);
    const [{ answers }] = await evaluator.multiply([await keyHolder.encrypt([vector])], prepared, { mode: 'reveal', wanted: 'all' });
    const [values] = await keyHolder.decrypt(answers, 'all', 'reveal');
    expect(Array.from(values)).toEqual(negacyclicProduct(vector, wide, t));
    prepared.dispose();
  });
});

describe('cancellation', () => {
  const busy = polynomialOperand(
    Array.from({ length: 60 }, () => [sparse(1)]),
    8,
  );
  it.each([1, 2])('an aborted call ends with its reason and frees %i thread(s)', async (threads) => {
    const engine = await open({ threads, zeroPool: 0, uploadPool: 0 });
    const keyHolder = await engine.keyHolder(parameters);
    const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
    const prepared = await engine.prepare(parameters, busy);
    const uploads = await keyHolder.encrypt([vectors[0][0]]);
    const controller = new AbortController();
    let begun = 0;
    const addend = () => {
      if (++begun === 5) controller.abort(new Error('enough'));
      return undefined;
    };
    const wanted = Uint32Array.of(1);
    const call = evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted, addend }, { signal: controller.signal });
    await expect(call).rejects.toThrow('enough');
    expect(begun).toBeLessThan(20);
    // The threads are free: the next call is served in full.
    const [{ answers }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted });
    expect(answers).toHaveLength(60);
    const [value] = await keyHolder.decrypt(answers.slice(59), wanted, 'reveal');
    expect(value[0]).toBe(negacyclicProduct(vectors[0][0], sparse(1), T)[1]);
    prepared.dispose();
  });

  it('a call after one aborted among its uploads computes with its own', async () => {
    const engine = await open({ threads: 2, zeroPool: 0, uploadPool: 0 });
    const keyHolder = await engine.keyHolder(parameters);
    const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
    const prepared = await engine.prepare(parameters, operand);
    const [old, mine] = [await keyHolder.encrypt(vectors[0]), await keyHolder.encrypt(vectors[1])];
    const wanted = Uint32Array.of(5);
    const expected = negacyclicProduct(vectors[1][2], sparse(2), T)[5];
    for (let round = 0; round < 4; round++) {
      const controller = new AbortController();
      const aborted = evaluator.multiply([old], prepared, { mode: 'reveal', wanted }, { signal: controller.signal });
      const next = evaluator.multiply([mine], prepared, { mode: 'reveal', wanted });
      setTimeout(() => controller.abort(new Error('enough')), round);
      await expect(aborted).rejects.toThrow('enough');
      const [{ answers }] = await next;
      expect((await keyHolder.decrypt([answers[1]], wanted, 'reveal'))[0][0]).toBe(expected);
    }
    prepared.dispose();
  });

  it("an addend that is no residue is the caller's mistake and leaves no job behind", async () => {
    const engine = await open({ threads: 2, zeroPool: 0, uploadPool: 0 });
    const keyHolder = await engine.keyHolder(parameters);
    const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
    const prepared = await engine.prepare(parameters, busy);
    const uploads = await keyHolder.encrypt([vectors[0][0]]);
    const addend = (_v: number, a: number) => (a === 7 ? new BigUint64Array(N).fill(T) : undefined);
    const call = evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all', addend });
    await expect(call).rejects.toMatchObject({ code: 'ERR_HE_PLAINTEXT' });
    prepared.dispose();
  });

  it('disposing of the evaluator ends its calls', async () => {
    const engine = await open({ threads: 2, zeroPool: 4 });
    const keyHolder = await engine.keyHolder(parameters);
    const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
    const prepared = await engine.prepare(parameters, busy);
    const uploads = await keyHolder.encrypt([vectors[0][0]]);
    const call = evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' });
    evaluator.dispose();
    await expect(call).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
    prepared.dispose();
  });

  it('an error of a thread keeps its family: malformed uploads blame the peer', async () => {
    const engine = await open({ threads: 2, zeroPool: 0, uploadPool: 0 });
    const keyHolder = await engine.keyHolder(parameters);
    const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
    const prepared = await engine.prepare(parameters, busy);
    const [good] = await keyHolder.encrypt([vectors[0][0]]);
    const bad = good.slice().fill(0xff, 4, 12);
    const call = evaluator.multiply([[good], [bad]], prepared, { mode: 'reveal', wanted: 'all' });
    await expect(call).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });
    prepared.dispose();
  });
});

describe('memory plan', () => {
  const limits = { residentCap: 2 * GIB, memoryCap: 12 * GIB, threads: 2 };

  it('keeps by default what a machine can spare: a share of a small one, and no more than a job of any size needs of a large one', () => {
    expect(defaultCaps(8 * GIB)).toEqual({ residentCap: Math.floor(3.2 * GIB), memoryCap: 6 * GIB });
    expect(defaultCaps(64 * GIB)).toEqual({ residentCap: 8.5 * GIB, memoryCap: 12 * GIB });
  });

  it('keeps what fits, streams the rest, and says so', () => {
    const plan = planMemory(parameters, { answers: 1320, uploads: 98, vectors: 8 }, limits);
    expect(plan.residentBytes).toBeLessThanOrEqual(2 * GIB);
    expect(plan.residentAnswers + plan.streamedAnswers).toBe(1320);
    expect(plan.passes).toBe(1);
    expect(plan.totalBytes).toBeLessThan(4 * GIB);
  });

  it('spreads a large resident operand over several memories', () => {
    const plan = planMemory(parameters, { answers: 500, uploads: 98, vectors: 1 }, { ...limits, residentCap: 10 * GIB });
    expect(plan.streamedAnswers).toBe(0);
    expect(plan.slabs).toBe(3);
  });

  it('makes several passes when the uploads of all vectors do not fit beside the plaintexts', () => {
    const plan = planMemory(parameters, { answers: 10, uploads: 400, vectors: 30 }, limits);
    expect(plan.passes).toBeGreaterThan(1);
    expect(plan.vectorsPerPass * plan.passes).toBeGreaterThanOrEqual(30);
  });

  it('refuses what cannot fit, with the numbers', () => {
    const code = expect.objectContaining({ code: 'ERR_HE_KERNEL_MEMORY', blame: 'refused' });
    const attempt = (shape: Parameters<typeof planMemory>[1], memoryCap: number) => () =>
      planMemory(parameters, shape, { ...limits, memoryCap });
    expect(attempt({ answers: 10, uploads: 98, vectors: 8 }, 2 ** 20)).toThrow(code);
    expect(attempt({ answers: 1, uploads: 20_000, vectors: 1 }, 100 * GIB)).toThrow(code);
  });

  it('refuses at prepare, before anything is allocated', async () => {
    const engine = await open({ threads: 1, zeroPool: 0, memoryCap: 2 ** 20 });
    await expect(engine.prepare(parameters, operand)).rejects.toMatchObject({ code: 'ERR_HE_KERNEL_MEMORY' });
  });
});

describe('encryptions of zero ahead of time', () => {
  it('are bounded, used once and made anew', async () => {
    const engine = await open({ threads: 1, zeroPool: 3 });
    const keyHolder = await engine.keyHolder(parameters);
    const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
    await evaluator.zerosFilled();
    expect(evaluator.zerosReady).toBe(3);
    const prepared = await engine.prepare(parameters, polynomialOperand([[undefined], [undefined]], 1));
    const uploads = await keyHolder.encrypt([new BigUint64Array(N)]);
    const [{ answers }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' });
    await evaluator.zerosFilled();
    expect(evaluator.zerosReady).toBe(3);
    const [{ answers: more }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' });
    const c1 = [...answers, ...more].map((bytes) => decodeAnswer(parameters, N, bytes).c1.slice(0, 64).join());
    expect(new Set(c1).size).toBe(4);
    expect(c1.some((limb) => /^(0,)+0$/.test(limb))).toBe(false);
    prepared.dispose();
  });
});

describe('guards', () => {
  it('every answer carries an encryption of zero, from the pool or its own: c1 of a zero operand is uniform, not zero', async () => {
    for (const zeroPool of [0, 2]) {
      const engine = await open({ threads: 1, zeroPool });
      const keyHolder = await engine.keyHolder(parameters);
      const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
      await evaluator.zerosFilled();
      const prepared = await engine.prepare(parameters, polynomialOperand([[undefined], [undefined], [undefined]], 1));
      const uploads = await keyHolder.encrypt([new BigUint64Array(N)]);
      const [{ answers }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: Uint32Array.of(0) });
      for (const bytes of answers) expect(new Set(decodeAnswer(parameters, 1, bytes).c1).size).toBeGreaterThan(N);
      prepared.dispose();
    }
  });

  it('key holder and evaluator wipe their memory on dispose', async () => {
    const engine = await open({ threads: 1, zeroPool: 1 });
    const keyHolder = await engine.keyHolder(parameters);
    const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
    await evaluator.zerosFilled();
    const { wipe } = Arena.prototype;
    const seen: { readonly before: number; readonly after: number }[] = [];
    const spy = vi.spyOn(Arena.prototype, 'wipe').mockImplementation(function (this: Arena) {
      const before = used(this);
      wipe.call(this);
      seen.push({ before, after: used(this) });
    });
    keyHolder.dispose();
    evaluator.dispose();
    spy.mockRestore();
    expect(seen.map(({ after }) => after)).toEqual([0, 0]);
    expect(seen.every(({ before }) => before > 100_000)).toBe(true);
  });

  it('series: a vector’s key is wiped once its answers are decrypted, a series’ u once the next has begun, all of it on dispose', async () => {
    const engine = await open({ threads: 1 });
    const series = heParameters({ profile: 'P180', plainModulus: 1n << 44n });
    const wanted = Uint32Array.from({ length: 40 }, (_, i) => i);
    const length = seriesLength(series, wanted.length);
    const prepared = await engine.prepare(series, polynomialOperand([[undefined]], 1));
    const evaluator = await engine.seriesEvaluator(series, prepared, wanted);
    const keys = await engine.seriesKeys(series, { uploads: 1, answers: 1, wanted });
    const wiped = vi.spyOn(Arena.prototype, 'wipeBlock');
    const polynomial = 4 * N * series.dataPrimes.length;
    for (let vector = 0; vector <= length; vector++) {
      const [reply] = await evaluator.answer([await keys.ask([new BigUint64Array(N)])]);
      await keys.decrypt(reply);
    }
    const blocks = wiped.mock.calls.map(([at, bytes], i) => ({ bytes, left: used(wiped.mock.contexts[i] as Arena, at, bytes) }));
    wiped.mockRestore();
    // One a vector for L, one for H when the first series had ended.
    expect(blocks).toEqual(Array.from({ length: length + 2 }, () => ({ bytes: polynomial, left: 0 })));
    const arenas: Arena[] = [];
    const { wipe } = Arena.prototype;
    const all = vi.spyOn(Arena.prototype, 'wipe').mockImplementation(function (this: Arena) {
      arenas.push(this);
      wipe.call(this);
    });
    keys.dispose();
    evaluator.dispose();
    all.mockRestore();
    prepared.dispose();
    expect(arenas.map((arena) => used(arena))).toEqual([0, 0]);
  });

  it('a key disposed of while its pool is being filled leaves every thread free', async () => {
    const engine = await open({ threads: 2 });
    for (let round = 0; round < 12; round++) {
      const keyHolder = await engine.keyHolder(parameters);
      const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
      await new Promise((resolve) => setTimeout(resolve, round % 3));
      keyHolder.dispose();
      evaluator.dispose();
    }
    const keyHolder = await engine.keyHolder(parameters);
    expect(await keyHolder.encrypt(vectors[0].slice(0, 4))).toHaveLength(4);
    await keyHolder.zerosFilled();
    keyHolder.dispose();
  });

  it('an operand wipes its memories on dispose, without keeping the event loop', async () => {
    const arenas: Arena[] = [];
    const { wipeInTurns } = Arena.prototype;
    const spy = vi.spyOn(Arena.prototype, 'wipeInTurns').mockImplementation(function (this: Arena) {
      arenas.push(this);
      return wipeInTurns.call(this);
    });
    const engine = await open({ threads: 1, zeroPool: 0, uploadPool: 0 });
    const prepared = await engine.prepare(parameters, operand);
    prepared.dispose();
    await prepared.wiped;
    spy.mockRestore();
    expect(arenas).toHaveLength(1);
    expect(new Uint32Array(arenas[0].memory.buffer).every((word) => word === 0)).toBe(true);
  });

  it('refuses options it does not know or that are out of range', async () => {
    const bad = [{ thread: 2 }, { threads: 0 }, { threads: 1.5 }, { zeroPool: -1 }, { memoryCap: 0 }] as KernelOptions[];
    for (const options of bad) await expect(loadKernelEngine(options)).rejects.toMatchObject({ code: 'ERR_HE_OPTION' });
  });

  it('draws every task key from the given source: two equal sources give equal keys, which is why only the platform is default', async () => {
    const source = (): SecureRandom => seeded('kernel/keys');
    const keys = [];
    for (const random of [source(), source()]) keys.push((await (await open({ threads: 1, random })).keyHolder(parameters)).publicKey);
    expect(keys[0]).toEqual(keys[1]);
    const other = await (await open({ threads: 1 })).keyHolder(parameters);
    expect(other.publicKey).not.toEqual(keys[0]);
  });
});
