/**
 * Boosting: tree after tree over any candidate sources, with row and feature sampling, a validation split and early stopping (Friedman
 * 2001; Chen and Guestrin 2016). Trees are steps: after each one `checkpoint` gets a plain state from which training goes on.
 */
import { InputError, noProgress, type Progress, permutation, type SecureRandom, seededRandom } from '../../base/index.ts';
import { growTree } from './grow.ts';
import type { GbdtModel, GbdtTree } from './model.ts';
import { evaluate, gradients, isBetter, predictionOf, startingMargin } from './objective.ts';
import type { GbdtConfig } from './parameters.ts';
import { prepareGradients } from './quantise.ts';
import type { CandidateSource } from './source.ts';

/** Figures after a tree; they stay with the label party. */
export interface TreeFigures {
  /** AUC for logistic loss, root mean squared error for squared error. */
  readonly train: number;
  readonly validation: number | undefined;
  /** `eval_metric` on the validation rows. */
  readonly stoppingMetric: number | undefined;
}

/** All that training needs to go on after a finished tree: plain JSON, and the label party's own secret. */
export interface BoostState {
  readonly trees: readonly GbdtTree[];
  readonly figures: readonly TreeFigures[];
  /** Margin of every row after the last tree. */
  readonly margins: readonly number[];
  /** Margin of every row after the best tree so far; with early stopping only. */
  readonly bestMargins: readonly number[] | undefined;
}

export interface BoostInput {
  readonly config: GbdtConfig;
  readonly labels: ArrayLike<number>;
  readonly features: readonly string[];
  /** This party's own source first. */
  readonly sources: readonly CandidateSource[];
  /** Draws of stochastic rounding. */
  readonly random: SecureRandom;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** State to go on from. */
  readonly resume?: BoostState | undefined;
  /** Called after each tree, awaited before the next. */
  readonly checkpoint?: ((state: BoostState) => void | Promise<void>) | undefined;
}

export interface BoostResult {
  readonly model: GbdtModel;
  readonly figures: readonly TreeFigures[];
  /** Rows that were held out, ascending. */
  readonly validationRows: Uint32Array;
  /** Margins of all rows under the returned model. */
  readonly margins: Float64Array;
}

export async function boost(input: BoostInput): Promise<BoostResult> {
  const { config, labels, sources, progress = noProgress } = input;
  checkTrainingLabels(config, labels);
  const split = splitRows(config, labels.length);
  const baseMargin = startingMargin(config, labels, split.training);
  const trees: GbdtTree[] = [...(input.resume?.trees ?? [])];
  const figures: TreeFigures[] = [...(input.resume?.figures ?? [])];
  const margins = startingMargins(input, baseMargin);
  let bestMargins = input.resume?.bestMargins ? Float64Array.from(input.resume.bestMargins) : margins;
  const g = new Float64Array(labels.length);
  const h = new Float64Array(labels.length);
  while (trees.length < config.n_estimators && !shouldStop(config, figures)) {
    input.signal?.throwIfAborted();
    const tree = trees.length;
    gradients(config.objective, margins, labels, g, h);
    const treeGradients = prepareGradients(config, g, h, sampleRows(config, tree, split.training, labels.length), input.random);
    const allowed = sampleFeatures(config, tree, sources);
    const grown = await growTree({ config, tree, rows: labels.length, gradients: treeGradients, sources, allowed, signal: input.signal });
    for (let row = 0; row < margins.length; row++) margins[row] += grown.increments[row];
    trees.push(grown.tree);
    figures.push(figuresOf(config, margins, labels, split));
    const stopping = config.early_stopping_rounds !== undefined;
    if (stopping && bestIteration(config, figures) === tree) bestMargins = margins.slice();
    await input.checkpoint?.({
      trees: [...trees],
      figures: [...figures],
      margins: Array.from(margins),
      bestMargins: stopping ? Array.from(bestMargins) : undefined,
    });
    progress({ stage: 'gbdt', done: tree + 1, total: config.n_estimators, unit: 'trees', note: describe(config, figures[tree]) });
  }
  const kept = config.early_stopping_rounds === undefined ? trees : trees.slice(0, bestIteration(config, figures) + 1);
  const model: GbdtModel = {
    format: 'fedcredit-gbdt',
    version: 1,
    objective: config.objective,
    baseMargin,
    features: [...input.features],
    holders: sources.flatMap(({ holder }) => (holder === undefined ? [] : [holder])),
    trees: kept,
  };
  return { model, figures, validationRows: split.validation, margins: config.early_stopping_rounds === undefined ? margins : bestMargins };
}

/**
 * The checks of labels that `boost` makes, for callers that must know before anything is sent.
 * @throws InputError `ERR_LEARN_LABEL`, `ERR_LEARN_ONE_CLASS`, `ERR_LEARN_TOO_FEW_ROWS`.
 */
export function checkTrainingLabels(config: GbdtConfig, labels: ArrayLike<number>): void {
  const { training, validation } = splitRows(config, labels.length);
  startingMargin(config, labels, training);
  if (validation.length > 0) startingMargin(config, labels, validation);
}

interface RowSplit {
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/** The validation rows, drawn once from the seed; both parts ascending. */
export function splitRows(config: Pick<GbdtConfig, 'seed' | 'validation_fraction'>, rows: number): RowSplit {
  const held = Math.floor(rows * config.validation_fraction);
  const order =
    held === 0 ? Uint32Array.from({ length: rows }, (_, i) => i) : permutation(seededRandom(config.seed, 'gbdt/validation'), rows);
  return { validation: order.slice(0, held).sort(), training: order.slice(held).sort() };
}

/** 1 for the rows that train tree `tree`. Each tree has its own stream, so that a resumed run draws what the first would have. */
function sampleRows(config: GbdtConfig, tree: number, training: Uint32Array, rows: number): Uint8Array {
  const random = seededRandom(config.seed, `gbdt/rows/${tree}`);
  const sampled = new Uint8Array(rows);
  for (const row of training) sampled[row] = config.subsample === 1 || random.uniform() < config.subsample ? 1 : 0;
  return sampled;
}

/** ⌈rate · features⌉ of this party's features; each opaque candidate of a holder with probability `colsample_bytree`. */
function sampleFeatures(
  config: GbdtConfig,
  tree: number,
  sources: readonly CandidateSource[],
): (source: number, candidate: number) => boolean {
  const rate = config.colsample_bytree;
  if (rate === 1) return () => true;
  const drawn = new Map<string, boolean>();
  const own = sources.map((source, s) =>
    source.holder === undefined ? drawOwn(source, seededRandom(config.seed, `gbdt/columns/${tree}/${s}`), rate) : undefined,
  );
  const streams = sources.map((_, s) => seededRandom(config.seed, `gbdt/candidates/${tree}/${s}`).u32());
  return (s, candidate) => {
    const features = own[s];
    if (features) return features.has(sources[s].featureOf(candidate));
    const key = `${s}/${candidate}`;
    const known = drawn.get(key) ?? seededRandom(streams[s], key).uniform() < rate;
    drawn.set(key, known);
    return known;
  };
}

function drawOwn(source: CandidateSource, random: SecureRandom, rate: number): ReadonlySet<number> {
  const features = [...new Set(Array.from({ length: source.candidates }, (_, c) => source.featureOf(c)))];
  const order = permutation(random, features.length);
  return new Set(Array.from(order.subarray(0, Math.ceil(rate * features.length)), (i) => features[i]));
}

function startingMargins({ resume, labels }: BoostInput, baseMargin: number): Float64Array {
  if (!resume) return new Float64Array(labels.length).fill(baseMargin);
  const lengths = [resume.margins.length, resume.bestMargins?.length ?? labels.length];
  if (lengths.some((length) => length !== labels.length) || resume.figures.length !== resume.trees.length) {
    throw new InputError('ERR_LEARN_RESUME', 'the state to resume from belongs to another job', { help: 'Start the training anew.' });
  }
  return Float64Array.from(resume.margins);
}

function figuresOf(config: GbdtConfig, margins: Float64Array, labels: ArrayLike<number>, { training, validation }: RowSplit): TreeFigures {
  const scored = (rows: Uint32Array): { scores: Float64Array; labels: Float64Array } => {
    const picked = { scores: new Float64Array(rows.length), labels: new Float64Array(rows.length) };
    for (let i = 0; i < rows.length; i++) {
      picked.scores[i] = predictionOf(config.objective, margins[rows[i]]);
      picked.labels[i] = labels[rows[i]];
    }
    return picked;
  };
  const headline = config.objective === 'binary:logistic' ? 'auc' : 'rmse';
  const train = scored(training);
  const figures = { train: evaluate(headline, train.scores, train.labels), validation: undefined, stoppingMetric: undefined };
  if (validation.length === 0) return figures;
  const held = scored(validation);
  return {
    ...figures,
    validation: evaluate(headline, held.scores, held.labels),
    stoppingMetric: evaluate(config.eval_metric, held.scores, held.labels),
  };
}

function describe(config: GbdtConfig, { train, validation }: TreeFigures): string {
  const name = config.objective === 'binary:logistic' ? 'AUC' : 'RMSE';
  return `train ${name} ${train.toFixed(4)}${validation === undefined ? '' : `, validation ${name} ${validation.toFixed(4)}`}`;
}

/** Index of the tree after which the stopping figure was best. */
function bestIteration(config: GbdtConfig, figures: readonly TreeFigures[]): number {
  let best = 0;
  for (let i = 1; i < figures.length; i++) {
    if (isBetter(config.eval_metric, figures[i].stoppingMetric ?? NaN, figures[best].stoppingMetric ?? NaN)) best = i;
  }
  return best;
}

function shouldStop(config: GbdtConfig, figures: readonly TreeFigures[]): boolean {
  const rounds = config.early_stopping_rounds;
  return rounds !== undefined && figures.length > 0 && figures.length - 1 - bestIteration(config, figures) >= rounds;
}
