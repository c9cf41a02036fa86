/** SME size class by 工信部联企业〔2011〕300号: industry × staff × revenue × assets, thresholds as data in sme-standard.ts. */
import { InputError } from '../../base/index.ts';
import { type Fen, yuan } from '../money/index.ts';
import { industryCovers, parseIndustry } from './industry.ts';
import { type SmeIndex, type SmeRow, smeStandard } from './sme-standard.ts';

/** 微型, 小型, 中型, 大型. */
export type SmeClass = 'micro' | 'small' | 'medium' | 'large';

/** What the standard looks at; which indices are needed depends on the industry. */
export interface SmeInput {
  /** GB/T 4754 code: section, division or up to four digits. */
  readonly industry: string;
  /** Employees (从业人员). */
  readonly staff?: number;
  /** Yearly revenue (营业收入) in 分. */
  readonly revenue?: Fen;
  /** Total assets (资产总额) in 分. */
  readonly assets?: Fen;
}

/**
 * The class, or undefined when the standard does not cover the industry (railways, finance, public administration).
 * A firm is of a class only if it reaches every index of that class; otherwise it falls one class.
 * @throws InputError `ERR_CREDIT_INDUSTRY`; `ERR_CREDIT_SME_INDEX` when an index the industry needs is absent or negative.
 */
export function classifySme(input: SmeInput): SmeClass | undefined {
  const row = smeRow(input.industry);
  if (!row) return undefined;
  for (const index of Object.keys(row.large) as SmeIndex[]) requireIndex(input, index);
  const reaches = (thresholds: SmeRow['large']): boolean =>
    (Object.entries(thresholds) as [SmeIndex, number][]).every(([index, threshold]) => atLeast(input, index, threshold));
  if (reaches(row.large)) return 'large';
  if (reaches(row.medium)) return 'medium';
  return reaches(row.small) ? 'small' : 'micro';
}

/** The row of the standard for an industry: the most specific that covers it. */
export function smeRow(industry: string): SmeRow | undefined {
  parseIndustry(industry);
  const hits = smeStandard.rows.flatMap((row) =>
    row.covers
      .split(' ')
      .filter((area) => industryCovers(area, industry))
      .map((area) => ({ row, area })),
  );
  return hits.sort((a, b) => b.area.length - a.area.length)[0]?.row;
}

function requireIndex(input: SmeInput, index: SmeIndex): void {
  const value = input[index];
  if (value !== undefined && value >= 0) return;
  throw new InputError('ERR_CREDIT_SME_INDEX', `the size class of this industry needs ${index}, not negative`, { details: { index } });
}

function atLeast(input: SmeInput, index: SmeIndex, threshold: number): boolean {
  const value = input[index] ?? 0;
  return typeof value === 'bigint' ? value >= yuan(`${threshold}万`) : value >= threshold;
}
