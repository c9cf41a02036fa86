/**
 * A yardstick for data sets: out-of-sample AUC of a ridge logistic regression on rank-normal features with missing indicators, by
 * two-fold cross-fitting. Independent of the library's own learners, so that it can judge data for them.
 */
import { normalQuantile } from '../../src/math/index.ts';

/** Area under the ROC curve, ties averaged. */
export function auc(scores: ArrayLike<number>, label: Uint8Array): number {
  const order = Uint32Array.from({ length: label.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    for (let i = start; i < end; i++) {
      if (label[order[i]] !== 1) continue;
      rankSum += (start + end + 1) / 2;
      positives += 1;
    }
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (label.length - positives));
}

/** Two-fold cross-fitted AUC of the columns for the label. */
export function referenceAuc(columns: readonly Float64Array[], label: Uint8Array): number {
  const features = columns.flatMap(rankNormal);
  const scores = new Float64Array(label.length);
  for (const fold of [0, 1]) {
    const beta = ridge(features, label, (row) => row % 2 !== fold);
    for (let row = fold; row < label.length; row += 2) scores[row] = predict(features, beta, row);
  }
  return auc(scores, label);
}

function rankNormal(values: Float64Array): Float64Array[] {
  const present = [...values.keys()].filter((i) => !Number.isNaN(values[i])).sort((a, b) => values[a] - values[b]);
  const out = new Float64Array(values.length);
  for (let start = 0; start < present.length; ) {
    let end = start;
    while (end < present.length && values[present[end]] === values[present[start]]) end++;
    const z = normalQuantile((start + end) / 2 / present.length);
    for (let i = start; i < end; i++) out[present[i]] = z;
    start = end;
  }
  const missing = Float64Array.from(values, (v) => Number(Number.isNaN(v)));
  return present.length < values.length ? [out, missing] : [out];
}

const predict = (features: readonly Float64Array[], beta: Float64Array, row: number): number =>
  features.reduce((sum, feature, j) => sum + beta[j] * feature[row], beta[features.length]);

/** Newton's method, ridge 1 on the slopes. */
function ridge(features: readonly Float64Array[], label: Uint8Array, use: (row: number) => boolean): Float64Array {
  const p = features.length + 1;
  let beta = new Float64Array(p);
  for (let iteration = 0; iteration < 8; iteration++) {
    const gradient = Float64Array.from(beta, (b, j) => (j < p - 1 ? -b : 0));
    const hessian = Array.from({ length: p }, (_, j) => {
      const row = new Float64Array(p);
      row[j] = j < p - 1 ? 1 : 1e-9;
      return row;
    });
    const x = new Float64Array(p).fill(1);
    for (let row = 0; row < label.length; row++) {
      if (!use(row)) continue;
      for (let j = 0; j < p - 1; j++) x[j] = features[j][row];
      const mu = 1 / (1 + Math.exp(-predict(features, beta, row)));
      const weight = mu * (1 - mu);
      for (let j = 0; j < p; j++) {
        gradient[j] += (label[row] - mu) * x[j];
        for (let k = 0; k <= j; k++) hessian[j][k] += weight * x[j] * x[k];
      }
    }
    const step = solve(hessian, gradient);
    beta = beta.map((b, j) => b + step[j]);
  }
  return beta;
}

/** Cholesky; only the lower half of `a` is read. */
function solve(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const n = b.length;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i][j];
      for (let k = 0; k < j; k++) sum -= a[i][k] * a[j][k];
      a[i][j] = i === j ? Math.sqrt(sum) : sum / a[j][j];
    }
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= a[i][k] * x[k];
    x[i] /= a[i][i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= a[k][i] * x[k];
    x[i] /= a[i][i];
  }
  return x;
}
