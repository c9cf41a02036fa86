/**
 * Vertical logistic regression, feature holder: it brings columns, evaluates under the label party's keys, and never sees a gradient, a
 * residual, a score or a weight.
 */
import { noProgress } from '../../../base/index.ts';
import type { Design, Scaling } from '../../../learn/logistic-regression/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { ownColumns } from './columns.ts';
import { type LogisticContract, logisticTerms } from './contract.ts';
import { serveExactly } from './exact-training.ts';
import { giveMoments } from './gaussian.ts';
import type { LogisticRolePorts } from './label-party.ts';
import { agree } from './messages.ts';
import { holderSeat } from './seats.ts';
import { trainOnShares } from './shared-training.ts';

export interface HolderLogisticInput {
  readonly contract: LogisticContract;
  /** In the order the label party will number them. */
  readonly columns: Design;
  /** With several holders: which of them this is, from 0, in the order of the contract. @default 0 */
  readonly place?: number;
  /** With several holders: channels to the others in their order, this one left out. The label party must not be able to read them. */
  readonly peers?: readonly Channel[];
}

/** All the holder keeps: how to scale its columns when a row is scored. */
export interface HolderLogistic {
  readonly names: readonly string[];
  readonly scalings: readonly Scaling[];
  readonly iterations: number;
}

/** @throws InputError, RefusedError before any message on columns that would give rows away; PeerProtocolError on malformed messages. */
export async function featureHolder(channel: Channel, input: HolderLogisticInput, ports: LogisticRolePorts): Promise<HolderLogistic> {
  const terms = logisticTerms(input.contract);
  const { place = 0, peers = [] } = input;
  const seat = holderSeat(channel, place, peers);
  const own = ownColumns(input.columns, terms.holders[place], terms, true);
  await agree(seat, terms);
  await giveMoments(seat, terms, own, ports);
  return { names: own.names, scalings: own.scalings, iterations: await iterate() };

  async function iterate(): Promise<number> {
    switch (terms.method) {
      case 'moments':
        return 0;
      case 'exact':
        return serveExactly(channel, terms, own, ports);
      case 'shared':
        return (await trainOnShares(seat, terms, own.fixed, undefined, ports, ports.progress ?? noProgress)).iterations;
    }
  }
}
