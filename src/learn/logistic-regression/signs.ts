/**
 * Coefficients that must keep a sign, for fits that cannot be bounded while they run: columns whose coefficient comes out wrong are left out and
 * the rest fitted again. Where to begin is the bounded optimum of the linear-residual model, which costs nothing: what it holds at zero is
 * left out from the start.
 */
import type { SignBound } from '../statistics/bounded-quadratic.ts';
import { type Moments, preconditioner, solveMoments } from './moments.ts';

/** A start for an iteration on some of the columns. Left-out columns have weight zero and zeros in the preconditioner. */
export interface SignedStart {
  /** Intercept first. */
  readonly weights: Float64Array;
  /** Row-major over all weights. */
  readonly preconditioner: Float64Array;
  /** Columns left out, counted from 0 without the intercept. */
  readonly out: ReadonlySet<number>;
}

/**
 * @param out columns to leave out whatever their sign
 * @throws InputError `ERR_LEARN_COLLINEAR`.
 */
export function signedStart(
  moments: Moments,
  { ridge = 0, signs, out = new Set<number>() }: { ridge?: number; signs?: readonly SignBound[]; out?: ReadonlySet<number> },
): SignedStart {
  const kept = moments.names.map((_, j) => j).filter((j) => !out.has(j));
  const bounded = solveMoments(momentsOn(moments, kept), { ridge, signs: signs && kept.map((j) => signs[j]) });
  const held = signs ? kept.filter((j, at) => signs[j] !== 0 && bounded[1 + at] === 0) : [];
  const left = new Set([...out, ...held]);
  const free = kept.filter((j) => !left.has(j));
  const part = momentsOn(moments, free);
  const n = moments.names.length + 1;
  const places = [0, ...free.map((j) => 1 + j)];
  const weights = new Float64Array(n);
  const matrix = new Float64Array(n * n);
  const solved = solveMoments(part, { ridge });
  const inverse = preconditioner(part, ridge);
  places.forEach((i, a) => {
    weights[i] = solved[a];
    places.forEach((j, b) => {
      matrix[i * n + j] = inverse[a * places.length + b];
    });
  });
  return { weights, preconditioner: matrix, out: left };
}

/** Columns (from 0) whose coefficient has the wrong sign. */
export function wrongSigns(weights: Float64Array, signs: readonly SignBound[] | undefined): number[] {
  return signs?.flatMap((sign, j) => (sign * weights[j + 1] < 0 ? [j] : [])) ?? [];
}

/** Moments of the intercept and some columns, counted from 0 without the intercept. */
export function momentsOn({ rows, names, gram, target }: Moments, columns: readonly number[]): Moments {
  const n = names.length + 1;
  const places = [0, ...columns.map((j) => 1 + j)];
  return {
    rows,
    names: columns.map((j) => names[j]),
    gram: Float64Array.from(places.flatMap((i) => places.map((j) => gram[i * n + j]))),
    target: Float64Array.from(places, (i) => target[i]),
  };
}
