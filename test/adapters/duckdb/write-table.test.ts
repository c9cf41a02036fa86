import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTable, writeCity, writeTable } from '../../../src/adapters/duckdb/index.ts';
import { column, schema, syntheticCity } from '../../../src/data/index.ts';
import { tempFolder } from '../../support/temp.ts';

const temp = tempFolder();
const out = (name: string): string => join(temp.path, name);

describe('writeTable', () => {
  it('writes ids, texts, numbers, big numbers, flags and missing cells by RFC 4180', async () => {
    const path = out('a.csv');
    const columns: [string, (string | number | bigint | boolean | null)[]][] = [
      ['a,"b', ['x,y', 'q"q', 'line\nbreak']],
      ['n', [1.5, Number.NaN, -0]],
      ['big', [12_345_678_901_234_567_890n, null, 1n]],
      ['flag', [true, false, null]],
    ];
    await writeTable({ path, idColumn: 'id', ids: ['1', '2', '3'], columns });
    expect(readFileSync(path, 'utf8')).toBe(
      'id,"a,""b",n,big,flag\n1,"x,y",1.5,12345678901234567890,1\n2,"q""q",,,0\n3,"line\nbreak",0,1,\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each(['=1+1', '+cmd|x', '-2+3', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1+1', '＠x'])('disarms %j', async (text) => {
    const path = out('formula.csv');
    await writeTable({ path, idColumn: 'id', ids: ['1'], columns: [['t', [text]]] });
    expect(readFileSync(path, 'utf8').split('\n').slice(1).join('\n')).toMatch(/^1,"?'/);
  });

  it('leaves negative numbers alone, in texts too', async () => {
    const path = out('negative.csv');
    await writeTable({
      path,
      idColumn: 'id',
      ids: ['-5'],
      columns: [
        ['n', [-1.5]],
        ['t', ['-2e3']],
      ],
    });
    expect(readFileSync(path, 'utf8')).toBe('id,n,t\n-5,-1.5,-2e3\n');
  });

  it('every finite double survives a round trip', async () => {
    const path = out('doubles.csv');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }), async (values) => {
        await writeTable({ path, idColumn: 'id', ids: values.map((_, i) => `k${i}`), columns: [['x', values]] });
        const { table } = await readTable({ path, idColumn: 'id', idMode: 'any' });
        expect([...column(table, 'x')]).toEqual(values.map((v) => v + 0));
      }),
      { numRuns: 15 },
    );
  });

  it('a failure half-way leaves the old file and no other', async () => {
    const folder = out('atomic');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(folder);
    const path = join(folder, 'limits.csv');
    writeFileSync(path, 'old');
    const cells = Array.from({ length: 100_000 }, (_, i) => (i === 99_999 ? Number.POSITIVE_INFINITY : i));
    const write = writeTable({ path, idColumn: 'id', ids: cells.map(String), columns: [['x', cells]] });
    await expect(write).rejects.toMatchObject({ code: 'ERR_DATA_NOT_FINITE' });
    expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['limits.csv'], 'old']);
  });

  it('refuses ragged columns and folders that are not there', async () => {
    await expect(writeTable({ path: out('r.csv'), idColumn: 'id', ids: ['1'], columns: [['x', []]] })).rejects.toMatchObject({
      code: 'ERR_DATA_RAGGED_COLUMN',
    });
    await expect(writeTable({ path: out('no/such/r.csv'), idColumn: 'id', ids: [], columns: [] })).rejects.toMatchObject({
      code: 'ERR_DATA_WRITE',
    });
  });
});

describe('writeCity', () => {
  it('reads back exactly what the city holds, in warn mode', async () => {
    const city = syntheticCity({ seed: 4, firms: 1_500, dirtyRate: 0.02 });
    const files = await writeCity(out('city'), city);
    const platform = await readTable({ path: files.platform.table, idColumn: 'uscc', idMode: 'warn', schema: city.platform.schema });
    expect(platform.table.ids).toEqual(city.platform.table.ids);
    expect(platform.table.columns).toEqual(city.platform.table.columns);
    const typed = city.truth.dirty.filter(({ holder, kind }) => holder === 'platform' && kind === 'character');
    expect(platform.idWarningRows).toEqual(typed.map(({ row }) => row + 1));
    const [bank] = city.banks;
    const path = files.banks[bank.name].customers;
    const loaded = await readTable({
      path,
      idColumn: 'uscc',
      labelColumn: 'bad_12m',
      idMode: 'warn',
      schema: bank.schema,
      columns: ['consent', ...bank.table.columns.keys()],
    });
    expect(loaded.label).toEqual(bank.label);
    expect([...column(loaded.table, 'consent')]).toEqual([...bank.consent]);
    expect(column(loaded.table, 'inflow_12m')).toEqual(column(bank.table, 'inflow_12m'));
    const { idColumn, columns } = JSON.parse(readFileSync(files.platform.schema, 'utf8'));
    expect(schema(idColumn, columns)).toEqual(city.platform.schema);
    expect(readFileSync(files.readme, 'utf8')).toContain('Synthetic');
  });
});
