/** Draws from common distributions on a `SeededRandom`; for synthetic data and tests, never for keys or masks. */
import type { SeededRandom } from '../base/index.ts';

/** True with probability `p`. */
export function drawBernoulli(random: SeededRandom, p: number): boolean {
  return random.uniform() < p;
}

/** exp(N(ln median, sigma²)). */
export function drawLogNormal(random: SeededRandom, median: number, sigma: number): number {
  return median * Math.exp(sigma * random.normal());
}

/** Poisson by Knuth's product of uniforms; a mean over 30 is halved first, a sum of Poissons being Poisson. */
export function drawPoisson(random: SeededRandom, mean: number): number {
  if (!(mean > 0)) return 0;
  if (mean > 30) return drawPoisson(random, mean / 2) + drawPoisson(random, mean / 2);
  const floor = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > floor; product *= random.uniform()) count++;
  return count;
}

/** Gamma(shape, 1), Marsaglia and Tsang (2000). */
export function drawGamma(random: SeededRandom, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Beta(a, b) as a ratio of Gammas. */
export function drawBeta(random: SeededRandom, a: number, b: number): number {
  const x = drawGamma(random, a);
  return x / (x + drawGamma(random, b));
}

/** An index with probability proportional to its weight (weights ≥ 0, some positive). */
export function drawIndex(random: SeededRandom, weights: readonly number[]): number {
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length - 1; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.length - 1;
}
