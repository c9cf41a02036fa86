/**
 * Data: 中小企业划型标准规定 (工信部联企业〔2011〕300号), thresholds in the units of the document: people, and 万元 of yearly revenue or of
 * total assets. `large` ends 中型, `medium` and `small` are the lower ends of 中型 and 小型; a class needs every index of its row.
 * Divisions follow 统计上大中小微型企业划分办法(2017). Not covered: railways (53), finance (J), public administration (S), T.
 */
import type { Reference } from './reference.ts';

/** 从业人员, 营业收入, 资产总额. */
export type SmeIndex = 'staff' | 'revenue' | 'assets';
/** One row of the standard: thresholds in people and 万元. */
export interface SmeRow {
  readonly name: string;
  /** Industry codes the row covers: sections, divisions or classes; the most specific row wins. */
  readonly covers: string;
  readonly large: Partial<Readonly<Record<SmeIndex, number>>>;
  readonly medium: Partial<Readonly<Record<SmeIndex, number>>>;
  readonly small: Partial<Readonly<Record<SmeIndex, number>>>;
}

const staffRevenue = (name: string, covers: string, staff: readonly number[], revenue: readonly number[]): SmeRow => ({
  name,
  covers,
  large: { staff: staff[0], revenue: revenue[0] },
  medium: { staff: staff[1], revenue: revenue[1] },
  small: { staff: staff[2], revenue: revenue[2] },
});

/** The sixteen rows. */
export const smeStandard: Reference<readonly SmeRow[]> = {
  source: '工信部联企业〔2011〕300号 中小企业划型标准规定',
  asOf: '2011-06-18',
  rows: [
    { name: '农、林、牧、渔业', covers: 'A', large: { revenue: 20_000 }, medium: { revenue: 500 }, small: { revenue: 50 } },
    staffRevenue('工业', 'B C D', [1000, 300, 20], [40_000, 2000, 300]),
    {
      name: '建筑业',
      covers: 'E',
      large: { revenue: 80_000, assets: 80_000 },
      medium: { revenue: 6000, assets: 5000 },
      small: { revenue: 300, assets: 300 },
    },
    staffRevenue('批发业', '51', [200, 20, 5], [40_000, 5000, 1000]),
    staffRevenue('零售业', '52', [300, 50, 10], [20_000, 500, 100]),
    staffRevenue('交通运输业', '54 55 56 57 58', [1000, 300, 20], [30_000, 3000, 200]),
    staffRevenue('仓储业', '59', [200, 100, 20], [30_000, 1000, 100]),
    staffRevenue('邮政业', '60', [1000, 300, 20], [30_000, 2000, 100]),
    staffRevenue('住宿业', '61', [300, 100, 10], [10_000, 2000, 100]),
    staffRevenue('餐饮业', '62', [300, 100, 10], [10_000, 2000, 100]),
    staffRevenue('信息传输业', '63 64', [2000, 100, 10], [100_000, 1000, 100]),
    staffRevenue('软件和信息技术服务业', '65', [300, 100, 10], [10_000, 1000, 50]),
    {
      name: '房地产开发经营',
      covers: '7010',
      large: { revenue: 200_000, assets: 10_000 },
      medium: { revenue: 1000, assets: 5000 },
      small: { revenue: 100, assets: 2000 },
    },
    staffRevenue('物业管理', '7020', [1000, 300, 100], [5000, 1000, 500]),
    {
      name: '租赁和商务服务业',
      covers: 'L',
      large: { staff: 300, assets: 120_000 },
      medium: { staff: 100, assets: 8000 },
      small: { staff: 10, assets: 100 },
    },
    { name: '其他未列明行业', covers: 'K M N O P Q R', large: { staff: 300 }, medium: { staff: 100 }, small: { staff: 10 } },
  ],
};
