/**
 * A scorecard: integer points for every bin, from a logistic regression on weight of evidence. With odds = P(bad)/P(good) and z = ln odds,
 * score = A − B·z, B = pdo / ln 2, A = baseScore + B·ln(baseOdds): the odds double every `pdo` points down (Siddiqi, Credit Risk
 * Scorecards, 2006). The intercept is spread evenly over the features; rounding each bin moves a score by at most half a point a feature.
 */
import { InputError } from '../../base/index.ts';

export interface ScoreScale {
  /** Points that double the odds. @default 20 */
  readonly pdo?: number;
  /** Score at `baseOdds`. @default 600 */
  readonly baseScore?: number;
  /** Bad:good odds at `baseScore`. @default 1/50 */
  readonly baseOdds?: number;
}

/** One feature of the fitted model: its coefficient and the weight of evidence of its bins. */
export interface ScorecardTerm {
  readonly name: string;
  readonly coefficient: number;
  readonly woes: readonly number[];
}

export interface ScorecardFeature {
  readonly name: string;
  /** Points of each bin, integers. */
  readonly points: Int32Array;
  /** Points of a value without a bin (woe 0). */
  readonly neutralPoints: number;
}

export interface Scorecard {
  readonly features: readonly ScorecardFeature[];
  /** A of score = A − B·z. */
  readonly offset: number;
  /** B. */
  readonly factor: number;
  /** No score is further than this many points from its unrounded value. */
  readonly roundingBound: number;
  readonly lowest: number;
  readonly highest: number;
}

const DEFAULTS = Object.freeze({ pdo: 20, baseScore: 600, baseOdds: 1 / 50 });

/** A and B of score = A − B·z. @throws InputError `ERR_LEARN_OPTION`. */
export function scoreScale(options: ScoreScale = {}): { readonly offset: number; readonly factor: number } {
  for (const key of Object.keys(options)) if (!(key in DEFAULTS)) throw refused(`unknown scorecard option "${key}"`);
  const { pdo, baseScore, baseOdds } = { ...DEFAULTS, ...options };
  if (!(pdo > 0 && Number.isFinite(pdo))) throw refused('pdo must be above 0');
  if (!Number.isFinite(baseScore)) throw refused('baseScore must be finite');
  if (!(baseOdds > 0 && Number.isFinite(baseOdds))) throw refused('baseOdds must be above 0 (bad:good)');
  const factor = pdo / Math.LN2;
  return { offset: baseScore + factor * Math.log(baseOdds), factor };
}

/**
 * Points of every bin. @param intercept of the model.
 * @throws InputError `ERR_LEARN_OPTION`, `ERR_LEARN_SIGN` when a coefficient is negative: on weight of evidence that is an artefact.
 */
export function buildScorecard(intercept: number, terms: readonly ScorecardTerm[], options: ScoreScale = {}): Scorecard {
  if (terms.length === 0) throw refused('a scorecard needs at least one feature');
  const wrong = terms.find((term) => term.coefficient < 0);
  if (wrong) {
    throw new InputError('ERR_LEARN_SIGN', `the coefficient of "${wrong.name}" is negative`, {
      help: 'Fit with sign bounds, or drop the feature and refit.',
      details: { column: wrong.name },
    });
  }
  const { offset, factor } = scoreScale(options);
  const share = (offset - factor * intercept) / terms.length;
  const features = terms.map(({ name, coefficient, woes }) => ({
    name,
    points: Int32Array.from(woes, (woe) => Math.round(share - factor * coefficient * woe)),
    neutralPoints: Math.round(share),
  }));
  const extreme = (pick: (...values: number[]) => number): number =>
    features.reduce((sum, feature) => sum + pick(feature.neutralPoints, ...feature.points), 0);
  return Object.freeze({
    features,
    offset,
    factor,
    roundingBound: terms.length / 2,
    lowest: extreme(Math.min),
    highest: extreme(Math.max),
  });
}

/** P(bad) of a score: 1 / (1 + e^((score − A)/B)). */
export function defaultProbability({ offset, factor }: Pick<Scorecard, 'offset' | 'factor'>, score: number): number {
  return 1 / (1 + Math.exp((score - offset) / factor));
}

/** Score of rows given the bin of each feature (feature-major; −1 is neutral). */
export function scoreRows(features: readonly ScorecardFeature[], bins: readonly ArrayLike<number>[]): Float64Array {
  const scores = new Float64Array(bins[0]?.length ?? 0);
  features.forEach(({ points, neutralPoints }, f) => {
    for (let i = 0; i < scores.length; i++) scores[i] += bins[f][i] < 0 ? neutralPoints : points[bins[f][i]];
  });
  return scores;
}

function refused(message: string): InputError {
  return new InputError('ERR_LEARN_OPTION', message);
}
