/** T13, the trap: primes that the plaintext modulus meets give parameters that SEAL marks as not set, and computes with all the same. */
import initialize from 'node-seal/throws';
import { describe, expect, it } from 'vitest';
import { type HeParameters, heParameters } from '../../src/he/index.ts';
import { SealContext } from '../../src/he/seal/context.ts';

describe('a context of SEAL', () => {
  it.each<[string, Partial<HeParameters>]>([
    ['t equal to the special prime', { plainModulus: 65_537n, specialPrime: 65_537 }],
    ['t equal to a data prime', { plainModulus: 1_073_692_673n }],
    [
      'more bits than 128-bit security allows',
      { dataPrimes: [...heParameters({ profile: 'P180', plainModulus: 256n }).dataPrimes, 1_072_496_641] },
    ],
  ])('parameters that SEAL does not accept are refused, not used (T13): %s', async (_, change) => {
    const seal = await initialize();
    const good = heParameters({ profile: 'P120', plainModulus: 256n });
    new SealContext(seal, good).dispose();
    expect(() => new SealContext(seal, { ...good, ...change })).toThrowError(expect.objectContaining({ code: 'ERR_HE_PARAMETERS' }));
  });
});
