/**
 * A variable after binning, for people and for the report: what the bank may show of its own columns and of the platform's. The platform's bins
 * have a number and nothing else; its names are here only where the contract allows them.
 */
import type { BinnedFeature } from '../federated/vertical/binning/index.ts';
import { type Bin, describeBin, type FeatureBinning } from '../learn/binning/index.ts';

export type Direction = 'ascending' | 'descending' | 'peak' | 'valley' | 'mixed' | 'flat';

export interface VariableBin {
  readonly label: string;
  /** Missing values or a special code, in a bin of their own. */
  readonly extra: boolean;
  readonly rows: number;
  readonly bads: number;
  readonly woe: number;
}

export interface Variable {
  readonly name: string;
  /** 中文名 */
  readonly zh?: string;
  readonly party: string;
  readonly own: boolean;
  readonly kind: 'numeric' | 'categorical';
  readonly informationValue: number;
  /** Rule of thumb: below .02 nothing, .1 weak, .3 medium, .5 strong; above, look for leakage. */
  readonly strength: string;
  /** Of the event rate, from low values to high. */
  readonly direction: Direction;
  /** Kept for a scorecard. */
  readonly kept: boolean;
  /** Share of training rows without a value; own columns only. */
  readonly missing?: number;
  readonly bins: readonly VariableBin[];
}

export function ownVariable(
  binning: FeatureBinning,
  facts: {
    readonly name: string;
    readonly zh?: string | undefined;
    readonly party: string;
    readonly kept: boolean;
    readonly values: Float64Array;
    readonly levels?: readonly string[] | undefined;
  },
): Variable {
  const { name, zh, party, kept, values, levels } = facts;
  const { cells, table } = binning;
  const missing = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0) / values.length;
  const label = (bin: number): string =>
    levels && cells.kind === 'categorical' ? levelNames(binning, bin, levels) : shortNumbers(describeBin(binning, bin));
  return {
    name,
    ...(zh && { zh }),
    party,
    own: true,
    kind: cells.kind,
    ...judged(table.informationValue, table.bins, cells.kind),
    kept,
    missing,
    bins: table.bins.map((bin, b) => shown(bin, label(b))),
  };
}

export function holderVariable(
  { feature, table, kept }: BinnedFeature,
  { name, party }: { readonly name: string; readonly party: string },
): Variable {
  let extras = 0;
  return {
    name,
    party,
    own: false,
    kind: feature.kind,
    ...judged(table.informationValue, table.bins, feature.kind),
    kept,
    bins: table.bins.map((bin, b) => shown(bin, bin.kind === 'extra' ? `missing/special ${++extras}` : `bin ${b + 1}`)),
  };
}

const shown = ({ kind, negatives, positives, woe }: Bin, label: string): VariableBin => ({
  label,
  extra: kind === 'extra',
  rows: negatives + positives,
  bads: positives,
  woe,
});

const judged = (
  informationValue: number,
  bins: readonly Bin[],
  kind: Variable['kind'],
): Pick<Variable, 'informationValue' | 'strength' | 'direction'> => ({
  informationValue,
  strength: strengthOf(informationValue),
  direction: kind === 'categorical' ? 'mixed' : directionOf(bins.filter((bin) => bin.kind === 'ordered').map(({ woe }) => woe)),
});

/** Siddiqi's rules of thumb. */
export function strengthOf(informationValue: number): string {
  if (informationValue < 0.02) return 'none 剔除';
  if (informationValue < 0.1) return 'weak 弱';
  if (informationValue < 0.3) return 'medium 中';
  if (informationValue < 0.5) return 'strong 强';
  return 'check leakage 查泄漏';
}

/** Shape of the weight of evidence over ordered bins. */
export function directionOf(woes: readonly number[]): Direction {
  // Equal rates from different counts differ in their last bit.
  const turns = woes
    .slice(1)
    .map((woe, i) => woe - woes[i])
    .filter((step) => Math.abs(step) > 1e-9)
    .map(Math.sign);
  const changes = turns.filter((sign, i) => i > 0 && sign !== turns[i - 1]).length;
  if (turns.length === 0) return 'flat';
  if (changes === 0) return turns[0] > 0 ? 'ascending' : 'descending';
  if (changes === 1) return turns[0] > 0 ? 'peak' : 'valley';
  return 'mixed';
}

/** Six digits are enough for people; the model has the edges whole. */
const shortNumbers = (text: string): string =>
  text.replace(/-?\d+\.\d+(e[-+]?\d+)?/g, (digits) => String(Number(Number(digits).toPrecision(6))));

function levelNames({ cells, table }: FeatureBinning, bin: number, levels: readonly string[]): string {
  const { kind, cells: chosen } = table.bins[bin];
  if (kind === 'extra') return 'missing';
  const names = [...cells.categories].filter(([, cell]) => chosen.includes(cell)).map(([code]) => levels[code] ?? String(code));
  return `{${names.join(', ')}}`;
}
