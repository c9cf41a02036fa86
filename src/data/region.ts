/**
 * 行政区划代码 of GB/T 2260: six digits, two each for province, city and county; a shorter even prefix names the larger region.
 * Only the provinces are listed here; cities and counties come with the data that uses them.
 */

/** Province codes of GB/T 2260-2007 with their short names. */
export const PROVINCES: ReadonlyMap<string, string> = new Map(
  (
    '11 北京 12 天津 13 河北 14 山西 15 内蒙古 21 辽宁 22 吉林 23 黑龙江 31 上海 32 江苏 33 浙江 34 安徽 35 福建 36 江西 37 山东 ' +
    '41 河南 42 湖北 43 湖南 44 广东 45 广西 46 海南 50 重庆 51 四川 52 贵州 53 云南 54 西藏 61 陕西 62 甘肃 63 青海 64 宁夏 65 新疆 71 台湾 81 香港 82 澳门'
  )
    .match(/\d\d \S+/g)!
    .map((pair) => [pair.slice(0, 2), pair.slice(3)] as const),
);

export type RegionLevel = 'country' | 'province' | 'city' | 'county';

/** The level a six-digit code or an even prefix names: 330000 and 33 are a province, 100000 the country; `undefined` for other texts. */
export function regionLevel(code: string): RegionLevel | undefined {
  if (!/^(\d\d){1,3}$/.test(code)) return undefined;
  const significant = code.replace(/(00)+$/, '');
  if (significant === '' || significant === '10') return 'country';
  return significant.length === 2 ? 'province' : significant.length === 4 ? 'city' : 'county';
}

/** True when region `code` lies inside `area`, a code or prefix of any level; a bank's coverage is a set of such areas. */
export function regionCovers(area: string, code: string): boolean {
  const level = regionLevel(area);
  if (level === undefined || regionLevel(code) === undefined) return false;
  return level === 'country' || code.startsWith(area.replace(/(00)+$/, ''));
}

/** The province's short name, or `undefined` when GB/T 2260 assigns no such province (the synthetic city lives in one of those). */
export function provinceName(code: string): string | undefined {
  return PROVINCES.get(code.slice(0, 2));
}
