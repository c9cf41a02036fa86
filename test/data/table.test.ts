import { describe, expect, it } from 'vitest';
import {
  type ColumnSchema,
  cellText,
  column,
  columnSchema,
  featureTable,
  nearestNames,
  PROVINCES,
  provinceName,
  regionCovers,
  regionLevel,
  schema,
  selectColumns,
  selectRows,
} from '../../src/data/index.ts';

const table = featureTable(
  ['a', 'b', 'c'],
  new Map([
    ['x', Float64Array.of(1, 2, Number.NaN)],
    ['vat_12m', Float64Array.of(4, 5, 6)],
  ]),
);
const code = (expected: string, run: () => unknown) => expect(run).toThrowError(expect.objectContaining({ code: expected }));

describe('FeatureTable', () => {
  it('selects rows in the order asked, ids along', () => {
    const picked = selectRows(table, Uint32Array.of(2, 0));
    expect([picked.rows, picked.ids, [...column(picked, 'x')]]).toEqual([2, ['c', 'a'], [Number.NaN, 1]]);
  });

  it('selects columns in the order asked', () => {
    expect([...selectColumns(table, ['vat_12m', 'x']).columns.keys()]).toEqual(['vat_12m', 'x']);
  });

  it('refuses ragged columns, and says which column was meant', () => {
    code('ERR_DATA_RAGGED_COLUMN', () => featureTable(['a'], new Map([['x', new Float64Array(2)]])));
    expect(() => column(table, 'vat12m')).toThrowError(
      expect.objectContaining({ code: 'ERR_DATA_MISSING_COLUMN', help: expect.stringContaining('mean vat_12m') }),
    );
  });
});

describe('nearestNames', () => {
  it('puts a typo, another case and a part of the name first', () => {
    const names = ['region6', 'vat_12m', 'cit_12m', 'ss_headcount', 'ss_headcount_chg_12m'];
    expect(nearestNames('VAT_12M', names)[0]).toBe('vat_12m');
    expect(nearestNames('headcount', names)[0]).toBe('ss_headcount');
    expect(nearestNames('regoin6', names, 1)).toEqual(['region6']);
  });
});

describe('schema', () => {
  const grade: ColumnSchema = { name: 'grade', zh: '等级', kind: 'ordinal', levels: ['D', 'C', 'B', 'A'], holder: '税务', sensitivity: 2 };

  it('finds columns and writes codes as texts', () => {
    const of = schema('id', [grade]);
    expect(columnSchema(of, 'grade')?.zh).toBe('等级');
    expect([cellText(grade, 3), cellText(grade, Number.NaN)]).toEqual(['A', '']);
  });

  it.each([
    ['an unknown key', { ...grade, unti: '元' }],
    ['an unknown kind', { ...grade, kind: 'text' }],
    ['no sensitivity', { ...grade, sensitivity: 0 }],
    ['levels of a number', { ...grade, kind: 'numeric' }],
    ['an ordinal without levels', { ...grade, levels: undefined }],
    ['a level twice', { ...grade, levels: ['A', 'A'] }],
    ['the name of the id', { ...grade, name: 'id' }],
  ])('refuses %s', (_, bad) => {
    code('ERR_DATA_SCHEMA', () => schema('id', [bad as ColumnSchema]));
  });

  it('refuses a name twice', () => code('ERR_DATA_SCHEMA', () => schema('id', [grade, grade])));
});

describe('行政区划代码', () => {
  it('knows the 34 provinces and the level of a code', () => {
    expect(PROVINCES.size).toBe(34);
    expect([provinceName('330106'), provinceName('980101')]).toEqual(['浙江', undefined]);
    expect(['100000', '330000', '33', '330100', '3301', '330106', '3301061', 'x'].map(regionLevel)).toEqual([
      'country',
      'province',
      'province',
      'city',
      'city',
      'county',
      undefined,
      undefined,
    ]);
  });

  it('covers by prefix: county in city in province in country', () => {
    expect(['100000', '330000', '33', '330100', '330106'].every((area) => regionCovers(area, '330106'))).toBe(true);
    expect(['340000', '3302', '330105'].some((area) => regionCovers(area, '330106'))).toBe(false);
    expect(regionCovers('330106', '330100')).toBe(false);
    expect([regionCovers('', '330106'), regionCovers('33', 'abc')]).toEqual([false, false]);
  });
});
