/** Axes, frames and series that all plots of a report share, and the colours: told apart in grey as well. */
import type { CalibrationGroup } from './figures.ts';

/** Single quotes: echarts writes them into a style attribute as they are. */
export const FONTS = "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',system-ui,sans-serif";
export const INK = '#22303f';
export const SOFT = '#7b8794';
export const BLUE = '#1f5f8b';
export const PALE = '#b9d0e0';
export const RED = '#b8402a';

export const titled = (text: string) => ({
  text,
  left: 0,
  top: 0,
  textStyle: { fontSize: 14, fontWeight: 600, color: INK, fontFamily: FONTS, width: 450, overflow: 'truncate' },
});
export const frame = ({ legend, right = 18, bottom = 48 }: { legend: boolean; right?: number; bottom?: number }) => ({
  grid: { left: 54, right, top: 62, bottom },
  legend: legend
    ? { top: 24, right: 0, itemWidth: 18, itemHeight: 9, textStyle: { fontSize: 11, color: INK, fontFamily: FONTS } }
    : undefined,
});
const axis = (name: string) => ({
  name,
  nameLocation: 'middle',
  nameTextStyle: { fontSize: 11, color: SOFT, fontFamily: FONTS },
  axisLabel: { fontSize: 10, color: SOFT, fontFamily: FONTS },
  axisLine: { lineStyle: { color: '#9aa5b1' } },
  splitLine: { lineStyle: { color: '#e9edf1' } },
});
/** Shares as per cent; tenths of a per cent only where the axis is short. */
export const percent = (name: string, max: number | 'auto' = 1) => ({
  ...axis(name),
  type: 'value',
  min: 0,
  ...(max === 'auto' ? {} : { max }),
  nameGap: 36,
  axisLabel: { ...axis(name).axisLabel, formatter: (value: number) => `${Number((100 * value).toFixed(1))}%` },
});
export const category = (data: readonly string[], name: string, rotate = 0) => ({
  ...axis(name),
  type: 'category',
  data: [...data],
  nameGap: 28,
  axisTick: { show: false },
  splitLine: { show: false },
  axisLabel: { ...axis(name).axisLabel, rotate, interval: rotate > 0 ? 0 : 'auto', width: 110, overflow: 'truncate' },
});
export const line = (name: string, data: readonly unknown[], color: string, dashed: boolean) => ({
  type: 'line',
  name: name === '' ? undefined : name,
  data: [...data],
  showSymbol: false,
  itemStyle: { color },
  lineStyle: { color, width: dashed ? 1.2 : 2, type: dashed ? 'dashed' : 'solid' },
});
export const bar = (name: string, data: readonly number[], color: string) => ({
  type: 'bar',
  name,
  data: [...data],
  itemStyle: { color },
  barCategoryGap: '25%',
});
export const shares = (counts: readonly number[]): readonly number[] => {
  const all = counts.reduce((a, b) => a + b, 0);
  return counts.map((count) => (all > 0 ? count / all : 0));
};

interface DrawApi {
  value(dimension: number): number;
  coord(point: readonly number[]): readonly number[];
}
/** Interval of each group as a thin upright line. */
export const whiskers = (groups: readonly CalibrationGroup[]) => ({
  type: 'custom',
  z: 3,
  silent: true,
  encode: { x: 0, y: [1, 2] },
  data: groups.map(({ lower, upper }, i) => [i, lower, upper]),
  renderItem: (_: unknown, api: DrawApi) => {
    const [x, low] = api.coord([api.value(0), api.value(1)]);
    const [, high] = api.coord([api.value(0), api.value(2)]);
    const stroke = { stroke: INK, lineWidth: 1.2 };
    const stick = (x1: number, y1: number, x2: number, y2: number) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: stroke });
    return { type: 'group', children: [stick(x, low, x, high), stick(x - 4, low, x + 4, low), stick(x - 4, high, x + 4, high)] };
  },
});
