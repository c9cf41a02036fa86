/**
 * A scorecard as the run folder keeps it (model.json): the bank's own features with their edges and the points of every bin; of the platform's
 * features the points and nothing that only the platform knows. PMML is made from it.
 */
import { z } from 'zod';
import { InputError } from '../base/index.ts';
import type { LabelScorecard } from '../federated/vertical/scorecard/index.ts';
import type { Bin, FeatureBinning } from '../learn/binning/index.ts';
import type { Calibrator } from '../learn/calibration/index.ts';
import type { ScoreScale } from '../learn/scorecard/index.ts';
import type { StoredBins } from './artifacts.ts';
import { holderLabel } from './models/binning.ts';

const numbers = z.array(z.number());
const pairs = z.array(z.tuple([z.number(), z.number()]));
const bin = z.object({
  kind: z.enum(['ordered', 'extra']),
  cells: numbers,
  negatives: z.number(),
  positives: z.number(),
  woe: z.number(),
  value: z.number(),
});
const feature = z.object({
  name: z.string(),
  party: z.string(),
  coefficient: z.number(),
  informationValue: z.number(),
  points: z.array(z.int()).min(1),
  neutralPoints: z.int(),
  bins: z.array(bin).min(1),
});
const own = feature.extend({
  binOfCell: numbers,
  cells: z.object({
    kind: z.enum(['numeric', 'categorical']),
    edges: numbers,
    categories: pairs,
    ordered: z.int(),
    specials: pairs,
    missing: z.int(),
    counts: numbers,
  }),
  levels: z.array(z.string()).optional(),
});
const fileSchema = z.object({
  format: z.literal('fedcredit/scorecard/1'),
  scale: z.object({ pdo: z.number(), baseScore: z.number(), baseOdds: z.number() }),
  intercept: z.number(),
  offset: z.number(),
  factor: z.number(),
  roundingBound: z.number(),
  lowest: z.number(),
  highest: z.number(),
  own: z.array(own),
  platform: z.array(feature),
  calibration: z.object({ kind: z.literal('platt'), intercept: z.number(), slope: z.number() }).optional(),
});
export type CardFile = z.output<typeof fileSchema>;

interface CardFacts {
  readonly bank: string;
  readonly platform: string;
  readonly scale: Required<ScoreScale>;
  readonly levels: ReadonlyMap<string, readonly string[]>;
  readonly calibration?: Calibrator | undefined;
}

export function cardFile({ card, intercept, own: ownParts, holder }: LabelScorecard, { names }: StoredBins, facts: CardFacts): CardFile {
  const { offset, factor, roundingBound, lowest, highest } = card;
  return {
    format: 'fedcredit/scorecard/1',
    scale: facts.scale,
    intercept,
    offset,
    factor,
    roundingBound,
    lowest,
    highest,
    own: ownParts.map(({ name, binning, points, coefficient }) => ({
      name,
      party: facts.bank,
      coefficient,
      informationValue: binning.table.informationValue,
      points: [...points.points],
      neutralPoints: points.neutralPoints,
      bins: binning.table.bins.map(plainBin),
      binOfCell: [...binning.table.binOfCell],
      cells: plainCells(binning),
      ...(facts.levels.has(name) && binning.cells.kind === 'categorical' && { levels: [...(facts.levels.get(name) ?? [])] }),
    })),
    platform: holder.map(({ feature: f, binned, points, coefficient }) => ({
      name: holderLabel(f, names),
      party: facts.platform,
      coefficient,
      informationValue: binned.table.informationValue,
      points: [...points.points],
      neutralPoints: points.neutralPoints,
      bins: binned.table.bins.map(plainBin),
    })),
    ...(facts.calibration?.kind === 'platt' && { calibration: facts.calibration }),
  };
}

/** @throws InputError `ERR_JOB_MODEL_FILE` when the text is no scorecard of a run. */
export function readCardFile(text: string, shown: string): CardFile {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError('ERR_JOB_MODEL_FILE', `${shown} is no scorecard`, {
      cause,
      help: 'Only a run with "model: scorecard" has one; give its folder.',
    });
  }
}

/** The binning of an own feature as the learner made it. */
export function binningOf({ cells, bins, binOfCell, informationValue }: CardFile['own'][number]): FeatureBinning {
  return {
    cells: {
      kind: cells.kind,
      edges: Float64Array.from(cells.edges),
      categories: new Map(cells.categories),
      ordered: cells.ordered,
      specials: new Map(cells.specials),
      missing: cells.missing,
      counts: Uint32Array.from(cells.counts),
    },
    table: { bins, binOfCell, informationValue },
  };
}

const plainBin = ({ kind, cells, negatives, positives, woe, value }: Bin): CardFile['platform'][number]['bins'][number] => ({
  kind,
  cells: [...cells],
  negatives,
  positives,
  woe,
  value,
});

const plainCells = ({ cells }: FeatureBinning): CardFile['own'][number]['cells'] => ({
  kind: cells.kind,
  edges: [...cells.edges],
  categories: [...cells.categories],
  ordered: cells.ordered,
  specials: [...cells.specials],
  missing: cells.missing,
  counts: [...cells.counts],
});
