/** Both roles in one process, and the single-party reference that they must equal. */
import { type ChannelPair, type ChannelPairOptions, channelPair } from '../../../src/adapters/memory/index.ts';
import { type SecureRandom, seededRandom } from '../../../src/base/index.ts';
import { type FeatureTable, featureTable } from '../../../src/data/index.ts';
import {
  answerOrder,
  type FeatureHolderInput,
  type FeatureHolderResult,
  featureHolder,
  jobOrder,
  type LabelPartyInput,
  type LabelPartyResult,
  labelParty,
  presentedOrder,
} from '../../../src/federated/vertical/gbdt/index.ts';
import { answerModuli, decodeSum, encodeSum, type HeEngine, type HeParameters, matvecLayout, sumBytes } from '../../../src/he/index.ts';
import {
  type BoostResult,
  binFeatures,
  candidateSplits,
  fitGbdt,
  type GbdtParams,
  simulatedHolder,
  type Threshold,
} from '../../../src/learn/trees/index.ts';
import type { TranscriptEntry } from '../../../src/protocol/index.ts';

/** A reply's sums with H's own numbers mod t added to what L will decrypt, wanted coefficient by wanted coefficient. */
export function addToSums(
  parameters: HeParameters,
  sums: readonly Uint8Array[],
  added: (answer: number, place: number) => bigint,
): Uint8Array[] {
  const moduli = answerModuli(parameters);
  const q = moduli.reduce((product, prime) => product * BigInt(prime), 1n);
  return sums.map((bytes, answer) => {
    const count = wantedIn(parameters, bytes);
    const words = decodeSum(parameters, count, bytes);
    moduli.forEach((prime, limb) => {
      for (let i = 0; i < count; i++) {
        const scaled = (q * added(answer, i)) / parameters.plainModulus;
        words[limb * count + i] = Number((BigInt(words[limb * count + i]) + scaled) % BigInt(prime));
      }
    });
    return encodeSum(parameters, words);
  });
}

/** How many wanted coefficients a sum of this length has. */
function wantedIn(parameters: HeParameters, bytes: Uint8Array): number {
  for (let count = 1; count <= 64; count *= 2) if (sumBytes(parameters, count) === bytes.length) return count;
  throw new Error('not a sum');
}

/** A table without ids that mean anything. */
export function tableOf(columns: Readonly<Record<string, ArrayLike<number>>> | ReadonlyMap<string, Float64Array>): FeatureTable {
  const entries =
    columns instanceof Map ? [...columns] : Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)] as const);
  const rows = entries[0]?.[1].length ?? 0;
  return featureTable(
    Array.from({ length: rows }, (_, row) => `row-${row}`),
    new Map(entries as [string, Float64Array][]),
  );
}

export interface HolderCase extends FeatureHolderInput {
  readonly seed: number;
  readonly tap?: ChannelPairOptions['tap'];
  /** @default the engine of the case */
  readonly engine?: HeEngine;
}

export interface FederatedCase {
  readonly engine: HeEngine;
  readonly label: LabelPartyInput;
  /** Seeds stochastic rounding. */
  readonly seed: number;
  readonly holders: readonly HolderCase[];
  readonly random?: SecureRandom;
}

export interface FederatedRun {
  readonly label: LabelPartyResult;
  readonly holders: readonly FeatureHolderResult[];
  /** Per holder, what passed its channel as the holder saw it. */
  readonly transcripts: readonly (readonly TranscriptEntry[])[];
  readonly channels: readonly ChannelPair[];
}

/** Runs all roles; the first failure closes every channel, and both sides' outcomes are given. */
export async function settleFederated(given: FederatedCase): Promise<{
  readonly label: PromiseSettledResult<LabelPartyResult>;
  readonly holders: readonly PromiseSettledResult<FeatureHolderResult>[];
  readonly transcripts: readonly (readonly TranscriptEntry[])[];
  readonly channels: readonly ChannelPair[];
}> {
  const transcripts = given.holders.map((): TranscriptEntry[] => []);
  const channels = given.holders.map(({ tap }, i) =>
    channelPair({ ...(tap && { tap }), onMessageB: (entry) => transcripts[i].push(entry) }),
  );
  const closing = <T>(role: Promise<T>): Promise<T> =>
    role.catch((error) => {
      for (const channel of channels) channel.close();
      throw error;
    });
  const links = channels.map((channel, i) => ({ holder: `holder-${i}`, channel: channel.a }));
  const [label, ...holders] = await Promise.allSettled([
    closing(labelParty(links, given.label, { engine: given.engine, random: given.random ?? seededRandom(given.seed) })),
    ...given.holders.map((holder, i) =>
      closing(featureHolder(channels[i].b, holder, { engine: holder.engine ?? given.engine, random: seededRandom(holder.seed) })),
    ),
  ]);
  return {
    label: label as PromiseSettledResult<LabelPartyResult>,
    holders: holders as PromiseSettledResult<FeatureHolderResult>[],
    transcripts,
    channels,
  };
}

export async function runFederated(given: FederatedCase): Promise<FederatedRun> {
  const { label, holders, transcripts, channels } = await settleFederated(given);
  const failed = [label, ...holders].find((outcome) => outcome.status === 'rejected' && !isClosed(outcome.reason));
  if (failed?.status === 'rejected') throw failed.reason;
  return {
    label: (label as PromiseFulfilledResult<LabelPartyResult>).value,
    holders: holders.map((outcome) => (outcome as PromiseFulfilledResult<FeatureHolderResult>).value),
    transcripts,
    channels,
  };
}

export const isClosed = (error: unknown): boolean => (error as { code?: string }).code === 'ERR_TRANSPORT_CLOSED';

/** The reference: same quantised gradients, same order of candidates, no encryption. */
export async function runReference(
  given: FederatedCase,
  run: Pick<FederatedRun, 'label'>,
): Promise<{ readonly result: BoostResult; readonly thresholds: readonly ReadonlyMap<number, Threshold>[] }> {
  const thresholds = given.holders.map(() => new Map<number, Threshold>());
  const simulated = given.holders.map((holder, i) => {
    const { agreement } = run.label.holders[i];
    const features = binFeatures(holder.table, { maxBin: agreement.maxBin, minSupport: agreement.minSupport });
    const splits = candidateSplits(features).length;
    const { rows, block } = agreement;
    const layout = matvecLayout({ rows, outputs: Math.ceil(agreement.candidates / (8192 / block)) * (8192 / block), block });
    const random = seededRandom(holder.seed);
    const job = jobOrder(random, splits, layout.outputs);
    const order = () => ({ order: presentedOrder(job, answerOrder(random, layout.answers)) });
    return simulatedHolder(`holder-${i}`, features, holder.options?.monotone_constraints ?? {}, order, thresholds[i]);
  });
  const { table, labels, params } = given.label;
  const result = await fitGbdt({
    table,
    labels,
    simulated,
    random: given.random ?? seededRandom(given.seed),
    ...(params && { params }),
  });
  return { result, thresholds };
}

export interface Synthetic {
  readonly bank: FeatureTable;
  readonly platform: FeatureTable;
  readonly second: FeatureTable;
  readonly labels: Uint8Array;
}

/** Rows with signal at every party, missing values, a constant and an all-missing column. */
export function synthetic(rows: number, seed: number): Synthetic {
  const random = seededRandom(seed, 'gbdt/synthetic');
  const normal = (): Float64Array => Float64Array.from({ length: rows }, () => random.normal());
  const [a, b, c, d, e] = [normal(), normal(), normal(), normal(), normal()];
  const holes = d.map((value) => (random.uniform() < 0.2 ? Number.NaN : value));
  const labels = Uint8Array.from({ length: rows }, (_, i) => {
    const margin = a[i] - 1.5 * c[i] + (Number.isNaN(holes[i]) ? 1 : 0.5 * holes[i] * b[i]) + 0.7 * e[i];
    return random.uniform() < 1 / (1 + Math.exp(-margin)) ? 1 : 0;
  });
  return {
    bank: tableOf({ a, b }),
    platform: tableOf({ c, holes, constant: new Float64Array(rows).fill(3), absent: new Float64Array(rows).fill(Number.NaN) }),
    second: tableOf({ e, level: e.map((value) => Math.round(value)) }),
    labels,
  };
}

export const SMALL: GbdtParams = Object.freeze({ n_estimators: 2, max_depth: 3, max_bin: 16, min_child_samples: 20, seed: 7 });
