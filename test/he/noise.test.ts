import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assertUsage, checkUsage, chooseParameters, heParameters, PROFILES, type ProfileName, type Usage } from '../../src/he/index.ts';

interface Golden {
  readonly contracts: readonly {
    readonly profile: ProfileName;
    readonly answerPrimes: number;
    readonly plainModulus: string;
    readonly usage: Usage;
    readonly accepted: boolean;
    readonly worstCase: string;
    readonly switching: string;
    readonly flood: string;
  }[];
  readonly series: Golden['contracts'];
  readonly choices: readonly {
    readonly plainModulus: string;
    readonly usages: readonly Usage[];
    readonly chosen: [ProfileName, number] | null;
  }[];
}
const golden = (name: string) => JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8'));
const { contracts, series, choices } = golden('he_noise.json') as Golden;

describe('parameter checker', () => {
  it('agrees with the independent script on 500 random contracts (T12)', () => {
    expect([contracts.length, series.length]).toEqual([500, 60]);
    for (const { profile, answerPrimes, plainModulus, usage, ...expected } of [...contracts, ...series]) {
      const parameters = heParameters({ profile, answerPrimes, plainModulus: BigInt(plainModulus) });
      const { accepted, worstCase, switching, flood } = checkUsage(parameters, usage);
      expect({ accepted, worstCase: `${worstCase}`, switching: `${switching}`, flood: `${flood}` }).toEqual(expected);
    }
  });

  it('accepts only what leaves n_out · 2^-κ ≤ 2^-40, or shares that fail less than 2^-30', () => {
    for (const { profile, answerPrimes, plainModulus, usage } of contracts) {
      const verdict = checkUsage(heParameters({ profile, answerPrimes, plainModulus: BigInt(plainModulus) }), usage);
      if (!verdict.accepted) continue;
      if (usage.mode === 'reveal') expect(Math.log2(usage.outputs) - verdict.kappa).toBeLessThanOrEqual(-40 + 1e-9);
      else expect(Math.log2(usage.outputs) + verdict.shareErrorLog2).toBeLessThanOrEqual(-30 + 1e-9);
    }
  });

  it('chooses what the independent script chooses', () => {
    for (const { plainModulus, usages, chosen } of choices) {
      const choose = () => chooseParameters(usages, BigInt(plainModulus));
      if (chosen === null) expect(choose).toThrowError(expect.objectContaining({ code: 'ERR_HE_NOISE' }));
      else expect([choose().profile, choose().answerPrimes]).toEqual(chosen);
    }
  });

  it('chooses for the uses of this house', () => {
    const choose = (terms: number, maxAbs: number, outputs: number, mode: Usage['mode'], t: bigint) => {
      const { profile, answerPrimes } = chooseParameters({ terms, maxAbs, outputs, mode }, t);
      return `${profile}/${answerPrimes}`;
    };
    expect(choose(30_000 * 8, 1, 2 ** 20, 'reveal', 1n << 42n)).toBe('P150/2');
    expect(choose(8192, 32_768, 2 ** 20, 'reveal', 65_537n)).toBe('P120/1');
    expect(choose(512, 2 ** 16, 2 ** 20, 'reveal', 1n << 32n)).toBe('P138/2');
    expect(choose(2 ** 20, 2 ** 16, 2 ** 12, 'share', 1n << 58n)).toBe('P150/4');
  });

  it('one more output than the bound is refused', () => {
    const parameters = heParameters({ profile: 'P120', plainModulus: 1n << 40n, answerPrimes: 2 });
    const { flood, worstCase } = checkUsage(parameters, { terms: 2 ** 16, maxAbs: 1, outputs: 1, mode: 'reveal' });
    const most = Number(flood / (worstCase << 40n));
    const usage = (outputs: number): Usage => ({ terms: 2 ** 16, maxAbs: 1, outputs, mode: 'reveal' });
    expect(assertUsage(parameters, usage(most)).accepted).toBe(true);
    expect(() => assertUsage(parameters, usage(most + 1))).toThrowError(expect.objectContaining({ code: 'ERR_HE_NOISE' }));
  });

  it.each([{ terms: 0 }, { maxAbs: 0 }, { outputs: 0.5 }, { mode: 'open' }])('refuses a usage with %o', (change) => {
    const parameters = heParameters({ profile: 'P120', plainModulus: 257n });
    const usage = { terms: 1, maxAbs: 1, outputs: 1, mode: 'reveal', ...change } as Usage;
    expect(() => checkUsage(parameters, usage)).toThrowError(expect.objectContaining({ code: 'ERR_HE_USAGE' }));
  });

  it('bounds what one revealed coefficient can tell a malicious L', () => {
    const bits = (mode: Usage['mode'], t: bigint, answerPrimes: number) =>
      checkUsage(heParameters({ profile: 'P120', plainModulus: t, answerPrimes }), { terms: 8192, maxAbs: 1, outputs: 1, mode })
        .bitsPerOutput;
    expect(bits('reveal', 1n << 26n, 2)).toBeCloseTo(26, 3);
    expect(bits('reveal', 65_537n, 1)).toBeCloseTo(17, 1);
    expect(bits('share', 1n << 26n, 2)).toBe(0);
  });

  it('refuses operands larger than half of t', () => {
    const parameters = heParameters({ profile: 'P180', plainModulus: 256n });
    const verdict = (maxAbs: number) => checkUsage(parameters, { terms: 1, maxAbs, outputs: 1, mode: 'reveal' }).accepted;
    expect([verdict(128), verdict(129)]).toEqual([true, false]);
  });
});

describe('security estimates', () => {
  it('are the frozen table of the script, at least 128 bits classical with the special prime included (T11)', () => {
    const table = golden('he_security.json') as Record<string, { keyBits: number; classical: number; quantum: number; reserve: number }>;
    for (const { name, keyBits, estimate, dataPrimes, reserve } of PROFILES) {
      const { keyBits: bits, classical, quantum, reserve: known } = table[name];
      expect({ keyBits, estimate, reserve }).toEqual({ keyBits: bits, estimate: { classical, quantum }, reserve: known });
      expect(Math.ceil(dataPrimes.reduce((sum, q) => sum + Math.log2(q), Math.log2(114_689)))).toBeLessThanOrEqual(keyBits + 1);
      expect(classical).toBeGreaterThanOrEqual(128);
    }
  });
});
