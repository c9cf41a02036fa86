/**
 * Federated scorecard, feature holder: bins its columns with the label party, trains on their disguised scale, and keeps the cells and merge
 * plans. It never has a coefficient or a point.
 */
import { PeerProtocolError } from '../../../base/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { featureHolder as binWithLabels, disguisedColumn, type HolderBinning, type HolderFeature } from '../binning/index.ts';
import { featureHolder as fitWithLabels, type LogisticContract, type LogisticRolePorts } from '../logistic-regression/index.ts';
import { binningPart, logisticPart, receiveChoice, type ScorecardContract } from './contract.ts';

export interface HolderScorecardInput {
  readonly contract: ScorecardContract;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly categorical?: readonly string[];
  /** Bins of an earlier run of `binning` under the same contract. @default binned here */
  readonly bins?: HolderBinning;
  /** With several holders: which of them this is, from 0, and channels to the others in their order. @default 0 and none */
  readonly place?: number;
  readonly peers?: readonly Channel[];
  /** Called with the terms of the fit before it begins; throws to refuse. */
  readonly beforeFit?: (contract: LogisticContract) => Promise<void>;
}

/** What the holder needs to answer a score: the features of the card, in the label party's order. */
export interface HolderScorecard {
  readonly features: readonly HolderFeature[];
}

/** @throws as binning and logistic regression. */
export async function featureHolder(channel: Channel, input: HolderScorecardInput, ports: LogisticRolePorts): Promise<HolderScorecard> {
  const { columns, categorical, place = 0, peers = [] } = input;
  const contract = binningPart(input.contract);
  const { features } = input.bins ?? (await binWithLabels(channel, { contract, columns, categorical }, ports));
  const kept = features.map((feature) => feature.kept);
  const first = await receiveChoice(channel, kept, place);
  if (!first.fit) throw new PeerProtocolError('ERR_PEER_MALFORMED_MESSAGE', 'scorecard: the label party ends before it fits');
  const chosen = features.filter((_, f) => first.holder[f]);
  const design = chosen.map((feature) => ({ name: feature.name, values: disguisedColumn(feature, columns.get(feature.name)!) }));
  const fit = logisticPart(input.contract, first.labelColumns, first.widths);
  await input.beforeFit?.(fit);
  await fitWithLabels(channel, { contract: fit, columns: design, place, peers }, ports);
  const last = await receiveChoice(channel, first.holder, place);
  return { features: features.filter((_, f) => last.holder[f]) };
}
