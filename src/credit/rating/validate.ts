/**
 * Are the PDs of the grades right, grade by grade: Jeffreys' test (ECB, Instructions for reporting the validation results of internal
 * models, 2019, §2.5.3) and the exact binomial test, a traffic light on them, and the concentration of grades.
 */
import { InputError } from '../../base/index.ts';
import { betaCdf, binomialCdf } from '../../math/index.ts';
import { checkCounts, checkProbability, type GradeCount } from './low-default.ts';
import { gradeNamed, type MasterScale } from './master-scale.ts';

/**
 * One-sided p-value of "the PD is not too low": BetaCDF(PD; D+½, N−D+½). Small means the PD underestimates.
 * @throws InputError `ERR_CREDIT_COUNTS`; `ERR_CREDIT_PROBABILITY` for a PD outside (0, 1).
 */
export function jeffreysTest(count: GradeCount, pd: number): number {
  checkCounts(count);
  checkProbability('pd', pd);
  return betaCdf(pd, count.defaults + 0.5, count.obligors - count.defaults + 0.5);
}

/**
 * One-sided p-value P[X ≥ D] for X ~ Bin(N, PD). Small means the PD underestimates. Assumes independent defaults.
 * @throws InputError `ERR_CREDIT_COUNTS`; `ERR_CREDIT_PROBABILITY` for a PD outside (0, 1).
 */
export function binomialTest(count: GradeCount, pd: number): number {
  checkCounts(count);
  checkProbability('pd', pd);
  return 1 - binomialCdf(count.defaults - 1, count.obligors, pd);
}

/** Herfindahl-Hirschman index of shares, 1/n to 1. @throws InputError `ERR_CREDIT_EMPTY` when everything is zero. */
export function herfindahl(amounts: readonly number[]): number {
  const total = amounts.reduce((a, b) => a + b, 0);
  if (!(total > 0) || amounts.some((x) => !(x >= 0)))
    throw new InputError('ERR_CREDIT_EMPTY', 'concentration needs amounts that are not negative, with a positive sum');
  return amounts.reduce((sum, x) => sum + (x / total) ** 2, 0);
}

/** 红绿灯. */
export type Light = 'green' | 'yellow' | 'red';
/** One grade against its defaults. */
export interface GradeCheck extends GradeCount {
  readonly grade: string;
  /** PD of the grade, (0, 1]. */
  readonly pd: number;
  /** Observed default rate; undefined for an empty grade. */
  readonly rate: number | undefined;
  readonly jeffreys: number | undefined;
  readonly binomial: number | undefined;
  /** green p ≥ 5 %, yellow 1 to 5 %, red below 1 %; undefined for an empty grade. */
  readonly light: Light | undefined;
}
/** A scale against a year of defaults. */
export interface ScaleCheck {
  readonly grades: readonly GradeCheck[];
  /** Concentration of obligors over grades, 1/n to 1. */
  readonly herfindahl: number;
  /** Grades with more than `maxShare` of the obligors. */
  readonly crowded: readonly string[];
  /** Pairs of neighbouring grades whose observed rates fall although the grade worsens. */
  readonly inversions: readonly (readonly [string, string])[];
}

/**
 * Back-test of a whole scale against a year's defaults. @param counts by grade name.
 * @throws InputError `ERR_CREDIT_GRADE` for an unknown grade, `ERR_CREDIT_COUNTS`, `ERR_CREDIT_EMPTY`.
 */
export function checkScale(scale: MasterScale, counts: ReadonlyMap<string, GradeCount>, maxShare = 0.3): ScaleCheck {
  for (const name of counts.keys()) gradeNamed(scale, name);
  const grades = scale.grades.map(({ name, pd }) => gradeCheck(name, pd, counts.get(name)));
  const filled = grades.filter((grade) => grade.rate !== undefined);
  const total = filled.reduce((sum, grade) => sum + grade.obligors, 0);
  return {
    grades,
    herfindahl: herfindahl(grades.map((grade) => grade.obligors)),
    crowded: filled.filter((grade) => grade.obligors > maxShare * total).map((grade) => grade.grade),
    inversions: filled.flatMap((grade, i) =>
      i > 0 && (grade.rate as number) < (filled[i - 1].rate as number) ? [[filled[i - 1].grade, grade.grade] as const] : [],
    ),
  };
}

function gradeCheck(grade: string, pd: number, count: GradeCount | undefined): GradeCheck {
  if (!count || count.obligors === 0) {
    return { grade, pd, obligors: 0, defaults: 0, rate: undefined, jeffreys: undefined, binomial: undefined, light: undefined };
  }
  const jeffreys = jeffreysTest(count, pd);
  const light = jeffreys >= 0.05 ? 'green' : jeffreys >= 0.01 ? 'yellow' : 'red';
  return { grade, pd, ...count, rate: count.defaults / count.obligors, jeffreys, binomial: binomialTest(count, pd), light };
}
