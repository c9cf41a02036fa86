import initialize from 'node-seal/throws';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type SecureRandom, systemRandom } from '../../src/base/index.ts';
import { roundedShare } from '../../src/he/blinding.ts';
import { dataModulus, decodePublicKey, heParameters, noiseBounds } from '../../src/he/index.ts';
import { assertHealthyRandom } from '../../src/he/randomness-health.ts';
import { uniformRns } from '../../src/he/sampling.ts';
import { blindAndEncode } from '../../src/he/seal/answer.ts';
import { SealContext } from '../../src/he/seal/context.ts';
import {
  ciphertextBytes,
  ciphertextWords,
  loadSealEngine,
  plaintextWords,
  secretKeyBytes,
  secretKeyWords,
} from '../../src/he/seal/index.ts';
import { SealKeyHolder } from '../../src/he/seal/key-holder.ts';
import { mod, N, randomResidues, seeded } from './fixtures.ts';

/** The platform's source, damaged. */
const changed = (damage: (byte: number, i: number) => number): SecureRandom => ({
  fill(bytes) {
    systemRandom.fill(bytes);
    bytes.forEach((byte, i) => {
      bytes[i] = damage(byte, i);
    });
  },
});

const literal = { profile: 'P138', plainModulus: 1n << 30n, answerPrimes: 2 } as const;
const parameters = heParameters(literal);

describe("SEAL's serialisation, written by us", () => {
  it('reproduces public keys, ciphertexts, secret keys and plaintexts byte for byte', async () => {
    const context = new SealContext(await initialize(), parameters);
    const { seal } = context;
    const none = seal.ComprModeType.none;
    using generator = new seal.KeyGenerator(context.context);
    using secretKey = generator.secretKey();
    using publicKey = generator.createPublicKey();
    const key: Uint8Array = publicKey.saveToArray(none);
    const keyShape = { parmsId: context.keyParmsId, ntt: true, ringDegree: N, limbs: 6 };
    expect(ciphertextBytes(keyShape, ciphertextWords(key))).toEqual(key);
    const secret: Uint8Array = secretKey.saveToArray(none);
    expect(secretKeyBytes(secretKeyWords(secret), context.keyParmsId)).toEqual(secret);
    using encryptor = new seal.Encryptor(context.context, publicKey, secretKey);
    const residues = randomResidues(seeded('serialisation'), parameters.plainModulus, N);
    using plaintext = context.plaintext(residues);
    expect(plaintextWords(plaintext.saveToArray(none), N)).toEqual(residues);
    using encrypted = new seal.Ciphertext();
    encryptor.encryptSymmetric(plaintext, encrypted);
    const ciphertext: Uint8Array = encrypted.saveToArray(none);
    const shape = { parmsId: context.topLevel.parmsId, ntt: false, ringDegree: N, limbs: 5 };
    expect(ciphertextBytes(shape, ciphertextWords(ciphertext))).toEqual(ciphertext);
    using loaded = context.ciphertext(ciphertextWords(ciphertext), 5);
    using decryptor = new seal.Decryptor(context.context, secretKey);
    using decrypted = new seal.Plaintext();
    decryptor.decrypt(loaded, decrypted);
    expect(plaintextWords(decrypted.saveToArray(none), N)).toEqual(residues);
    context.dispose();
  });

  it("gives the same share of a mask as SEAL's decryption of (r, 0)", async () => {
    const context = new SealContext(await initialize(), parameters);
    const { seal } = context;
    using generator = new seal.KeyGenerator(context.context);
    using secretKey = generator.secretKey();
    const mask = uniformRns(seeded('mask'), parameters.dataPrimes, N);
    const words = new Uint32Array(2 * mask.length);
    words.set(mask);
    using transparent = context.ciphertext(words, 5);
    using decryptor = new seal.Decryptor(context.context, secretKey);
    using decrypted = new seal.Plaintext();
    decryptor.decrypt(transparent, decrypted);
    expect(roundedShare(parameters, mask, N)).toEqual(plaintextWords(decrypted.saveToArray(seal.ComprModeType.none), N));
    context.dispose();
  });
});

describe('the brim', () => {
  it.each([5, 2, 3])('is as wide as decryption allows and no wider, answers of %i primes', async (answerPrimes) => {
    const own = heParameters({ ...literal, answerPrimes });
    const context = new SealContext(await initialize(), own);
    const holder = new SealKeyHolder(context, systemRandom);
    const { p0, seed } = decodePublicKey(own, holder.publicKey);
    using publicKey = context.seededPublicKey(p0, seed);
    using encryptor = new context.seal.Encryptor(context.context, publicKey);
    const wanted = Uint32Array.from({ length: 64 }, (_, i) => i * 128);
    const revealed = async (noise: bigint): Promise<Set<bigint>> => {
      using zero = new context.seal.Ciphertext();
      encryptor.encryptZero(zero);
      const words = Uint32Array.from(own.dataPrimes.flatMap((q) => Array.from(wanted, () => Number(mod(noise, BigInt(q))))));
      const [values] = await holder.decrypt([blindAndEncode(context, zero, wanted, words)], wanted, 'reveal');
      return new Set(values);
    };
    const { worstCase, flood, switching } = noiseBounds(own, 1, 1);
    const edge = dataModulus(own) / (2n * own.plainModulus) + 1n;
    for (const sign of [1n, -1n]) {
      expect(await revealed(sign * flood)).toEqual(new Set([0n]));
      expect(await revealed(sign * (edge + worstCase + switching + (edge >> 55n)))).toEqual(new Set([mod(sign, own.plainModulus)]));
    }
    expect(edge - flood).toBeLessThanOrEqual(worstCase + switching + (edge >> 55n) + 2n);
    holder.dispose();
    context.dispose();
  });
});

describe('randomness at start-up (T15)', () => {
  afterEach(() => vi.restoreAllMocks());
  const refused = { code: 'ERR_HE_RANDOMNESS', blame: 'refused' };

  it('refuses a constant or failing global getRandomValues, whatever source we were given', async () => {
    const spy = vi.spyOn(globalThis.crypto, 'getRandomValues');
    spy.mockImplementation((array) => array);
    const equal = expect.stringContaining('two draws are equal');
    await expect(loadSealEngine({ random: seeded('healthy') })).rejects.toMatchObject({ ...refused, message: equal });
    spy.mockImplementation(() => {
      throw new Error('no entropy');
    });
    const threw = expect.stringContaining('it threw');
    await expect(loadSealEngine({ random: seeded('healthy') })).rejects.toMatchObject({ ...refused, message: threw });
  });

  it("refuses when SEAL's own draws are stuck, although the source looked healthy before", async () => {
    const original = globalThis.crypto.getRandomValues.bind(globalThis.crypto);
    vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation((array) => {
      if (!(array instanceof Uint8Array) || array.length >= 4096) return original(array);
      return array.fill(0x5a);
    });
    await expect(loadSealEngine()).rejects.toMatchObject(refused);
  });

  it.each<[string, SecureRandom]>([
    ['a source of one bit a byte', changed((byte) => byte & 1)],
    ['every third byte the same', changed((byte, i) => (i % 3 === 0 ? 7 : byte))],
    ['a stuck byte', changed((byte, i) => (i >= 100 && i < 110 ? 1 : byte))],
    ['a replayed block', { fill: (bytes) => seeded('replay').fill(bytes) }],
  ])('refuses %s', (_what, random) => {
    expect(() => assertHealthyRandom(random)).toThrowError(expect.objectContaining(refused));
  });

  it('passes the platform source', () => {
    for (let i = 0; i < 50; i++) assertHealthyRandom(systemRandom);
  });

  it('refuses unknown options', async () => {
    await expect(loadSealEngine({ rnadom: systemRandom } as object)).rejects.toMatchObject({ code: 'ERR_HE_OPTION' });
  });
});
