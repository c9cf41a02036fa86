/** The platform's desk: rows of the alignment and columns of the contract, and nothing else; so many answers a firm, whoever asks how (T30, T33, T39, T59). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/index.ts';
import { featureTable } from '../../src/data/index.ts';
import {
  type AssetConfig,
  type Contract,
  type JobStore,
  type LoadedConfig,
  memoryJobStores,
  type StepContext,
} from '../../src/node/index.ts';
import { JobMemories } from '../../src/node/job-memory.ts';
import { ALIGNMENT, keep } from '../../src/pipeline/artifacts.ts';
import { type Asset, assetLibrary } from '../../src/pipeline/index.ts';
import { alignedTable, counted, FINGERPRINT } from '../../src/pipeline/platform-desk.ts';
import { testContract } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
const BITS = 20;

interface Bench {
  readonly store: JobStore;
  readonly debits: number[];
  context(memories?: JobMemories, contract?: Contract): StepContext;
}

function bench(contract: Contract = testContract()): Bench {
  const store = memoryJobStores().of('bank', 'job-1');
  const debits: number[] = [];
  const kept = new JobMemories();
  return {
    store,
    debits,
    context: (memories = kept, given = contract) => ({
      party: 'platform',
      peer: 'bank',
      jobId: 'job-1',
      step: 'score',
      sessionId: '00',
      contract: given,
      asset: given.terms.asset,
      columns: given.terms.columns,
      memory: memories.of('bank', 'job-1', given.hash),
      store,
      debit: async (bits) => void debits.push(bits),
      signal: new AbortController().signal,
      logger: silentLogger,
    }),
  };
}

const refused = { code: 'ERR_REFUSED_ROW_BUDGET', blame: 'refused' };

describe('answers to one firm', () => {
  it('a firm is answered four times in a job and no more, in whatever order it is aligned (T30)', async () => {
    const { context, debits } = bench();
    const first = counted(context(), 'scores', Uint32Array.of(7, 3, 5), BITS);
    for (let i = 0; i < 2; i++) expect(await first(Uint32Array.of(0, 2))).toEqual(Uint8Array.of(1, 1));
    // Aligned again: the same firms stand elsewhere.
    const again = counted(context(), 'scores', Uint32Array.of(5, 7, 3), BITS);
    for (let i = 0; i < 2; i++) await again(Uint32Array.of(0, 1));
    await expect(again(Uint32Array.of(0))).rejects.toMatchObject(refused);
    await expect(first(Uint32Array.of(0, 1))).rejects.toMatchObject(refused);
    // One used-up firm refuses the batch and costs nothing; another firm, and limits, have counts of their own.
    expect(debits).toEqual([40, 40, 40, 40]);
    await again(Uint32Array.of(2));
    await counted(context(), 'limits', Uint32Array.of(5, 7, 3), BITS)(Uint32Array.of(0));
    expect(debits).toEqual([40, 40, 40, 40, 20, 20]);
  });

  it('sessions at once cannot answer a firm more often than one after the other (T33)', async () => {
    const { context } = bench();
    const sessions = Array.from({ length: 6 }, () => counted(context(), 'scores', Uint32Array.of(0, 1), BITS));
    const answers = await Promise.allSettled(sessions.flatMap((ask) => Array.from({ length: 3 }, () => ask(Uint32Array.of(1)))));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  });

  it('is debited before it is given; a budget that says no counts nothing (T30)', async () => {
    const { context } = bench();
    const events: string[] = [];
    const broke = { ...context(), debit: () => Promise.reject(Object.assign(new Error('no bits'), { code: 'ERR_REFUSED_BUDGET' })) };
    await expect(counted(broke, 'scores', Uint32Array.of(0), BITS)(Uint32Array.of(0))).rejects.toMatchObject({
      code: 'ERR_REFUSED_BUDGET',
    });
    const asking = { ...context(), debit: async () => void events.push('debit') };
    for (let i = 0; i < 4; i++)
      await counted(asking, 'scores', Uint32Array.of(0), BITS)(Uint32Array.of(0)).then(() => events.push('answer'));
    expect(events).toEqual(['debit', 'answer', 'debit', 'answer', 'debit', 'answer', 'debit', 'answer']);
  });
});

describe('what a step may read', () => {
  const table = featureTable(
    ['a', 'b', 'c'],
    new Map([
      ['social_insurance_headcount', Float64Array.of(1, 2, 3)],
      ['legal_representative', Float64Array.of(7, 8, 9)],
    ]),
  );
  const asset = (changes: Partial<Asset> = {}): Asset => ({
    table,
    labels: undefined,
    categorical: new Set(),
    levels: new Map(),
    schema: undefined,
    fingerprint: 'aa',
    ...changes,
  });
  const library = (given: Asset) => ({ load: async () => given, columnsOf: async () => [] });
  const parameters = { features: ['social_insurance_headcount'], test: 0, seed: 1, maxPeerRows: 9 };
  const contract = testContract({ parameters });

  async function aligned(fingerprint = 'aa'): Promise<StepContext> {
    const { context, store } = bench(contract);
    await keep(store, FINGERPRINT, fingerprint);
    await keep(store, ALIGNMENT, { rows: Uint32Array.of(2, 0), peerRows: 5 });
    return context();
  }

  it('is the aligned rows of the contract’s columns: a column the contract does not name is not there (T59)', async () => {
    const { aligned: read } = await alignedTable(library(asset()), await aligned());
    expect([...read.columns.keys()]).toEqual(['social_insurance_headcount']);
    expect(read.ids).toEqual(['c', 'a']);
  });

  it('a table that changed since the alignment is not answered from', async () => {
    await expect(alignedTable(library(asset({ fingerprint: 'bb' })), await aligned('aa'))).rejects.toMatchObject({
      code: 'ERR_JOB_DATA_CHANGED',
    });
  });
});

describe('an asset', () => {
  const load = async (csv: string) => {
    const path = join(temp.path, `firms-${csv.length}.csv`);
    writeFileSync(path, csv);
    const config = { name: 'firms', path, id: { column: 'id', mode: 'any' }, consent: 'consent' } as unknown as AssetConfig;
    const loaded = { resolve: (given: string) => given, asset: () => config } as unknown as LoadedConfig;
    return assetLibrary(loaded).load('firms');
  };

  it('a row without consent is in no asset (T39)', async () => {
    const { table } = await load('id,tax,consent\nfirm-1,5,1\nfirm-2,6,0\nfirm-3,7,1\n');
    expect(table.ids).toEqual(['firm-1', 'firm-3']);
    expect([...table.columns.keys()]).toEqual(['tax']);
  });

  it('consent that is neither yes nor no stops the reading, and the error has no cell (T39)', async () => {
    const error: unknown = await load('id,tax,consent\nfirm-1,5,1\nfirm-2,6,2\n').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_DATA_CONSENT' });
    expect(String(error)).not.toContain('firm-2');
  });
});
