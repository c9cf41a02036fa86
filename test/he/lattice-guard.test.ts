/**
 * T11: every profile in the frozen table of `test/golden/lattice_security.py`, by its ring and the exact bits of its whole key modulus, special
 * prime included: whatever profile is added is looked up here, and one outside the table fails.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { heParameters, keyModuli, PROFILES } from '../../src/he/index.ts';

type Model = 'classical' | 'quantum' | 'core' | 'gates';
type Row = Readonly<Record<Model, { readonly bits: number; readonly by: string }>> & { readonly beta: number; readonly usvp: number };
interface Golden {
  readonly limits128: Readonly<Record<string, number>>;
  readonly table: Readonly<Record<string, Readonly<Record<string, Row>>>>;
}
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/lattice_security.json', import.meta.url), 'utf8'));

/** Bits of an exact product. */
const bitsOf = (primes: readonly number[]): number => primes.reduce((product, prime) => product * BigInt(prime), 1n).toString(2).length;

describe('strength against lattice reduction', () => {
  it.each(PROFILES.map((profile) => [profile.name, profile] as const))(
    'every profile has at least 128 bits, by its ring and its whole key modulus (T11): %s',
    (name, { estimate, keyBits }) => {
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
    },
  );

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
