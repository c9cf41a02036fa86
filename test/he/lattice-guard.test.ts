/**
 * T11: every profile in two frozen tables, and one outside of either fails. `test/golden/lattice_estimator.py` has the lattice estimator's own
 * figures for the exact key moduli, special prime included; `test/golden/lattice_security.py` has ours, by the ring and the modulus's bits. They
 * are independent of each other, so each is held to the other as well.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dataModulus, heParameters, keyModuli, PROFILES, RING_DEGREE } from '../../src/he/index.ts';

type Model = 'classical' | 'quantum' | 'core' | 'gates';
type Row = Readonly<Record<Model, { readonly bits: number; readonly by: string }>> & { readonly beta: number; readonly usvp: number };
interface Golden {
  readonly limits128: Readonly<Record<string, number>>;
  readonly table: Readonly<Record<string, Readonly<Record<string, Row>>>>;
}
interface Found {
  /** log2 of the operations of the cheapest attack, and which it is. */
  readonly bits: number;
  readonly by: string;
  readonly attacks: Readonly<Record<string, { readonly rop: number; readonly beta: number }>>;
}
type Models = Readonly<Record<string, Found>>;
interface Estimated {
  readonly profiles: Readonly<
    Record<
      string,
      {
        readonly keyModuli: Readonly<Record<string, { readonly bits: number; readonly models: Models }>>;
        readonly series: { readonly reserve: number; readonly known: number; readonly modulus: string; readonly models: Models };
      }
    >
  >;
}

const read = (file: string) => JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8'));
const golden: Golden = read('lattice_security.json');
const estimated: Estimated = read('lattice_estimator.json');

const product = (primes: readonly number[]): bigint => primes.reduce((sum, prime) => sum * BigInt(prime), 1n);
/** Bits of an exact product. */
const bitsOf = (primes: readonly number[]): number => product(primes).toString(2).length;

const each = PROFILES.map((profile) => [profile.name, profile] as const);

function estimateOf(name: string) {
  const found = estimated.profiles[name];
  if (!found) throw new Error(`${name} has not been through the lattice estimator: run test/golden/lattice_estimator.py`);
  return found;
}

/** The estimator's figures for a profile's key modulus. */
function modelsOf(name: string, primes: readonly number[]): Models {
  const q = product(primes);
  const row = estimateOf(name).keyModuli[String(q)];
  if (!row)
    throw new Error(`${name} with the key modulus ${q} has not been through the lattice estimator: run test/golden/lattice_estimator.py`);
  expect(row.bits).toBe(bitsOf(primes));
  return row.models;
}

/** That the least of all attacks is what is called the least, and that none is missing. */
function expectConsistent(models: Models): void {
  for (const { bits, by, attacks } of Object.values(models)) {
    expect(Object.keys(attacks)).toEqual(expect.arrayContaining(['usvp', 'bdd', 'dual', 'dual_hybrid', 'dual_enumeration']));
    expect(Math.min(...Object.values(attacks).map(({ rop }) => rop))).toBe(bits);
    expect(attacks[by].rop).toBe(bits);
  }
}

describe('strength against lattice reduction', () => {
  it.each(each)('every profile has at least 128 bits, by its ring and its whole key modulus (T11): %s', (name, { estimate, keyBits }) => {
    for (const plainModulus of [256n, 65_537n]) {
      const parameters = heParameters({ profile: name, plainModulus });
      const bits = bitsOf(keyModuli(parameters));
      expect(bits).toBeLessThanOrEqual(keyBits + 1);
      const row = golden.table[parameters.ringDegree]?.[bits];
      expect(row, `${bits} bits at N = ${parameters.ringDegree} are not in the table`).toBeDefined();
      expect(row.classical.bits).toBeGreaterThanOrEqual(128);
      expect(row.quantum.bits).toBeGreaterThanOrEqual(118);
      expect(bits).toBeLessThanOrEqual(golden.limits128[parameters.ringDegree]);
      // What the profile says of itself is the uSVP column alone; the best attack is at most 4 bits below it.
      expect(estimate.classical).toBeLessThanOrEqual(Math.floor(row.usvp) + 1);
      expect(estimate.classical - row.classical.bits).toBeLessThanOrEqual(4);
    }
  });

  it('falls with the modulus (but for rounding) and rises with the ring, in every model', () => {
    for (const rows of Object.values(golden.table)) {
      const bits = Object.keys(rows)
        .map(Number)
        .sort((a, b) => a - b);
      for (const model of ['classical', 'quantum', 'core', 'gates'] as const) {
        for (let i = 1; i < bits.length; i++) expect(rows[bits[i]][model].bits).toBeLessThanOrEqual(rows[bits[i - 1]][model].bits + 1);
      }
    }
    expect(golden.table[8192][110].classical.bits).toBeGreaterThan(golden.table[4096][110].classical.bits);
  });

  it('gives the limits of the Homomorphic Encryption Standard 128 bits by uSVP, and stays below them', () => {
    expect(golden.table[4096][109].usvp).toBeCloseTo(128, -0.5);
    expect(golden.table[8192][218].usvp).toBeCloseTo(128, -0.5);
    expect(golden.limits128).toEqual({ 4096: 106, 8192: 214, 16384: 430 });
  });
});

describe('the lattice estimator', () => {
  it.each(each)('gives every profile at least 128 bits, by its exact key modulus (T11): %s', (name, { estimate }) => {
    for (const plainModulus of [256n, 65_537n]) {
      const parameters = heParameters({ profile: name, plainModulus });
      const models = modelsOf(name, keyModuli(parameters));
      expectConsistent(models);
      expect(parameters.ringDegree).toBe(RING_DEGREE);
      expect(models.matzov.bits).toBeGreaterThanOrEqual(128);
    }
    const models = modelsOf(name, keyModuli(heParameters({ profile: name, plainModulus: 256n })));
    expect(models.classical.bits).toBeGreaterThanOrEqual(128);
    // What the profile says of itself is uSVP under the Standard's model, at whole bits of modulus, rounded up.
    expect(estimate.classical).toBeLessThanOrEqual(models.classical.attacks.usvp.rop);
    expect(estimate.quantum).toBeLessThanOrEqual(models.quantum.attacks.usvp.rop);
  });

  it.each(each)('leaves the secret of a series 128 bits when all of the reserve is known (T11): %s', (name, { reserve }) => {
    const { series } = estimateOf(name);
    expect(series.reserve).toBe(reserve);
    expect(series.known * Math.log2(3)).toBeGreaterThanOrEqual(reserve);
    expect(series.modulus).toBe(String(dataModulus(heParameters({ profile: name, plainModulus: 256n }))));
    expectConsistent(series.models);
    expect(series.models.matzov.bits).toBeGreaterThanOrEqual(128);
  });

  it.each(each)('agrees with our own table, which never gives an attacker less: %s', (name) => {
    const primes = keyModuli(heParameters({ profile: name, plainModulus: 256n }));
    const models = modelsOf(name, primes);
    const own = golden.table[RING_DEGREE][bitsOf(primes)];
    expect(Math.abs(models.classical.attacks.usvp.beta - own.beta)).toBeLessThanOrEqual(1);
    expect(Math.abs(models.classical.attacks.usvp.rop - own.usvp)).toBeLessThanOrEqual(0.3);
    // Ours are whole bits, rounded down, and its dual attack has every choice its way.
    for (const model of ['classical', 'quantum', 'core'] as const) {
      const apart = models[model].bits - own[model].bits;
      expect(apart, `${name}, ${model}`).toBeGreaterThanOrEqual(0);
      expect(apart, `${name}, ${model}`).toBeLessThanOrEqual(2.5);
    }
  });
});
