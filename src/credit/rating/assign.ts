/** Assigning a rating: model grade, then hard downgrades, then a signed override within bounds. Every step stays in the record. */
import { InputError, RefusedError } from '../../base/index.ts';
import { type Grade, gradeNamed, gradeOf, type MasterScale } from './master-scale.ts';

/** A person's departure from the model. */
export interface Override {
  readonly grade: string;
  /** Code from the bank's closed list, e.g. "parent-support". */
  readonly reason: string;
  readonly maker: string;
  readonly checker: string;
  readonly day: string;
}
/** A rule that forbids better grades than `worst`, e.g. 失信 → not above CC. */
export interface HardDowngrade {
  readonly rule: string;
  readonly notAbove: string;
}
/** How a rating came about. */
export type RatingStep =
  | { readonly kind: 'model'; readonly pd: number; readonly grade: string }
  | { readonly kind: 'downgrade'; readonly rule: string; readonly grade: string }
  | { readonly kind: 'override'; readonly notches: number; readonly override: Override; readonly grade: string };

/** A grade with its history. */
export interface Rating {
  readonly grade: Grade;
  readonly scale: string;
  readonly steps: readonly RatingStep[];
}

/**
 * @throws RefusedError `ERR_CREDIT_OVERRIDE` for an unknown reason, one person as maker and checker, too large an upgrade, or an upgrade past a hard downgrade.
 */
export function assignRating(
  scale: MasterScale,
  input: { readonly pd: number; readonly downgrades?: readonly HardDowngrade[]; readonly override?: Override },
): Rating {
  const model = gradeOf(scale, input.pd);
  const steps: RatingStep[] = [{ kind: 'model', pd: input.pd, grade: model.name }];
  let grade = model;
  for (const { rule, notAbove } of input.downgrades ?? []) {
    const worst = gradeNamed(scale, notAbove);
    if (worst.rank <= grade.rank) continue;
    grade = worst;
    steps.push({ kind: 'downgrade', rule, grade: grade.name });
  }
  if (input.override) {
    const floor = grade.rank > model.rank ? grade.rank : 0;
    const wanted = gradeNamed(scale, input.override.grade);
    checkOverride(input.override, grade.rank - wanted.rank, wanted.rank < floor, scale.overrides);
    steps.push({ kind: 'override', notches: grade.rank - wanted.rank, override: input.override, grade: wanted.name });
    grade = wanted;
  }
  return { grade, scale: `${scale.name}@${scale.version}`, steps };
}

function checkOverride(override: Override, upgrade: number, pastDowngrade: boolean, policy: MasterScale['overrides']): void {
  const refuse = (message: string, help: string): never => {
    throw new RefusedError('ERR_CREDIT_OVERRIDE', message, { help });
  };
  if (!policy.reasons.includes(override.reason))
    refuse('the reason of an override is not on the list', `Reasons: ${policy.reasons.join(', ')}.`);
  if (override.maker === override.checker) refuse('an override needs a second person', 'Have someone else check it.');
  if (upgrade > policy.maxUpgrade)
    refuse(`an upgrade by ${upgrade} notches is above the limit of ${policy.maxUpgrade}`, 'Take it to the committee.');
  if (pastDowngrade) refuse('an override cannot lift a hard downgrade', 'Clear the rule that caused it.');
}

/** Notches between two grades of one scale: positive when `to` is worse. */
export function notchesBetween(scale: MasterScale, from: string, to: string): number {
  return gradeNamed(scale, to).rank - gradeNamed(scale, from).rank;
}

/**
 * Share of ratings that a person changed, and their mean direction (positive: upgrades), for the validation report.
 * @throws InputError `ERR_CREDIT_EMPTY` without ratings.
 */
export function overrideRate(ratings: readonly Rating[]): { readonly share: number; readonly meanNotches: number } {
  if (ratings.length === 0) throw new InputError('ERR_CREDIT_EMPTY', 'no ratings were given');
  const notches = ratings.flatMap((rating) => rating.steps.flatMap((step) => (step.kind === 'override' ? [step.notches] : [])));
  return {
    share: notches.length / ratings.length,
    meanNotches: notches.length === 0 ? 0 : notches.reduce((a, b) => a + b, 0) / notches.length,
  };
}
