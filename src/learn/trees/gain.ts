/**
 * Loss reduction of a split and weight of a leaf, as XGBoost computes them (Chen and Guestrin, KDD 2016, eq. 5-7; no factor ½ in the gain,
 * L1 by soft threshold, monotone constraints by bounds on the weights of a subtree). All doubles, from exact integer sums: the same
 * numbers at the single-party reference and at the label party.
 */
import type { GbdtConfig, MonotoneSign } from './parameters.ts';

/** Regularisation, in the units of real gradients. */
export type Regularisation = Pick<GbdtConfig, 'reg_lambda' | 'reg_alpha' | 'gamma' | 'min_child_weight'>;

/** Bounds on leaf weights that the splits above a node impose. */
export interface WeightBounds {
  readonly lower: number;
  readonly upper: number;
}

export const UNBOUNDED: WeightBounds = Object.freeze({ lower: -Infinity, upper: Infinity });

/** Splits must gain more than this (XGBoost's kRtEps). */
export const MIN_GAIN = 1e-6;

function softThreshold(g: number, alpha: number): number {
  if (g > alpha) return g - alpha;
  return g < -alpha ? g + alpha : 0;
}

/** −T(G)/(H + λ), clipped to the bounds; 0 where H + λ is 0. Shrinkage is not applied here. */
export function leafWeight(g: number, h: number, { reg_lambda, reg_alpha }: Regularisation, bounds: WeightBounds): number {
  const denominator = h + reg_lambda;
  const weight = denominator > 0 ? -softThreshold(g, reg_alpha) / denominator : 0;
  return Math.min(bounds.upper, Math.max(bounds.lower, weight)) + 0;
}

/** Loss reduction of a leaf of the given weight: −(2Gw + (H + λ)w² + 2α|w|). At the unclipped weight it is T(G)²/(H + λ). */
function leafScore(g: number, h: number, { reg_lambda, reg_alpha }: Regularisation, weight: number): number {
  return -(2 * g * weight + (h + reg_lambda) * weight * weight + 2 * reg_alpha * Math.abs(weight));
}

function score(g: number, h: number, reg: Regularisation, bounds: WeightBounds): number {
  if (bounds !== UNBOUNDED) return leafScore(g, h, reg, leafWeight(g, h, reg, bounds));
  const denominator = h + reg.reg_lambda;
  const t = softThreshold(g, reg.reg_alpha);
  return denominator > 0 ? (t * t) / denominator : 0;
}

/**
 * Gain of splitting (G, H) into (GL, HL) and the rest, or −Infinity where `min_child_weight`, `gamma`, the numerical floor or the
 * monotone sign forbids it.
 */
export function splitGain(
  gl: number,
  hl: number,
  g: number,
  h: number,
  reg: Regularisation,
  bounds: WeightBounds,
  sign: MonotoneSign,
): number {
  const gr = g - gl;
  const hr = h - hl;
  if (hl < reg.min_child_weight || hr < reg.min_child_weight || hl <= 0 || hr <= 0) return -Infinity;
  if (sign !== 0 && sign * (leafWeight(gr, hr, reg, bounds) - leafWeight(gl, hl, reg, bounds)) < 0) return -Infinity;
  const gain = score(gl, hl, reg, bounds) + score(gr, hr, reg, bounds) - score(g, h, reg, bounds);
  return gain > MIN_GAIN && gain >= reg.gamma ? gain : -Infinity;
}

/** Bounds of the two children: a constrained split keeps them apart at the middle of their weights. */
export function childBounds(left: number, right: number, bounds: WeightBounds, sign: MonotoneSign): readonly [WeightBounds, WeightBounds] {
  if (sign === 0) return [bounds, bounds];
  const middle = (left + right) / 2;
  const low = { lower: bounds.lower, upper: middle };
  const high = { lower: middle, upper: bounds.upper };
  return sign > 0 ? [low, high] : [high, low];
}
