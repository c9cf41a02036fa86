/** The polynomial iteration at the default rates of small firms: where the old start and step left a coefficient at half its size. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import { fitLogisticRegression, fitPolynomial } from '../../../src/learn/logistic-regression/index.ts';

/** Correlated columns, a linear log-odds. */
function drawn(intercept: number) {
  const random = seededRandom(5, 'low rates');
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const betas = [0.8, 0.6, -0.5, 0.4];
  const rows = 12_000;
  const common = Array.from({ length: rows }, gauss);
  const design = betas.map((_, j) => ({ name: `x${j}`, values: Float64Array.from(common, (c) => 0.5 * c + 0.85 * gauss()) }));
  const odds = common.map((_, i) => betas.reduce((sum, beta, j) => sum + beta * design[j].values[i], intercept));
  return { design, labels: Uint8Array.from(odds, (z) => (random.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0)) };
}

/** Regression of the coefficients on those of maximum likelihood, without the intercepts. */
function sizeOf(weights: Float64Array, exact: Float64Array): number {
  const [product, square] = [weights, exact].map((w) => w.slice(1).reduce((sum, x, j) => sum + x * exact[j + 1], 0));
  return product / square;
}

describe('degree 9, 12 iterations', () => {
  it.each([
    [-1.3, 'a quarter', 0.98],
    [-3, 'a twelfth', 0.93],
    [-3.8, 'a twenty-fifth', 0.87],
  ])('intercept %d, about %s bad: coefficients at least %d of those of maximum likelihood', (intercept, _, least) => {
    const { design, labels } = drawn(intercept);
    const exact = fitLogisticRegression(design, labels, {}).weights;
    const size = sizeOf(fitPolynomial(design, labels, { degree: 9, iterations: 12 }).weights, exact);
    expect(size).toBeGreaterThan(least);
    expect(size).toBeLessThan(1.02);
  });
});
