/**
 * Vertical gradient-boosted trees, label party (protocols.md §3). It holds labels, its own columns and all keys; feature holders hold the
 * rest of the columns. Squirrel (Lu et al., USENIX Security 2023) builds boosted trees on the same product.
 *
 * Learns: sums of its own quantised gradients per opaque candidate split and node, left/right bits of chosen splits for rows in the node.
 * Tells each holder: which of its candidates split a node, how many nodes were asked at a level. Nothing else leaves.
 *
 * The trees are those of the single-party reference (`learn/trees`) on the same quantised gradients, bit for bit: one loop grows both.
 */
import { InputError, LocalProtocolError, PeerProtocolError } from '../../../base/index.ts';
import type { FeatureTable } from '../../../data/index.ts';
import { DEFAULT_UNIT_COSTS } from '../../../he/index.ts';
import {
  type BoostResult,
  type BoostState,
  binFeatures,
  boost,
  checkConstraints,
  checkTrainingLabels,
  type GbdtConfig,
  type GbdtParams,
  gbdtConfig,
  gradientLevels,
  localSource,
  usedSplits,
} from '../../../learn/trees/index.ts';
import type { Channel, Disclosure } from '../../../protocol/index.ts';
import { type GbdtAgreement, type GbdtProposal, type GbdtSetup, type LinkCosts, MAX_ROWS, negotiate } from './agreement.ts';
import { type GbdtCheckpoint, resumeState } from './checkpoint.ts';
import { gbdtDisclosure } from './disclosure.ts';
import { KIND, readOffer, writeParameters, writeProposal } from './messages.ts';
import type { GbdtPorts } from './ports.ts';
import { type RemoteSource, remoteSource } from './remote-source.ts';

const LAN_BANDWIDTH = 1e9;

/** A feature holder and the channel to it. */
export interface HolderLink {
  /** Name of the holder in the model, unique. */
  readonly holder: string;
  readonly channel: Channel;
}

export interface LabelPartyInput {
  /** This party's aligned columns; may have none. */
  readonly table: FeatureTable;
  /** One a row: 0/1 for logistic loss. */
  readonly labels: ArrayLike<number>;
  readonly params?: GbdtParams;
  /** Bits a second of the link to the holders; a slow link gets fewer bytes for more computing. @default 1e9 */
  readonly bandwidth?: number;
  /** Go on from the last finished tree, with fresh keys. */
  readonly resume?: GbdtCheckpoint;
  /** Called after each tree, awaited before the next. The state is this party's secret. */
  readonly checkpoint?: (state: GbdtCheckpoint) => void | Promise<void>;
}

export interface LabelPartyResult extends BoostResult {
  /** Per holder, in the order of the links: what was agreed and what was disclosed. */
  readonly holders: readonly { readonly holder: string; readonly agreement: GbdtAgreement; readonly disclosure: Disclosure }[];
}

/**
 * @throws InputError on unusable parameters, labels or columns, before a byte is sent; PeerProtocolError when a holder breaks the
 * protocol or answers what cannot be; TransportError when a link fails.
 */
export async function labelParty(links: readonly HolderLink[], input: LabelPartyInput, ports: GbdtPorts): Promise<LabelPartyResult> {
  const config = checkedConfig(links, input);
  const bins = binFeatures(input.table, { maxBin: config.max_bin, minSupport: 1 });
  const resume = input.resume && resumeState(input.resume, config, links);
  const proposal = proposalOf(config, input.table.rows, resume?.trees.length ?? 0);
  const link = { costs: DEFAULT_UNIT_COSTS[ports.engine.name], bandwidth: input.bandwidth ?? LAN_BANDWIDTH };
  const startSplits = (holder: string): number => input.resume?.nextSplitIds[holder] ?? 0;
  const setups = await Promise.all(
    links.map(({ holder, channel }) => agree(channel, { ...proposal, startSplits: startSplits(holder) }, link)),
  );
  setups.forEach(({ agreement: { candidates, block, histogram } }, i) => {
    ports.logger?.info('gbdt agreed', { holder: links[i].holder, candidates, block, profile: histogram.profile });
  });
  const remote = links.map(({ holder, channel }, i) => remoteSource(holder, channel, setups[i], ports, startSplits(holder)));
  try {
    const result = await boost({
      config,
      labels: input.labels,
      features: bins.map(({ name }) => name),
      sources: [localSource(bins, config.monotone_constraints), ...remote],
      random: ports.random,
      progress: ports.progress,
      signal: ports.signal,
      resume,
      checkpoint: input.checkpoint && ((state) => input.checkpoint?.(checkpointOf(config, state, remote))),
    });
    await Promise.all(remote.map((source, i) => source.finish(usedSplits(result.model, links[i].holder))));
    const holders = links.map(({ holder }, i) => ({
      holder,
      agreement: setups[i].agreement,
      disclosure: gbdtDisclosure(setups[i].agreement, remote[i].counts),
    }));
    return { ...result, holders };
  } finally {
    for (const source of remote) source.dispose();
  }
}

function checkedConfig(links: readonly HolderLink[], { table, labels, params }: LabelPartyInput): GbdtConfig {
  const config = gbdtConfig(params);
  checkConstraints(config, table.columns.keys());
  if (config.gradient_bits === 'exact') {
    throw new InputError(
      'ERR_LEARN_OPTION',
      "option gradient_bits must be a number in a federation: 'exact' gradients cannot be encrypted",
    );
  }
  if (labels.length !== table.rows || table.rows > MAX_ROWS) {
    throw new InputError('ERR_LEARN_LENGTH_MISMATCH', `${labels.length} labels for ${table.rows} rows (at most ${MAX_ROWS})`);
  }
  if (new Set(links.map(({ holder }) => holder)).size !== links.length) {
    throw new LocalProtocolError('ERR_GBDT_HOLDERS', 'two holders have the same name');
  }
  checkTrainingLabels(config, labels);
  return config;
}

function proposalOf(config: GbdtConfig, rows: number, startTree: number): Omit<GbdtProposal, 'startSplits'> {
  const levels = gradientLevels(config.gradient_bits as number, config.hessian_bits, config.objective);
  return { rows, trees: config.n_estimators, startTree, maxDepth: config.max_depth, maxBin: config.max_bin, levels };
}

/** Proposal, offer, parameters. */
async function agree(channel: Channel, proposal: GbdtProposal, link: LinkCosts): Promise<GbdtSetup> {
  await channel.send(KIND.proposal, writeProposal(proposal));
  const offer = readOffer(await channel.receive(KIND.offer));
  if (offer.minSupport > proposal.rows) {
    throw new PeerProtocolError('ERR_PEER_MALFORMED_MESSAGE', `${KIND.offer}: minimum support is above the number of rows`);
  }
  const setup = negotiate(proposal, offer, link);
  await channel.send(KIND.parameters, writeParameters(setup.agreement));
  return setup;
}

function checkpointOf(config: GbdtConfig, state: BoostState, remote: readonly RemoteSource[]): GbdtCheckpoint {
  const nextSplitIds = Object.fromEntries(remote.map((source) => [source.holder as string, source.nextSplitId]));
  return { format: 'fedcredit-gbdt-checkpoint', version: 1, config, state, nextSplitIds };
}
