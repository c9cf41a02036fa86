/** What a job leaves in a party's store between its steps, by name and type. Each value is whole or not there. */
import { ByteReader, ByteWriter, InputError } from '../base/index.ts';
import type { HolderBinning, LabelBinning } from '../federated/vertical/binning/index.ts';
import type { HolderScorecard, LabelScorecard } from '../federated/vertical/scorecard/index.ts';
import type { Calibrator } from '../learn/calibration/index.ts';
import type { CoefficientRow, Scaling } from '../learn/logistic-regression/index.ts';
import { type GbdtHolderModel, type GbdtModel, parseGbdtHolderModel, parseGbdtModel } from '../learn/trees/index.ts';
import type { JobStore } from '../node/index.ts';
import type { Alignment } from '../psi/index.ts';
import { packJson, unpackJson } from './packed-json.ts';
import type { StepReport } from './summary.ts';
import type { Variable } from './variables.ts';

/** A value under one key. */
export interface Artifact<T> {
  readonly key: string;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T;
  /** The command that makes it. */
  readonly madeBy: string;
}

const text = new TextEncoder();
const json = <T>(key: string, madeBy: string, parse: (value: unknown) => T): Artifact<T> => ({
  key,
  madeBy,
  encode: (value) => text.encode(JSON.stringify(value)),
  decode: (bytes) => parse(JSON.parse(new TextDecoder().decode(bytes))),
});

export const ALIGNMENT: Artifact<Alignment> = {
  key: 'alignment',
  madeBy: 'align',
  encode: ({ rows, peerRows }) => new ByteWriter(rows.length * 4 + 8).u32(peerRows).u32s(rows).finish(),
  decode(bytes) {
    const reader = new ByteReader(bytes, 'stored alignment');
    const peerRows = reader.u32('peer rows');
    const rows = reader.u32s('rows', { max: 2 ** 26 });
    reader.end();
    return { rows, peerRows };
  },
};

export const MODEL: Artifact<GbdtModel> = json('model', 'train', parseGbdtModel);
export const HOLDER_MODEL: Artifact<GbdtHolderModel> = json('holder-model', 'train', parseGbdtHolderModel);
/** The baseline as text for the run folder. */
export const BASELINE: Artifact<string> = {
  key: 'baseline',
  madeBy: 'evaluate',
  encode: (value) => text.encode(value),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

/** What the two halves of a result are told apart by: the session they came from. A party that lost its half must make both again. */
export interface Paired<T> {
  readonly session: string;
  readonly value: T;
}

const packed = <T>(key: string, madeBy: string): Artifact<T> => ({
  key,
  madeBy,
  encode: (value) => text.encode(packJson(value)),
  decode: (bytes) => unpackJson(new TextDecoder().decode(bytes)) as T,
});

/** Bins as the label party has them; `variables` is what is shown of both parties' columns. */
export interface StoredBins {
  readonly binning: LabelBinning;
  /** The holder's names, in the order in which it presented its features, where the contract allows them. */
  readonly names: readonly string[] | undefined;
  readonly variables: readonly Variable[];
}
export const BINS: Artifact<Paired<StoredBins>> = packed('bins', 'bin');
export const HOLDER_BINS: Artifact<Paired<HolderBinning>> = packed('holder-bins', 'bin');

export const CARD: Artifact<Paired<LabelScorecard>> = packed('card', 'train');
export const HOLDER_CARD: Artifact<Paired<HolderScorecard>> = packed('holder-card', 'train');

/** A logistic regression on standardised columns; the holder's scalings are the holder's. */
export interface LinearModel {
  readonly intercept: number;
  readonly own: readonly { readonly name: string; readonly weight: number; readonly scaling: Scaling }[];
  readonly holder: readonly { readonly name: string; readonly weight: number }[];
  /** Intercept first, then own columns, then the holder's. */
  readonly table: readonly CoefficientRow[];
  readonly vif: readonly number[];
  readonly iterations: number;
}
export const LINEAR: Artifact<Paired<LinearModel>> = packed('linear', 'train');
export const HOLDER_LINEAR: Artifact<Paired<readonly { readonly name: string; readonly scaling: Scaling }[]>> = packed(
  'holder-linear',
  'train',
);

/** From the log odds of a model to its PD, fitted on training rows. */
export const CALIBRATION: Artifact<Calibrator> = packed('calibration', 'score');

/** Scores and limits: one signed integer and one flag an aligned row asked. */
export interface RowAnswers {
  /** Positions in the alignment. */
  readonly rows: Uint32Array;
  /** Score units (of trees or of a linear predictor) or points, or limit in steps. */
  readonly values: Int32Array;
  /** 1 where the platform answered. */
  readonly answered: Uint8Array;
}

const rowAnswers = (key: string, madeBy: string): Artifact<RowAnswers> => ({
  key,
  madeBy,
  encode: ({ rows, values, answered }) =>
    new ByteWriter(rows.length * 9 + 16)
      .u32s(rows)
      .u32s(new Uint32Array(values.buffer, values.byteOffset, values.length))
      .blob(answered)
      .finish(),
  decode(bytes) {
    const reader = new ByteReader(bytes, `stored ${key}`);
    const rows = reader.u32s('rows', { max: 2 ** 26 });
    const values = Int32Array.from(reader.u32s('values', { min: rows.length, max: rows.length }), (value) => value | 0);
    const answered = reader.blob('answered', { min: rows.length, max: rows.length }).slice();
    reader.end();
    return { rows, values, answered };
  },
});

export const SCORES = rowAnswers('scores', 'score');
export const LIMITS = rowAnswers('limits', 'limit');
export const stepReport = (step: string): Artifact<StepReport> => json(`report-${step}`, step, (value) => value as StepReport);

export async function keep<T>(store: JobStore, artifact: Artifact<T>, value: T): Promise<void> {
  await store.put(artifact.key, artifact.encode(value));
}

export async function find<T>(store: JobStore, artifact: Artifact<T>): Promise<T | undefined> {
  const bytes = await store.get(artifact.key);
  return bytes && artifact.decode(bytes);
}

/** Everything a party has from one training or later of a job: stale once its columns, rows or bins are new. */
export const MODEL_KEYS: readonly string[] = [MODEL, HOLDER_MODEL, CARD, HOLDER_CARD, LINEAR, HOLDER_LINEAR].map(({ key }) => key);

/** @throws InputError `ERR_JOB_STEP_MISSING` naming the command to run first. */
export async function need<T>(store: JobStore, artifact: Artifact<T>): Promise<T> {
  const value = await find(store, artifact);
  if (value !== undefined) return value;
  throw new InputError('ERR_JOB_STEP_MISSING', `this job has no ${artifact.key} yet`, {
    help: `Run "fedcredit ${artifact.madeBy} job.yaml" first, or "fedcredit run job.yaml" for the whole job.`,
  });
}
