/**
 * Coefficients that must keep a sign, for fits that cannot be bounded while they run: columns whose coefficient comes out wrong are left out and
 * the rest fitted again. Where to begin is the bounded optimum of one Newton step from the mean, which costs nothing: what it holds at zero is
 * left out from the start.
 */
import type { SignBound } from '../statistics/bounded-quadratic.ts';
import { LEAST_CURVATURE, type Moments, oneStep, preconditioner, stepCurvature } from './moments.ts';

/** A start for an iteration on some of the columns. Left-out columns have weight zero and zeros in the preconditioner. */
export interface SignedStart {
  /** Intercept first. */
  readonly weights: Float64Array;
  /** Row-major over all weights. */
  readonly preconditioner: Float64Array;
  /** No entry is larger, whatever the labels: a scale that follows from this says nothing about them. */
  readonly largestEntry: number;
  /** Columns left out, counted from 0 without the intercept. */
  readonly out: ReadonlySet<number>;
}

export interface SignedStartOptions {
  /** Of the sigmoid that the iteration uses: its slope at zero decides how long a step may be. */
  readonly degree: number;
  readonly ridge?: number;
  readonly signs?: readonly SignBound[];
  /** Columns to leave out whatever their sign. */
  readonly out?: ReadonlySet<number>;
}

/**
 * @throws InputError `ERR_LEARN_COLLINEAR`.
 */
export function signedStart(moments: Moments, { degree, ridge = 0, signs, out = new Set<number>() }: SignedStartOptions): SignedStart {
  const kept = moments.names.map((_, j) => j).filter((j) => !out.has(j));
  const from = { degree, ridge };
  const bounded = oneStep(momentsOn(moments, kept), { ...from, signs: signs && kept.map((j) => signs[j]) });
  const held = signs ? kept.filter((j, at) => signs[j] !== 0 && bounded[1 + at] === 0) : [];
  const left = new Set([...out, ...held]);
  const free = kept.filter((j) => !left.has(j));
  const part = momentsOn(moments, free);
  const n = moments.names.length + 1;
  const places = [0, ...free.map((j) => 1 + j)];
  const weights = new Float64Array(n);
  const matrix = new Float64Array(n * n);
  const solved = oneStep(part, from);
  const inverse = preconditioner(part, ridge, stepCurvature(part, degree));
  places.forEach((i, a) => {
    weights[i] = solved[a];
    places.forEach((j, b) => {
      matrix[i * n + j] = inverse[a * places.length + b];
    });
  });
  return { weights, preconditioner: matrix, largestEntry: largestOf(preconditioner(part, ridge, LEAST_CURVATURE)), out: left };
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

const largestOf = (matrix: Float64Array): number => matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
