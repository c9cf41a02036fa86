/** What a job leaves in a party's store between its steps, by name and type. Each value is whole or not there. */
import { ByteReader, ByteWriter, InputError } from '../base/index.ts';
import { type GbdtHolderModel, type GbdtModel, parseGbdtHolderModel, parseGbdtModel } from '../learn/trees/index.ts';
import type { JobStore } from '../node/index.ts';
import type { Alignment } from '../psi/index.ts';
import type { StepReport } from './summary.ts';

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
export const BASELINE: Artifact<GbdtModel> = json('baseline', 'train', parseGbdtModel);

/** Scores and limits: one signed integer and one flag an aligned row asked. */
export interface RowAnswers {
  /** Positions in the alignment. */
  readonly rows: Uint32Array;
  /** Score units, or limit in steps. */
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

/** @throws InputError `ERR_JOB_STEP_MISSING` naming the command to run first. */
export async function need<T>(store: JobStore, artifact: Artifact<T>): Promise<T> {
  const value = await find(store, artifact);
  if (value !== undefined) return value;
  throw new InputError('ERR_JOB_STEP_MISSING', `this job has no ${artifact.key} yet`, {
    help: `Run "fedcredit ${artifact.madeBy} job.yaml" first, or "fedcredit run job.yaml" for the whole job.`,
  });
}
