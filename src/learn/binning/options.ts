/**
 * Options of binning, normalised once. One type for the single-party code and both roles of the federated one: same options, same bins.
 */
import { InputError } from '../../base/index.ts';

/** Shape of the event rate over the bins, from low values to high. `auto` is the better of ascending and descending. */
export type Trend = 'auto' | 'ascending' | 'descending' | 'peak' | 'valley' | 'none';

export interface BinningOptions {
  /** Quantile cells a numeric column is cut into before the optimum is sought, 2 to 50. @default 20 */
  readonly preBins?: number;
  /** Fewest rows in a cell; smaller cells are merged, smaller missing and special cells stay neutral. @default max(100, rows / 1000), at most rows / 20 */
  readonly minCellRows?: number;
  /** @default 6 */
  readonly maxBins?: number;
  /** Fewest bins worth having; a feature that cannot reach it is left as one neutral bin. @default 2 */
  readonly minBins?: number;
  /** Smallest share of all rows in a bin. @default 0.05 */
  readonly minShare?: number;
  /** Fewest events, and fewest non-events, in a bin. @default 1 */
  readonly minEvents?: number;
  /** @default 'auto' */
  readonly trend?: Trend;
  /** Codes that are no quantity ("−1 = never had a loan"), each with its own bin. @default none */
  readonly specialValues?: readonly number[];
}

/** Everything decided. `minCellRows` still depends on the rows when 0. */
export interface BinningRules {
  readonly preBins: number;
  readonly minCellRows: number;
  readonly maxBins: number;
  readonly minBins: number;
  readonly minShare: number;
  readonly minEvents: number;
  readonly trend: Trend;
  readonly specialValues: readonly number[];
}

const DEFAULTS: BinningRules = Object.freeze({
  preBins: 20,
  minCellRows: 0,
  maxBins: 6,
  minBins: 2,
  minShare: 0.05,
  minEvents: 1,
  trend: 'auto',
  specialValues: [],
});
const TRENDS: readonly Trend[] = ['auto', 'ascending', 'descending', 'peak', 'valley', 'none'];

/** @throws InputError `ERR_LEARN_OPTION` on an unknown key or a value out of range. */
export function binningRules(options: BinningOptions = {}): BinningRules {
  for (const key of Object.keys(options)) if (!(key in DEFAULTS)) throw refused(`unknown binning option "${key}"`);
  const rules = { ...DEFAULTS, ...options };
  integer('preBins', rules.preBins, 2, 50);
  integer('minCellRows', rules.minCellRows, 0, 2 ** 31);
  integer('maxBins', rules.maxBins, 2, 50);
  integer('minBins', rules.minBins, 2, rules.maxBins);
  integer('minEvents', rules.minEvents, 1, 2 ** 31);
  if (!(rules.minShare >= 0 && rules.minShare <= 0.5)) throw refused('minShare must be in 0..0.5');
  if (!TRENDS.includes(rules.trend)) throw refused(`trend must be one of ${TRENDS.join(', ')}`);
  if (!rules.specialValues.every(Number.isFinite)) throw refused('specialValues must be finite numbers');
  return Object.freeze({ ...rules, specialValues: Object.freeze([...new Set(rules.specialValues)].sort((a, b) => a - b)) });
}

/** The floor under a cell for this many rows. */
export function cellFloor(rules: BinningRules, rows: number): number {
  if (rules.minCellRows > 0) return rules.minCellRows;
  return Math.max(1, Math.min(Math.max(100, Math.ceil(rows / 1000)), Math.floor(rows / 20)));
}

function integer(name: string, value: number, min: number, max: number): void {
  if (!(Number.isInteger(value) && value >= min && value <= max)) throw refused(`${name} must be an integer in ${min}..${max}`);
}

function refused(message: string): InputError {
  return new InputError('ERR_LEARN_OPTION', message, { help: 'See BinningOptions for the keys and their ranges.' });
}
