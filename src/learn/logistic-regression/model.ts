/** A fitted logistic regression as a plain value, and what a model document says of each coefficient. */

import { normalQuantile, normalTwoSided } from '../../math/index.ts';
import { cholesky, choleskyInverse, subMatrix } from '../statistics/linear-algebra.ts';
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
 * Wald table from the information matrix (the Hessian of the summed loss at the optimum), intercept first. A weight held at its bound, exactly
 * zero, has no sampling distribution worth the name: its row says NaN, and the other rows are those of the model without it.
 * @param level coverage of the confidence interval. @default 0.95
 */
export function waldTable(
  { names, weights }: Pick<LogisticModel, 'names' | 'weights'>,
  information: Float64Array,
  level = 0.95,
): CoefficientRow[] {
  const free = Array.from(weights.keys()).filter((j) => j === 0 || weights[j] !== 0);
  const namer = columnNamer(names);
  const covariance = choleskyInverse(cholesky(subMatrix(information, weights.length, free), free.length, (at) => namer(free[at])));
  const reach = normalQuantile(0.5 + level / 2);
  return Array.from(weights, (coefficient, j) => {
    const at = free.indexOf(j);
    const held = at < 0;
    const standardError = held ? Number.NaN : Math.sqrt(covariance[at * free.length + at]);
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
