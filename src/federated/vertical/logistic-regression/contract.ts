/**
 * What both parties of a vertical logistic regression sign before the first message: sizes, method, what may be disclosed, and the fixed-point
 * formats and parameters that follow. A pure function of the literal, so that both sides derive the same.
 */
import { InputError, RefusedError } from '../../../base/index.ts';
import type { Disclosure } from '../../../protocol/index.ts';

/**
 * - `moments`  LR-G: one round, linear residual, closed form.
 * - `shared`   LR-S: then iterations on additive shares with a polynomial sigmoid. The default: nobody learns anything but the model.
 * - `exact`    LR-F: then Newton's method with the exact sigmoid; the label party sees the holder's partial score of every row at every
 *              iteration. Only with `discloseLinearPredictor: true` in the contract of both.
 */
export type LogisticMethod = 'moments' | 'shared' | 'exact';

export interface LogisticContract {
  /** Aligned rows. */
  readonly rows: number;
  /** The label party's columns, intercept not counted; may be 0. */
  readonly labelColumns: number;
  /** The holder's columns; with several holders those of each, in the order of the label party's links. */
  readonly holderColumns: number | readonly number[];
  /** @default 'shared' */
  readonly method?: LogisticMethod;
  /** Degree of the polynomial sigmoid of `shared`. @default 9 */
  readonly degree?: 1 | 5 | 9;
  /** Most iterations. @default 12 for `shared`, 10 for `exact` (no more are allowed) */
  readonly iterations?: number;
  /** Stop when no step is longer (Euclidean for `shared`, largest weight for `exact`); 0 runs all iterations. @default 0 for `shared`, 1e-5 for `exact` */
  readonly tolerance?: number;
  /** λ of ½·λ·‖w‖² on the summed loss, standardised columns; the intercept is free. @default 0 */
  readonly ridge?: number;
  /** Standardised columns are held to ±clip; null for no clipping (values beyond 120 deviations are refused). @default 6 */
  readonly clip?: number | null;
  /** The signed consent that `exact` needs. @default false */
  readonly discloseLinearPredictor?: boolean;
  /**
   * `shared`: how often the label party may leave out columns whose coefficient has the wrong sign and fit again. Each refit opens the
   * weights to it once more. @default 0
   */
  readonly refits?: number;
}

export type LogisticTerms = Readonly<Required<Omit<LogisticContract, 'clip' | 'holderColumns'>>> & {
  /** Columns of all holders together. */
  readonly holderColumns: number;
  /** Columns of each holder. */
  readonly holders: readonly number[];
  readonly clip: number;
  /** Fractional bits of a standardised column. */
  readonly columnBits: number;
};

const KEYS: ReadonlySet<string> = new Set([
  'rows',
  'labelColumns',
  'holderColumns',
  'method',
  'degree',
  'iterations',
  'tolerance',
  'ridge',
  'clip',
  'discloseLinearPredictor',
  'refits',
]);

/** Column format of `moments` and `shared`; `exact` takes what 31 bits leave beside the clip. */
export const SHARED_COLUMN_BITS = 20;
/** Largest standardised value without clipping, in deviations. */
export const MAX_DEVIATIONS = 120;
/** Rows a column needs away from its most frequent value: one row alone would read that row's label. */
export const MIN_DISTINCT_ROWS = 20;
/** Rows a weight needs. */
export const ROWS_PER_COLUMN = 10;
const MAX_EXACT_ITERATIONS = 10;
const MAX_REFITS = 16;
const MAX_HOLDERS = 16;

/**
 * @throws InputError `ERR_LR_OPTION`; RefusedError `ERR_LR_FEW_ROWS` below ten rows a column, `ERR_LR_CONSENT` for `exact` without the flag.
 */
export function logisticTerms(contract: LogisticContract): LogisticTerms {
  for (const key of Object.keys(contract)) if (!KEYS.has(key)) throw wrong(`unknown option "${key}"`);
  const method = contract.method ?? 'shared';
  if (!['moments', 'shared', 'exact'].includes(method)) throw wrong(`unknown method "${method}"`);
  const exact = method === 'exact';
  const holders = Object.freeze([contract.holderColumns].flat());
  const terms = {
    rows: contract.rows,
    labelColumns: contract.labelColumns,
    holderColumns: holders.reduce((sum, columns) => sum + columns, 0),
    holders,
    method,
    degree: contract.degree ?? 9,
    iterations: contract.iterations ?? (exact ? MAX_EXACT_ITERATIONS : 12),
    tolerance: contract.tolerance ?? (exact ? 1e-5 : 0),
    ridge: contract.ridge ?? 0,
    clip: contract.clip === null ? MAX_DEVIATIONS : (contract.clip ?? 6),
    discloseLinearPredictor: contract.discloseLinearPredictor ?? false,
    refits: contract.refits ?? 0,
    columnBits: exact ? exactColumnBits(contract.clip === null ? MAX_DEVIATIONS : (contract.clip ?? 6)) : SHARED_COLUMN_BITS,
  } as const;
  integer('rows', terms.rows, 1, 2 ** 20);
  integer('labelColumns', terms.labelColumns, 0, 2048);
  integer('holders', holders.length, 1, MAX_HOLDERS);
  for (const columns of holders) integer('holderColumns', columns, 1, 2048);
  integer('refits', terms.refits, 0, method === 'shared' ? MAX_REFITS : 0);
  integer('iterations', terms.iterations, 1, exact ? MAX_EXACT_ITERATIONS : 200);
  if (![1, 5, 9].includes(terms.degree)) throw wrong('degree must be 1, 5 or 9');
  if (!(terms.tolerance >= 0 && terms.tolerance < 1)) throw wrong('tolerance must be in 0..1');
  if (!(terms.ridge >= 0 && terms.ridge <= 2 ** 20)) throw wrong('ridge must be in 0..2^20');
  if (!(terms.clip >= 1 && terms.clip <= MAX_DEVIATIONS)) throw wrong(`clip must be in 1..${MAX_DEVIATIONS}, or null`);
  checkPolicy(terms);
  return Object.freeze(terms);
}

/** As many as keep a column below 2^31, but no more than leave room for the other factor. */
const exactColumnBits = (clip: number): number => Math.min(27, Math.floor(Math.log2((2 ** 31 - 1) / clip)));

function checkPolicy(terms: LogisticTerms): void {
  const columns = terms.labelColumns + terms.holderColumns;
  if (terms.rows < ROWS_PER_COLUMN * columns) {
    throw new RefusedError(
      'ERR_LR_FEW_ROWS',
      `${terms.rows} rows for ${columns} columns; at least ${ROWS_PER_COLUMN} rows a column are needed`,
      {
        help: 'With fewer rows the moments pin down single labels. Use more rows or fewer columns.',
      },
    );
  }
  if (terms.method === 'exact' && terms.holders.length > 1) {
    throw new InputError(
      'ERR_LR_HOLDERS',
      'the exact method serves one feature holder: weighted moments of two holders need both their columns',
      {
        help: 'Use method "shared", which takes any number of holders.',
      },
    );
  }
  if (terms.method === 'exact' && !terms.discloseLinearPredictor) {
    throw new RefusedError('ERR_LR_CONSENT', 'the exact method shows the label party a partial score of every row at every iteration', {
      help: 'Set discloseLinearPredictor: true in the contract of both parties, or use method "shared".',
    });
  }
}

/** Canonical text of the terms: what both parties compare before they start. */
export function termsText(terms: LogisticTerms): string {
  return JSON.stringify(terms, Object.keys(terms).sort());
}

/** What each party learns, in bits. With several holders their columns count together: moments between two holders are opened as well. */
export function logisticDisclosure(terms: LogisticTerms): Disclosure {
  const { rows, holderColumns: h, labelColumns: l, iterations, refits } = terms;
  const moments: Disclosure = [
    { party: 'label party', protocol: 'lr', what: 'second moments of the holder columns', count: (h * (h + 3)) / 2, bitsEach: 64 },
    {
      party: 'label party',
      protocol: 'lr',
      what: 'moments of holder columns with its own columns and label',
      count: h * (l + 1),
      bitsEach: 60,
    },
    { party: 'label party', protocol: 'lr', what: 'weights of the holder columns, every fit', count: h * (1 + refits), bitsEach: 53 },
  ];
  if (terms.method === 'moments') return moments;
  if (terms.method === 'exact') {
    return [
      ...moments,
      {
        party: 'label party',
        protocol: 'lr',
        what: 'holder partial score of every row, every iteration',
        count: rows * (iterations + 1),
        bitsEach: 60,
      },
      {
        party: 'label party',
        protocol: 'lr',
        what: 'weighted moments and gradients',
        count: (iterations + 1) * ((h * (h + 1)) / 2 + h * (l + 2)),
        bitsEach: 60,
      },
      { party: 'feature holder', protocol: 'lr', what: 'number of iterations', count: 1, bitsEach: 4 },
    ];
  }
  const common: Disclosure = [
    ...moments,
    {
      party: 'feature holder',
      protocol: 'lr',
      what: 'size of the largest entry of the preconditioner, as a power of two',
      count: 1 + refits,
      bitsEach: 6,
    },
    ...(refits === 0 ? [] : [{ party: 'feature holder', protocol: 'lr', what: 'number of refits', count: refits, bitsEach: 1 } as const]),
  ];
  if (terms.tolerance === 0) return common;
  const fits = 1 + refits;
  return [
    ...common,
    {
      party: 'label party',
      protocol: 'lr',
      what: 'size of each step under a random factor of 40 bits',
      count: iterations * fits,
      bitsEach: 53,
    },
    { party: 'feature holder', protocol: 'lr', what: 'number of iterations', count: fits, bitsEach: 8 },
  ];
}

function integer(name: string, value: number, min: number, max: number): void {
  if (!(Number.isInteger(value) && value >= min && value <= max)) throw wrong(`${name} must be an integer in ${min}..${max}`);
}

function wrong(message: string): InputError {
  return new InputError('ERR_LR_OPTION', `logistic regression contract: ${message}`);
}
