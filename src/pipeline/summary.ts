/** What a run tells: per step time, bytes and disclosure; quality of the models; limits. Plain JSON. */
import type { BinaryMetrics } from '../learn/index.ts';
import { type Disclosure, disclosureBits } from '../protocol/index.ts';

export type StepName = 'align' | 'train' | 'score' | 'limit' | 'evaluate';

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
  readonly metrics: Pick<BinaryMetrics, 'auc' | 'ks'>;
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
  readonly parties: { readonly labelParty: string; readonly featureHolder: string };
  readonly engine: string;
  readonly steps: readonly StepReport[];
  readonly evaluation: Evaluation | undefined;
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
