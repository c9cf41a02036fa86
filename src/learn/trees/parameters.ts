/**
 * Hyper-parameters of gradient-boosted trees. Names, meanings and defaults are XGBoost's (scikit-learn API, Chen and Guestrin, KDD 2016);
 * below the line are ours. A literal becomes a checked, immutable configuration once, in `gbdtConfig`.
 */
import { InputError } from '../../base/index.ts';

export type GbdtObjective = 'binary:logistic' | 'reg:squarederror';
export type EvalMetric = 'logloss' | 'auc' | 'rmse';
/** +1: the score may only rise with the feature; −1: only fall; 0: free. */
export type MonotoneSign = -1 | 0 | 1;

export interface GbdtParams {
  /** Number of trees, 1..10000. @default 100 */
  readonly n_estimators?: number;
  /** Levels of splits in a tree, 1..10. @default 6 */
  readonly max_depth?: number;
  /** Shrinkage of every leaf, (0, 1]. @default 0.3 */
  readonly learning_rate?: number;
  /** L2 on leaf weights, ≥ 0. @default 1 */
  readonly reg_lambda?: number;
  /** L1 on leaf weights, ≥ 0. @default 0 */
  readonly reg_alpha?: number;
  /** Least loss reduction of a split, ≥ 0. @default 0 */
  readonly gamma?: number;
  /** Least sum of hessians in a child, ≥ 0. @default 1 */
  readonly min_child_weight?: number;
  /** Most bins of a feature without the one for missing values, 2..1024. @default 256 */
  readonly max_bin?: number;
  /** Share of training rows drawn for each tree, (0, 1]. @default 1 */
  readonly subsample?: number;
  /**
   * Share of features drawn for each tree, (0, 1]. A remote holder's features cannot be told apart here, so its candidate splits are
   * drawn one by one at the same rate. @default 1
   */
  readonly colsample_bytree?: number;
  /** Initial prediction (a probability for logistic loss). @default the mean label of the training rows */
  readonly base_score?: number;
  /** Stop after so many trees without a better validation figure; the model keeps the trees up to the best. @default never */
  readonly early_stopping_rounds?: number;
  /** Figure for early stopping. @default logloss, or rmse for squared error */
  readonly eval_metric?: EvalMetric;
  /** Seeds validation split, row and feature sampling. @default 0 */
  readonly seed?: number;
  /** @default binary:logistic */
  readonly objective?: GbdtObjective;
  /** Sign per feature name; a feature not named is free. */
  readonly monotone_constraints?: Readonly<Record<string, MonotoneSign>>;
  // ---- ours
  /**
   * Bits of a quantised gradient with its sign, 2..16, or 'exact' for doubles (single party only). Every bit less makes a federation's
   * messages smaller and says less about single rows. On default_credit 3 bits lose nothing (test/federated/gbdt/lossless.test.ts); raise
   * it where positives are under 1 %: their large gradients make the steps too coarse for the others.
   * @default 3 for logistic loss, 6 for squared error, whose largest residual may be far from the others
   */
  readonly gradient_bits?: number | 'exact';
  /** Bits of a quantised hessian, 1..16; it only scales gains and leaves. @default 3 */
  readonly hessian_bits?: number;
  /** Least number of training rows in a child, ≥ 1. Small nodes can be solved for their rows: keep it at 100 in a federation. @default 100 */
  readonly min_child_samples?: number;
  /** Share of rows held out to evaluate on, [0, 0.5]. @default 0.2 with early stopping, else 0 */
  readonly validation_fraction?: number;
}

/** Checked parameters with every default filled in. */
export interface GbdtConfig extends Required<Omit<GbdtParams, 'base_score' | 'early_stopping_rounds'>> {
  readonly base_score: number | undefined;
  readonly early_stopping_rounds: number | undefined;
}

const KEYS: readonly (keyof GbdtParams)[] = [
  'n_estimators',
  'max_depth',
  'learning_rate',
  'reg_lambda',
  'reg_alpha',
  'gamma',
  'min_child_weight',
  'max_bin',
  'subsample',
  'colsample_bytree',
  'base_score',
  'early_stopping_rounds',
  'eval_metric',
  'seed',
  'objective',
  'monotone_constraints',
  'gradient_bits',
  'hessian_bits',
  'min_child_samples',
  'validation_fraction',
];

const DEFAULT_GRADIENT_BITS: Readonly<Record<GbdtObjective, number>> = { 'binary:logistic': 3, 'reg:squarederror': 6 };

/**
 * @throws InputError `ERR_LEARN_UNKNOWN_OPTION` on an unknown key (the nearest one is in the help), `ERR_LEARN_OPTION` on a value out of
 * range or a contradiction.
 */
export function gbdtConfig(params: GbdtParams = {}): GbdtConfig {
  for (const key of Object.keys(params)) if (!(KEYS as readonly string[]).includes(key)) throw unknownOption(key);
  const objective = oneOf('objective', params.objective ?? 'binary:logistic', ['binary:logistic', 'reg:squarederror']);
  const metrics: readonly EvalMetric[] = objective === 'binary:logistic' ? ['logloss', 'auc'] : ['rmse'];
  const early = optional('early_stopping_rounds', params.early_stopping_rounds, (name, value) => integer(name, value, 1, 10_000));
  const validation = real('validation_fraction', params.validation_fraction ?? (early === undefined ? 0 : 0.2), 0, 0.5);
  if (early !== undefined && validation === 0) {
    throw bad('early_stopping_rounds', 'needs validation_fraction above 0: there would be no rows to stop by');
  }
  return Object.freeze({
    objective,
    n_estimators: integer('n_estimators', params.n_estimators ?? 100, 1, 10_000),
    max_depth: integer('max_depth', params.max_depth ?? 6, 1, 10),
    learning_rate: positive('learning_rate', params.learning_rate ?? 0.3, 1),
    reg_lambda: real('reg_lambda', params.reg_lambda ?? 1, 0, 1e9),
    reg_alpha: real('reg_alpha', params.reg_alpha ?? 0, 0, 1e9),
    gamma: real('gamma', params.gamma ?? 0, 0, 1e12),
    min_child_weight: real('min_child_weight', params.min_child_weight ?? 1, 0, 1e12),
    max_bin: integer('max_bin', params.max_bin ?? 256, 2, 1024),
    subsample: positive('subsample', params.subsample ?? 1, 1),
    colsample_bytree: positive('colsample_bytree', params.colsample_bytree ?? 1, 1),
    base_score: optional('base_score', params.base_score, (name, value) => baseScore(name, value, objective)),
    early_stopping_rounds: early,
    eval_metric: oneOf('eval_metric', params.eval_metric ?? metrics[0], metrics),
    seed: integer('seed', params.seed ?? 0, 0, 0xffff_ffff),
    monotone_constraints: constraints(params.monotone_constraints ?? {}),
    gradient_bits:
      params.gradient_bits === 'exact'
        ? 'exact'
        : integer('gradient_bits', params.gradient_bits ?? DEFAULT_GRADIENT_BITS[objective], 2, 16),
    hessian_bits: integer('hessian_bits', params.hessian_bits ?? 3, 1, 16),
    min_child_samples: integer('min_child_samples', params.min_child_samples ?? 100, 1, 1e9),
    validation_fraction: validation,
  });
}

/**
 * Checks that every constrained feature exists.
 * @throws InputError `ERR_LEARN_OPTION` naming the feature.
 */
export function checkConstraints(config: Pick<GbdtConfig, 'monotone_constraints'>, features: Iterable<string>): void {
  const known = new Set(features);
  for (const name of Object.keys(config.monotone_constraints)) {
    if (!known.has(name)) throw bad('monotone_constraints', `names "${name}", which is not a feature (${[...known].join(', ')})`);
  }
}

function bad(name: string, problem: string): InputError {
  return new InputError('ERR_LEARN_OPTION', `option ${name} ${problem}`, { details: { option: name } });
}

function unknownOption(key: string): InputError {
  const nearest = [...KEYS].sort((a, b) => editDistance(key, a) - editDistance(key, b))[0];
  return new InputError('ERR_LEARN_UNKNOWN_OPTION', `unknown option "${key}"`, {
    help: `Did you mean "${nearest}"? The options are: ${KEYS.join(', ')}.`,
    details: { option: key, nearest },
  });
}

/** Levenshtein distance; option names are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

function real(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw bad(name, `must be a number in [${min}, ${max}]`);
}

function positive(name: string, value: unknown, max: number): number {
  if (typeof value === 'number' && value > 0 && value <= max) return value;
  throw bad(name, `must be a number in (0, ${max}]`);
}

function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw bad(name, `must be an integer in ${min}..${max}`);
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw bad(name, `must be one of ${allowed.join(', ')}`);
}

function optional<T>(name: string, value: unknown, check: (name: string, value: unknown) => T): T | undefined {
  return value === undefined ? undefined : check(name, value);
}

function baseScore(name: string, value: unknown, objective: GbdtObjective): number {
  if (objective === 'reg:squarederror') return real(name, value, -1e12, 1e12);
  const p = positive(name, value, 1);
  if (p === 1) throw bad(name, 'must be a probability strictly between 0 and 1');
  return p;
}

function constraints(value: unknown): Readonly<Record<string, MonotoneSign>> {
  if (typeof value !== 'object' || value === null) throw bad('monotone_constraints', 'must map feature names to -1, 0 or 1');
  for (const [feature, sign] of Object.entries(value)) {
    if (sign !== -1 && sign !== 0 && sign !== 1) throw bad('monotone_constraints', `of "${feature}" must be -1, 0 or 1`);
  }
  return Object.freeze({ ...(value as Record<string, MonotoneSign>) });
}
