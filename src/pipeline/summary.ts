/** What a run tells: per step time, bytes and disclosure; quality of the models; limits. Plain JSON. */
import type { BinaryMetrics } from '../learn/index.ts';
import { type Disclosure, disclosureBits } from '../protocol/index.ts';

export type StepName = 'align' | 'bin' | 'train' | 'score' | 'limit' | 'evaluate';

export interface StepReport {
  readonly step: StepName;
  readonly seconds: number;
  /** Message bodies from the bank's point of view. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** By message kind, both directions together. */
  readonly bytesByKind: Readonly<Record<string, number>>;
  readonly disclosure: Disclosure;
  /** Secret-free figures of the step: rows aligned, trees grown, firms answered. */
  readonly facts: Readonly<Record<string, number | string>>;
}

export interface ModelQuality {
  readonly rows: number;
  readonly metrics: Pick<BinaryMetrics, 'auc' | 'ks'> & {
    readonly gini?: number;
    /** Of the PD; lower is better. */
    readonly brier?: number;
    /** 95 % of the AUC, by DeLong. */
    readonly interval?: { readonly lower: number; readonly upper: number };
    /** Ten groups by PD; a small p says that the PD is off in level. */
    readonly hosmerLemeshow?: { readonly statistic: number; readonly degreesOfFreedom: number; readonly pValue: number };
  };
}

/** A coefficient of a regression as a risk committee reads it. */
export interface CoefficientFigure {
  readonly name: string;
  /** Empty for the intercept. */
  readonly party: string;
  readonly coefficient: number;
  readonly standardError: number;
  readonly z: number;
  readonly pValue: number;
  /** Variance inflation; none for the intercept. */
  readonly vif?: number;
}

/** Points of every bin of a feature on a scorecard. */
export interface PointsFigure {
  readonly name: string;
  readonly party: string;
  /** Of a value without a bin. */
  readonly neutralPoints: number;
  readonly bins: readonly {
    readonly label: string;
    readonly rows: number;
    readonly bads: number;
    readonly woe: number;
    readonly points: number;
  }[];
}

/** What a linear model shows of itself. */
export interface ModelFigures {
  /** What the coefficients stand on: "standardised columns", "weight of evidence". */
  readonly on: string;
  readonly intercept?: number;
  readonly coefficients: readonly CoefficientFigure[];
  readonly points?: readonly PointsFigure[];
  /** Features left out because their coefficient had the wrong sign. */
  readonly dropped?: readonly string[];
  readonly scale?: {
    readonly pdo: number;
    readonly baseScore: number;
    /** bad:good. */
    readonly baseOdds: number;
    readonly lowest: number;
    readonly highest: number;
    /** No score is further than this from its unrounded value. */
    readonly roundingBound: number;
  };
}

export interface Evaluation {
  /** "held-out rows" or "training rows". */
  readonly on: string;
  readonly joint: ModelQuality;
  /** The bank's own columns alone. */
  readonly bankOnly?: ModelQuality;
}

export interface RunSummary {
  readonly format: 'fedcredit/run/1';
  readonly job: string;
  readonly contract: string;
  /** gbdt, logistic_regression, scorecard. Absent in runs before there was a choice: gbdt. */
  readonly model?: string;
  readonly parties: { readonly labelParty: string; readonly featureHolder: string };
  readonly engine: string;
  readonly steps: readonly StepReport[];
  readonly evaluation: Evaluation | undefined;
  /** Coefficients and points of a linear model. */
  readonly figures?: ModelFigures;
  readonly limits: { readonly firms: number; readonly granted: number; readonly refused: number; readonly noConsent: number } | undefined;
  /** Upper bounds of what each party learned, all steps together. */
  readonly learnedBits: { readonly labelParty: number; readonly featureHolder: number };
  readonly seconds: number;
  readonly bytes: number;
}

/** Sums that follow from the steps. */
export function totals(steps: readonly StepReport[]): Pick<RunSummary, 'learnedBits' | 'seconds' | 'bytes'> {
  const sum = (of: (step: StepReport) => number): number => steps.reduce((total, step) => total + of(step), 0);
  return {
    learnedBits: {
      labelParty: sum(({ disclosure }) => disclosureBits(disclosure, 'label party')),
      featureHolder: sum(({ disclosure }) => disclosureBits(disclosure, 'feature holder')),
    },
    seconds: sum(({ seconds }) => seconds),
    bytes: sum(({ bytesSent, bytesReceived }) => bytesSent + bytesReceived),
  };
}
