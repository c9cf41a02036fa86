/**
 * Federated binning, feature holder (evaluator). It cuts its columns into cells without any label, answers the encrypted number of events of
 * every cell, and learns which cells belong together.
 */
import { equalBytes, InputError, permutation, RefusedError } from '../../../base/index.ts';
import { matrixOperand, wantedCoefficients } from '../../../he/index.ts';
import { type Cells, cellCodes, cutCategorical, cutNumeric, mapBins } from '../../../learn/binning/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type BinningContract, type BinningTerms, binningLayout, binningTerms } from './contract.ts';
import type { BinningPorts } from './label-party.ts';
import { type DisguisedScale, decodeAsk, decodePlans, decodeUploads, encodeAnswers, encodeRules, encodeShapes, KIND } from './messages.ts';

export interface HolderBinningInput {
  readonly contract: BinningContract;
  /** Name → values in aligned order; NaN is missing. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** Columns whose values are category codes. @default none */
  readonly categorical?: readonly string[];
}

/** One of the holder's features after binning. */
export interface HolderFeature {
  readonly name: string;
  readonly cells: Cells;
  readonly kept: boolean;
  readonly binOfCell: readonly number[];
  readonly bins: number;
  readonly scale: DisguisedScale | undefined;
}

/** In the order the label party knows them by. */
export interface HolderBinning {
  readonly features: readonly HolderFeature[];
}

/**
 * @throws InputError on columns or options; RefusedError `ERR_BINNING_CONTRACT` when the label party asks under another contract;
 * PeerProtocolError on malformed messages.
 */
export async function featureHolder(channel: Channel, input: HolderBinningInput, ports: BinningPorts): Promise<HolderBinning> {
  const terms = binningTerms(input.contract);
  const features = cutColumns(input, terms);
  const order = permutation(ports.random, features.length);
  const shown = Array.from(order, (f) => features[f]);
  const { rules, publicKey } = decodeAsk(await channel.receive(KIND.ask), terms.parameters);
  if (!equalBytes(rules, encodeRules(terms.rows, terms.rules))) throw otherContract();
  const evaluator = await ports.engine.evaluator(terms.parameters, publicKey);
  try {
    const counted = shown.map(({ cells }) => ({ kind: cells.kind, ordered: cells.ordered, counts: cells.counts }));
    await channel.send(KIND.counts, encodeShapes(counted));
    const rows = oneHotRows(shown);
    const layout = binningLayout(terms.rows, rows.length);
    const operand = await ports.engine.prepare(
      terms.parameters,
      matrixOperand(layout, (cell) => rows[cell](), 1),
    );
    const uploads = decodeUploads(await channel.receive(KIND.ask), terms.parameters, layout);
    const [{ answers }] = await evaluator.multiply([uploads], operand, { mode: 'reveal', wanted: wantedCoefficients(layout) });
    operand.dispose();
    await channel.send(KIND.counts, encodeAnswers(answers));
    const cells = shown.map((feature) => feature.cells.counts.length);
    const plans = decodePlans(await channel.receive(KIND.plan), cells, terms.disguisedWoe);
    return { features: shown.map((feature, f) => ({ name: feature.name, cells: feature.cells, ...plans[f] })) };
  } finally {
    evaluator.dispose();
  }
}

/** The column a holder trains on: its bins on the disguised scale. @throws InputError when the feature was not kept. */
export function disguisedColumn({ name, cells, binOfCell, scale }: HolderFeature, values: Float64Array): Float64Array {
  if (!scale) throw new InputError('ERR_BINNING_NOT_KEPT', `feature "${name}" was not kept, or the contract gives its holder no scale`);
  return mapBins(cells, binOfCell, scale.perBin, values, scale.neutral);
}

interface CutColumn {
  readonly name: string;
  readonly cells: Cells;
  readonly codes: Int16Array;
}

function cutColumns({ columns, categorical = [] }: HolderBinningInput, terms: BinningTerms): CutColumn[] {
  const unknown = categorical.find((name) => !columns.has(name));
  if (unknown !== undefined) throw new InputError('ERR_BINNING_COLUMN', `no column "${unknown}" to treat as categorical`);
  if (columns.size === 0 || columns.size > terms.maxFeatures) {
    throw new InputError('ERR_BINNING_FEATURES', `${columns.size} columns, the contract allows 1 to ${terms.maxFeatures}`);
  }
  return [...columns].map(([name, values]) => {
    if (values.length !== terms.rows) {
      throw new InputError('ERR_BINNING_ROWS', `column "${name}" has ${values.length} rows, the contract ${terms.rows}`);
    }
    const cells = categorical.includes(name) ? cutCategorical(values, terms.rules) : cutNumeric(values, terms.rules);
    return { name, cells, codes: cellCodes(cells, values) };
  });
}

/** For each cell of each feature, which rows are in it; built when asked, so that one row of bits exists at a time. */
function oneHotRows(features: readonly CutColumn[]): (() => Uint8Array)[] {
  return features.flatMap(({ cells, codes }) =>
    Array.from(cells.counts, (_, cell) => {
      let bits: Uint8Array | undefined;
      return () => {
        bits ??= Uint8Array.from(codes, (code) => (code === cell ? 1 : 0));
        return bits;
      };
    }),
  );
}

function otherContract(): RefusedError {
  return new RefusedError('ERR_BINNING_CONTRACT', 'the label party asks under other rules or for another number of rows', {
    help: 'Both parties must hold the same contract.',
  });
}
