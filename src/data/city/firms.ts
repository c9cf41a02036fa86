/**
 * The firms of the synthetic city: identity, size and the latents that drive everything seen of them. Steps 1 to 3 of the recipe:
 * health H, liquidity L, compliance Q ~ N(0, 1) with corr(H, L) = .4 and corr(H, Q) = .2; log-odds of default
 *
 *   η = a - .6 H - .65 Q - .65 L + industry - .15 z(age)
 *
 * with a solved by bisection so that the platform's firms default at the wanted mean rate. The weights are tuned, not estimated: the
 * true PD ranks firms with AUC .82, about what good SME models see at best. Each firm draws from its own stream.
 */
import type { SeededRandom } from '../../base/index.ts';
import { drawIndex, drawLogNormal } from '../../math/index.ts';
import { randomUscc } from '../uscc.ts';
import { CITY_INDUSTRIES, CITY_REGION_SHARES, CITY_REGIONS } from './industries.ts';

/** One firm as nobody in the city sees it. */
export interface Firm {
  readonly uscc: string;
  readonly region6: string;
  /** Index in `CITY_INDUSTRIES`. */
  readonly industry: number;
  readonly ageYears: number;
  /** 万元 */
  readonly registeredCapital: number;
  /** Yearly sales, 元. */
  readonly sales: number;
  readonly staff: number;
  readonly health: number;
  readonly compliance: number;
  readonly liquidity: number;
  /** η without the intercept a. */
  readonly logOddsShift: number;
  /** Uniform draw that decides default: bad when below PD. */
  readonly fate: number;
}

const AGE_SIGMA = 0.8;
const CAPITAL_SPIKES = [10, 50, 100, 200, 500, 1000];

/**
 * Firm number `k` of a population.
 * @param stream the population's stream; the firm splits its own from it.
 * @param regions counties the population registers in, with shares.
 */
export function makeFirm(stream: SeededRandom, k: number, taken: Set<string>, regions = CITY_REGIONS, shares = CITY_REGION_SHARES): Firm {
  const random = stream.split(`firm/${k}`);
  const health = random.normal();
  const liquidity = 0.4 * health + Math.sqrt(1 - 0.4 ** 2) * random.normal();
  const compliance = 0.2 * health + Math.sqrt(1 - 0.2 ** 2) * random.normal();
  const industry = drawIndex(
    random,
    CITY_INDUSTRIES.map(({ share }) => share),
  );
  const region6 = regions[drawIndex(random, shares)];
  const age = random.normal();
  const ageYears = Math.min(40, Math.round(10 * 5 * Math.exp(AGE_SIGMA * age)) / 10);
  const sales = Math.round(drawLogNormal(random, CITY_INDUSTRIES[industry].medianSales, 1.6) * Math.exp(0.15 * health));
  const staff = Math.max(1, Math.round(drawLogNormal(random, 4, 0.6) * (sales / 4e6) ** 0.45));
  return {
    uscc: freshUscc(random, region6, taken),
    region6,
    industry,
    ageYears,
    registeredCapital: capital(random),
    sales,
    staff,
    health,
    compliance,
    liquidity,
    logOddsShift: -0.6 * health - 0.65 * compliance - 0.65 * liquidity + CITY_INDUSTRIES[industry].beta - 0.15 * age,
    fate: random.uniform(),
  };
}

/** 万元, lognormal with median 100; three in five sit on a round sum. */
function capital(random: SeededRandom): number {
  const value = drawLogNormal(random, 100, 1.2);
  if (random.uniform() > 0.6) return Math.max(1, Math.round(value));
  return CAPITAL_SPIKES.reduce((best, spike) => (Math.abs(Math.log(spike / value)) < Math.abs(Math.log(best / value)) ? spike : best));
}

function freshUscc(random: SeededRandom, region6: string, taken: Set<string>): string {
  const type = random.uniform() < 0.85 ? '1' : '2';
  for (;;) {
    const code = randomUscc(random, { region6, organisationType: type });
    if (taken.has(code)) continue;
    taken.add(code);
    return code;
  }
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The intercept a for which the mean PD is `rate`, by bisection to 1e-9. */
export function solveIntercept(shifts: Float64Array, rate: number): number {
  let low = -20;
  let high = 20;
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    let mean = 0;
    for (const shift of shifts) mean += sigmoid(middle + shift) / shifts.length;
    if (mean < rate) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
