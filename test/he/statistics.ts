/** Uniformity statistics with their null moments; thresholds in tests are chosen so that an honest run fails less than once in 10^6. */

/** Pearson's chi² against equal cells; degrees of freedom = counts.length - 1. */
export function chiSquare(counts: ArrayLike<number>): number {
  const all = Array.from(counts);
  const expected = all.reduce((sum, count) => sum + count, 0) / all.length;
  return all.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** (chi² - df) / sqrt(2 df): about standard normal for many cells. */
export const chiSquareScore = (counts: ArrayLike<number>): number =>
  (chiSquare(counts) - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));

/** Counts of floor(cells · value / bound). */
export function histogram(values: Iterable<number | bigint>, bound: number | bigint, cells = 256): Float64Array {
  const counts = new Float64Array(cells);
  for (const value of values) counts[Math.min(cells - 1, Math.floor((Number(value) / Number(bound)) * cells))]++;
  return counts;
}

/** sqrt(n) · Kolmogorov-Smirnov distance from uniform on [0, 1); above 2.7 has probability below 10^-6. */
export function kolmogorovSmirnov(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  let distance = 0;
  sorted.forEach((value, i) => {
    distance = Math.max(distance, Math.abs(value - i / sorted.length), Math.abs(value - (i + 1) / sorted.length));
  });
  return distance * Math.sqrt(sorted.length);
}

/** sqrt(n) · lag-1 correlation: about standard normal for independent values. */
export function serialCorrelation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let product = 0;
  let square = 0;
  for (let i = 0; i < values.length; i++) {
    square += (values[i] - mean) ** 2;
    if (i > 0) product += (values[i] - mean) * (values[i - 1] - mean);
  }
  return (product / square) * Math.sqrt(values.length);
}
