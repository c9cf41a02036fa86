/**
 * Industries of the synthetic city: classes of GB/T 4754-2017 with invented economics. 海味干果, 服装, 茶叶 and 花卉 are the trades that
 * 一行一品 products are made for; their months swing most.
 */

export interface CityIndustry {
  /** GB/T 4754-2017 class (小类). */
  readonly code: string;
  readonly zh: string;
  /** Part of the city's firms. */
  readonly share: number;
  /** Median yearly sales, 元. */
  readonly medianSales: number;
  /** Shift of the log-odds of default. */
  readonly beta: number;
  /** Electricity a year, kWh for each 元 of sales. */
  readonly kwhPerYuan: number;
  /** Relative sales of the twelve months, mean 1. */
  readonly season: readonly number[];
}

const flat = [0.9, 0.8, 1, 1, 1, 1, 1, 1, 1.05, 1.05, 1.1, 1.1];

export const CITY_INDUSTRIES: readonly CityIndustry[] = [
  industry('5124', '肉、禽、蛋、奶及水产品批发', 0.1, 6.0e6, 0.05, 0.012, [1.9, 1.2, 0.6, 0.6, 0.7, 0.7, 0.7, 0.8, 1.0, 1.1, 1.2, 1.5]),
  industry('5127', '酒、饮料及茶叶批发', 0.08, 4.5e6, -0.05, 0.004, [1.1, 0.8, 1.3, 1.7, 1.4, 0.8, 0.7, 0.7, 1.0, 0.8, 0.8, 0.9]),
  industry('5132', '服装批发', 0.12, 5.5e6, 0.15, 0.004, [1.2, 0.7, 1.0, 1.0, 0.9, 0.8, 0.7, 0.8, 1.1, 1.2, 1.3, 1.3]),
  industry('5232', '服装零售', 0.12, 1.8e6, 0.25, 0.01, [1.3, 0.9, 0.9, 0.9, 1.0, 0.9, 0.8, 0.8, 1.0, 1.1, 1.2, 1.2]),
  industry('0143', '花卉种植', 0.04, 2.5e6, 0.1, 0.02, [1.8, 1.6, 1.0, 1.1, 1.0, 0.6, 0.5, 0.6, 0.9, 0.8, 0.9, 1.2]),
  industry('3311', '金属结构制造', 0.12, 8.0e6, -0.1, 0.035, flat),
  industry('5431', '普通货物道路运输', 0.08, 4.0e6, 0.2, 0.003, flat),
  industry('6210', '正餐服务', 0.1, 1.5e6, 0.4, 0.03, [1.1, 1.2, 0.9, 0.9, 1.0, 0.9, 1.0, 1.0, 0.9, 1.1, 0.9, 1.1]),
  industry('6513', '应用软件开发', 0.09, 3.5e6, -0.3, 0.006, flat),
  industry('7299', '其他未列明商务服务业', 0.15, 2.5e6, 0, 0.005, flat),
];

function industry(
  code: string,
  zh: string,
  share: number,
  medianSales: number,
  beta: number,
  kwhPerYuan: number,
  months: readonly number[],
): CityIndustry {
  const mean = months.reduce((sum, month) => sum + month, 0) / 12;
  return Object.freeze({ code, zh, share, medianSales, beta, kwhPerYuan, season: Object.freeze(months.map((month) => month / mean)) });
}

/** Twelve counties in three cities of a province, 98, that GB/T 2260 does not assign: no synthetic code can be a real firm's. */
export const CITY_REGIONS: readonly string[] = ['9801', '9802', '9803'].flatMap((city) =>
  ['01', '02', '03', '04'].map((county) => city + county),
);

/** Share of firms by county, largest first in each city. */
export const CITY_REGION_SHARES: readonly number[] = [0.16, 0.12, 0.09, 0.06, 0.12, 0.09, 0.06, 0.05, 0.09, 0.07, 0.05, 0.04];
