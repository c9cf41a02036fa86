import { readdirSync } from 'node:fs';
import { inspect } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { type ReadTableOptions, readTable } from '../../../src/adapters/duckdb/index.ts';
import { FedcreditError, seededRandom } from '../../../src/base/index.ts';
import { column, randomUscc, schema } from '../../../src/data/index.ts';
import { describeWithData } from '../../support/data.ts';
import { tempFolder } from '../../support/temp.ts';

const temp = tempFolder();
let files = 0;
const csv = (content: string | Uint8Array, name = `t${++files}.csv`): string => temp.write(name, content);
const read = (path: string, options: Partial<ReadTableOptions> = {}) => readTable({ path, idColumn: 'id', idMode: 'any', ...options });
const values = async (content: string, options: Partial<ReadTableOptions> = {}) => [
  ...column((await read(csv(content), options)).table, 'x'),
];

/** The typed error of a read; it must show no canary, not even in its cause or stack. */
async function refusal(promise: Promise<unknown>): Promise<FedcreditError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(FedcreditError);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
  expect((error as FedcreditError).help).toBeTruthy();
  return error as FedcreditError;
}
const code = async (promise: Promise<unknown>) => (await refusal(promise)).code;

describe('readTable', () => {
  it('reads ids, features and the label in file order, empty cells as missing', async () => {
    const loaded = await read(csv('id,y,x,z\n7,1,1.5,2\n3,0,,-0\n9,1,1e-3,4\n'), { labelColumn: 'y' });
    expect(loaded.table.ids).toEqual(['7', '3', '9']);
    expect([...loaded.table.columns.keys()]).toEqual(['x', 'z']);
    expect([...column(loaded.table, 'x')]).toEqual([1.5, Number.NaN, 0.001]);
    expect(Object.is(column(loaded.table, 'z')[1], 0)).toBe(true);
    expect([...(loaded.label ?? [])]).toEqual([1, 0, 1]);
  });

  it('reads only the allowed columns, in the order allowed: a bad cell elsewhere does not matter', async () => {
    const loaded = await read(csv('id,secret,x,w\n1,not a number,2,3\n'), { columns: ['w', 'x'] });
    expect([...loaded.table.columns.keys()]).toEqual(['w', 'x']);
  });

  it('takes the usual words for missing, and others when told', async () => {
    expect(await values('id,x\n1,NA\n2,n/a\n3,NULL\n4,nan\n5, 6 \n')).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 6]);
    expect(await values('id,x\n1,-\n2,无\n3,4\n', { missing: ['-', '无'] })).toEqual([Number.NaN, Number.NaN, 4]);
    expect(await values('id,x\n1,-999\n2,4\n', { missing: ['-999'] })).toEqual([Number.NaN, 4]);
    expect(await code(values('id,x\n1,NA\n', { missing: [] }))).toBe('ERR_DATA_NOT_NUMERIC');
  });

  it('reads BOM, CRLF, CR, quotes, doubled quotes, delimiters in cells, Chinese names and odd file names', async () => {
    expect(await values('\ufeffid,x\r\n1,"2"\r\n"a ""b"", c",3\r\n')).toEqual([2, 3]);
    expect(await values('id,x\r1,2\r3,4\r')).toEqual([2, 4]);
    const odd = await read(csv('编号;"x;1"\n甲;5\n', "odd [1]* 'name'?.csv"), { idColumn: '编号', delimiter: ';' });
    expect(odd.table.ids).toEqual(['甲']);
    expect([...column(odd.table, 'x;1')]).toEqual([5]);
  });

  it('recodes GB18030 and leaves no copy behind', async () => {
    const folder = temp.path;
    const bytes = Buffer.concat([Buffer.from('id,'), Buffer.from([0xcb, 0xb0, 0xb6, 0xee]), Buffer.from('\n1,5\n')]);
    const before = readdirSync(folder).length;
    const loaded = await read(csv(bytes), { tempFolder: folder });
    expect([...loaded.table.columns.keys()]).toEqual(['税额']);
    expect(loaded.encoding).toBe('gb18030');
    expect(readdirSync(folder).length).toBe(before + 1);
    expect(await code(read(csv(bytes), { encoding: 'utf-8' }))).toBe('ERR_DATA_ENCODING');
  });

  it('keeps row order over many chunks and threads', async () => {
    const n = 30_000;
    const text = `id,x\n${Array.from({ length: n }, (_, i) => `k${i},${i}`).join('\n')}\n`;
    const { table } = await read(csv(text), { threads: 2 });
    expect(table.rows).toBe(n);
    expect(table.columns.get('x')?.every((v, i) => v === i && table.ids[i] === `k${i}`)).toBe(true);
  });

  it('normalises credit codes; strict refuses, warn reports by row', async () => {
    const [a, b] = [1, 2].map((s) => randomUscc(seededRandom(s), { region6: '980101' }));
    const good = csv(`id,x\n"${a.slice(0, 9)} ${a.slice(9).toLowerCase()}",1\n${b},2\n`);
    expect((await read(good, { idMode: 'strict' })).table.ids).toEqual([a, b]);
    const bad = csv(`id,x\n${a},1\n${b.slice(0, 17)}${b[17] === '0' ? '1' : '0'},2\n`);
    const error = await refusal(read(bad, { idMode: 'strict' }));
    expect([error.code, error.details.rows]).toEqual(['ERR_DATA_RECORD_ID', ['2']]);
    expect((await read(bad, { idMode: 'warn' })).idWarningRows).toEqual([2]);
  });

  it('codes text columns by declared levels, or by code-point order when none are declared', async () => {
    const of = schema('id', [
      { name: 'grade', zh: '等级', kind: 'ordinal', levels: ['D', 'C', 'B', 'A'], holder: '税务', sensitivity: 2 },
      { name: 'town', zh: '镇', kind: 'categorical', holder: '市监', sensitivity: 1 },
    ]);
    const text = 'id,grade,town\n1,A,乙\n2,D,甲\n3,,乙\n';
    const { table, levels } = await read(csv(text), { schema: of });
    expect([...column(table, 'grade')]).toEqual([3, 0, Number.NaN]);
    expect([...column(table, 'town')]).toEqual([0, 1, 0]);
    expect(levels.get('town')).toEqual(['乙', '甲']);
    const error = await refusal(read(csv('id,grade,town\n1,A,x\n2,canary,x\n'), { schema: of }));
    expect([error.code, error.details]).toEqual(['ERR_DATA_UNKNOWN_LEVEL', { column: 'grade', row: 2 }]);
  });

  it('reads Parquet: numbers, booleans, texts, missing, integer ids', async () => {
    const path = `${temp.path}/p.parquet`;
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT * FROM (VALUES (1, 1.5::DOUBLE, true, 'a', DATE '2026-01-01'), (2, NULL, false, 'b', NULL), (3, 'nan'::DOUBLE, NULL, NULL, NULL)) t(id, x, flag, g, d)) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    const of = schema('id', [{ name: 'g', zh: '组', kind: 'categorical', holder: 'h', sensitivity: 1 }]);
    const { table } = await read(path, { columns: ['x', 'flag', 'g'], schema: of });
    expect(table.ids).toEqual(['1', '2', '3']);
    expect([...column(table, 'x')]).toEqual([1.5, Number.NaN, Number.NaN]);
    expect([...column(table, 'flag')]).toEqual([1, 0, Number.NaN]);
    expect([...column(table, 'g')]).toEqual([0, 1, Number.NaN]);
    expect(await code(read(path, { columns: ['d'] }))).toBe('ERR_DATA_COLUMN_TYPE');
    expect(await code(read(temp.write('broken.parquet', 'PAR1 canary PAR1'), {}))).toBe('ERR_DATA_MALFORMED_PARQUET');
  });
});

describe('readTable refuses with a code, a place and a way out, and shows no cell', () => {
  it.each([
    ['ERR_DATA_EMPTY_FILE', '', {}],
    ['ERR_DATA_NO_ROWS', 'id,x\n', {}],
    ['ERR_DATA_HEADER', '\nid,x\n1,2\n', {}],
    ['ERR_DATA_HEADER', 'id,"x\n1,2\n', {}],
    ['ERR_DATA_HEADER', 'id,x,\n1,2,3\n', {}],
    ['ERR_DATA_DUPLICATE_HEADER', 'id,x,x\n1,2,3\n', {}],
    ['ERR_DATA_NUL_BYTE', 'id,x\ncanary\u0000,2\n', {}],
    ['ERR_DATA_MALFORMED_CSV', 'id,x\n1,2\ncanary\n', {}],
    ['ERR_DATA_MALFORMED_CSV', 'id,x\n1,2\n3,4,canary\n', {}],
    ['ERR_DATA_MALFORMED_CSV', 'id,x\n1,2\n"canary,4\n5,6\n', {}],
    ['ERR_DATA_MALFORMED_CSV', 'id,x\n1,2\n"canary"x,4\n', {}],
    ['ERR_DATA_MALFORMED_CSV', 'id,x\r\n1,2\n3,4\r\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,canary\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,1_000\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,inf\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,1e999\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,-1e999\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,-inf\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,nan\n', { missing: ['-'] }],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,"1,5"\n', {}],
    ['ERR_DATA_NOT_NUMERIC', 'id,x\n1,-\n', {}],
    ['ERR_DATA_FORMULA_CELL', 'id,x\n1,=1+1\n', {}],
    ['ERR_DATA_FORMULA_CELL', 'id,x\n1,@SUM(canary)\n', {}],
    ['ERR_DATA_RECORD_ID', 'id,x\n=canary,1\n', {}],
    ['ERR_DATA_RECORD_ID', 'id,x\n,1\n', {}],
    ['ERR_DATA_RECORD_ID', 'id,x\ncanary,1\n', { idMode: 'strict' }],
    ['ERR_DATA_DUPLICATE_ID', 'id,x\ncanary,1\n canary,2\n', {}],
    ['ERR_DATA_LABEL', 'id,x,y\n1,1,2\n', { labelColumn: 'y' }],
    ['ERR_DATA_LABEL', 'id,x,y\n1,1,\n', { labelColumn: 'y' }],
    ['ERR_DATA_OPTION', 'id,x\n1,1\n', { labelColumn: 'id' }],
    ['ERR_DATA_OPTION', 'id,x\n1,1\n', { colums: ['x'] }],
    ['ERR_DATA_FILE_TOO_LARGE', 'id,x\n1,1\n', { limits: { maxBytes: 5 } }],
    ['ERR_DATA_TOO_MANY_COLUMNS', 'id,x,z\n1,1,1\n', { limits: { maxColumns: 2 } }],
    ['ERR_DATA_TOO_MANY_CELLS', 'id,x\n1,1\n2,2\n3,3\n', { limits: { maxCells: 5 } }],
    ['ERR_DATA_LINE_TOO_LONG', `id,x\n1,${'9'.repeat(200_000)}\n`, { limits: { maxLineBytes: 100_000 } }],
    ['ERR_DATA_LINE_TOO_LONG', `id,${'x'.repeat(200_000)}`, { limits: { maxLineBytes: 100_000 } }],
  ] as const)('%s for %j', async (expected, content, options) => {
    expect(await code(read(csv(content), options as Partial<ReadTableOptions>))).toBe(expected);
  });

  it('UTF-16 and bytes of no known encoding are encoding errors', async () => {
    expect(await code(read(csv(Buffer.from('\ufeffid,x\n1,2\n', 'utf16le'))))).toBe('ERR_DATA_ENCODING');
    expect(await code(read(csv(Buffer.from([0x69, 0x64, 0x2c, 0x78, 0x0a, 0xff, 0x2c, 0x31, 0x0a]))))).toBe('ERR_DATA_ENCODING');
  });

  it('names the nearest columns for one that is missing', async () => {
    const error = await refusal(read(csv('id,vat_12m,cit_12m,age\n1,2,3,4\n'), { columns: ['vat12m'] }));
    expect([error.code, (error.details.nearest as string[])[0]]).toEqual(['ERR_DATA_MISSING_COLUMN', 'vat_12m']);
  });

  it('names row and column of a bad cell, also deep in the file', async () => {
    const lines = Array.from({ length: 9_000 }, (_, i) => `${i},1,${i === 7_777 ? 'canary' : i}`);
    const error = await refusal(read(csv(`id,x,z\n${lines.join('\n')}\n`)));
    expect([error.code, error.details]).toEqual(['ERR_DATA_NOT_NUMERIC', { column: 'z', row: 7_778 }]);
  });

  it('names the line of a malformed one', async () => {
    expect((await refusal(read(csv('id,x\n1,2\n3,4\n5,canary,7\n')))).details.line).toBe(4);
  });

  it('a missing file, a folder and an unknown suffix', async () => {
    expect(await code(read(`${temp.path}/absent.csv`))).toBe('ERR_DATA_FILE_NOT_FOUND');
    expect(await code(read(temp.path, { format: 'csv' }))).toBe('ERR_DATA_FILE_UNREADABLE');
    expect(await code(read(temp.write('t.xlsx', 'x')))).toBe('ERR_DATA_FORMAT');
  });
});

describeWithData('readTable on real data', (path) => {
  it('reads both holders of default-credit, 30,000 rows each, nothing missing', async () => {
    const guest = await read(path('default_credit_hetero_guest.csv'), { labelColumn: 'y' });
    const host = await read(path('default_credit_hetero_host.csv'));
    expect([guest.table.rows, guest.table.columns.size, host.table.rows, host.table.columns.size]).toEqual([30_000, 13, 30_000, 10]);
    expect(guest.label?.reduce((a, b) => a + b, 0)).toBe(6_636);
    expect([...host.table.columns.values()].every((values) => values.every(Number.isFinite))).toBe(true);
  });
});
