import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import {
  betaCdf,
  binomialCdf,
  chiSquaredCdf,
  chiSquaredTail,
  drawBeta,
  drawGamma,
  drawIndex,
  drawPoisson,
  erfc,
  gammaP,
  gammaQ,
  logGamma,
  normalCdf,
  normalQuantile,
} from '../../src/math/index.ts';

const close = (a: number, b: number, relative = 1e-12) =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(relative * Math.max(Math.abs(b), 1e-300));

describe('special functions', () => {
  it('ln Γ: factorials, halves, the recurrence', () => {
    close(logGamma(11), Math.log(3_628_800));
    close(logGamma(0.5), 0.5 * Math.log(Math.PI));
    for (const x of [0.1, 0.7, 3.3, 40.5, 1e4]) expect(Math.abs(logGamma(x + 1) - logGamma(x) - Math.log(x))).toBeLessThan(1e-10);
  });

  it('Φ: published values, tails without cancellation', () => {
    close(normalCdf(1.959963984540054), 0.975);
    close(normalCdf(1), 0.8413447460685429);
    close(normalCdf(-8), 6.220960574271785e-16, 1e-10);
    close(erfc(2), 0.004677734981047266);
    expect(normalCdf(0)).toBe(0.5);
  });

  it('Φ⁻¹ inverts Φ over the whole range', () => {
    for (const p of [1e-300, 1e-20, 1e-8, 0.001, 0.02425, 0.075, 0.3, 0.5, 0.6, 0.925, 0.97, 0.999, 1 - 1e-9]) {
      close(normalCdf(normalQuantile(p)), p, 1e-11);
    }
    close(normalQuantile(0.975), 1.959963984540054);
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(1.1)]).toEqual([-Infinity, Infinity, Number.NaN]);
  });

  it('incomplete gamma: exponential and Erlang closed forms, χ² quantiles', () => {
    for (const x of [0.01, 1, 5, 50]) {
      close(gammaQ(1, x), Math.exp(-x));
      close(gammaQ(3, x), Math.exp(-x) * (1 + x + (x * x) / 2));
      close(gammaP(2.5, x) + gammaQ(2.5, x), 1);
    }
    close(chiSquaredCdf(3.841458820694124, 1), 0.95);
    close(chiSquaredTail(18.307038053275146, 10), 0.05);
  });

  it('incomplete beta: uniform, polynomial and arcsine closed forms, symmetry', () => {
    close(betaCdf(0.3, 1, 1), 0.3);
    close(betaCdf(0.5, 2, 3), 0.6875);
    close(betaCdf(0.2, 0.5, 0.5), (2 / Math.PI) * Math.asin(Math.sqrt(0.2)));
    for (const x of [0.001, 0.2, 0.7]) expect(Math.abs(betaCdf(x, 12.5, 987.5) + betaCdf(1 - x, 987.5, 12.5) - 1)).toBeLessThan(1e-13);
  });

  it('binomial distribution function is the sum of its terms', () => {
    let sum = 0;
    const choose = [1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1];
    for (let k = 0; k <= 10; k++) {
      sum += choose[k] * 0.3 ** k * 0.7 ** (10 - k);
      close(binomialCdf(k, 10, 0.3), sum);
    }
  });
});

describe('draws', () => {
  const moments = (draw: () => number, n = 40_000) => {
    const values = Array.from({ length: n }, draw);
    const mean = values.reduce((a, b) => a + b) / n;
    return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n };
  };

  it.each([
    ['Poisson(0.6)', (r: ReturnType<typeof seededRandom>) => drawPoisson(r, 0.6), 0.6, 0.6],
    ['Poisson(90)', (r: ReturnType<typeof seededRandom>) => drawPoisson(r, 90), 90, 90],
    ['Gamma(0.4)', (r: ReturnType<typeof seededRandom>) => drawGamma(r, 0.4), 0.4, 0.4],
    ['Gamma(5)', (r: ReturnType<typeof seededRandom>) => drawGamma(r, 5), 5, 5],
    ['Beta(2, 3)', (r: ReturnType<typeof seededRandom>) => drawBeta(r, 2, 3), 0.4, 0.04],
    ['index', (r: ReturnType<typeof seededRandom>) => drawIndex(r, [1, 0, 3]), 1.5, 0.75],
  ] as const)('%s has its mean and variance', (_, draw, mean, variance) => {
    const random = seededRandom(3);
    const got = moments(() => draw(random));
    expect(Math.abs(got.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / 40_000));
    expect(Math.abs(got.variance / variance - 1)).toBeLessThan(0.1);
  });
});
