import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import {
  classifySme,
  countyTable,
  firmIdentity,
  industryCovers,
  industryDivisions,
  parseIndustry,
  parseRegion,
  regionCoverage,
  regionName,
  smeRow,
} from '../../../src/credit/identity/index.ts';
import { yuan } from '../../../src/credit/money/index.ts';
import { randomUscc, USCC_ALPHABET } from '../../../src/data/index.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a firm code', () => {
  it.each([
    ['91440300708461136T', '广东', '深圳市'],
    ['91110108551385082Q', '北京', '市辖区'],
    ['914403001922038216', '广东', '深圳市'],
  ])('%s is valid and says where it was registered', (uscc, province, city) => {
    expect(firmIdentity(uscc)).toMatchObject({
      authority: '市场监管',
      organisationType: '企业',
      warning: undefined,
      region: { province, city },
    });
  });
  it('accepts an early code that breaks the rule only in warn mode', () => {
    expect(() => firmIdentity('91350100M0001TGQXM')).toThrow(code('ERR_CREDIT_USCC'));
    expect(firmIdentity('91350100M0001TGQXM', 'warn').warning).toBeDefined();
  });
  it('catches every single wrong character and every swap of neighbours, on 200 random codes', () => {
    const random = seededRandom(7);
    let wrong = 0;
    let missed = 0;
    const check = (text: string): void => {
      wrong++;
      try {
        firmIdentity(text);
        missed++;
      } catch {}
    };
    for (let n = 0; n < 200; n++) {
      const uscc = randomUscc(random, { region6: '330106' });
      for (let i = 0; i < 18; i++) for (const c of USCC_ALPHABET) if (c !== uscc[i]) check(uscc.slice(0, i) + c + uscc.slice(i + 1));
      for (let i = 0; i < 17; i++) if (uscc[i] !== uscc[i + 1]) check(uscc.slice(0, i) + uscc[i + 1] + uscc[i] + uscc.slice(i + 2));
    }
    expect(wrong).toBeGreaterThan(110_000);
    expect(missed).toBe(0);
  });
});

describe('regions', () => {
  it('name province and city, and refuse what GB/T 2260 does not have', () => {
    expect(regionName('330106')).toBe('浙江 杭州市 西湖区');
    expect(parseRegion('429021')).toMatchObject({ city: '省直辖县级行政区划', county: '神农架林区' });
    expect(regionName('100000')).toBe('全国');
    for (const bad of ['99', '3399', '33010', 'ABCDEF', '981200']) expect(() => parseRegion(bad)).toThrow(code('ERR_CREDIT_REGION'));
    expect(parseRegion('981200', { synthetic: true }).level).toBe('city');
  });
  it('name 2,851 counties, each below a city of the table, and leave a dissolved one its digits', () => {
    const counties = Object.entries(countyTable.rows).flatMap(([city, list]) =>
      [...list.matchAll(/(\d\d) (\S+)/g)].map(([, digits, name]) => ({ code: city + digits, name })),
    );
    expect(counties.length).toBe(2851);
    expect(new Set(counties.map(({ code }) => code)).size).toBe(2851);
    for (const { code, name } of counties)
      expect(parseRegion(code)).toMatchObject({ level: 'county', county: name, city: expect.any(String) });
    // 杭州市 下城区 until 2021, and a development zone that only statistics knows.
    for (const gone of ['330103', '130171']) expect(parseRegion(gone)).toMatchObject({ level: 'county', county: undefined });
    expect(regionName('330103')).toBe('浙江 杭州市 330103');
  });
  it('coverage answers the most specific prefix', () => {
    const coverage = regionCoverage(['33', '3301', '330106']);
    expect(['330106', '330102', '330200', '440300'].map((c) => coverage.specificity(c))).toEqual([6, 4, 2, -1]);
    expect(regionCoverage(['100000']).specificity('650100')).toBe(0);
  });
});

describe('industries', () => {
  it('are the 20 sections and 97 divisions of GB/T 4754-2017', () => {
    expect(industryDivisions.size).toBe(97);
    expect([...industryDivisions.keys()]).toEqual(Array.from({ length: 97 }, (_, i) => String(i + 1).padStart(2, '0')));
    expect(parseIndustry('1530')).toMatchObject({ section: 'C', divisionName: '酒、饮料和精制茶制造业' });
    expect(industryCovers('C15', '1530')).toBe(true);
    expect(industryCovers('C', '1530')).toBe(true);
    expect(industryCovers('16', '1530')).toBe(false);
    for (const bad of ['Z', 'A15', '98', '1', '']) expect(() => parseIndustry(bad)).toThrow(code('ERR_CREDIT_INDUSTRY'));
  });
});

describe('size classes of 工信部联企业〔2011〕300号', () => {
  it.each([
    ['C', 300, '2000万', 'medium'],
    ['C', 299, '2000万', 'small'],
    ['C', 1000, '3.9亿', 'medium'],
    ['C', 1000, '4亿', 'large'],
    ['C', 20, '299万', 'micro'],
    ['5110', 20, '5000万', 'medium'],
    ['52', 10, '99万', 'micro'],
    ['62', 100, '2000万', 'medium'],
    ['65', 10, '50万', 'small'],
    ['A', undefined, '2亿', 'large'],
    ['7020', 100, '500万', 'small'],
  ] as const)('industry %s, %s people, %s 元: %s', (industry, staff, revenue, expected) => {
    expect(classifySme({ industry, staff, revenue: yuan(revenue) })).toBe(expected);
  });
  it('use assets where the standard does, name the missing index, and leave finance out', () => {
    expect(classifySme({ industry: '7010', revenue: yuan('1000万'), assets: yuan('5000万') })).toBe('medium');
    expect(classifySme({ industry: 'L', staff: 10, assets: yuan('100万') })).toBe('small');
    expect(classifySme({ industry: 'J', staff: 10 })).toBeUndefined();
    expect(() => classifySme({ industry: 'C', staff: 10 })).toThrow(code('ERR_CREDIT_SME_INDEX'));
    expect(smeRow('7090')?.name).toBe('其他未列明行业');
  });
});
