import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { parseApplication, verifyChain } from '../../../src/credit/index.ts';

const desk = fileURLToPath(new URL('../../../examples/credit-desk/policy', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fedcredit-desk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

async function cli(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const status = await run(args, { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) } });
  return { status, out, err };
}
const application = {
  id: 'a-1',
  day: '2025-06-03',
  fields: {
    enforced_cnt: 0,
    age_years: 6,
    tax_grade: 'A',
    vat_12m: 90000.5,
    cit_12m: 20000,
    sales_invoice_12m: 8e6,
    void_rate: 0.03,
    ss_headcount: 18,
  },
  pd: 0.004,
  exposure: '10万',
  months: 12,
  product: 'tea-season',
};
writeFileSync(at('one.json'), JSON.stringify(application));
writeFileSync(at('two.json'), JSON.stringify({ ...application, id: 'a-2', pd: 0.03 }));

describe('fedcredit decide and fedcredit replay', () => {
  it('write a record that replays to the same bytes, and a chain', async () => {
    expect((await cli('decide', at('one.json'), '-d', desk, '-o', at('one.record'))).out).toContain('840000.00');
    expect((await cli('decide', at('two.json'), '-d', desk, '-o', at('two.record'), '--after', at('one.record'))).status).toBe(0);
    const replayed = await cli('--json', 'replay', at('one.record'), '-a', at('one.json'), '-d', desk);
    expect(replayed.status).toBe(0);
    const head = verifyChain(['one.record', 'two.record'].map((name) => readFileSync(at(name), 'utf8')));
    expect(head).toMatch(/^[0-9a-f]{64}$/);
  });
  it('end with 2 and name what differs, or the line that is wrong', async () => {
    const record = readFileSync(at('one.record'), 'utf8');
    writeFileSync(at('bent.record'), record.replace('"840000.00"', '"850000.00"'));
    const bent = await cli('replay', at('bent.record'), '-a', at('one.json'), '-d', desk);
    expect([bent.status, bent.err]).toEqual([2, expect.stringContaining('limit')]);
    const other = await cli('replay', at('one.record'), '-a', at('two.json'), '-d', desk);
    expect([other.status, other.err]).toEqual([2, expect.stringContaining('application')]);
    writeFileSync(at('bad.json'), JSON.stringify({ ...application, exposure: '-3', pdd: 1 }, null, 1));
    const bad = await cli('decide', at('bad.json'), '-d', desk, '-o', at('bad.record'));
    expect([bad.status, bad.err]).toEqual([2, expect.stringMatching(/bad\.json:15:14: exposure: .*\(and 1 more\)/)]);
    expect((await cli('replay', at('none.record'), '-a', at('one.json'), '-d', desk)).status).toBe(2);
  });
  it('an application is checked before it is decided', () => {
    const parse = (change: object) => () => parseApplication({ name: 'application', value: { ...application, ...change } });
    expect(parse({})()).toEqual(application);
    for (const change of [
      { pd: 1.1 },
      { pd: '0.1' },
      { months: 0 },
      { day: '2025-02-30' },
      { fields: { x: [] } },
      { voucher: '-1%' },
      { extra: 1 },
    ]) {
      expect(parse(change)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_APPLICATION' }));
    }
  });
});
