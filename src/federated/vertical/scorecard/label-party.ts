/**
 * Federated scorecard, label party: federated bins of the holder's columns, its own bins, a logistic regression on weight of evidence whose
 * coefficients all keep their sign (the feature with the worst sign is dropped and the rest fitted again, first by moments, then by the method of the
 * contract), integer points for every bin of both.
 */
import { InputError } from '../../../base/index.ts';
import { type FeatureBinning, fitBinning, woeColumn } from '../../../learn/binning/index.ts';
import type { CoefficientRow, DesignColumn, Scaling } from '../../../learn/logistic-regression/index.ts';
import {
  buildScorecard,
  type Scorecard,
  type ScorecardFeature,
  type ScorecardTerm,
  type ScoreScale,
} from '../../../learn/scorecard/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type BinnedFeature, binningTerms, labelParty as binWithHolder, type LabelBinning } from '../binning/index.ts';
import { labelParty as fitWithHolder, type LabelLogistic, type LogisticRolePorts } from '../logistic-regression/index.ts';
import { binningPart, logisticPart, type ScorecardContract, sendChoice } from './contract.ts';

export interface LabelScorecardInput {
  readonly contract: ScorecardContract;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly categorical?: readonly string[];
  readonly labels: ArrayLike<number>;
  /** @default 20 points double the odds, 600 points at 1:50 */
  readonly scale?: ScoreScale;
  /** Features below this information value are left out. @default 0.02 */
  readonly minInformationValue?: number;
  /** Bins of an earlier run of `binning` under the same contract; the holder must give its half of the same run. @default binned here */
  readonly bins?: LabelBinning;
}

/** The card as the label party has it. Own features carry their edges; the holder's are known by number and bin. */
export interface LabelScorecard {
  readonly card: Scorecard;
  readonly intercept: number;
  readonly own: readonly {
    readonly name: string;
    readonly binning: FeatureBinning;
    readonly points: ScorecardFeature;
    readonly coefficient: number;
  }[];
  /** `feature` is its place in the order in which the holder presented its features. */
  readonly holder: readonly {
    readonly feature: number;
    readonly binned: BinnedFeature;
    readonly points: ScorecardFeature;
    readonly coefficient: number;
  }[];
  /** Of the regression on standardised columns. */
  readonly table: readonly CoefficientRow[];
  readonly vif: Float64Array;
  /** Features left out because their coefficient had the wrong sign. */
  readonly dropped: readonly string[];
}

interface OwnCandidate {
  readonly name: string;
  readonly binning: FeatureBinning;
  readonly column: DesignColumn;
}
interface HolderCandidate {
  readonly feature: number;
  readonly binned: BinnedFeature;
}

/** @throws as binning and logistic regression; InputError `ERR_SCORECARD_EMPTY` when no feature of the holder is left. */
export async function labelParty(channel: Channel, input: LabelScorecardInput, ports: LogisticRolePorts): Promise<LabelScorecard> {
  const { labels, minInformationValue = 0.02 } = input;
  const contract = binningPart(input.contract);
  const { features } = input.bins ?? (await binWithHolder(channel, { contract, labels, minInformationValue }, ports));
  let own = binOwn(input, minInformationValue);
  let holder: HolderCandidate[] = features.flatMap((binned, feature) => (binned.kept ? [{ feature, binned }] : []));
  const dropped: string[] = [];
  let fit: 'screen' | 'final' = 'screen';
  for (;;) {
    if (holder.length === 0) throw nothingLeft();
    const flags = features.map((_, feature) => holder.some((candidate) => candidate.feature === feature));
    await sendChoice(channel, { fit, labelColumns: own.length, holder: flags });
    const logistic = await fitWithHolder(
      channel,
      { contract: logisticPart(input.contract, fit, own.length, holder.length), columns: own.map(({ column }) => column), labels },
      ports,
    );
    const terms = onWoe(logistic, own, holder, labels.length);
    const worst = worstSign(terms.coefficients);
    if (worst < 0 && fit === 'final') {
      await sendChoice(channel, { fit: 'end', labelColumns: own.length, holder: flags });
      return finish(input, own, holder, terms, logistic, dropped);
    }
    if (worst < 0) {
      fit = 'final';
      continue;
    }
    dropped.push(worst < own.length ? own[worst].name : holderName(holder[worst - own.length].feature));
    own = own.filter((_, j) => j !== worst);
    holder = holder.filter((_, f) => f !== worst - (terms.coefficients.length - holder.length));
  }
}

export const holderName = (feature: number): string => `holder feature ${feature + 1}`;

function binOwn({ contract, columns, categorical = [], labels }: LabelScorecardInput, floor: number): OwnCandidate[] {
  const { rules } = binningTerms(binningPart(contract));
  return [...columns].flatMap(([name, values]) => {
    const binning = fitBinning(values, labels, rules, categorical.includes(name) ? 'categorical' : 'numeric');
    if (binning.table.informationValue < floor) return [];
    return [{ name, binning, column: { name, values: woeColumn(binning, values) } }];
  });
}

interface WoeTerms {
  readonly intercept: number;
  /** On weight of evidence, own features first. */
  readonly coefficients: readonly number[];
}

/** Undoes standardisation, and for the holder's columns the disguise: z = β₀ + Σ β·woe. */
function onWoe(
  { intercept, own: ownWeights, holder: holderWeights, scalings }: LabelLogistic,
  own: readonly OwnCandidate[],
  holder: readonly HolderCandidate[],
  rows: number,
): WoeTerms {
  let base = intercept;
  const coefficients = own.map((_, j) => {
    base -= (ownWeights[j] * scalings[j].mean) / scalings[j].deviation;
    return ownWeights[j] / scalings[j].deviation;
  });
  holder.forEach(({ binned }, f) => {
    const { mean, deviation } = woeScaling(binned, rows);
    const slope = Math.sign(binned.map!.slope);
    base -= (slope * holderWeights[f] * mean) / deviation;
    coefficients.push((slope * holderWeights[f]) / deviation);
  });
  return { intercept: base, coefficients };
}

/**
 * Mean and deviation of the holder's column as weight of evidence, from the counts alone. The disguised column is an affine image of it, so
 * standardised it is the same column up to sign.
 */
function woeScaling({ feature, table }: BinnedFeature, rows: number): Pick<Scaling, 'mean' | 'deviation'> {
  let sum = 0;
  feature.counts.forEach((count, cell) => {
    sum += count * table.bins[table.binOfCell[cell]].woe;
  });
  const mean = sum / rows;
  let counted = 0;
  let squares = 0;
  feature.counts.forEach((count, cell) => {
    squares += count * (table.bins[table.binOfCell[cell]].woe - mean) ** 2;
    counted += count;
  });
  return { mean, deviation: Math.sqrt((squares + (rows - counted) * mean ** 2) / rows) };
}

function worstSign(coefficients: readonly number[]): number {
  let worst = -1;
  coefficients.forEach((coefficient, j) => {
    if (coefficient < 0 && (worst < 0 || coefficient < coefficients[worst])) worst = j;
  });
  return worst;
}

function finish(
  input: LabelScorecardInput,
  own: readonly OwnCandidate[],
  holder: readonly HolderCandidate[],
  { intercept, coefficients }: WoeTerms,
  logistic: LabelLogistic,
  dropped: readonly string[],
): LabelScorecard {
  const names = [...own.map(({ name }) => name), ...holder.map(({ feature }) => holderName(feature))];
  const tables = [...own.map(({ binning }) => binning.table), ...holder.map(({ binned }) => binned.table)];
  const terms: ScorecardTerm[] = names.map((name, j) => ({
    name,
    coefficient: coefficients[j],
    woes: tables[j].bins.map((bin) => bin.woe),
  }));
  const card = buildScorecard(intercept, terms, input.scale);
  return {
    card,
    intercept,
    own: own.map(({ name, binning }, j) => ({ name, binning, points: card.features[j], coefficient: coefficients[j] })),
    holder: holder.map(({ feature, binned }, f) => {
      const j = own.length + f;
      return { feature, binned, points: card.features[j], coefficient: coefficients[j] };
    }),
    table: logistic.table,
    vif: logistic.vif,
    dropped,
  };
}

function nothingLeft(): InputError {
  return new InputError('ERR_SCORECARD_EMPTY', 'no feature of the holder is left for the scorecard', {
    help: 'Lower minInformationValue, or offer other columns.',
  });
}
