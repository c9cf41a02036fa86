/** SEAL is the judge: the two engines bit for bit where arithmetic is exact, within the stated bound where randomness enters. */
import initialize, { type Ciphertext } from 'node-seal/throws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, systemRandom } from '../../../src/base/index.ts';
import { decodePublicKey, decodeUpload, expandSeed, type HeEngine, keyModuli, SEED_BYTES } from '../../../src/he/index.ts';
import { Arena } from '../../../src/he/kernel/arena.ts';
import { type KernelEngine, loadKernelEngine } from '../../../src/he/kernel/index.ts';
import { KeySite, layKeySite } from '../../../src/he/kernel/key-site.ts';
import { Ring } from '../../../src/he/kernel/ring.ts';
import { SAMPLER_WORK } from '../../../src/he/kernel/wasm-module.ts';
import { SealContext } from '../../../src/he/seal/context.ts';
import { loadSealEngine, plaintextWords, secretKeyBytes, secretKeyWords } from '../../../src/he/seal/index.ts';
import { addShares, N, negacyclicProduct, polynomialOperand, randomResidues, seeded } from '../fixtures.ts';
import { bench, ensureBuilt, P180 } from './lab.ts';

const T = 1n << 44n;
const parameters = P180(T, 2);
let kernel: KernelEngine;
let seal: HeEngine;
let judge: SealContext;

beforeAll(async () => {
  await ensureBuilt();
  kernel = await loadKernelEngine({ threads: 1, zeroPool: 0, uploadPool: 0 });
  seal = await loadSealEngine();
  judge = new SealContext(await initialize(), parameters);
});
afterAll(async () => {
  judge.dispose();
  await kernel.dispose();
  await seal.dispose();
});

const words = (label: string, moduli: readonly number[]): Uint32Array => {
  const random = seeded(label);
  return Uint32Array.from({ length: moduli.length * N }, (_, i) => random.u32() % moduli[Math.floor(i / N)]);
};

/** Limbs of N words from memory. */
const limbsAt = (b: ReturnType<typeof bench>, at: number, limbs: number): Uint32Array => b.get(at, limbs * N);

describe('bit for bit with SEAL', () => {
  it('transforms: the same words in the same order', () => {
    const c = words('ntt', [...parameters.dataPrimes, ...parameters.dataPrimes]);
    using ciphertext = judge.ciphertext(c, 6);
    judge.evaluator.cipherTransformToNttInplace(ciphertext);
    const expected = judge.words(ciphertext);
    const b = bench(parameters);
    const at = b.put(c);
    for (let i = 0; i < 12; i++) b.ring.forward(at + i * 4 * N, i % 6);
    expect(limbsAt(b, at, 12)).toEqual(expected);
    for (let i = 0; i < 12; i++) b.ring.inverse(at + i * 4 * N, i % 6);
    expect(limbsAt(b, at, 12)).toEqual(c);
  });

  it('product-accumulate: 20 blocks, against multiplyPlain and add', () => {
    const random = seeded('products');
    const b = bench(parameters);
    const blocks = 20;
    const uploads = Array.from({ length: blocks }, (_, u) => words(`c${u}`, [...parameters.dataPrimes, ...parameters.dataPrimes]));
    const plains = Array.from({ length: blocks }, () => Int32Array.from({ length: N }, () => Math.floor(random.uniform() * 2001) - 1000));
    const sum = judge.ciphertext(new Uint32Array(12 * N).fill(1), 6, true);
    const start = judge.words(sum);
    for (let u = 0; u < blocks; u++) {
      using upload = judge.ciphertext(uploads[u], 6, true);
      using plain = judge.plaintextOfPairs(pairs(plains[u]));
      judge.evaluator.plainTransformToNttInplace(plain, judge.topLevel.handle);
      using product = new judge.seal.Ciphertext();
      judge.evaluator.multiplyPlain(upload, plain, product);
      judge.evaluator.addInplace(sum, product);
    }
    const expected = judge.words(sum);
    sum.delete();
    const at = b.put(start);
    const limb = b.arena.allocate(4 * N);
    const signed = b.put(new Uint32Array(N));
    for (let i = 0; i < 6; i++) {
      for (const [first, count] of [
        [0, 16],
        [16, 4],
      ]) {
        const plainTile = b.arena.allocate(4 * N * count);
        const uploadTile = b.arena.allocate(8 * N * count);
        for (let u = 0; u < count; u++) {
          b.ring.words(signed, N).set(new Uint32Array(plains[first + u].buffer));
          b.ring.k.reduceSigned(limb, signed, N, b.ring.context(i));
          b.ring.forward(limb, i);
          b.ring.k.tilePlain(plainTile, limb, u, count, N);
          for (const component of [0, 1]) {
            b.ring.words(limb, N).set(uploads[first + u].subarray((6 * component + i) * N, (6 * component + i + 1) * N));
            b.ring.k.tileUpload(uploadTile, limb, component, u, count, N, b.ring.context(i));
          }
        }
        b.ring.k.accumulate(at + 4 * N * i, at + 4 * N * (6 + i), uploadTile, plainTile, count, N, b.ring.context(i), 0);
      }
    }
    expect(limbsAt(b, at, 12)).toEqual(expected);
  });

  it('modulus switching', () => {
    const c = words('switch', [...parameters.dataPrimes, ...parameters.dataPrimes]);
    using ciphertext = judge.ciphertext(c, 6);
    judge.evaluator.cipherModSwitchToInplace(ciphertext, judge.level(2).handle);
    const expected = judge.words(ciphertext);
    const b = bench(parameters);
    for (const component of [0, 1]) {
      const at = b.put(c.subarray(component * 6 * N, (component + 1) * 6 * N));
      b.ring.switchDown(at, 4 * N, N);
      expect(limbsAt(b, at, 2)).toEqual(expected.subarray(component * 2 * N, (component + 1) * 2 * N));
    }
  });

  it('the plaintext scaled by q/t, as SEAL adds it', () => {
    const m = randomResidues(seeded('scale'), T, N);
    const c = words('base', [...parameters.dataPrimes, ...parameters.dataPrimes]);
    using ciphertext = judge.ciphertext(c, 6);
    using plain = judge.plaintext(m);
    judge.evaluator.addPlainInplace(ciphertext, plain);
    const b = bench(parameters);
    const at = b.put(c.subarray(0, 6 * N));
    const message = b.arena.allocate(8 * N);
    b.ring.longs(message, N).set(m);
    b.ring.addScaled(at, 4 * N, message, b.arena.allocate(8 * N), N);
    expect(limbsAt(b, at, 6)).toEqual(judge.words(ciphertext).subarray(0, 6 * N));
  });

  it('the expansion of a seed, for uploads and for public keys, is the one that the seal engine makes in TypeScript', () => {
    const b = bench(parameters);
    const seed = Uint8Array.from({ length: SEED_BYTES }, (_, i) => (i * 37 + 11) & 255);
    const at = b.put(new Uint32Array(8));
    b.ring.bytes(at, SEED_BYTES).set(seed);
    const [out, work] = [b.arena.allocate(4 * N), b.arena.allocate(SAMPLER_WORK)];
    for (const [use, moduli] of [
      ['upload', parameters.dataPrimes],
      ['publicKey', keyModuli(parameters)],
    ] as const) {
      const expected = expandSeed(seed, use, moduli, N);
      moduli.forEach((_q, i) => {
        b.ring.uniform(out, at, use, i, work);
        expect(b.get(out, N)).toEqual(expected.subarray(i * N, (i + 1) * N));
      });
    }
  });

  it('a key and an upload of the kernel are a public key and a ciphertext to SEAL', async () => {
    const arena = new Arena();
    const plan = layKeySite(arena, parameters, 1, 0);
    const site = new KeySite(plan, 0);
    site.generate(randomBytes(systemRandom, 32));
    const ring = new Ring(plan.ring);
    const [one, limb] = [arena.allocate(4 * N), arena.allocate(4 * N)];
    const residues = new Uint32Array(7 * N);
    ring.words(one, N).fill(1);
    for (let i = 0; i < 7; i++) {
      ring.k.dyadic(limb, one, plan.secret + i * ring.limbBytes, N, ring.context(i)); // out of Montgomery form
      residues.set(ring.words(limb, N), i * N);
    }
    using secretKey = new judge.seal.SecretKey();
    secretKey.loadFromArray(judge.context, secretKeyBytes(residues, judge.keyParmsId));
    using decryptor = new judge.seal.Decryptor(judge.context, secretKey);
    const opened = (ciphertext: Ciphertext): BigUint64Array => {
      using plain = new judge.seal.Plaintext();
      decryptor.decrypt(ciphertext, plain);
      return plaintextWords(plain.saveToArray(judge.seal.ComprModeType.none), N);
    };
    const message = randomResidues(seeded('to SEAL'), T, N);
    const fresh = () => ({ key: randomBytes(systemRandom, 32), seed: randomBytes(systemRandom, SEED_BYTES) });
    const words = decodeUpload(parameters, site.encrypt({ plaintext: message, ...fresh(), zero: undefined }));
    using upload = judge.seededCiphertext(words.c0, words.seed);
    judge.evaluator.cipherTransformFromNttInplace(upload);
    expect(opened(upload)).toEqual(message);
    const pair = fresh();
    const key = decodePublicKey(parameters, site.publicKey(pair.key, pair.seed));
    using publicKey = judge.seededPublicKey(key.p0, key.seed);
    using encryptor = new judge.seal.Encryptor(judge.context, publicKey);
    using plaintext = judge.plaintext(message);
    using ciphertext = new judge.seal.Ciphertext();
    encryptor.encrypt(plaintext, ciphertext);
    expect(opened(ciphertext)).toEqual(message);
  });
});

describe('between the engines', () => {
  const pairsOfEngines = [
    ['kernel', 'seal'],
    ['seal', 'kernel'],
  ] as const;
  const engine = (name: 'kernel' | 'seal'): HeEngine => (name === 'kernel' ? kernel : seal);

  it.each(pairsOfEngines)('bank on %s, platform on %s: exact in both modes', async (bank, platform) => {
    // Shares want four primes in an answer: with two the switch could move one value in thousands by one (`noise.ts`).
    const parameters = P180(T, 4);
    const random = seeded('both');
    const vector = Array.from({ length: 3 }, () => randomResidues(random, T, N));
    const sparse = Int32Array.from({ length: N }, (_, i) => (i % 700 === 3 ? -5 : 0));
    const operand = polynomialOperand([[sparse, undefined, sparse]], 5);
    const keyHolder = await engine(bank).keyHolder(parameters);
    const evaluator = await engine(platform).evaluator(parameters, keyHolder.publicKey);
    const prepared = await engine(platform).prepare(parameters, operand);
    const uploads = await keyHolder.encrypt(vector);
    const sum = vector[0].map((value, i) => (value + vector[2][i]) % T);
    for (const mode of ['reveal', 'share'] as const) {
      const [{ answers, shares }] = await evaluator.multiply([uploads], prepared, { mode, wanted: 'all' });
      const [own] = await keyHolder.decrypt(answers, 'all', mode);
      const values = shares ? addShares(own, shares[0], T) : Array.from(own);
      expect(values).toEqual(negacyclicProduct(sum, sparse, T));
    }
    prepared.dispose();
    evaluator.dispose();
    keyHolder.dispose();
  });

  it.each([
    ['kernel', 'seal'],
    ['seal', 'kernel'],
  ] as const)('a series of the %s engine is answered by the %s engine', async (bank, platform) => {
    const random = seeded(`series ${bank} ${platform}`);
    const sparse = Int32Array.from({ length: N }, (_, i) => (i % 700 === 3 ? -5 : 0));
    const operand = await engine(platform).prepare(parameters, polynomialOperand([[sparse, undefined]], 5));
    const wanted = Uint32Array.of(2, 5000, 8191);
    const evaluator = await engine(platform).seriesEvaluator(parameters, operand, wanted);
    const keys = await engine(bank).seriesKeys(parameters, { uploads: 2, answers: 1, wanted });
    for (let turn = 0; turn < 3; turn++) {
      const vector = [0, 1].map(() => randomResidues(random, T, N));
      const [reply] = await evaluator.answer([await keys.ask(vector)]);
      const product = negacyclicProduct(vector[0], sparse, T);
      expect([...(await keys.decrypt(reply))[0]]).toEqual([...wanted].map((at) => product[at]));
    }
    for (const object of [keys, evaluator, operand]) object.dispose();
  });

  it('both decrypt what neither wrote: the same ciphertext under the same key gives the same plaintext', async () => {
    // SEAL draws the key; the kernel's arithmetic decrypts an arbitrary ciphertext with it, valid or not.
    using generator = new judge.seal.KeyGenerator(judge.context);
    using secretKey = generator.secretKey();
    const secret = secretKeyWords(secretKey.saveToArray(judge.seal.ComprModeType.none));
    const b = bench(parameters);
    const moduli = parameters.dataPrimes.slice(0, 2);
    const c = words('any', [...moduli, ...moduli]);
    using ciphertext = judge.ciphertext(c, 2);
    using decryptor = new judge.seal.Decryptor(judge.context, secretKey);
    using plain = new judge.seal.Plaintext();
    decryptor.decrypt(ciphertext, plain);
    const phase = b.put(new Uint32Array(2 * N));
    const s = b.put(secret.subarray(0, 2 * N));
    const c0 = b.put(c.subarray(0, 2 * N));
    const c1 = b.put(c.subarray(2 * N));
    for (let i = 0; i < 2; i++) {
      const o = 4 * N * i;
      b.ring.k.toMontgomery(s + o, s + o, N, b.ring.context(i));
      b.ring.forward(c1 + o, i);
      b.ring.k.dyadic(phase + o, c1 + o, s + o, N, b.ring.context(i));
      b.ring.inverse(phase + o, i);
      b.ring.k.add(phase + o, phase + o, c0 + o, N, b.ring.context(i));
    }
    const values = b.ring.scaleDown(phase, 4 * N, N, 'answer', b.arena.allocate(8 * N));
    expect(values).toEqual(plaintextWords(plain.saveToArray(judge.seal.ComprModeType.none), N));
  });
});

/** Signed coefficients as SEAL's pairs of words mod t. */
function pairs(values: Int32Array): Uint32Array {
  const out = new Uint32Array(2 * values.length);
  values.forEach((value, i) => {
    const residue = BigInt.asUintN(64, value < 0 ? T + BigInt(value) : BigInt(value));
    out[2 * i] = Number(residue & 0xffff_ffffn);
    out[2 * i + 1] = Number(residue >> 32n);
  });
  return out;
}
