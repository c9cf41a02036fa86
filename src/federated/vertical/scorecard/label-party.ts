/**
 * Federated scorecard, label party: federated bins of the holders' columns, its own bins, a logistic regression on weight of evidence whose
 * coefficients all keep their sign (the regression holds them; what it holds at zero is not on the card), integer points for every bin of all.
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
import type { SignBound } from '../../../learn/statistics/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type BinnedFeature, binningTerms, labelParty as binWithHolder, type LabelBinning } from '../binning/index.ts';
import {
  labelParty as fitWithHolder,
  type HolderLink,
  type LabelLogistic,
  type LogisticRolePorts,
  linksOf,
} from '../logistic-regression/index.ts';
import { binningPart, type ColumnChoice, logisticPart, type ScorecardContract, sendChoice } from './contract.ts';

export interface LabelScorecardInput {
  readonly contract: ScorecardContract;
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly categorical?: readonly string[];
  readonly labels: ArrayLike<number>;
  /** @default 20 points double the odds, 600 points at 1:50 */
  readonly scale?: ScoreScale;
  /** Features below this information value are left out. @default 0.02 */
  readonly minInformationValue?: number;
  /**
   * Bins of an earlier run of `binning` under the same contract; the holder must give its half of the same run. With
   * several holders one for each. @default binned here
   */
  readonly bins?: LabelBinning | readonly LabelBinning[];
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
  /** `holder` is the holder's number, `feature` the place in the order in which it presented its features. */
  readonly holder: readonly {
    readonly holder: number;
    readonly feature: number;
    readonly binned: BinnedFeature;
    readonly points: ScorecardFeature;
    readonly coefficient: number;
  }[];
  /** Of the regression on standardised columns, for what is on the card. */
  readonly table: readonly CoefficientRow[];
  readonly vif: Float64Array;
  /** Features left out because their coefficient could not keep its sign. */
  readonly dropped: readonly string[];
}

interface OwnCandidate {
  readonly name: string;
  readonly binning: FeatureBinning;
  readonly column: DesignColumn;
}
interface HolderCandidate {
  /** Number of the holder, from 0. */
  readonly holder: number;
  readonly feature: number;
  readonly binned: BinnedFeature;
}

/**
 * @param to the channel to the feature holder, or links to several
 * @throws as binning and logistic regression; InputError `ERR_SCORECARD_EMPTY` when no feature of a holder is left.
 */
export async function labelParty(
  to: Channel | readonly HolderLink[],
  input: LabelScorecardInput,
  ports: LogisticRolePorts,
): Promise<LabelScorecard> {
  const links = linksOf(to);
  const features = await binAll(links, input, ports);
  const own = binOwn(input, floorOf(input));
  const holder = features.flatMap((list, k) => list.flatMap((binned, feature) => (binned.kept ? [{ holder: k, feature, binned }] : [])));
  const widths = links.map((_, k) => holder.filter((candidate) => candidate.holder === k).length);
  if (widths.some((width) => width === 0)) throw nothingLeft();
  await tellColumns(links, features, holder, { fit: true, labelColumns: own.length, widths });
  const contract = logisticPart(input.contract, own.length, widths);
  const columns = own.map(({ column }) => column);
  const signs = [...own.map(() => 1 as const), ...holder.map(({ binned }) => Math.sign(binned.map!.slope) as SignBound)];
  const logistic = await fitWithHolder(to, { contract, columns, labels: input.labels, signs }, ports);
  const { intercept, coefficients } = onWoe(logistic, own, holder, input.labels.length);
  const names = [
    ...own.map(({ name }) => name),
    ...holder.map((candidate) => holderName(candidate.feature, links[candidate.holder].holder)),
  ];
  const onCard = coefficients.map((coefficient) => coefficient > 0);
  const kept = {
    own: own.filter((_, j) => onCard[j]),
    holder: holder.filter((_, f) => onCard[own.length + f]),
    names: names.filter((_, j) => onCard[j]),
    terms: { intercept, coefficients: coefficients.filter((_, j) => onCard[j]) },
    table: logistic.table.filter((_, row) => row === 0 || onCard[row - 1]),
    vif: logistic.vif.filter((_, j) => onCard[j]),
    dropped: names.filter((_, j) => !onCard[j]),
  };
  await tellColumns(links, features, kept.holder, { fit: false, labelColumns: kept.own.length, widths });
  if (kept.holder.length === 0) throw nothingLeft();
  return finish(input, kept);
}

/** Smallest information value of a candidate. */
const floorOf = ({ minInformationValue = 0.02 }: LabelScorecardInput): number => minInformationValue;

/** Each holder's features, binned with it or taken from an earlier run. */
async function binAll(
  links: readonly HolderLink[],
  input: LabelScorecardInput,
  ports: LogisticRolePorts,
): Promise<(readonly BinnedFeature[])[]> {
  const earlier = input.bins && [input.bins].flat();
  if (earlier && earlier.length !== links.length) {
    throw new InputError('ERR_SCORECARD_OPTION', `bins of ${earlier.length} holders for ${links.length} links`);
  }
  const contract = binningPart(input.contract);
  const ask = { contract, labels: input.labels, minInformationValue: floorOf(input) };
  const binnings = earlier ?? (await Promise.all(links.map(({ channel }) => binWithHolder(channel, ask, ports))));
  return binnings.map(({ features }) => features);
}

async function tellColumns(
  links: readonly HolderLink[],
  features: readonly (readonly BinnedFeature[])[],
  chosen: readonly HolderCandidate[],
  choice: Omit<ColumnChoice, 'holder'>,
): Promise<void> {
  for (const [k, { channel }] of links.entries()) {
    const mine = new Set(chosen.filter(({ holder }) => holder === k).map(({ feature }) => feature));
    await sendChoice(channel, { ...choice, holder: features[k].map((_, feature) => mine.has(feature)) });
  }
}

export const holderName = (feature: number, holder = 'holder'): string => `${holder} feature ${feature + 1}`;

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

/** What is on the card, and what was left out. */
interface Kept {
  readonly own: readonly OwnCandidate[];
  readonly holder: readonly HolderCandidate[];
  readonly names: readonly string[];
  readonly terms: WoeTerms;
  readonly table: readonly CoefficientRow[];
  readonly vif: Float64Array;
  readonly dropped: readonly string[];
}

function finish({ scale }: LabelScorecardInput, { own, holder, names, terms, table, vif, dropped }: Kept): LabelScorecard {
  const { intercept, coefficients } = terms;
  const tables = [...own.map(({ binning }) => binning.table), ...holder.map(({ binned }) => binned.table)];
  const cardTerms: ScorecardTerm[] = names.map((name, j) => ({
    name,
    coefficient: coefficients[j],
    woes: tables[j].bins.map((bin) => bin.woe),
  }));
  const card = buildScorecard(intercept, cardTerms, scale);
  return {
    card,
    intercept,
    own: own.map(({ name, binning }, j) => ({ name, binning, points: card.features[j], coefficient: coefficients[j] })),
    holder: holder.map((candidate, f) => ({
      ...candidate,
      points: card.features[own.length + f],
      coefficient: coefficients[own.length + f],
    })),
    table,
    vif,
    dropped,
  };
}

function nothingLeft(): InputError {
  return new InputError('ERR_SCORECARD_EMPTY', 'no feature of the holder is left for the scorecard', {
    help: 'Lower minInformationValue, or offer other columns.',
  });
}
