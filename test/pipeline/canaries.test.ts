/**
 * 可用不可见 between two real processes: what one party planted in its data is nowhere in the other's memory, logs or files, in any usual
 * spelling. A control shows that the search finds the same canaries in the process that owns them.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CityFederation, writeCityFederation } from '../../src/cli/demo/city-federation.ts';
import { type LocalNode, runBank, setPlatformAddress, startLocalNode } from '../../src/cli/demo/local-federation.ts';
import { type Canary, canReadMemory, doubleSpellings, searchMemory, spellings } from '../support/process-memory.ts';
import { tempFolder } from '../support/temp.ts';

const clock = { now: () => Date.now() };
const folder = tempFolder().path;
const BANK_CELLS = [48_151_623.421875, 91_735_528.640625];
const PLATFORM_CELLS = [27_182_818.284375, 31_415_926.535625];
let federation: CityFederation;
let node: LocalNode;
let bankCanaries: Canary[];
let platformCanaries: Canary[];
let inPlatform: Set<string>;
let inBank: Set<string>;
let controlBank: Set<string>;

/** Writes planted cells into a column, a value every second row: training and scoring both meet them. */
async function plant(file: string, column: string, cells: readonly number[]): Promise<void> {
  const [head, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const at = head.split(',').indexOf(column);
  expect(at).toBeGreaterThan(0);
  const planted = rows.map((row, i) => {
    const fields = row.split(',');
    if (i % 2 === 0) fields[at] = String(cells[(i / 2) % cells.length]);
    return fields.join(',');
  });
  await writeFile(file, `${[head, ...planted].join('\n')}\n`);
}

/** Ids of consenting rows that the other party does not hold. */
async function idsOnlyIn(file: string, other: string): Promise<string[]> {
  const ids = async (path: string) =>
    (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(','))
      .filter(([id]) => /^[0-9A-Z]{18}$/.test(id));
  const held = new Set((await ids(other)).map(([id]) => id));
  return (await ids(file)).map(([id]) => id).filter((id) => !held.has(id));
}

/** The labels of 96 rows running, one byte each: the order of the file. */
async function labelCanary(file: string): Promise<Canary> {
  const [head, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const at = head.split(',').indexOf('bad_12m');
  const consent = head.split(',').indexOf('consent');
  const labels = rows
    .map((row) => row.split(','))
    .filter((fields) => fields[consent] === '1')
    .map((fields) => Number(fields[at]));
  const first = labels.indexOf(1);
  return { name: 'labels in a row', bytes: Buffer.from(labels.slice(first, first + 96)) };
}

describe.skipIf(!canReadMemory)('memory, logs and files of the other party', () => {
  if (!canReadMemory) console.warn('SKIPPED: searching the memory of processes needs /proc (Linux).');

  beforeAll(async () => {
    federation = await writeCityFederation({ folder: join(folder, 'federation'), seed: 11, firms: 1200, badRate: 0.2, reach: 0.5, clock });
    await plant(federation.bankData, 'avg_dep_90d', BANK_CELLS);
    await plant(federation.platformData, 'ss_headcount', PLATFORM_CELLS);
    const job = await readFile(federation.job, 'utf8');
    await writeFile(federation.job, job.replace('n_estimators: 30', 'n_estimators: 2').replace('max_depth: 3', 'max_depth: 2'));
    const bankIds = (await idsOnlyIn(federation.bankData, federation.platformData)).slice(0, 4);
    const platformIds = (await idsOnlyIn(federation.platformData, federation.bankData)).slice(0, 4);
    expect(Math.min(bankIds.length, platformIds.length)).toBe(4);
    bankCanaries = [
      ...bankIds.flatMap((id, i) => spellings(`bank id ${i}`, id)),
      ...BANK_CELLS.flatMap((cell, i) => [...doubleSpellings(`bank cell ${i}`, cell), ...spellings(`bank cell ${i}`, String(cell))]),
      await labelCanary(federation.bankData),
    ];
    platformCanaries = [
      ...platformIds.flatMap((id, i) => spellings(`platform id ${i}`, id)),
      ...PLATFORM_CELLS.flatMap((cell, i) => [
        ...doubleSpellings(`platform cell ${i}`, cell),
        ...spellings(`platform cell ${i}`, String(cell)),
      ]),
    ];
    node = await startLocalNode(federation.platformConfig, folder, 1);
    await setPlatformAddress(federation.bankConfig, node.address);
    await runBank(['run', federation.job, '-o', join(folder, 'run'), '--threads', '1'], (event, pid) => {
      // The bank is searched while it still runs, with everything it will ever know.
      if (event.event === 'progress' && event.stage === 'score' && !inBank) {
        // It stands still meanwhile: what is left to score may be done before its memory is read.
        process.kill(pid, 'SIGSTOP');
        try {
          inBank = searchMemory(pid, platformCanaries);
          controlBank = searchMemory(pid, bankCanaries);
        } finally {
          process.kill(pid, 'SIGCONT');
        }
      }
    });
    inPlatform = searchMemory(node.pid, bankCanaries);
  }, 300_000);
  afterAll(() => node?.stop());

  it('the search finds what a process owns', () => {
    expect([...controlBank]).toEqual(expect.arrayContaining(['bank id 0 (utf-8)', 'bank cell 0 (double)', 'labels in a row']));
    expect([...searchMemory(node.pid, platformCanaries)]).toEqual(
      expect.arrayContaining(['platform id 0 (utf-8)', 'platform cell 0 (double)']),
    );
  });

  it('the platform holds no label, no field and no other customer of the bank', () => {
    expect([...inPlatform]).toEqual([]);
  });

  it('the bank holds no field of the platform and no firm that only the platform knows', () => {
    expect([...inBank]).toEqual([]);
  });

  it('neither writes the other’s into a log, a state or a result', () => {
    const found = (root: string, canaries: readonly Canary[]) =>
      filesBelow(root).flatMap((file) => {
        const content = readFileSync(file);
        return canaries.filter(({ bytes }) => content.includes(bytes)).map(({ name }) => `${name} in ${file}`);
      });
    expect(found(dirname(federation.platformConfig), bankCanaries)).toEqual([]);
    expect(found(join(folder, 'platform.log'), bankCanaries)).toEqual([]);
    expect(found(dirname(federation.bankConfig), platformCanaries)).toEqual([]);
    expect(found(join(folder, 'run'), platformCanaries)).toEqual([]);
  });

  it('no id at all is in the platform’s log, and its audit log has none', () => {
    const log =
      readFileSync(join(folder, 'platform.log'), 'utf8') +
      readFileSync(join(dirname(federation.platformConfig), 'state', 'audit.jsonl'), 'utf8');
    expect(log).not.toMatch(/9[1-3][0-9]{6}[0-9A-Z]{10}/);
  });
});

function filesBelow(root: string): string[] {
  if (statSync(root).isFile()) return [root];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
