/** Calibration: score → probability of default, and the tests of it. */
export { type Calibrator, calibrate, isotonicCalibrator, plattCalibrator, shiftCalibrator } from './calibrators.ts';
export {
  expectedCalibrationError,
  type GainsRow,
  gainsTable,
  type HosmerLemeshow,
  hosmerLemeshow,
  type ReliabilityRow,
  reliability,
} from './reliability.ts';
