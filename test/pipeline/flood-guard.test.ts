/**
 * The platform's handlers size the flood of scores and limits for every answer of the contract, four a firm: a bank that opens many small sessions,
 * each sized for itself, would have 2^-40 of each instead of all (he/README.md §3).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inlineExecutor, silentLogger, systemRandom } from '../../src/base/index.ts';
import { featureTable } from '../../src/data/index.ts';
import type { HeEngine } from '../../src/he/index.ts';
import { memoryJobStores, type StepContext } from '../../src/node/index.ts';
import { JobMemories } from '../../src/node/job-memory.ts';
import { ALIGNMENT, HOLDER_MODEL, keep } from '../../src/pipeline/artifacts.ts';
import { answersEver, capacityOf, parametersOf } from '../../src/pipeline/contract.ts';
import { platformHandlers } from '../../src/pipeline/index.ts';
import { FINGERPRINT } from '../../src/pipeline/platform-desk.ts';
import { type Channel, meter } from '../../src/protocol/index.ts';
import { askLimits } from '../../src/scoring/index.ts';
import { encodePlan, planHash, scoreTerms } from '../../src/scoring/registration.ts';
import { openAsker } from '../../src/scoring/session.ts';
import { runPair } from '../federated/pair.ts';
import { loadEngine } from '../support/engines.ts';
import { testContract } from '../support/federation.ts';

/** So many that four answers each need another profile than one session's few. */
const FIRMS = 120;
const rows = Uint32Array.from({ length: FIRMS }, (_, row) => row);
const sales = Float64Array.from(rows, (row) => 1_000 * row);
const plan = { paths: [[{ splitId: 1, goesLeft: true }], [{ splitId: 1, goesLeft: false }]] };
const capacity = {
  combine: 'min',
  caps: [{ kind: 'linear', name: 'sales', terms: [{ column: 'sales', times: 1 }] }],
  edges: [30_000, 90_000],
};
const contract = testContract({
  columns: ['sales'],
  model: 'gbdt',
  parameters: { features: ['sales'], test: 0, seed: 1, maxPeerRows: 1_000, capacity },
});

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

async function step<A>(name: 'score' | 'limit', bank: (channel: Channel) => Promise<A>): Promise<A> {
  const store = memoryJobStores().of('bank', 'job-1');
  await keep(store, FINGERPRINT, 'aa');
  await keep(store, ALIGNMENT, { rows, peerRows: FIRMS });
  const split = { splitId: 1, feature: 'sales', threshold: 50_000, missingLeft: true };
  await keep(store, HOLDER_MODEL, { format: 'fedcredit-gbdt-holder', version: 1, splits: [split] });
  const table = featureTable(Array.from(rows, String), new Map([['sales', sales]]));
  const asset = { table, labels: undefined, categorical: new Set<string>(), levels: new Map(), schema: undefined, fingerprint: 'aa' };
  const assets = { load: async () => asset, columnsOf: async () => [] };
  const context: StepContext = {
    party: 'platform',
    peer: 'bank',
    jobId: 'job-1',
    step: name,
    sessionId: '00',
    contract,
    asset: 'firms',
    columns: contract.terms.columns,
    memory: new JobMemories().of('bank', 'job-1', contract.hash),
    store,
    debit: async () => {},
    signal: new AbortController().signal,
    logger: silentLogger,
  };
  const handlers = platformHandlers({ assets, engine, executor: inlineExecutor, random: systemRandom });
  return (await runPair(bank, async (channel) => handlers[name](meter(channel), context))).a;
}

const ports = () => ({ engine, random: systemRandom });

function scores(ever?: number): Promise<Uint32Array> {
  return step('score', async (channel) => {
    await channel.send('scoring/plan', encodePlan(plan));
    const asker = await openAsker(channel, { ...scoreTerms(plan, planHash(plan)), answersEver: ever }, { rows: FIRMS }, ports());
    const { values } = await asker.ask(rows, (row) => Uint32Array.of(row, 1000 + row));
    await asker.close();
    return values;
  });
}

function limits(ever?: number): Promise<Uint32Array> {
  const agreed = capacityOf(parametersOf(contract));
  const question = {
    planHash: agreed?.hash ?? new Uint8Array(),
    capacityBands: 3,
    rows,
    cells: (row: number) => Uint32Array.of(0, row, 500),
  };
  return step('limit', async (channel) => (await askLimits(channel, { ...question, ...(ever && { answersEver: ever }) }, ports())).units);
}

const foreignKey = { code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' };

describe('a step whose flood is sized for four answers a firm', () => {
  it('gives every firm the score of the clear sum, and refuses a key that is sized for one session', async () => {
    expect(await scores(answersEver(FIRMS))).toEqual(Uint32Array.from(rows, (row) => (sales[row] <= 50_000 ? row : 1000 + row)));
    await expect(scores()).rejects.toMatchObject(foreignKey);
  });

  it('gives every firm the limit of the clear table, and refuses a key that is sized for one session', async () => {
    const clear = Uint32Array.from(rows, (row) => (sales[row] < 30_000 ? 0 : sales[row] < 90_000 ? row : 500));
    expect(await limits(answersEver(FIRMS))).toEqual(clear);
    await expect(limits()).rejects.toMatchObject(foreignKey);
  });
});
