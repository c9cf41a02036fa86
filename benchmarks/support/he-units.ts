/** The unit operations of the masked product on both engines, each as something that can be timed alone on one core. */
import initialize from 'node-seal/throws';
import { randomBytes, systemRandom } from '../../src/base/index.ts';
import { drawBlinding, floodBound } from '../../src/he/blinding.ts';
import { type HeParameters, type KeyHolder, matvecLayout, SEED_BYTES, wantedCoefficients } from '../../src/he/index.ts';
import { Arena } from '../../src/he/kernel/arena.ts';
import { BlindingSite, layBlindingSite } from '../../src/he/kernel/blinding-site.ts';
import { loadKernelEngine } from '../../src/he/kernel/index.ts';
import { KeySite, layKeySite } from '../../src/he/kernel/key-site.ts';
import { polynomialBytes } from '../../src/he/kernel/memory-plan.ts';
import { ANSWERS_TOGETHER, layOperandSite, layWork, OperandSite } from '../../src/he/kernel/operand-site.ts';
import { Ring } from '../../src/he/kernel/ring.ts';
import { laySeriesKeySite, SeriesKeySite } from '../../src/he/kernel/series-key-site.ts';
import { laySeriesSite, SeriesSite } from '../../src/he/kernel/series-site.ts';
import { SAMPLER_WORK } from '../../src/he/kernel/wasm-module.ts';
import { answerFrom, blindAndEncode } from '../../src/he/seal/answer.ts';
import { SealContext } from '../../src/he/seal/context.ts';
import { loadSealEngine, plaintextBytes } from '../../src/he/seal/index.ts';
import { decodePublicKey, decodeUpload } from '../../src/he/wire.ts';
import type { Subject } from './measure.ts';

const BLOCKS = 16;
const N = 8192;

export const UNITS = [
  'product',
  'transform',
  'operand',
  'zero',
  'answer',
  'answerAhead',
  'encrypt',
  'encryptAhead',
  'expand',
  'decrypt',
  'hint',
  'sum',
] as const;
export type Unit = (typeof UNITS)[number];

export const UNIT_NAMES: Readonly<Record<Unit, string>> = Object.freeze({
  product: 'product-accumulate, both components',
  transform: 'upload: check, expand',
  operand: 'plaintext polynomial to NTT form',
  zero: 'Enc_pk(0), c0 where it is read',
  answer: 'answer beside its products (with Enc_pk(0))',
  answerAhead: '  the same, Enc_pk(0) made ahead',
  encrypt: 'seeded encryption, wire form',
  encryptAhead: '  the same, encryption of zero made ahead',
  expand: '  of it: ChaCha20 expansion of c1',
  decrypt: 'decryption of one answer, wire form',
  hint: 'hint of an answer of a series, both sides',
  sum: 'sum of an answer of a series, both sides',
});

const bit = (i: number): number => (i % 7 === 0 ? 1 : 0);
const coefficients = (): Int32Array => Int32Array.from({ length: N }, (_, i) => bit(i));
const wanted = wantedCoefficients(matvecLayout({ rows: 30_000, outputs: 128, block: 1024 }));
const message = (t: bigint): BigUint64Array => BigUint64Array.from({ length: N }, (_, i) => BigInt(i * 48_271) % t);

/** What only the kernel can do apart has no subject on SEAL. */
type Shared = Exclude<Unit, 'answerAhead' | 'encryptAhead' | 'expand' | 'hint' | 'sum'>;

export async function kernelUnits(parameters: HeParameters): Promise<Record<Unit, Subject> & { readonly dispose: () => Promise<void> }> {
  const engine = await loadKernelEngine({ threads: 1, zeroPool: 0, uploadPool: 0 });
  const keyHolder = await engine.keyHolder(parameters);
  const plaintext = message(parameters.plainModulus);
  const [upload] = await keyHolder.encrypt([plaintext]);
  const slab = new Arena();
  const operandPlan = layOperandSite(slab, parameters, { residentAnswers: 8, uploads: BLOCKS, maxAbs: 1, threads: 1, slots: 1 });
  const operand = new OperandSite(operandPlan, 0);
  const work = layWork(slab, parameters, BLOCKS, 1, 1);
  for (let u = 0; u < BLOCKS; u++) new Int32Array(slab.memory.buffer, operandPlan.staging[0] + 4 * N * u, N).set(coefficients());
  for (let a = 0; a < 8; a++) operand.makeResident(0, a);
  for (let u = 0; u < BLOCKS; u++) operand.loadUpload(work, 0, u, upload);
  const keys = new Arena();
  const blindingPlan = layBlindingSite(keys, parameters, 1, 1);
  const blinding = new BlindingSite(blindingPlan, 0);
  blinding.loadPublicKey(keyHolder.publicKey);
  const flood = floodBound(parameters, { terms: 30_000 * 8, maxAbs: 1 });
  const finish = (zero: number | undefined) => {
    blinding.loadSums(operand.sums(work, 0, 0, 0), operand.sums(work, 0, 0, 1));
    const key = randomBytes(systemRandom, 32);
    return blinding.finish({ key, mode: 'reveal', wanted, addend: undefined, flood, zero });
  };
  const { answer } = finish(undefined);
  const secrets = new Arena();
  const keyPlan = layKeySite(secrets, parameters, 1, 1);
  const keySite = new KeySite(keyPlan, 0);
  keySite.generate(randomBytes(systemRandom, 32));
  const seeds = { key: randomBytes(systemRandom, 32), seed: randomBytes(systemRandom, SEED_BYTES) };
  const ring = new Ring(keyPlan.ring);
  const series = seriesUnits(parameters, () => operand.sums(work, 0, 0, 0));
  const at = {
    seed: secrets.allocate(SEED_BYTES),
    out: secrets.allocate(4 * N),
    work: secrets.allocate(SAMPLER_WORK),
  };
  return {
    // Eight different answers in turn: their plaintexts come from memory, not from a cache.
    product: {
      name: 'kernel',
      operations: 8 * BLOCKS,
      run: () => {
        for (let a = 0; a < 8; a += ANSWERS_TOGETHER) {
          const from = Array.from({ length: ANSWERS_TOGETHER }, (_, i) => ({ kind: 'resident', index: a + i }) as const);
          operand.multiply(work, from, 0, 1);
        }
      },
    },
    transform: { name: 'kernel', operations: BLOCKS, run: () => each(BLOCKS, (u) => operand.loadUpload(work, 0, u, upload)) },
    operand: { name: 'kernel', operations: BLOCKS, run: () => operand.makeResident(0, 0) },
    // c1 whole, c0 where the answer is read.
    zero: {
      name: 'kernel',
      operations: 4,
      run: () =>
        each(4, () => {
          blinding.fillZero(0, randomBytes(systemRandom, 32));
          blinding.zeroAtWanted(blindingPlan.zeros[0], wanted.length);
        }),
    },
    answer: { name: 'kernel', operations: 4, run: () => each(4, () => finish(undefined)) },
    // Entries of a pool are used once; here the same (wiped) one serves every run: the work is the same, the output is thrown away.
    answerAhead: { name: 'kernel', operations: 4, run: () => each(4, () => finish(0)) },
    encryptAhead: { name: 'kernel', operations: 4, run: () => each(4, () => keySite.encrypt({ plaintext, ...seeds, zero: 0 })) },
    expand: {
      name: 'kernel',
      run: () => each(parameters.dataPrimes.length, (i) => ring.uniform(at.out, at.seed, 'upload', i, at.work)),
    },
    encrypt: { name: 'kernel', operations: 4, run: () => keyHolder.encrypt(Array.from({ length: 4 }, () => plaintext)) },
    decrypt: {
      name: 'kernel',
      operations: 8,
      run: () =>
        keyHolder.decrypt(
          Array.from({ length: 8 }, () => answer),
          wanted,
          'reveal',
        ),
    },
    ...series,
    dispose: async () => {
      keyHolder.dispose();
      await engine.dispose();
    },
  };
}

/** What H and L do for c1 of an answer once a series, and for c0 of it once a vector. */
function seriesUnits(parameters: HeParameters, sum: () => Uint32Array): { readonly hint: Subject; readonly sum: Subject } {
  const key = () => randomBytes(systemRandom, 32);
  const bytes = polynomialBytes(parameters);
  const [ours, theirs] = [new Arena(), new Arena()];
  const flood = floodBound(parameters, { terms: 30_000 * 8, maxAbs: 1 }, true);
  const holder = new SeriesSite(laySeriesSite(ours, parameters, 1, wanted, flood), 0);
  const label = new SeriesKeySite(laySeriesKeySite(theirs, parameters, 1, wanted), 0);
  const [zero, ternary] = [ours.allocate(bytes), ours.allocate(bytes)];
  const [secret, kept] = [theirs.allocate(bytes), theirs.allocate(bytes)];
  holder.expandZero(zero, key());
  label.drawSecret(secret, key());
  const hint = () => {
    holder.drawTernary(ternary, key());
    label.keepHint(kept, holder.finish(sum(), { kind: 'hint', zero, ternary, key: key() }));
  };
  hint();
  return {
    hint: { name: 'kernel', operations: 4, run: () => each(4, hint) },
    sum: {
      name: 'kernel',
      operations: 4,
      run: () => each(4, () => label.decrypt(secret, kept, holder.finish(sum(), { kind: 'sum', zero, ternary, key: key() }))),
    },
  };
}

export async function sealUnits(parameters: HeParameters): Promise<Record<Shared, Subject> & { readonly dispose: () => Promise<void> }> {
  const engine = await loadSealEngine();
  const context = new SealContext(await initialize(), parameters);
  const { seal, evaluator } = context;
  const keyHolder: KeyHolder = await engine.keyHolder(parameters);
  const plaintext = message(parameters.plainModulus);
  const [upload] = await keyHolder.encrypt([plaintext]);
  const { p0, seed } = decodePublicKey(parameters, keyHolder.publicKey);
  const publicKey = context.seededPublicKey(p0, seed);
  const encryptor = new seal.Encryptor(context.context, publicKey);
  const generator = new seal.KeyGenerator(context.context);
  const symmetric = new seal.Encryptor(context.context, publicKey, generator.secretKey());
  const zero = new seal.Ciphertext();
  const load = () => {
    const words = decodeUpload(parameters, upload);
    return context.seededCiphertext(words.c0, words.seed);
  };
  const pairs = new Uint32Array(2 * N);
  for (let i = 0; i < N; i++) pairs[2 * i] = bit(i);
  const transform = () => {
    const plain = context.plaintextOfPairs(pairs);
    evaluator.plainTransformToNttInplace(plain, context.topLevel.handle);
    return plain;
  };
  const ciphertext = load();
  const sum = load();
  const plains = Array.from({ length: BLOCKS }, transform);
  const product = new seal.Ciphertext();
  const flood = floodBound(parameters, { terms: 30_000 * 8, maxAbs: 1 });
  const finish = () => {
    const fresh = new seal.Ciphertext();
    encryptor.encryptZero(fresh);
    const answer = answerFrom(context, fresh, []);
    const { words } = drawBlinding(parameters, 'reveal', flood, wanted.length, systemRandom);
    const bytes = blindAndEncode(context, answer, wanted, words);
    answer.delete();
    return bytes;
  };
  const answer = finish();
  return {
    product: {
      name: 'seal',
      operations: BLOCKS,
      run: () => {
        for (const plain of plains) {
          evaluator.multiplyPlain(ciphertext, plain, product);
          evaluator.addInplace(sum, product);
        }
      },
    },
    transform: { name: 'seal', run: () => load().delete() },
    operand: { name: 'seal', run: () => transform().delete() },
    zero: { name: 'seal', run: () => encryptor.encryptZero(zero) },
    answer: { name: 'seal', run: finish },
    // SEAL's own seeded form: what our wire form costs the seal engine on top would flatter the kernel.
    encrypt: {
      name: 'seal',
      run: () => {
        const plain = context.plaintext(plaintext);
        const seeded = symmetric.encryptSymmetricSerializable(plain);
        seeded.saveToArray(seal.ComprModeType.none);
        seeded.delete();
        plain.delete();
      },
    },
    decrypt: { name: 'seal', run: () => keyHolder.decrypt([answer], wanted, 'reveal') },
    dispose: async () => {
      keyHolder.dispose();
      await engine.dispose();
    },
  };
}

/** node-seal alone with its customary 60-bit primes, 3 x 60 + 17 bits: the fastest it does 180 bits. Raw calls, no wire form. */
export async function plainSealUnits(plainModulus: bigint): Promise<Partial<Record<Shared, Subject>>> {
  const seal = await initialize();
  const encryption = new seal.EncryptionParameters(seal.SchemeType.bfv);
  encryption.setPolyModulusDegree(N);
  encryption.setCoeffModulus(seal.CoeffModulus.Create(N, Int32Array.from([60, 60, 60, 17])));
  encryption.setPlainModulus(new seal.Modulus(plainModulus));
  const context = new seal.SEALContext(encryption, true, seal.SecLevelType.tc128);
  const generator = new seal.KeyGenerator(context);
  const secretKey = generator.secretKey();
  const encryptor = new seal.Encryptor(context, generator.createPublicKey(), secretKey);
  const decryptor = new seal.Decryptor(context, secretKey);
  const evaluator = new seal.Evaluator(context);
  const pairs = new Uint32Array(2 * N);
  for (let i = 0; i < N; i++) pairs[2 * i] = bit(i);
  const plain = new seal.Plaintext();
  plain.loadFromArray(context, plaintextBytes(pairs));
  const ciphertext = new seal.Ciphertext();
  encryptor.encryptSymmetric(plain, ciphertext);
  const small = new seal.Ciphertext();
  evaluator.cipherModSwitchTo(ciphertext, context.lastParmsId(), small);
  const ntt = new seal.Plaintext();
  evaluator.plainTransformToNtt(plain, context.firstParmsId(), ntt);
  const sum = new seal.Ciphertext();
  evaluator.cipherTransformToNtt(ciphertext, sum);
  const factor = new seal.Ciphertext();
  evaluator.cipherTransformToNtt(ciphertext, factor);
  const product = new seal.Ciphertext();
  const decrypted = new seal.Plaintext();
  const none = seal.ComprModeType.none;
  return {
    product: {
      name: 'seal60',
      operations: BLOCKS,
      run: () =>
        each(BLOCKS, () => {
          evaluator.multiplyPlain(factor, ntt, product);
          evaluator.addInplace(sum, product);
        }),
    },
    operand: {
      name: 'seal60',
      run: () => evaluator.plainTransformToNtt(plain, context.firstParmsId(), ntt),
    },
    zero: { name: 'seal60', run: () => encryptor.encryptZero(product) },
    encrypt: {
      name: 'seal60',
      run: () => {
        const seeded = encryptor.encryptSymmetricSerializable(plain);
        seeded.saveToArray(none);
        seeded.delete();
      },
    },
    decrypt: { name: 'seal60', run: () => decryptor.decrypt(small, decrypted) },
  };
}

const each = (count: number, run: (i: number) => unknown): void => {
  for (let i = 0; i < count; i++) run(i);
};
