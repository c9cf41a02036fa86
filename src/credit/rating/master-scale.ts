/**
 * Master scale: grades with PD bands, best first, as a document a bank may replace. `defaultMasterScale` is geometric (credit.md §2.7):
 * an example to start from, not anybody's published scale.
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { checkNamedOnce, type DocumentSource, nameField, ratioField, readDocument } from '../document/index.ts';
import { toNumber } from '../money/index.ts';

const probability = ratioField.transform(toNumber).refine((p) => p >= 0 && p <= 1, 'a PD must be between 0 and 1');
const scaleSchema = z
  .strictObject({
    name: nameField,
    version: z.int().min(1),
    source: z.string().min(1).max(200),
    /** Smallest PD given to anyone (商业银行资本管理办法 2023: 0.05 %). */
    floor: probability,
    grades: z
      .array(
        z.strictObject({
          name: nameField,
          /** Upper edge, exclusive; the last is 1, inclusive. */ below: probability,
          /** PD of the grade. */ pd: probability,
        }),
      )
      .min(2)
      .max(64),
    /** How far people may depart from the model, and for which reasons. */
    overrides: z
      .strictObject({ maxUpgrade: z.int().min(0).default(1), reasons: z.array(nameField).default([]) })
      .default({ maxUpgrade: 1, reasons: [] }),
    /** Name of the grade of firms already in default. */
    defaulted: nameField,
  })
  .superRefine(({ grades, floor, defaulted }, context) => {
    const issue = (i: number, key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: ['grades', i, key], message });
    grades.forEach((grade, i) => {
      const from = i === 0 ? 0 : grades[i - 1].below;
      if (grade.below <= from) issue(i, 'below', 'edges must rise strictly');
      if (grade.pd < Math.max(from, floor) || grade.pd > grade.below)
        issue(i, 'pd', 'the PD of a grade must lie in its band and not below the floor');
    });
    checkNamedOnce([...grades, { name: defaulted }], 'grade', ['grades'], context);
    if (grades[grades.length - 1].below !== 1) issue(grades.length - 1, 'below', 'the last grade must reach 1');
  });

/** A checked scale, best grade first. */
export type MasterScale = z.output<typeof scaleSchema>;
/** A grade of a scale. */
export interface Grade {
  readonly name: string;
  /** 0 is the best. */
  readonly rank: number;
  /** PD of the grade in (0, 1]; 1 for a defaulted firm. */
  readonly pd: number;
}

/** @throws InputError `ERR_CREDIT_MASTER_SCALE` with file and line. */
export function parseMasterScale(source: DocumentSource): MasterScale {
  return readDocument(scaleSchema, source, 'ERR_CREDIT_MASTER_SCALE');
}

/** AAA to C, bands doubling from 0.10 %, D for defaulted firms. */
export const defaultMasterScale: MasterScale = parseMasterScale({
  name: 'default master scale',
  value: {
    name: 'sme',
    version: 1,
    source: 'fedcredit example, geometric bands',
    floor: '0.05%',
    grades: [
      { name: 'AAA', below: '0.10%', pd: '0.06%' },
      { name: 'AA', below: '0.25%', pd: '0.16%' },
      { name: 'A', below: '0.50%', pd: '0.36%' },
      { name: 'BBB', below: '1%', pd: '0.71%' },
      { name: 'BB', below: '2%', pd: '1.41%' },
      { name: 'B', below: '4%', pd: '2.83%' },
      { name: 'CCC', below: '8%', pd: '5.66%' },
      { name: 'CC', below: '15%', pd: '10.9%' },
      { name: 'C', below: '100%', pd: '22%' },
    ],
    defaulted: 'D',
  },
});

/**
 * The grade of a PD; a PD on an edge falls into the worse grade.
 * @throws InputError `ERR_CREDIT_PD` when not in [0, 1].
 */
export function gradeOf(scale: MasterScale, pd: number): Grade {
  if (!(pd >= 0 && pd <= 1)) throw new InputError('ERR_CREDIT_PD', 'a PD must be between 0 and 1', { help: 'Calibrate the score first.' });
  const at = scale.grades.findIndex((grade) => Math.max(pd, scale.floor) < grade.below);
  return gradeAt(scale, at < 0 ? scale.grades.length - 1 : at);
}

/** Grade by rank; the rank after the last is the defaulted grade. @throws InputError `ERR_CREDIT_GRADE` for a rank beyond the scale. */
export function gradeAt(scale: MasterScale, rank: number): Grade {
  if (rank === scale.grades.length) return { name: scale.defaulted, rank, pd: 1 };
  const grade = scale.grades[rank];
  if (!grade) throw new InputError('ERR_CREDIT_GRADE', `rank ${rank} is not on the scale`);
  return { name: grade.name, rank, pd: grade.pd };
}

/** @throws InputError `ERR_CREDIT_GRADE` for a name the scale does not have. */
export function gradeNamed(scale: MasterScale, name: string): Grade {
  const rank = name === scale.defaulted ? scale.grades.length : scale.grades.findIndex((grade) => grade.name === name);
  if (rank < 0)
    throw new InputError('ERR_CREDIT_GRADE', `the scale "${scale.name}" has no such grade`, {
      help: `Its grades: ${scale.grades.map((g) => g.name).join(', ')}.`,
    });
  return gradeAt(scale, rank);
}
