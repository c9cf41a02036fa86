/** rating: master scale, assignment, low-default PDs, validation, migration. */
export { type Calibrator, calibrate, isotonicCalibrator, plattCalibrator, shiftCalibrator } from '../../learn/index.ts';
export {
  assignRating,
  type HardDowngrade,
  notchesBetween,
  type Override,
  overrideRate,
  type Rating,
  type RatingStep,
} from './assign.ts';
export { bayesRate, betaQuantile, type GradeCount, plutoTasche, pointInTime, throughTheCycle, withMargin } from './low-default.ts';
export { defaultMasterScale, type Grade, gradeAt, gradeNamed, gradeOf, type MasterScale, parseMasterScale } from './master-scale.ts';
export { type MigrationMatrix, type Move, migrationMatrix, migrationOver } from './migration.ts';
export { binomialTest, checkScale, type GradeCheck, herfindahl, jeffreysTest, type Light, type ScaleCheck } from './validate.ts';
