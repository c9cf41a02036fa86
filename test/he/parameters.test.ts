import { describe, expect, it } from 'vitest';
import { chooseParameters, type HeParametersLiteral, heParameters, keyModuli, PROFILES, SLOT_PLAIN_MODULI } from '../../src/he/index.ts';
import { isPrime } from '../../src/he/modular.ts';

const refused = expect.objectContaining({ code: 'ERR_HE_PARAMETERS' });

describe('HE parameters', () => {
  it('have distinct primes ≡ 1 mod 2N of at most 30 bits, the special prime among them', () => {
    for (const { name, dataPrimes } of PROFILES) {
      const moduli = keyModuli(heParameters({ profile: name, plainModulus: 2n }));
      expect(new Set(moduli).size).toBe(dataPrimes.length + 1);
      for (const q of moduli) expect(isPrime(q) && q % 16_384 === 1 && q < 2 ** 30).toBe(true);
    }
  });

  it('are frozen to the last array', () => {
    const parameters = heParameters({ profile: 'P120', plainModulus: 1n << 20n });
    expect(Object.isFrozen(parameters) && Object.isFrozen(parameters.dataPrimes)).toBe(true);
  });

  it.each<[string, Partial<Record<keyof HeParametersLiteral | 'typo', unknown>>]>([
    ['an unknown key', { typo: 1 }],
    ['an unknown profile', { profile: 'P999' }],
    ['t equal to a data prime (T13)', { plainModulus: 1_073_692_673n }],
    ['t a multiple of a data prime (T13)', { plainModulus: 1_073_643_521n * 4n }],
    ['t a multiple of every special prime (T13)', { plainModulus: 65_537n * 114_689n }],
    ['t of more than 60 bits', { plainModulus: 1n << 60n }],
    ['t below 2', { plainModulus: 1n }],
    ['t as a number', { plainModulus: 256 }],
    ['no answer primes', { answerPrimes: 0 }],
    ['more answer primes than data primes', { answerPrimes: 5 }],
    ['answers that keep less than t', { plainModulus: 1n << 32n, answerPrimes: 1 }],
  ])('refuse %s', (_what, change) => {
    expect(() => heParameters({ profile: 'P120', plainModulus: 256n, ...change } as HeParametersLiteral)).toThrowError(refused);
  });

  it('move the special prime out of the way of t = 65537 (T13)', () => {
    expect(heParameters({ profile: 'P120', plainModulus: 65_537n }).specialPrime).toBe(114_689);
    expect(heParameters({ profile: 'P120', plainModulus: 65_536n }).specialPrime).toBe(65_537);
  });

  it('exist for every slot modulus', () => {
    for (const t of SLOT_PLAIN_MODULI) {
      const usage = { terms: 8192, maxAbs: Number(t >> 1n), outputs: 2 ** 16, mode: 'reveal' } as const;
      expect(chooseParameters(usage, t).plainModulus).toBe(t);
    }
  });
});
