/**
 * PDs where defaults are few or the cycle must be taken out. Pluto and Tasche, "Estimating probabilities of default for low default
 * portfolios" (2005): the most prudent upper bound, grade by grade, without and with asset correlation. Vasicek (2002) between
 * point-in-time and through-the-cycle.
 */
import { InputError } from '../../base/index.ts';
import { betaCdf, binomialCdf, normalCdf, normalQuantile } from '../../math/index.ts';

/** Obligors of a grade at the start of a year, and how many defaulted within it. */
export interface GradeCount {
  /** Firms of the grade at the start of the year, 1 or more. */
  readonly obligors: number;
  /** Of these, firms that defaulted within it. */
  readonly defaults: number;
}

/** Quantile of Beta(a, b) by bisection to the last bit; a, b > 0. */
export function betaQuantile(p: number, a: number, b: number): number {
  return bisect((x) => betaCdf(x, a, b) - p);
}

/**
 * Upper bounds at `confidence`, best grade first. Grade g is judged with all worse grades, so the bounds never fall as grades worsen.
 * @param options.correlation asset correlation ρ in [0, 1); 0 is the independent case, p = BetaQuantile(γ; D+1, N−D).
 * @throws InputError `ERR_CREDIT_COUNTS`, `ERR_CREDIT_PROBABILITY`.
 */
export function plutoTasche(
  grades: readonly GradeCount[],
  options: { readonly confidence: number; readonly correlation?: number },
): readonly number[] {
  const { confidence, correlation = 0 } = options;
  checkProbability('confidence', confidence);
  if (!(correlation >= 0 && correlation < 1)) throw new InputError('ERR_CREDIT_PROBABILITY', 'the correlation must be in [0, 1)');
  return grades.map((_, g) => {
    const tail = grades.slice(g);
    const n = tail.reduce((sum, grade) => sum + grade.obligors, 0);
    const d = tail.reduce((sum, grade) => sum + grade.defaults, 0);
    checkCounts({ obligors: n, defaults: d });
    if (d === n) return 1;
    if (correlation === 0) return betaQuantile(confidence, d + 1, n - d);
    return bisect((p) => 1 - confidence - correlatedTail(d, n, p, correlation));
  });
}

/** P[at most d defaults of n] with one common factor: ∫ φ(y) Bin(d; n, Φ((Φ⁻¹(p) − √ρ·y)/√(1−ρ))) dy, Simpson on [−8, 8]. */
function correlatedTail(d: number, n: number, p: number, rho: number): number {
  const [steps, reach] = [320, 8];
  const h = (2 * reach) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const y = -reach + i * h;
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-0.5 * y * y) * binomialCdf(d, n, pointInTime(p, rho, y));
  }
  return ((h / 3) * sum) / Math.sqrt(2 * Math.PI);
}

/** Bayes with a uniform prior: (D + 1)/(N + 2). @throws InputError `ERR_CREDIT_COUNTS`. */
export function bayesRate(count: GradeCount): number {
  checkCounts(count);
  return (count.defaults + 1) / (count.obligors + 2);
}

/** Vasicek: the PD in a year whose common factor is `z` (positive is a good year). */
export function pointInTime(throughTheCycle: number, correlation: number, z: number): number {
  return normalCdf((normalQuantile(throughTheCycle) - Math.sqrt(correlation) * z) / Math.sqrt(1 - correlation));
}

/** The inverse: the long-run PD behind a PD seen in a year with factor `z`. */
export function throughTheCycle(pointInTimePd: number, correlation: number, z: number): number {
  return normalCdf(normalQuantile(pointInTimePd) * Math.sqrt(1 - correlation) + Math.sqrt(correlation) * z);
}

/**
 * A margin of conservatism in relative terms, kept within [floor, 1].
 * @throws InputError `ERR_CREDIT_PROBABILITY` for a negative margin.
 */
export function withMargin(pd: number, margin: number, floor: number): number {
  if (!(margin >= 0)) throw new InputError('ERR_CREDIT_PROBABILITY', 'a margin of conservatism must not be negative');
  return Math.min(1, Math.max(floor, pd * (1 + margin)));
}

/** Root of a rising function on [0, 1]. */
function bisect(f: (x: number) => number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high - low > Number.EPSILON * high; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** @throws InputError `ERR_CREDIT_COUNTS`. */
export function checkCounts({ obligors, defaults }: GradeCount): void {
  if (!(Number.isSafeInteger(obligors) && Number.isSafeInteger(defaults) && defaults >= 0 && defaults <= obligors && obligors > 0)) {
    throw new InputError('ERR_CREDIT_COUNTS', 'defaults and obligors must be whole numbers with 0 ≤ defaults ≤ obligors, obligors > 0');
  }
}

/** @throws InputError `ERR_CREDIT_PROBABILITY` outside (0, 1). */
export function checkProbability(name: string, p: number): void {
  if (!(p > 0 && p < 1)) throw new InputError('ERR_CREDIT_PROBABILITY', `${name} must be between 0 and 1`);
}
