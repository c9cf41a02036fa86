import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize, canonicalJson, makeContract, type PolicyRule, readContract } from '../../src/node/index.ts';
import { testContract, testRules } from '../support/federation.ts';

describe('a contract', () => {
  it('has one hash for one meaning, in whatever order it was written', () => {
    const { terms, hash } = testContract();
    const shuffled = Object.fromEntries(Object.entries(terms).reverse()) as typeof terms;
    expect(makeContract(shuffled).hash).toBe(hash);
    expect(makeContract({ ...terms, maxTrees: 31 }).hash).not.toBe(hash);
  });

  it('is read back as it was made', () => {
    const made = testContract({ purpose: '预授信测算', parameters: { train: { lambda: 0.1, bins: [1, 2] } } });
    expect(readContract(made.bytes)).toEqual(made);
  });

  it('keeps its bytes from release to release', () => {
    expect(testContract().hash).toBe('483661de92101eb7404d1ed453cd531fb8572185bdeb70c6d4163db8d52d6fcc');
  });

  it.each([
    ['an unknown term', (text: string) => text.replace('{', '{"aaa":1,')],
    ['spaces', (text: string) => text.replace(',', ', ')],
    ['a term twice', (text: string) => text.replace('{', '{"asset":"firms",')],
    ['no JSON', () => 'hello'],
    ['bytes that are no text', () => '\ud800'],
    ['__proto__', (text: string) => text.replace('{', '{"__proto__":{"maxRows":9},')],
  ])('of a peer is refused with %s', (_, change) => {
    const text = new TextDecoder().decode(testContract().bytes);
    expect(() => readContract(new TextEncoder().encode(change(text)))).toThrow(expect.objectContaining({ code: 'ERR_PEER_CONTRACT' }));
  });

  it('is refused from any damaged bytes, or read as exactly those bytes', () => {
    const { bytes } = testContract();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at] ^= change;
        try {
          expect(readContract(damaged).bytes).toEqual(damaged);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_PEER_CONTRACT' });
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('canonical JSON', () => {
  it('orders keys, drops undefined, and is JSON', () => {
    expect(canonicalJson({ b: 1, a: [true, null, 'é\n'], c: undefined })).toBe('{"a":[true,null,"é\\n"],"b":1}');
  });

  it('is the same for every order of keys, and parses back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 3 },
    );
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-0], ['\ud800']])('refuses %s', (value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'ERR_CONTRACT_VALUE' }));
  });
});

describe('what a policy says of models and of disclosures beyond the usual', () => {
  const asked = (changes: Parameters<typeof testContract>[0], rule: Partial<PolicyRule>) => {
    const { terms } = testContract(changes);
    const request = { party: 'platform', peer: 'bank', jobId: terms.jobId, step: 'echo', terms, now: 0 };
    return () => authorize([{ ...testRules[0], ...rule }], request);
  };
  const refused = (words: RegExp) => expect.objectContaining({ code: 'ERR_REFUSED_POLICY', message: expect.stringMatching(words) });

  it('lets a rule without a list train boosted trees only', () => {
    expect(asked({ model: 'gbdt' }, {})).not.toThrow();
    expect(asked({ model: 'scorecard' }, {})).toThrow(refused(/the model "scorecard" is not allowed/));
    expect(asked({ model: 'scorecard' }, { models: ['gbdt', 'scorecard'] })).not.toThrow();
    expect(asked({ model: 'gbdt' }, { models: ['scorecard'] })).toThrow(refused(/the model "gbdt" is not allowed/));
  });

  it('refuses every disclosure that is not spelled out', () => {
    expect(asked({ allow: ['feature-names'] }, {})).toThrow(refused(/the disclosure "feature-names" is not allowed/));
    expect(asked({ allow: ['feature-names', 'linear-predictor'] }, { allow: ['feature-names'] })).toThrow(
      refused(/the disclosure "linear-predictor" is not allowed/),
    );
    expect(asked({ allow: ['feature-names'] }, { allow: ['feature-names', 'linear-predictor'] })).not.toThrow();
  });
});
