/** The figures behind a report's plots and tables, from one sample's PDs and labels. */
import { betaQuantile, checkScale, gradeOf, type MasterScale, type ScaleCheck } from '../credit/index.ts';
import { expectedCalibrationError, type ReliabilityRow, reliability } from '../learn/calibration/index.ts';
import { type AucInterval, type BinaryMetrics, binaryMetrics, brierScore, delongInterval, hosmerLemeshow, lift } from '../learn/index.ts';
import type { ReportSample } from './input.ts';

export type Labelled = ReportSample & { readonly labels: ArrayLike<number> };
/** Labelled, with both classes and enough of each to say anything. */
export function isLabelled(sample: ReportSample): sample is Labelled {
  const bads = sample.labels ? Array.from(sample.labels).reduce((sum, y) => sum + y, 0) : 0;
  return bads >= 2 && sample.pd.length - bads >= 2;
}

export interface Discrimination extends BinaryMetrics {
  readonly interval: AucInterval;
  readonly topLift: number;
}
export function discrimination({ pd, labels }: Labelled): Discrimination {
  const data = { scores: pd, labels };
  return { ...binaryMetrics(data), interval: delongInterval(pd, labels), topLift: lift(data, 0.1) };
}

/** A point of the curves: riskiest first. */
export interface CurvePoint {
  /** Share of rows. */
  readonly depth: number;
  readonly bads: number;
  readonly goods: number;
}
const MAX_POINTS = 160;

/** Cumulative shares at distinct PDs, thinned for drawing; the point of the largest gap is always kept. */
export function curve({ pd, labels }: Labelled): { readonly points: readonly CurvePoint[]; readonly widest: CurvePoint } {
  const order = Uint32Array.from({ length: pd.length }, (_, i) => i).sort((a, b) => pd[b] - pd[a]);
  const bads = Array.from(labels).reduce((sum, y) => sum + y, 0);
  const all: CurvePoint[] = [{ depth: 0, bads: 0, goods: 0 }];
  let found = 0;
  order.forEach((row, i) => {
    found += labels[row];
    if (i + 1 === order.length || pd[order[i + 1]] !== pd[row])
      all.push({ depth: (i + 1) / order.length, bads: found / bads, goods: (i + 1 - found) / (order.length - bads) });
  });
  const widest = all.reduce((best, point) => (point.bads - point.goods > best.bads - best.goods ? point : best));
  const step = Math.max(1, Math.ceil(all.length / MAX_POINTS));
  return { points: all.filter((point, i) => i % step === 0 || i === all.length - 1 || point === widest), widest };
}

/** Below this a rate is an accident. */
const MIN_BAND_ROWS = 10;

/** A band of scores. */
export interface ScoreBand {
  readonly label: string;
  readonly rows: number;
  readonly share: number;
  /** undefined without labels, and in bands too thin for a rate. */
  readonly badRate: number | undefined;
}

/** Bands of 20 points where there are points, else tenths of the sample by PD; riskiest first. */
export function scoreBands({ pd, points, labels }: ReportSample): readonly ScoreBand[] {
  const bands = new Map<number, { rows: number; bads: number }>();
  const order = Uint32Array.from({ length: pd.length }, (_, i) => i).sort((a, b) => pd[b] - pd[a]);
  const rank = new Float64Array(pd.length);
  order.forEach((row, i) => {
    rank[row] = i;
  });
  for (let i = 0; i < pd.length; i++) {
    const key = points ? Math.floor(points[i] / 20) * 20 : Math.floor((rank[i] / pd.length) * 10);
    const band = bands.get(key) ?? { rows: 0, bads: 0 };
    bands.set(key, { rows: band.rows + 1, bads: band.bads + (labels?.[i] ?? 0) });
  }
  return [...bands]
    .sort(([a], [b]) => a - b)
    .map(([key, { rows, bads }]) => ({
      label: points ? `${key}–${key + 19}` : `${key + 1}`,
      rows,
      share: rows / pd.length,
      badRate: labels && rows >= MIN_BAND_ROWS ? bads / rows : undefined,
    }));
}

export interface CalibrationGroup extends ReliabilityRow {
  /** Jeffreys 90 % interval of the bad rate. */
  readonly lower: number;
  readonly upper: number;
}
export interface Calibration {
  readonly groups: readonly CalibrationGroup[];
  readonly hosmerLemeshow: { readonly statistic: number; readonly pValue: number; readonly degreesOfFreedom: number };
  readonly brier: number;
  /** Brier score of the sample's own bad rate for everybody: what a useful model beats. */
  readonly brierOfMean: number;
  readonly calibrationError: number;
  readonly meanPd: number;
  readonly badRate: number;
}
const GROUPS = 10;

/** undefined when there are too few rows for ten groups. */
export function calibration({ pd, labels, fitted }: Labelled): Calibration | undefined {
  if (pd.length < 10 * GROUPS) return undefined;
  const table = reliability(pd, labels, GROUPS);
  const badRate = table.reduce((sum, { events }) => sum + events, 0) / pd.length;
  const test = hosmerLemeshow(pd, labels, { groups: GROUPS, sample: fitted ? 'development' : 'unseen' });
  return {
    groups: table.map((group) => ({
      ...group,
      lower: group.events === 0 ? 0 : betaQuantile(0.05, group.events + 0.5, group.rows - group.events + 0.5),
      upper: group.events === group.rows ? 1 : betaQuantile(0.95, group.events + 0.5, group.rows - group.events + 0.5),
    })),
    hosmerLemeshow: test,
    brier: brierScore({ scores: pd, labels }),
    brierOfMean: badRate * (1 - badRate),
    calibrationError: expectedCalibrationError(table),
    meanPd: table.reduce((sum, { rows, predicted }) => sum + rows * predicted, 0) / pd.length,
    badRate,
  };
}

/** Obligors and defaults by grade. */
export function gradeCounts(
  sample: ReportSample,
  scale: MasterScale,
): ReadonlyMap<string, { readonly obligors: number; readonly defaults: number }> {
  const counts = new Map<string, { obligors: number; defaults: number }>();
  for (let i = 0; i < sample.pd.length; i++) {
    const { name } = gradeOf(scale, sample.pd[i]);
    const { obligors, defaults } = counts.get(name) ?? { obligors: 0, defaults: 0 };
    counts.set(name, { obligors: obligors + 1, defaults: defaults + (sample.labels?.[i] ?? 0) });
  }
  return counts;
}

export const gradeChecks = (sample: ReportSample, scale: MasterScale): ScaleCheck => checkScale(scale, gradeCounts(sample, scale));
