/** Sizes, layouts, formats and parameters of the training on shares: what every party derives from the terms alone. */
import { type MatvecLayout, RING_DEGREE, type Usage } from '../../../he/index.ts';
import { maskBits, truncationFailureLog2 } from '../../../sharing/index.ts';
import { SHARED_COLUMN_BITS as COLUMN_BITS, type LogisticTerms } from './contract.ts';
import { vectorLayout } from './lanes.ts';

/** Fractional bits of weights. */
export const WEIGHT_BITS = 30;
/** Fractional bits of u, its powers and the residual. */
export const VALUE_BITS = 24;
/** Fractional bits of the gradient after its truncation. */
export const GRADIENT_BITS = 26;
/** The preconditioner's entries are scaled to stay below this. */
export const PRECONDITIONER_ENTRY = 2 ** 21;

/** Bits of the integers that are truncated: what the masks of several holders must hide. Linear predictors are taken to stay below 2^5. */
export const PREDICTOR_BOUND = COLUMN_BITS + WEIGHT_BITS + 5;
export const PRODUCT_BOUND = 2 * VALUE_BITS + 4;
export const gradientBound = (rows: number): number => COLUMN_BITS + VALUE_BITS + Math.ceil(Math.log2(rows)) + 1;

export interface SharedPlan {
  readonly rows: number;
  /** By place: intercept and the label party's columns, then each holder's. */
  readonly widths: readonly number[];
  /** By place: where its weights begin. */
  readonly starts: readonly number[];
  readonly columns: number;
  /** By place: the layouts of its matrix with weights and with residuals. */
  readonly predictor: readonly MatvecLayout[];
  readonly gradient: readonly MatvecLayout[];
  readonly step: MatvecLayout;
  readonly usages: (t: number) => readonly Usage[];
  /** One holder: log2 of the probability that any local truncation of the training wraps; the range check would then stop the run. */
  readonly truncationFailureLog2: number;
  /** Several holders: log2 of the statistical distance between what the label party opens in truncations and nothing. */
  readonly truncationLeakLog2: number;
}

export function sharedPlan(terms: LogisticTerms): SharedPlan {
  const { rows, holders } = terms;
  const widths = [terms.labelColumns + 1, ...holders];
  const columns = widths.reduce((sum, width) => sum + width, 0);
  const starts = widths.map((_, place) => widths.slice(0, place).reduce((sum, width) => sum + width, 0));
  const predictor = widths.map((width) => vectorLayout(width, rows));
  const gradient = widths.map((width) => vectorLayout(rows, width));
  const step = vectorLayout(columns, columns);
  const rounds = terms.iterations * (terms.refits + 1);
  const masked = 2 ** PREDICTOR_BOUND + 7 * 2 ** PRODUCT_BOUND;
  return {
    rows,
    widths,
    starts,
    columns,
    predictor,
    gradient,
    step,
    usages: (t) => usagesOf(terms, { predictor, gradient, step }, t),
    truncationFailureLog2: truncationFailureLog2(2 * VALUE_BITS + 8, 8 * rows * rounds),
    truncationLeakLog2: Math.log2(masked * rows * rounds) - maskBits(Math.max(2, holders.length)),
  };
}

function usagesOf(terms: LogisticTerms, layouts: Pick<SharedPlan, 'predictor' | 'gradient' | 'step'>, t: number): readonly Usage[] {
  const rounds = terms.iterations * (terms.refits + 1);
  const share = (layout: MatvecLayout, maxAbs: number): Usage => ({
    terms: layout.terms,
    maxAbs,
    outputs: rounds * terms.holders.length * layout.outputs,
    mode: 'share',
  });
  const columnBound = terms.clip * 2 ** COLUMN_BITS;
  return [
    ...layouts.predictor.map((layout) => share(layout, columnBound)),
    ...layouts.gradient.map((layout) => share(layout, columnBound)),
    share(layouts.step, PRECONDITIONER_ENTRY),
    {
      terms: 2 * RING_DEGREE,
      maxAbs: Math.floor(t / 2),
      outputs: rounds * terms.holders.length * 6 * RING_DEGREE * Math.ceil(terms.rows / RING_DEGREE),
      mode: 'share',
    },
  ];
}
