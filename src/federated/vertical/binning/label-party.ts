/**
 * Federated binning, label party (key holder). It sends its labels encrypted, gets the number of events in every cell of every feature
 * without learning what a cell is, finds the best bins, and returns which cells to merge.
 */
import { InputError, noProgress, PeerProtocolError, type Progress, type SecureRandom } from '../../../base/index.ts';
import { type HeEngine, type MatvecLayout, packVector, unpackAnswers, wantedCoefficients } from '../../../he/index.ts';
import { classTotals, type WoeTable, woeTable } from '../../../learn/binning/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type BinningContract, type BinningTerms, binningLayout, binningTerms } from './contract.ts';
import { type AffineMap, disguise } from './disguise.ts';
import {
  decodeAnswers,
  decodeShapes,
  encodeAsk,
  encodePlans,
  encodeUploads,
  type FeaturePlan,
  KIND,
  type OpaqueFeature,
} from './messages.ts';

export interface BinningPorts {
  readonly engine: HeEngine;
  /** Source of permutations and coins. */
  readonly random: SecureRandom;
  readonly progress?: Progress;
}

export interface LabelBinningInput {
  readonly contract: BinningContract;
  /** 0 or 1, an aligned row each. */
  readonly labels: ArrayLike<number>;
  /** Features below this information value are not kept. @default 0.02 */
  readonly minInformationValue?: number;
}

/** A holder's feature as the label party knows it at the end. */
export interface BinnedFeature {
  readonly feature: OpaqueFeature;
  readonly table: WoeTable;
  readonly kept: boolean;
  /** How to read a coefficient fitted on the holder's disguised column. */
  readonly map: AffineMap | undefined;
}

/** In the order in which the holder presented its features. */
export interface LabelBinning {
  readonly features: readonly BinnedFeature[];
}

/**
 * @throws InputError on labels or options; RefusedError `ERR_BINNING_FLOOR`; PeerProtocolError on malformed or impossible counts.
 */
export async function labelParty(channel: Channel, input: LabelBinningInput, ports: BinningPorts): Promise<LabelBinning> {
  const terms = binningTerms(input.contract);
  if (input.labels.length !== terms.rows) {
    throw new InputError('ERR_BINNING_ROWS', `${input.labels.length} labels, the contract has ${terms.rows} rows`);
  }
  const totals = classTotals(input.labels);
  const key = await ports.engine.keyHolder(terms.parameters);
  try {
    await channel.send(KIND.ask, encodeAsk(terms.rows, terms.rules, key.publicKey));
    const shapes = decodeShapes(await channel.receive(KIND.counts), terms.rows, terms.rules);
    if (shapes.length > terms.maxFeatures) throw tooMany(shapes.length, terms.maxFeatures);
    const layout = layoutFor(terms, shapes);
    const vector = BigUint64Array.from(Array.from(input.labels), BigInt);
    await channel.send(KIND.ask, encodeUploads(await key.encrypt(packVector(layout, vector))));
    const wanted = wantedCoefficients(layout);
    const answers = decodeAnswers(await channel.receive(KIND.counts), terms.parameters, layout, wanted.length);
    const positives = unpackAnswers(layout, await key.decrypt(answers, wanted, 'reveal'));
    const features = readFeatures(shapes, positives, totals, terms, input.minInformationValue ?? 0.02, ports);
    await channel.send(KIND.plan, encodePlans(features.map(({ plan }) => plan)));
    return { features: features.map(({ binned }) => binned) };
  } finally {
    key.dispose();
  }
}

const layoutFor = (terms: BinningTerms, shapes: readonly OpaqueFeature[]): MatvecLayout =>
  binningLayout(
    terms.rows,
    shapes.reduce((sum, shape) => sum + shape.counts.length, 0),
  );

function readFeatures(
  shapes: readonly OpaqueFeature[],
  positives: BigUint64Array,
  totals: { readonly negatives: number; readonly positives: number },
  terms: BinningTerms,
  floor: number,
  ports: BinningPorts,
): { binned: BinnedFeature; plan: FeaturePlan }[] {
  let at = 0;
  const progress = ports.progress ?? noProgress;
  return shapes.map((feature, f) => {
    const events = Uint32Array.from(positives.subarray(at, at + feature.counts.length), Number);
    at += feature.counts.length;
    checkCounts(feature, events, totals.positives);
    const counts = { negatives: feature.counts.map((rows, cell) => rows - events[cell]), positives: events };
    const table = woeTable(feature, counts, totals, terms.rules);
    const kept = table.informationValue >= floor && table.bins.some((bin) => bin.woe !== table.bins[0].woe);
    const hidden = kept && terms.disguisedWoe ? disguise(table, ports.random) : undefined;
    progress({ stage: 'binning', done: f + 1, total: shapes.length, unit: 'features' });
    return {
      binned: { feature, table, kept, map: hidden?.map },
      plan: { kept, bins: table.bins.length, binOfCell: table.binOfCell, scale: hidden?.scale },
    };
  });
}

/** Events of a cell cannot exceed its rows, nor those of a feature the events there are. The message names no count. */
function checkCounts(feature: OpaqueFeature, events: Uint32Array, total: number): void {
  const possible = events.every((count, cell) => count <= feature.counts[cell]) && events.reduce((sum, count) => sum + count, 0) <= total;
  if (possible) return;
  throw new PeerProtocolError('ERR_BINNING_COUNTS', 'the event counts of a feature are impossible: the holder answered from other rows', {
    help: 'Check that both parties use the same alignment; ask the holder for its log of this run.',
  });
}

function tooMany(features: number, limit: number): InputError {
  return new InputError('ERR_BINNING_FEATURES', `the holder offers ${features} features, the contract allows ${limit}`, {
    help: 'Raise maxFeatures in the contract.',
  });
}
