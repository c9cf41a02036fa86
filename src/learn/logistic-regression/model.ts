/** A fitted logistic regression as a plain value, and what a model document says of each coefficient. */

import { normalQuantile, normalTwoSided } from '../statistics/distributions.ts';
import { cholesky, choleskyInverse } from '../statistics/linear-algebra.ts';
import type { Design } from './design.ts';
import { columnNamer } from './moments.ts';

export interface CoefficientRow {
  readonly name: string;
  readonly coefficient: number;
  readonly standardError: number;
  /** Wald statistic. */
  readonly z: number;
  readonly pValue: number;
  readonly lower: number;
  readonly upper: number;
}

export interface LogisticModel {
  readonly names: readonly string[];
  /** Intercept first. */
  readonly weights: Float64Array;
  readonly iterations: number;
}

/**
 * Wald table from the information matrix (the Hessian of the summed loss at the optimum), intercept first. A weight held at its bound has
 * no sampling distribution worth the name: its row says NaN.
 * @param level coverage of the confidence interval. @default 0.95
 */
export function waldTable(
  { names, weights }: Pick<LogisticModel, 'names' | 'weights'>,
  information: Float64Array,
  level = 0.95,
): CoefficientRow[] {
  const n = weights.length;
  const covariance = choleskyInverse(cholesky(information, n, columnNamer(names)));
  const reach = normalQuantile(0.5 + level / 2);
  return Array.from(weights, (coefficient, j) => {
    const held = j > 0 && coefficient === 0;
    const standardError = held ? Number.NaN : Math.sqrt(covariance[j * n + j]);
    const z = coefficient / standardError;
    return {
      name: j === 0 ? '(intercept)' : names[j - 1],
      coefficient,
      standardError,
      z,
      pValue: held ? Number.NaN : normalTwoSided(z),
      lower: coefficient - reach * standardError,
      upper: coefficient + reach * standardError,
    };
  });
}

/** Linear predictor z of every row. */
export function linearPredictor(weights: Float64Array, design: Design): Float64Array {
  const z = new Float64Array(design[0]?.values.length ?? 0).fill(weights[0]);
  design.forEach(({ values }, j) => {
    const w = weights[j + 1];
    for (let i = 0; i < z.length; i++) z[i] += w * values[i];
  });
  return z;
}

/** 1 / (1 + e^−z) without overflow. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}
