import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type BankHolding,
  type City,
  column,
  type FeatureTable,
  parseRecordIds,
  provinceName,
  splitUscc,
  syntheticCity,
  usccProblem,
} from '../../src/data/index.ts';
import { auc, referenceAuc } from '../support/reference-auc.ts';

const city = syntheticCity({ seed: 7 });
const [bank] = city.banks;
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const missing = (name: string): number => mean(column(city.platform.table, name).map((v) => Number(Number.isNaN(v))));
const present = (values: Float64Array): number[] => [...values].filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
const quantile = (values: Float64Array, p: number): number => present(values)[Math.floor(p * (present(values).length - 1))];
const fingerprint = (table: FeatureTable): string => {
  const hash = createHash('sha256').update(table.ids.join());
  for (const [name, values] of table.columns) hash.update(name).update(new Uint8Array(values.buffer));
  return hash.digest('hex').slice(0, 16);
};
/** Rows that platform and bank share: [bank row, platform row]. */
function overlap(of: City, at: BankHolding): [number, number][] {
  const place = new Map(of.platform.table.ids.map((id, row) => [id, row]));
  return at.table.ids.flatMap((id, row) => (place.has(id) ? [[row, place.get(id) ?? 0] as [number, number]] : []));
}

describe('synthetic city', () => {
  it('is the same city for the same seed on every machine', () => {
    expect([city.platform, ...city.banks].map(({ table }) => fingerprint(table))).toMatchInlineSnapshot(`
      [
        "49d77a51dd234026",
        "558d17afa0e441e6",
        "f3712607403601b1",
        "fe9b09e8b1cdfde0",
      ]
    `);
    expect(fingerprint(syntheticCity({ seed: 8, firms: 200 }).platform.table)).not.toBe(
      fingerprint(syntheticCity({ seed: 9, firms: 200 }).platform.table),
    );
  });

  it('a new bank changes neither a firm nor another bank', () => {
    const two = syntheticCity({
      seed: 3,
      firms: 2_000,
      banks: [
        { name: 'bank-a', zh: '甲', reach: 0.25 },
        { name: 'bank-b', zh: '乙', reach: 0.2 },
      ],
    });
    const one = syntheticCity({ seed: 3, firms: 2_000, banks: [{ name: 'bank-b', zh: '乙', reach: 0.2 }] });
    expect(fingerprint(two.platform.table)).toBe(fingerprint(one.platform.table));
    expect(fingerprint(two.banks[1].table)).toBe(fingerprint(one.banks[0].table));
    expect(two.banks[1].label).toEqual(one.banks[0].label);
    expect(two.truth.firms.slice(0, 2_000)).toEqual(one.truth.firms.slice(0, 2_000));
  });

  it('has valid codes in regions that no place has, and the dirty ones it admits', () => {
    expect(city.truth.firms.every(({ uscc }) => usccProblem(uscc) === undefined)).toBe(true);
    expect(city.truth.firms.every(({ uscc }) => provinceName(splitUscc(uscc)?.region6 ?? '11') === undefined)).toBe(true);
    const { writtenIds, table } = city.platform;
    const read = parseRecordIds(writtenIds, { mode: 'warn', column: 'uscc' });
    expect(read.ids).toEqual(table.ids);
    const dirty = city.truth.dirty.filter(({ holder }) => holder === 'platform');
    expect(read.warningRows).toEqual(dirty.filter(({ kind }) => kind === 'character').map(({ row }) => row + 1));
    expect(dirty.length / table.rows).toBeGreaterThan(0.003);
    expect(dirty.length / table.rows).toBeLessThan(0.007);
  });

  it('has the fields, with 中文 names, kinds and sensitivity', () => {
    expect(city.platform.schema.columns.length).toBe(31);
    expect([...city.platform.table.columns.keys()]).toEqual(city.platform.schema.columns.map(({ name }) => name));
    for (const { zh, holder, levels, name } of [...city.platform.schema.columns, ...bank.schema.columns]) {
      expect(zh).toMatch(/\p{Script=Han}/u);
      expect(holder).not.toBe('');
      const values = (city.platform.table.columns.get(name) ?? bank.table.columns.get(name)) as Float64Array;
      if (levels) expect(present(values).every((v) => Number.isInteger(v) && v >= 0 && v < levels.length)).toBe(true);
    }
  });

  it('misses what departments miss: tax 5 %, utilities 40 %, housing fund about 75 %', () => {
    expect(missing('vat_12m')).toBeCloseTo(0.05, 1);
    expect(missing('elec_kwh_12m')).toBeCloseTo(0.4, 1);
    expect(missing('hf_headcount')).toBeGreaterThan(0.68);
    expect(missing('hf_headcount')).toBeLessThan(0.8);
    expect(missing('age_years')).toBe(0);
  });

  it.each([
    ['sme_class', 0, 0.7, 0.9],
    ['tax_grade', 4, 0.09, 0.15],
    ['tax_grade', 0, 0.02, 0.06],
    ['invest_cnt', 0, 0.9, 0.95],
    ['abnormal_list', 1, 0.045, 0.08],
    ['dishonest', 1, 0.001, 0.008],
  ] as const)('%s = %d has a share in %d..%d', (name, level, low, high) => {
    const share = mean(present(column(city.platform.table, name)).map((v) => Number(v === level)));
    expect(share).toBeGreaterThan(low);
    expect(share).toBeLessThan(high);
  });

  it.each([
    ['age_years', 4, 6],
    ['reg_capital', 80, 120],
    ['sales_invoice_12m', 2e6, 6e6],
    ['void_rate', 0.07, 0.11],
    ['buyer_hhi', 0.1, 0.18],
    ['ss_headcount', 2, 6],
  ] as const)('the median of %s lies in %d..%d', (name, low, high) => {
    expect(quantile(column(city.platform.table, name), 0.5)).toBeGreaterThanOrEqual(low);
    expect(quantile(column(city.platform.table, name), 0.5)).toBeLessThanOrEqual(high);
  });

  it('every bank holds 10 to 27 % of the firms, and some the platform does not know', () => {
    for (const at of city.banks) {
      const shared = overlap(city, at).length + overlap(city, { ...at, ...at.rejected }).length;
      expect(shared / city.platform.table.rows).toBeGreaterThan(0.1);
      expect(shared / city.platform.table.rows).toBeLessThan(0.27);
      expect(at.table.rows + at.rejected.table.rows - shared).toBeGreaterThan(500);
      expect(mean(at.consent)).toBeCloseTo(0.85, 1);
      expect(at.rejected.table.rows / (at.table.rows + at.rejected.table.rows)).toBeCloseTo(0.1, 2);
    }
  });

  it('defaults at the wanted mean rate, and riskier customers were refused', () => {
    expect(mean(city.truth.pd.subarray(0, 20_000))).toBeCloseTo(0.03, 6);
    expect(mean(city.truth.bad.subarray(0, 20_000))).toBeCloseTo(0.03, 2);
    const pd = (firms: Uint32Array) => mean(Array.from(firms, (k) => city.truth.pd[k]));
    expect(pd(bank.rejected.firms)).toBeGreaterThan(1.3 * pd(bank.firms));
  });

  it('every firm has the inputs of a limit where the department reports it', () => {
    for (const name of ['vat_12m', 'sales_invoice_12m', 'ss_headcount', 'elec_kwh_12m']) {
      const values = present(column(city.platform.table, name));
      expect(values[0]).toBeGreaterThanOrEqual(0);
      expect(values.at(-1)).toBeLessThan(1e12);
    }
  });

  it('joins to a modest uplift: platform .70-.75, bank .71-.76, both .74-.79, truth .80-.84', () => {
    const big = syntheticCity({
      seed: 11,
      firms: 40_000,
      badRate: 0.04,
      banks: [{ name: 'bank-a', zh: '甲', reach: 0.9, outside: 0, rejectRate: 0 }],
    });
    const [only] = big.banks;
    const rows = overlap(big, only);
    const label = Uint8Array.from(rows, ([i]) => only.label[i]);
    const platformColumns = [...big.platform.table.columns.values()].map((values) => Float64Array.from(rows, ([, j]) => values[j]));
    const bankColumns = [...only.table.columns.values()].map((values) => Float64Array.from(rows, ([i]) => values[i]));
    const figures = {
      platform: referenceAuc(platformColumns, label),
      bank: referenceAuc(bankColumns, label),
      joint: referenceAuc([...platformColumns, ...bankColumns], label),
      truth: auc(
        Float64Array.from(rows, ([i]) => big.truth.pd[only.firms[i]]),
        label,
      ),
    };
    const ranges = { platform: [0.7, 0.75], bank: [0.71, 0.76], joint: [0.74, 0.79], truth: [0.8, 0.84] };
    for (const [name, [low, high]] of Object.entries(ranges)) {
      expect(figures[name as 'bank'], name).toBeGreaterThan(low);
      expect(figures[name as 'bank'], name).toBeLessThan(high);
    }
    expect(figures.joint - Math.max(figures.bank, figures.platform)).toBeGreaterThan(0.015);
  });

  it('refuses options that make no city', () => {
    const bad = (options: object) =>
      expect(() => syntheticCity({ seed: 1, firms: 100, ...options })).toThrowError(expect.objectContaining({ code: 'ERR_DATA_OPTION' }));
    bad({ sead: 1 });
    bad({ firms: 3.5 });
    bad({ badRate: 0 });
    bad({ banks: [{ name: 'Bank A', zh: '甲', reach: 0.2 }] });
    bad({
      banks: [
        { name: 'a', zh: '甲', reach: 0.2 },
        { name: 'a', zh: '乙', reach: 0.2 },
      ],
    });
  });
});
