/**
 * Quantised gradients (Shi et al., "Quantized Training of Gradient Boosting Decision Trees", NeurIPS 2022): per tree, g and h become small
 * integers by stochastic rounding, so that histogram sums are exact integers everywhere, fit a small plaintext modulus, and say little
 * about single rows (security.md H7). E[rounded] = value, so trees stay unbiased.
 *
 * Who learns what: the scales never leave the label party. The rounding draws come from an explicit source: the CSPRNG in production, a
 * seeded one in tests.
 */
import type { SecureRandom } from '../../base/index.ts';
import type { GbdtConfig, GbdtObjective } from './parameters.ts';

/** g and h of one tree, zero for rows that are not in its sample. Integers when quantised. */
export interface TreeGradients {
  readonly g: Float64Array;
  readonly h: Float64Array;
  /** 1 for rows that train this tree, 0 for validation rows and rows not drawn. */
  readonly sampled: Uint8Array;
  /** Real value = integer / scale. */
  readonly gScale: number;
  readonly hScale: number;
}

/** Largest |g| and h that quantised gradients reach: the bounds a plaintext modulus is made for. */
export interface GradientLevels {
  readonly g: number;
  readonly h: number;
}

/** g takes 2^bits − 1 signed values, h takes 2^hessianBits non-negative ones; with squared error h is always 1. */
export function gradientLevels(bits: number, hessianBits: number, objective: GbdtObjective): GradientLevels {
  return { g: 2 ** (bits - 1) - 1, h: objective === 'reg:squarederror' ? 1 : 2 ** hessianBits - 1 };
}

/** Keeps only the sampled rows and quantises them; `gradient_bits: 'exact'` leaves doubles as they are. */
export function prepareGradients(
  config: GbdtConfig,
  g: Float64Array,
  h: Float64Array,
  sampled: Uint8Array,
  random: SecureRandom,
): TreeGradients {
  const bits = config.gradient_bits;
  if (bits === 'exact') {
    return {
      g: g.map((value, i) => (sampled[i] ? value : 0)),
      h: h.map((value, i) => (sampled[i] ? value : 0)),
      sampled,
      gScale: 1,
      hScale: 1,
    };
  }
  const levels = gradientLevels(bits, config.hessian_bits, config.objective);
  const gScale = levels.g / largest(g, sampled);
  const hScale = levels.h / largest(h, sampled);
  return {
    g: stochasticRound(g, gScale, levels.g, sampled, random),
    h: stochasticRound(h, hScale, levels.h, sampled, random),
    sampled,
    gScale,
    hScale,
  };
}

function largest(values: Float64Array, sampled: Uint8Array): number {
  let max = 0;
  for (let i = 0; i < values.length; i++) if (sampled[i]) max = Math.max(max, Math.abs(values[i]));
  return max || 1;
}

/** ⌊x·scale + u⌋ with u uniform in [0, 1), clamped to ±level (x·scale reaches the level only at the largest value, up to a rounding). */
function stochasticRound(values: Float64Array, scale: number, level: number, sampled: Uint8Array, random: SecureRandom): Float64Array {
  const draws = new Uint32Array(values.length);
  random.fill(new Uint8Array(draws.buffer));
  return values.map((value, i) => {
    if (!sampled[i]) return 0;
    const rounded = Math.floor(value * scale + draws[i] / 2 ** 32);
    return Math.min(level, Math.max(-level, rounded)) + 0; // + 0 turns −0 into 0
  });
}
