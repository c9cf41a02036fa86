/**
 * Drift of a model in use, period by period against the development sample: stability index of its score, discrimination once outcomes are
 * known, mean PD against the default rate. A sound model loses discrimination slowly; a sudden drop is flagged ("不同时间段区分能力应
 * 逐渐减弱而非骤降").
 */
import { InputError } from '../../base/index.ts';
import { auc } from '../../learn/index.ts';
import { type StabilityReport, scoreStability } from './stability.ts';

/** One period of a model in use. */
export interface DriftPeriod {
  readonly name: string;
  /** PDs or scores where higher is riskier. */
  readonly scores: ArrayLike<number>;
  /** 1 is bad; absent while outcomes are not yet known. */
  readonly labels?: ArrayLike<number>;
}
/** One period against the reference. */
export interface DriftRow {
  readonly name: string;
  /** Firms scored in the period. */
  readonly rows: number;
  readonly stability: StabilityReport;
  readonly auc: number | undefined;
  /** AUC less that of the period before (the reference for the first). */
  readonly change: number | undefined;
  /** The AUC fell by more than `suddenDrop` in one period. */
  readonly sudden: boolean;
}

/**
 * Follows a model over periods, oldest first.
 * @param suddenDrop AUC lost in one period that is flagged, (0, 0.5). @default 0.05
 * @throws InputError `ERR_CREDIT_STABILITY` as `scoreStability`.
 */
export function driftTable(reference: DriftPeriod, periods: readonly DriftPeriod[], suddenDrop = 0.05): readonly DriftRow[] {
  if (!(suddenDrop > 0 && suddenDrop < 0.5)) throw new InputError('ERR_CREDIT_STABILITY', 'suddenDrop must be in (0, 0.5)');
  let before = aucOf(reference);
  return periods.map((period) => {
    const area = aucOf(period);
    const change = area === undefined || before === undefined ? undefined : area - before;
    before = area ?? before;
    return {
      name: period.name,
      rows: period.scores.length,
      stability: scoreStability(reference.scores, period.scores),
      auc: area,
      change,
      sudden: change !== undefined && change < -suddenDrop,
    };
  });
}

/** undefined without labels, or when only one class has been seen so far. */
function aucOf({ scores, labels }: DriftPeriod): number | undefined {
  if (!labels) return undefined;
  const events = Array.from(labels).reduce((sum, y) => sum + y, 0);
  return events === 0 || events === labels.length ? undefined : auc({ scores, labels });
}
