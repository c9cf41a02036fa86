/**
 * The same models on one table in the clear: what a bank gets from its own columns alone (the baseline), and what the demo and the tests hold a
 * federated model against. Same bins, same solver, same order of decisions.
 */
import { InputError } from '../../base/index.ts';
import type { FeatureTable } from '../../data/index.ts';
import { SCORECARD_REFITS } from '../../federated/vertical/scorecard/index.ts';
import { type BinningOptions, type FeatureBinning, fitBinning, mapBins, woeColumn } from '../../learn/binning/index.ts';
import {
  type Design,
  fitLogisticRegression,
  fitPolynomial,
  linearPredictor,
  momentsOf,
  scale,
  scalingOf,
  solveMoments,
} from '../../learn/logistic-regression/index.ts';
import { buildScorecard, type Scorecard, type ScoreScale } from '../../learn/scorecard/index.ts';
import type { SignBound } from '../../learn/statistics/index.ts';
import type { RegressionSection } from '../model-sections.ts';

/** Weights on standardised columns, intercept first, as the federated solver of this name finds them. */
export function solveInTheClear(
  { solver, degree = 9, iterations = 12, l2 }: RegressionSection,
  design: Design,
  labels: Uint8Array,
  signs?: readonly SignBound[],
): Float64Array {
  switch (solver) {
    case 'moments':
      return solveMoments(momentsOf(design, labels), { ridge: l2, signs });
    case 'shared':
      return fitPolynomial(design, labels, { degree, iterations, ridge: l2, signs, refits: signs ? SCORECARD_REFITS : 0 }).weights;
    case 'exact':
      return fitLogisticRegression(design, labels, { ridge: l2, signs }).weights;
  }
}

/** Linear predictor of `rows` by a logistic regression of the training rows. */
export function clearLinear(section: RegressionSection, training: FeatureTable, labels: Uint8Array, rows: FeatureTable): Float64Array {
  const scalings = new Map([...training.columns].map(([name, values]) => [name, scalingOf(values, section.clip ?? 6)]));
  const design = ({ columns }: FeatureTable): Design =>
    [...columns].map(([name, values]) => ({ name, values: scale(values, scalings.get(name) ?? scalingOf(values)) }));
  return linearPredictor(solveInTheClear(section, design(training), labels), design(rows));
}

export interface ClearCard {
  readonly card: Scorecard;
  /** In the order of the card. */
  readonly features: readonly { readonly name: string; readonly binning: FeatureBinning; readonly coefficient: number }[];
  readonly dropped: readonly string[];
}

export interface ClearCardInput {
  readonly table: FeatureTable;
  readonly labels: Uint8Array;
  readonly categorical: ReadonlySet<string>;
  readonly binning: BinningOptions;
  readonly minInformationValue: number;
  readonly regression: RegressionSection;
  readonly scale: ScoreScale;
}

/** @throws InputError `ERR_SCORECARD_EMPTY` when no column is worth a place on the card; as binning and the solver. */
export function clearCard(input: ClearCardInput): ClearCard {
  const { table, labels, categorical, regression } = input;
  const candidates = [...table.columns].flatMap(([name, values]) => {
    const binning = fitBinning(values, labels, input.binning, categorical.has(name) ? 'categorical' : 'numeric');
    return binning.table.informationValue >= input.minInformationValue ? [{ name, binning, woe: woeColumn(binning, values) }] : [];
  });
  const scalings = candidates.map(({ woe }) => scalingOf(woe));
  const design = candidates.map(({ name, woe }, j) => ({ name, values: scale(woe, scalings[j]) }));
  const signs = candidates.map(() => 1 as const);
  const weights = candidates.length > 0 ? solveInTheClear(regression, design, labels, signs) : new Float64Array(1);
  const fitted = candidates.map(({ name, binning }, j) => ({ name, binning, coefficient: weights[j + 1] / scalings[j].deviation }));
  const features = fitted.filter(({ coefficient }) => coefficient > 0);
  if (features.length === 0) throw new InputError('ERR_SCORECARD_EMPTY', 'no column is left for the scorecard');
  const intercept = scalings.reduce((base, { mean }, j) => base - fitted[j].coefficient * mean, weights[0]);
  const terms = features.map(({ name, binning, coefficient }) => ({ name, coefficient, woes: binning.table.bins.map(({ woe }) => woe) }));
  const dropped = fitted.filter(({ coefficient }) => !(coefficient > 0)).map(({ name }) => name);
  return { card: buildScorecard(intercept, terms, input.scale), features, dropped };
}

/** Points of rows by a card in the clear. */
export function clearPoints({ card, features }: ClearCard, table: FeatureTable): Float64Array {
  const points = new Float64Array(table.rows);
  features.forEach(({ name, binning }, f) => {
    const { points: perBin, neutralPoints } = card.features[f];
    const values = table.columns.get(name) ?? new Float64Array(table.rows);
    const column = mapBins(binning.cells, binning.table.binOfCell, perBin, values, neutralPoints);
    for (let i = 0; i < points.length; i++) points[i] += column[i];
  });
  return points;
}
