/**
 * Regions of GB/T 2260 as a credit desk uses them: names of provinces, cities and counties, and a bank's coverage as prefixes (省-市-县).
 * County digits that the table does not have are taken as given, without a name: a firm keeps the code of the county it registered in long after
 * that county is gone. Codes 98xxxx are unassigned; the synthetic city lives there and must be allowed on purpose.
 */
import { InputError } from '../../base/index.ts';
import { PROVINCES, type RegionLevel, regionLevel } from '../../data/index.ts';
import { cityTable } from './cities.ts';
import { countyTable } from './counties.ts';

const CITIES: ReadonlyMap<string, string> = new Map(
  Object.values(cityTable.rows).flatMap((list) => [...list.matchAll(/(\d{4}) (\S+)/g)].map(([, code, name]) => [code, name] as const)),
);

const countyName = (prefix: string): string | undefined =>
  prefix.length === 6 ? new RegExp(`(?:^| )${prefix.slice(4)} (\\S+)`).exec(countyTable.rows[prefix.slice(0, 4)] ?? '')?.[1] : undefined;

/** A region read and named. */
export interface Region {
  readonly level: RegionLevel;
  /** The code without trailing zeros: '', 2, 4 or 6 digits. */
  readonly prefix: string;
  readonly province: string | undefined;
  readonly city: string | undefined;
  /** undefined above the county, and for a county the table does not have: dissolved, newer than the table, or a slip of the pen. */
  readonly county: string | undefined;
}

/**
 * Reads a six-digit code or an even prefix and checks province and city against GB/T 2260.
 * @throws InputError `ERR_CREDIT_REGION` for a malformed code or an unknown province or city.
 */
export function parseRegion(code: string, options: { readonly synthetic?: boolean } = {}): Region {
  const level = regionLevel(code);
  const prefix = level === 'country' ? '' : code.replace(/(00)+$/, '');
  const province = PROVINCES.get(prefix.slice(0, 2));
  const city = CITIES.get(prefix.slice(0, 4));
  const hasCities = cityTable.rows[prefix.slice(0, 2)] !== undefined;
  const known = prefix === '' || (province !== undefined && (prefix.length === 2 || city !== undefined || !hasCities));
  const synthetic = options.synthetic === true && prefix.startsWith('98');
  if (level === undefined || !(known || synthetic)) {
    throw new InputError('ERR_CREDIT_REGION', `"${code.slice(0, 8)}" is no region of GB/T 2260`, {
      help: `Give two, four or six digits, e.g. 33, 3301, 330106 (table of ${cityTable.asOf}); old codes must be mapped to their successors.`,
    });
  }
  return { level, prefix, province, city, county: countyName(prefix) };
}

/**
 * "浙江 杭州市 西湖区", with the digits where the tables have no name.
 * @throws InputError `ERR_CREDIT_REGION` as `parseRegion`.
 */
export function regionName(code: string, options: { readonly synthetic?: boolean } = {}): string {
  const { level, prefix, province, city, county } = parseRegion(code, options);
  if (level === 'country') return '全国';
  const parts = [province ?? prefix.slice(0, 2), ...(prefix.length >= 4 ? [city ?? prefix.slice(0, 4)] : [])];
  return prefix.length === 6 ? `${parts.join(' ')} ${county ?? prefix}` : parts.join(' ');
}

/** A set of region prefixes, ready for lookup. */
export interface RegionCoverage {
  /** Digits of the longest prefix that covers a six-digit code (0 country, 2, 4, 6), or -1 when none does. */
  specificity(code: string): number;
}

/**
 * Coverage from a list of regions; "100000" or "00" is the whole country.
 * @throws InputError `ERR_CREDIT_REGION`.
 */
export function regionCoverage(areas: readonly string[], options: { readonly synthetic?: boolean } = {}): RegionCoverage {
  const prefixes = new Set(areas.map((area) => parseRegion(area, options).prefix));
  return Object.freeze({
    specificity(code: string): number {
      for (let length = 6; length >= 0; length -= 2) if (prefixes.has(code.slice(0, length)) && code.length >= length) return length;
      return -1;
    },
  });
}
