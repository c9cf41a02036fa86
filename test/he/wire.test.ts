import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../src/base/index.ts';
import {
  answerBytes,
  answerModuli,
  decodeAnswer,
  decodePublicKey,
  decodeUpload,
  encodeAnswer,
  encodePublicKey,
  encodeUpload,
  heParameters,
  keyModuli,
  publicKeyBytes,
  SEED_BYTES,
  uploadBytes,
} from '../../src/he/index.ts';
import { packedBytes, packWords, unpackWords } from '../../src/he/packing.ts';
import { uniformRns } from '../../src/he/sampling.ts';
import { N, seeded, withByte, withRange } from './fixtures.ts';

const parameters = heParameters({ profile: 'P138', plainModulus: 1n << 32n, answerPrimes: 2 });
const random = seeded('wire');
const malformed = expect.objectContaining({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });

describe('packed words', () => {
  it('survive for every width and count, and use exactly ceil(count·width/8) bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 0, max: 70 }),
        fc.integer({ min: 0, max: 5 }),
        fc.nat(),
        (width, count, at, seed) => {
          const source = seeded(`pack/${seed}`);
          const words = Uint32Array.from({ length: count }, () => source.u32() >>> (32 - width));
          const bytes = new Uint8Array(at + packedBytes(count, width));
          expect(packWords(words, width, bytes, at)).toBe(bytes.length);
          const read = new Uint32Array(count);
          expect(unpackWords(bytes, at, width, 2 ** width, read)).toBe(true);
          expect(read).toEqual(words);
        },
      ),
    );
  });

  it('refuse a word at its bound and a padding bit', () => {
    const bytes = new Uint8Array(packedBytes(3, 5));
    packWords(Uint32Array.of(1, 30, 2), 5, bytes, 0);
    expect(unpackWords(bytes, 0, 5, 31, new Uint32Array(3))).toBe(true);
    expect(unpackWords(bytes, 0, 5, 30, new Uint32Array(3))).toBe(false);
    bytes[1] |= 0x80;
    expect(unpackWords(bytes, 0, 5, 31, new Uint32Array(3))).toBe(false);
  });
});

describe('wire format', () => {
  const seed = randomBytes(random, SEED_BYTES);
  const key = { p0: uniformRns(random, keyModuli(parameters), N), seed };
  const upload = { c0: uniformRns(random, parameters.dataPrimes, N), seed };
  const answer = { c0: uniformRns(random, answerModuli(parameters), 5), c1: uniformRns(random, answerModuli(parameters), N) };

  it('carries keys, uploads and answers unchanged, at the stated sizes', () => {
    const bytes = [encodePublicKey(parameters, key), encodeUpload(parameters, upload), encodeAnswer(parameters, answer)];
    expect(bytes.map((b) => b.length)).toEqual([publicKeyBytes(parameters), uploadBytes(parameters), answerBytes(parameters, 5)]);
    expect(decodePublicKey(parameters, bytes[0])).toEqual(key);
    expect(decodeUpload(parameters, bytes[1])).toEqual(upload);
    expect(decodeAnswer(parameters, 5, bytes[2])).toEqual(answer);
  });

  it('takes 30 bits for a 30-bit residue and 24 for a 24-bit one', () => {
    expect(uploadBytes(parameters)).toBe(4 + 32 + (N * (24 + 24 + 30 + 30 + 30)) / 8);
    expect(answerBytes(parameters, 5)).toBe(4 + 2 * N * 3 + 2 * 15);
  });

  it('accepts q - 1 and refuses q in every limb', () => {
    parameters.dataPrimes.forEach((q, limb) => {
      for (const [word, fits] of [
        [q - 1, true],
        [q, false],
      ] as const) {
        const c0 = upload.c0.slice();
        c0[limb * N + 17] = word;
        const bytes = encodeUpload(parameters, { c0, seed });
        if (fits) expect(decodeUpload(parameters, bytes).c0[limb * N + 17]).toBe(word);
        else expect(() => decodeUpload(parameters, bytes)).toThrowError(malformed);
      }
    });
  });

  it('refuses every other length, header, constant seed and zero limb (T49)', () => {
    const good = encodeUpload(parameters, upload);
    for (const bytes of [good.slice(1), new Uint8Array([...good, 0]), new Uint8Array(0), encodePublicKey(parameters, key)]) {
      expect(() => decodeUpload(parameters, bytes)).toThrowError(malformed);
    }
    for (let at = 0; at < 4; at++) expect(() => decodeUpload(parameters, withByte(good, at, good[at] ^ 1))).toThrowError(malformed);
    expect(() => decodeUpload(parameters, withRange(good, good.length - SEED_BYTES, good.length, 3))).toThrowError(malformed);
    const zero = { ...answer, c1: answer.c1.slice().fill(0, N, 2 * N) };
    expect(() => decodeAnswer(parameters, 5, encodeAnswer(parameters, zero))).toThrowError(malformed);
    expect(() => decodePublicKey(parameters, encodePublicKey(parameters, { ...key, p0: key.p0.slice().fill(0, 0, N) }))).toThrowError(
      malformed,
    );
  });

  it('decodes a mutated body to in-range words or refuses it, and nothing else (T49)', () => {
    const good = encodeAnswer(parameters, answer);
    const moduli = answerModuli(parameters);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = changes.reduce((b, [at, value]) => withByte(b, at, value), good);
        try {
          const { c0, c1 } = decodeAnswer(parameters, 5, bytes);
          expect(c1.every((word, i) => word < moduli[Math.floor(i / N)]) && c0.every((word, i) => word < moduli[Math.floor(i / 5)])).toBe(
            true,
          );
        } catch (error) {
          expect(error).toEqual(malformed);
        }
      }),
      { numRuns: 60 },
    );
  });
});
