/** Migration: how ratings move in a year. Counts, rates, mobility, and the ECB's matrix weighted bandwidth (2019 instructions, §2.5.5.1). */
import { InputError } from '../../base/index.ts';
import { gradeNamed, type MasterScale } from './master-scale.ts';

/** One obligor at the start and the end of the period; `to` undefined when the firm left. */
export interface Move {
  readonly from: string;
  readonly to: string | undefined;
}
/** Moves of a period, grade by grade. */
export interface MigrationMatrix {
  /** Grades best first, the defaulted grade last. */
  readonly grades: readonly string[];
  /** counts[i][j]: firms from grade i to grade j. */
  readonly counts: readonly (readonly number[])[];
  /** Firms that left, by starting grade. */
  readonly withdrawn: readonly number[];
  /** Row shares without the withdrawn; a row nobody started in stays put. */
  readonly rates: readonly (readonly number[])[];
  /** Mean share of firms that changed grade, over non-empty rows. */
  readonly mobility: number;
  /** Matrix weighted bandwidth for upgrades and downgrades, 0 (nobody moves) to 1; undefined when nobody could. */
  readonly bandwidth: { readonly upgrades: number | undefined; readonly downgrades: number | undefined };
}

/** @throws InputError `ERR_CREDIT_GRADE`; `ERR_CREDIT_EMPTY` without moves. */
export function migrationMatrix(scale: MasterScale, moves: readonly Move[]): MigrationMatrix {
  if (moves.length === 0) throw new InputError('ERR_CREDIT_EMPTY', 'a migration matrix needs moves');
  const grades = [...scale.grades.map((grade) => grade.name), scale.defaulted];
  const counts = grades.map(() => grades.map(() => 0));
  const withdrawn = grades.map(() => 0);
  for (const { from, to } of moves) {
    const i = gradeNamed(scale, from).rank;
    if (to === undefined) withdrawn[i]++;
    else counts[i][gradeNamed(scale, to).rank]++;
  }
  const totals = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const rates = counts.map((row, i) => row.map((count, j) => (totals[i] > 0 ? count / totals[i] : i === j ? 1 : 0)));
  const started = totals.flatMap((total, i) => (total > 0 ? [i] : []));
  return {
    grades,
    counts,
    withdrawn,
    rates,
    mobility: started.reduce((sum, i) => sum + 1 - rates[i][i], 0) / Math.max(1, started.length),
    bandwidth: { upgrades: bandwidth(counts, -1), downgrades: bandwidth(counts, 1) },
  };
}

/** Σ |i−j|·n_ij / Σ_i max(|i−K|, |i−1|)·Σ_j n_ij, j on one side of i, among the K performing grades (ECB 2019, §2.5.5.1). */
function bandwidth(counts: readonly (readonly number[])[], direction: 1 | -1): number | undefined {
  const last = counts.length - 2;
  let moved = 0;
  let most = 0;
  for (let i = 0; i <= last; i++) {
    let towards = 0;
    for (let j = 0; j <= last; j++) {
      if ((j - i) * direction <= 0) continue;
      moved += Math.abs(i - j) * counts[i][j];
      towards += counts[i][j];
    }
    most += Math.max(last - i, i) * towards;
  }
  return most > 0 ? moved / most : undefined;
}

/**
 * Rates after `years` periods, if every period is alike (Markov). The defaulted grade should be absorbing.
 * @throws InputError `ERR_CREDIT_PERIODS` unless `years` is whole and 1 to 100.
 */
export function migrationOver(matrix: MigrationMatrix, years: number): readonly (readonly number[])[] {
  if (!(Number.isInteger(years) && years >= 1 && years <= 100))
    throw new InputError('ERR_CREDIT_PERIODS', 'years must be a whole number from 1 to 100');
  const absorbing = matrix.rates.map((row, i) => (i === matrix.grades.length - 1 ? row.map((_, j) => (j === i ? 1 : 0)) : row));
  let power = absorbing;
  for (let year = 1; year < years; year++) {
    power = power.map((row) => absorbing[0].map((_, j) => row.reduce((sum, p, k) => sum + p * absorbing[k][j], 0)));
  }
  return power;
}
