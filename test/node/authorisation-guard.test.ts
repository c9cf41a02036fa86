/**
 * T59, the authorisation matrix: every combination of party, job, step, asset, columns, bounds and expiry around the edges of three rules, against
 * an oracle that is written from the rules' sentence ("one rule allows all of it, for this very peer, under a contract about this very
 * session"), not from the code. No false allow, no false deny.
 */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ContractTerms, makeContract, type PolicyRule } from '../../src/node/index.ts';
import { authorize } from '../../src/node/policy.ts';
import { startTestNode, type TestNode, testContract } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

const NOW = Date.UTC(2026, 5, 1);
const rule = (changes: Partial<PolicyRule>): PolicyRule => ({
  peer: 'bank-a',
  steps: ['align', 'train'],
  asset: 'firms',
  columns: ['tax', 'power'],
  maxRows: 100,
  maxTrees: 10,
  maxDepth: 3,
  minSupport: 50,
  ...changes,
});
const RULES: readonly PolicyRule[] = [
  rule({}),
  // The same peer and asset: more columns, but for scoring alone and of larger nodes.
  rule({ steps: ['score'], columns: ['tax', 'power', 'credit'], minSupport: 100 }),
  rule({ peer: 'bank-b', asset: 'people', columns: ['age'], maxRows: 5, maxTrees: 1, maxDepth: 1 }),
];

interface Question {
  readonly peer: string;
  readonly sessionJob: string;
  readonly step: string;
  readonly terms: ContractTerms;
}

/** Every question of the product, one dimension inside the other. */
function* questions(): Generator<Question> {
  const base = testContract({ jobId: 'job-1', expires: undefined }).terms;
  for (const peer of ['bank-a', 'bank-b', 'stranger'])
    for (const caller of ['bank-a', 'bank-b'])
      for (const callee of ['platform', 'other'])
        for (const sessionJob of ['job-1', 'job-2'])
          for (const step of ['align', 'score', 'limit'])
            for (const steps of [['align', 'score'], ['limit']])
              for (const asset of ['firms', 'people'])
                for (const columns of [[], ['tax'], ['tax', 'credit'], ['age']])
                  for (const [maxRows, maxTrees, maxDepth, minSupport] of [
                    [5, 1, 1, 100],
                    [100, 10, 3, 50],
                    [101, 10, 3, 50],
                    [100, 11, 3, 50],
                    [100, 10, 4, 50],
                    [100, 10, 3, 49],
                  ])
                    for (const expires of [undefined, '2026-05-31T00:00:00Z', '2026-07-01T00:00:00Z']) {
                      const bounds = { maxRows, maxTrees, maxDepth, minSupport };
                      const terms = { ...base, caller, callee, asset, columns, steps, ...bounds, ...(expires ? { expires } : {}) };
                      yield { peer, sessionJob, step, terms };
                    }
}

/** The sentence, word by word. */
function allowed({ peer, sessionJob, step, terms }: Question): boolean {
  const aboutThisSession = [
    terms.caller === peer,
    terms.callee === 'platform',
    terms.jobId === sessionJob,
    terms.steps.includes(step),
    terms.expires === undefined || NOW <= Date.parse(terms.expires),
  ].every(Boolean);
  const byOneRule = RULES.some((one) =>
    [
      one.peer === peer,
      one.asset === terms.asset,
      one.steps.includes(step),
      terms.columns.every((name) => one.columns.includes(name)),
      terms.maxRows <= one.maxRows,
      terms.maxTrees <= one.maxTrees,
      terms.maxDepth <= one.maxDepth,
      terms.minSupport >= one.minSupport,
    ].every(Boolean),
  );
  return aboutThisSession && byOneRule;
}

const temp = tempFolder();
let running: TestNode | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe('the policy', () => {
  it('allows what one rule allows as a whole, and nothing else: every pair of the matrix (T59)', () => {
    const wrong: Question[] = [];
    let asked = 0;
    let yes = 0;
    for (const question of questions()) {
      asked++;
      let answer = true;
      try {
        authorize(RULES, {
          party: 'platform',
          peer: question.peer,
          jobId: question.sessionJob,
          step: question.step,
          terms: question.terms,
          now: NOW,
        });
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_REFUSED_POLICY' });
        answer = false;
      }
      if (answer) yes++;
      if (answer !== allowed(question)) wrong.push(question);
    }
    expect(asked).toBeGreaterThan(10_000);
    expect(yes).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  it('is asked by the node for every session before its handler runs, and never lends one rule’s columns to another (T59)', async () => {
    let ran = 0;
    const count = async (): Promise<void> => {
      ran++;
    };
    running = await startTestNode({ echo: count, again: count }, join(temp.path, 'matrix'));
    const refusals: [string, Partial<ContractTerms>][] = [
      ['echo', { asset: 'people' }],
      ['echo', { columns: ['legal_representative'] }],
      ['again', { steps: ['echo'] }],
      ['echo', { caller: 'other' }],
      ['echo', { minSupport: 99 }],
    ];
    for (const [step, changes] of refusals) await expect(running.open(step, changes)).rejects.toMatchObject({ code: 'ERR_REFUSED_POLICY' });
    expect(ran).toBe(0);
  });

  it('models and disclosures that no rule names are refused (T59)', () => {
    const ask = (given: Partial<PolicyRule>, changes: Partial<ContractTerms>) => () =>
      authorize([rule({ ...given, columns: testContract().terms.columns, maxRows: 1e6, maxTrees: 100 })], {
        party: 'platform',
        peer: 'bank',
        jobId: 'job-1',
        step: 'train',
        terms: testContract({ steps: ['train'], ...changes }).terms,
        now: NOW,
      });
    const refused = expect.objectContaining({ code: 'ERR_REFUSED_POLICY' });
    const bank = { peer: 'bank' };
    expect(ask(bank, { model: 'gbdt' })).not.toThrow();
    expect(ask(bank, { model: 'scorecard' })).toThrow(refused);
    expect(ask({ ...bank, models: ['scorecard'] }, { model: 'scorecard' })).not.toThrow();
    expect(ask({ ...bank, models: ['scorecard'] }, { model: 'gbdt' })).toThrow(refused);
    expect(ask(bank, { model: 'gbdt', allow: ['linear-predictor'] })).toThrow(refused);
    expect(ask({ ...bank, allow: ['linear-predictor'] }, { model: 'gbdt', allow: ['linear-predictor'] })).not.toThrow();
  });

  it('judges the very bytes that are hashed: a contract’s terms are its own', () => {
    const { terms } = testContract();
    expect(makeContract(terms).terms).toEqual(terms);
  });
});
