/** What the key holder's and the evaluator's memories hold, looked at with the secret key in hand. */
import { beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/base/index.ts';
import {
  dataModulus,
  decodeAnswer,
  decodePublicKey,
  decodeUpload,
  encodeUpload,
  expandSeed,
  keyModuli,
  noiseBounds,
  SEED_BYTES,
  type Wanted,
} from '../../../src/he/index.ts';
import { Arena } from '../../../src/he/kernel/arena.ts';
import { BlindingSite, layBlindingSite } from '../../../src/he/kernel/blinding-site.ts';
import { KeySite, type KeySitePlan, layKeySite } from '../../../src/he/kernel/key-site.ts';
import { Ring } from '../../../src/he/kernel/ring.ts';
import { mod, N, randomResidues, seeded } from '../fixtures.ts';
import { chiSquareScore, histogram } from '../statistics.ts';
import { compose, ensureBuilt, P180 } from './lab.ts';

const T = 1n << 44n;
const parameters = P180(T, 2);
const q = dataModulus(parameters);
const LIMB = 4 * N;

beforeAll(ensureBuilt);

const fresh = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  systemRandom.fill(bytes);
  return bytes;
};

interface KeyLab {
  readonly plan: KeySitePlan;
  readonly site: KeySite;
  readonly ring: Ring;
  readonly arena: Arena;
  readonly publicKey: Uint8Array;
}

function keyLab(): KeyLab {
  const arena = new Arena();
  const plan = layKeySite(arena, parameters, 1, 1);
  const site = new KeySite(plan, 0);
  site.generate(fresh(32));
  return { plan, site, ring: new Ring(plan.ring), arena, publicKey: site.publicKey(fresh(32), fresh(SEED_BYTES)) };
}

/** c0 + c1 s mod the first `limbs` primes in coefficient form, centred; c0 and c1 are in the form named. */
function phases({ plan, ring, arena }: KeyLab, form: 'ntt' | 'coefficients', c0: Uint32Array, c1: Uint32Array, limbs = 6): bigint[] {
  const moduli = parameters.dataPrimes.slice(0, limbs);
  const modulus = moduli.reduce((product, prime) => product * BigInt(prime), 1n);
  const at = arena.allocate(6 * LIMB);
  const limb = arena.allocate(LIMB);
  for (let i = 0; i < limbs; i++) {
    const to = at + i * LIMB;
    ring.words(to, N).set(c1.subarray(i * N, (i + 1) * N));
    if (form === 'coefficients') ring.forward(to, i);
    ring.k.dyadic(to, to, plan.secret + i * LIMB, N, ring.context(i));
    ring.words(limb, N).set(c0.subarray(i * N, (i + 1) * N));
    if (form === 'coefficients') ring.forward(limb, i);
    ring.k.add(to, to, limb, N, ring.context(i));
    ring.inverse(to, i);
  }
  const words = ring.words(at, limbs * N);
  return Array.from({ length: N }, (_, j) => {
    const value = compose(
      moduli.map((_q, i) => words[i * N + j]),
      moduli,
    );
    return value > modulus / 2n ? value - modulus : value;
  });
}

describe('key holder', () => {
  it('has a ternary secret, the same in every limb', () => {
    const lab = keyLab();
    const limbs = [0, 5, 6].map((i) => {
      const at = lab.arena.allocate(LIMB);
      const one = lab.arena.allocate(LIMB);
      lab.ring.words(one, N).fill(1);
      lab.ring.k.dyadic(at, one, lab.plan.secret + i * LIMB, N, lab.ring.context(i)); // out of Montgomery form
      lab.ring.inverse(at, i);
      return Array.from(lab.ring.words(at, N), (word) => (word === lab.ring.prime(i) - 1 ? -1 : word));
    });
    expect(new Set(limbs[0])).toEqual(new Set([-1, 0, 1]));
    expect(limbs[1]).toEqual(limbs[0]);
    expect(limbs[2]).toEqual(limbs[0]);
  });

  it('encrypts round(q m / t) with an error of at most 21, spread like the centred binomial', () => {
    const lab = keyLab();
    const m = randomResidues(seeded('keys'), T, N);
    const { c0, seed } = decodeUpload(
      parameters,
      lab.site.encrypt({ plaintext: m, key: fresh(32), seed: fresh(SEED_BYTES), zero: undefined }),
    );
    const errors = phases(lab, 'ntt', c0, expandSeed(seed, 'upload', parameters.dataPrimes, N)).map((phase, j) => {
      const e = mod(phase - (q * m[j] + (T + 1n) / 2n) / T, q);
      return Number(e > q / 2n ? e - q : e);
    });
    expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(21);
    const variance = errors.reduce((sum, e) => sum + e * e, 0) / N;
    expect(variance).toBeGreaterThan(10.5 * 0.9);
    expect(variance).toBeLessThan(10.5 * 1.1);
  });

  it('encrypts from the pool just as well, and wipes the entry', () => {
    const lab = keyLab();
    const m = randomResidues(seeded('pool'), T, N);
    lab.site.fillUpload(0, fresh(32), fresh(SEED_BYTES));
    const { c0, seed } = decodeUpload(parameters, lab.site.encrypt({ plaintext: m, key: fresh(32), seed: fresh(SEED_BYTES), zero: 0 }));
    const errors = phases(lab, 'ntt', c0, expandSeed(seed, 'upload', parameters.dataPrimes, N)).map((phase, j) =>
      mod(phase - (q * m[j] + (T + 1n) / 2n) / T + 21n, q),
    );
    expect(errors.every((e) => e <= 42n)).toBe(true);
    expect(lab.ring.bytes(lab.plan.zeros[0], 6 * LIMB + SEED_BYTES).every((byte) => byte === 0)).toBe(true);
  });

  it('publishes an encryption of zero with the same error, p1 from its seed alone', () => {
    const lab = keyLab();
    const { p0, seed } = decodePublicKey(parameters, lab.publicKey);
    const p1 = expandSeed(seed, 'publicKey', keyModuli(parameters), N);
    for (const i of [0, 6]) {
      const a = lab.arena.allocate(LIMB);
      const b = lab.arena.allocate(LIMB);
      lab.ring.words(a, N).set(p1.subarray(i * N, (i + 1) * N));
      lab.ring.words(b, N).set(p0.subarray(i * N, (i + 1) * N));
      lab.ring.k.dyadic(a, a, lab.plan.secret + i * LIMB, N, lab.ring.context(i));
      lab.ring.k.add(a, a, b, N, lab.ring.context(i));
      lab.ring.inverse(a, i);
      const prime = lab.ring.prime(i);
      const errors = Array.from(lab.ring.words(a, N), (word) => (word > prime / 2 ? word - prime : word));
      expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(21);
      expect(new Set(errors).size).toBeGreaterThan(15);
    }
  });

  it('leaves no key, error or plaintext in scratch', () => {
    const lab = keyLab();
    const marker = 0x1234_5678_9abn;
    const key = fresh(32);
    const copy = Buffer.from(key);
    lab.site.encrypt({ plaintext: new BigUint64Array(N).fill(marker), key, seed: fresh(SEED_BYTES), zero: undefined });
    expect(key.every((byte) => byte === 0)).toBe(true);
    const memory = Buffer.from(new Uint8Array(lab.arena.memory.buffer).slice());
    const word = Buffer.alloc(8);
    word.writeBigUInt64LE(marker);
    expect(memory.includes(word)).toBe(false);
    expect(memory.includes(copy)).toBe(false);
  });
});

describe('evaluator', () => {
  /** An answer whose sums are zero, with all its primes and a flood of one: Enc_pk(0), made ahead or not. */
  const zeroOf = (lab: KeyLab, ahead: boolean, wanted: Wanted): { c0: Uint32Array; c1: Uint32Array } => {
    const allPrimes = P180(T);
    const site = new BlindingSite(layBlindingSite(new Arena(), allPrimes, 1, 1), 0);
    site.loadPublicKey(lab.publicKey);
    if (ahead) site.fillZero(0, fresh(32));
    const nothing = new Uint32Array(6 * N);
    site.loadSums(nothing, nothing);
    const input = { key: fresh(32), mode: 'reveal', wanted, addend: undefined, flood: 1n, zero: ahead ? 0 : undefined } as const;
    const { answer } = site.finish(input);
    return decodeAnswer(allPrimes, wanted === 'all' ? N : wanted.length, answer);
  };

  it('makes encryptions of zero within the bound of noise.ts, uniform in every limb, never the same twice', () => {
    const lab = keyLab();
    const zeros = [zeroOf(lab, true, 'all'), zeroOf(lab, false, 'all')];
    const bound = (21n * (2n * BigInt(N) + 1n)) / BigInt(parameters.specialPrime) + 1n + BigInt(N + 1) / 2n + 1n + 1n;
    for (const { c0, c1 } of zeros) {
      const noise = phases(lab, 'coefficients', c0, c1);
      expect(noise.every((e) => (e < 0n ? -e : e) <= bound)).toBe(true);
      expect(new Set(noise).size).toBeGreaterThan(20);
      parameters.dataPrimes.forEach((prime, i) => {
        for (const c of [c0, c1]) {
          const limb = c.subarray(i * N, (i + 1) * N);
          expect(limb.every((word) => word < prime)).toBe(true);
          expect(Math.abs(chiSquareScore(histogram(limb, prime, 64)))).toBeLessThan(6);
        }
      });
    }
    expect(zeros[0].c1.slice(0, 32)).not.toEqual(zeros[1].c1.slice(0, 32));
  });

  it.each([1, 2, 8, 64, 512, 1024])('makes them at %s wanted coefficients, a block apart, the same', (blocks) => {
    const lab = keyLab();
    const wanted = Uint32Array.from({ length: blocks }, (_, k) => ((k + 1) * N) / blocks - 1);
    const { c0, c1 } = zeroOf(lab, blocks % 3 === 1, wanted);
    const whole = new Uint32Array(6 * N);
    for (const [k, w] of wanted.entries()) for (let i = 0; i < 6; i++) whole[i * N + w] = c0[i * blocks + k];
    const noise = phases(lab, 'coefficients', whole, c1);
    expect([...wanted].every((w) => noise[w] < 2n ** 20n && noise[w] > -(2n ** 20n))).toBe(true);
    // Where c0 is not known the phase is c1 s, which is anything.
    expect(noise.filter((e) => e > -(2n ** 20n) && e < 2n ** 20n)).toHaveLength(blocks);
  });

  it('wipes an entry of the pool once it is used', () => {
    const lab = keyLab();
    const arena = new Arena();
    const plan = layBlindingSite(arena, parameters, 1, 1);
    const site = new BlindingSite(plan, 0);
    site.loadPublicKey(lab.publicKey);
    site.fillZero(0, fresh(32));
    site.loadSums(new Uint32Array(6 * N), new Uint32Array(6 * N));
    const input = { mode: 'reveal', wanted: Uint32Array.of(1), addend: undefined, flood: 1n << 100n } as const;
    const used = site.finish({ ...input, key: fresh(32), zero: 0 });
    const entry = new Uint8Array(arena.memory.buffer, plan.zeros[0], 2 * 7 * LIMB);
    expect(entry.every((byte) => byte === 0)).toBe(true);
    const own = site.finish({ ...input, key: fresh(32), zero: undefined });
    expect(own.answer).toHaveLength(used.answer.length);
  });
});

describe('flood', () => {
  it.each([6, 2])('fills [-F, F] evenly, whatever the noise, with %i primes in the answer', (answerPrimes) => {
    const own = P180(T, answerPrimes);
    const lab = keyLab();
    const arena = new Arena();
    const plan = layBlindingSite(arena, own, 1, 0);
    const site = new BlindingSite(plan, 0);
    site.loadPublicKey(lab.publicKey);
    site.loadSums(new Uint32Array(6 * N), new Uint32Array(6 * N));
    const { flood } = noiseBounds(own, 2 ** 20, 1);
    const wanted = Uint32Array.from({ length: N }, (_, i) => i);
    const { answer } = site.finish({ mode: 'reveal', wanted, addend: undefined, flood, zero: undefined, key: fresh(32) });
    const { c0, c1 } = decodeAnswer(own, N, answer);
    const kept = own.dataPrimes.slice(0, answerPrimes);
    const modulus = kept.reduce((product, prime) => product * BigInt(prime), 1n);
    const noise = phases(lab, 'coefficients', c0, c1, answerPrimes);
    // In units of the answer's modulus the flood is F q'/q wide, and must not be wider than half a step of the plaintext.
    const width = (flood * modulus) / q;
    const unit = noise.map((e) => Number(((e + width) * 1_000_000n) / (2n * width)) / 1_000_000);
    expect(Math.max(...unit)).toBeLessThan(1.001);
    expect(Math.min(...unit)).toBeGreaterThan(-0.001);
    expect(
      Math.abs(
        chiSquareScore(
          histogram(
            unit.map((u) => Math.min(Math.max(u, 0), 0.999_999)),
            1,
            64,
          ),
        ),
      ),
    ).toBeLessThan(6);
    expect(noise.every((e) => (e < 0n ? -e : e) < modulus / (2n * T))).toBe(true);
  });
});

describe('upload frames', () => {
  it('are the bytes that the reference writes', () => {
    const lab = keyLab();
    const upload = lab.site.encrypt({ plaintext: new BigUint64Array(N), key: fresh(32), seed: fresh(SEED_BYTES), zero: undefined });
    expect(encodeUpload(parameters, decodeUpload(parameters, upload))).toEqual(upload);
  });
});
