import { describe, expect, it } from 'vitest';
import { readTable } from '../../../src/adapters/duckdb/index.ts';
import { FedcreditError, seededRandom } from '../../../src/base/index.ts';
import { tempFolder } from '../../support/temp.ts';

const temp = tempFolder();
const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];
/** What mutations are made of: quotes, NUL, line ends, a byte-order mark, GB18030, broken UTF-8, formulas, odd numbers. */
const SPLICES = ['"', '""', '\0', '\r', '\n', '\r\n', ',', '\ufeff', '=1+1', '-', 'inf', '1_0', '１', '税', ' ', '\t', '1e999', 'NaN']
  .map(bytes)
  .concat([[0xcb, 0xb0], [0xff], [0xc3], [0xe7, 0xa8], [0x81, 0x30, 0x81, 0x30]]);
const ROWS = 6;
const clean = `id,x,z\n${Array.from({ length: ROWS }, (_, i) => `k${i},${i}.5,${i * 10}`).join('\n')}\n`;

/** RFC 4180 by hand: records of trimmed cells, blank lines left out; `undefined` when a quotation mark is out of place. */
function reference(text: string): string[][] | undefined {
  const records: string[][] = [];
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      const quoted = /^"((?:[^"]|"")*)"(?=[,\r\n]|$)/.exec(text.slice(at));
      if (!quoted) return undefined;
      cell = quoted[1].replaceAll('""', '"');
      at += quoted[0].length;
    } else {
      cell = /^[^,\r\n]*/.exec(text.slice(at))?.[0] ?? '';
      at += cell.length;
    }
    cells.push(cell.trim());
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      cells.push('');
    }
    if (cells.length > 1 || cells[0] !== '') records.push(cells);
    cells = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return records;
}

const number = (cell: string): number => (/^(|na|n\/a|nan|null)$/i.test(cell) ? Number.NaN : Number(cell) + 0);

describe('a mutated CSV', () => {
  it('is read exactly or refused with a typed error, never anything else', async () => {
    const random = seededRandom(20_261_122, 'csv-fuzz');
    const pick = (n: number): number => Math.floor(random.uniform() * n);
    const outcomes = new Map<string, number>();
    for (let round = 0; round < (Number(process.env.FUZZ_ROUNDS) || 80); round++) {
      const data = bytes(clean);
      for (let mutations = 1 + pick(3); mutations > 0; mutations--)
        data.splice(pick(data.length + 1), pick(3), ...SPLICES[pick(SPLICES.length)]);
      const path = temp.write('fuzz.csv', Uint8Array.from(data));
      const outcome = await readTable({ path, idColumn: 'id', idMode: 'any', threads: 1 }).then(
        ({ table, encoding }) => {
          const text = new TextDecoder(encoding).decode(Uint8Array.from(data));
          const [header, ...rows] = reference(text) ?? [];
          expect(header, text).toEqual(['id', ...table.columns.keys()]);
          expect([...table.ids], text).toEqual(rows.map(([id]) => id.normalize('NFKC').trim()));
          for (const [c, values] of [...table.columns.values()].entries())
            expect([...values], text).toEqual(rows.map((row) => number(row[c + 1])));
          return 'read';
        },
        (error: unknown) => {
          expect(error, Buffer.from(data).toString('hex')).toBeInstanceOf(FedcreditError);
          expect((error as FedcreditError).message).not.toMatch(/k\d,/);
          return (error as FedcreditError).code;
        },
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    for (const seen of ['read', 'ERR_DATA_NUL_BYTE', 'ERR_DATA_MALFORMED_CSV', 'ERR_DATA_NOT_NUMERIC', 'ERR_DATA_ENCODING']) {
      expect([...outcomes.keys()]).toContain(seen);
    }
    expect([...outcomes.keys()]).not.toContain('ERR_DATA_FILE_UNREADABLE');
  });

  it('one endless line costs no memory: 80 MiB of it are refused unread', async () => {
    const path = temp.write('line.csv', Buffer.concat([Buffer.from('id,x\n1,'), Buffer.alloc(80 * 2 ** 20, '9')]));
    const before = process.memoryUsage().rss;
    await expect(readTable({ path, idColumn: 'id', idMode: 'any' })).rejects.toMatchObject({ code: 'ERR_DATA_LINE_TOO_LONG' });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  it('the engine may open this file and no other', async () => {
    const { withReadSession } = await import('../../../src/adapters/duckdb/session.ts');
    const [mine, other] = [temp.write('mine.csv', 'a\n1\n'), temp.write('other.csv', 'a\n1\n')];
    const source = (path: string) => `SELECT * FROM read_csv('${path}', auto_detect = false, skip = 1, columns = {'a': 'VARCHAR'})`;
    const run = (sql: string) => withReadSession(mine, {}, (session) => session.stream(sql, () => undefined));
    await run(source(mine));
    await expect(run(source(other))).rejects.toThrow(/Permission/);
    await expect(run('SET enable_external_access = true')).rejects.toThrow(/locked|Cannot/);
    await expect(run('INSTALL httpfs')).rejects.toThrow();
    await expect(run(`COPY (SELECT 1) TO '${temp.path}/out.csv'`)).rejects.toThrow(/Permission/);
  });
});
