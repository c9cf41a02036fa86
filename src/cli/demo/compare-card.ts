/** A scorecard beside the same computation in the clear: every firm's points, and the card that one table of both parties' columns gives. */
import { selectRows } from '../../data/index.ts';
import { mapBins } from '../../learn/binning/index.ts';
import { defaultProbability } from '../../learn/scorecard/index.ts';
import {
  binningOptions,
  CARD,
  type ClearCard,
  clearCard,
  clearPoints,
  HOLDER_CARD,
  type ModelQuality,
  need,
  ownPoints,
  qualityOf,
  SCORES,
  scaleOf,
} from '../../pipeline/index.ts';
import { type BothSides, bothSides, type ComparisonInput, pooledTable } from './both-sides.ts';

export interface CardComparison {
  readonly pooled: ModelQuality;
  readonly features: number;
  readonly bins: number;
  /** Bins whose points differ from those of the pooled card. */
  readonly differentPoints: number;
  readonly scoredFirms: number;
  /** Firms whose encrypted points differ from the same sum in the clear; must be 0. */
  readonly differentScores: number;
}

export async function compareCardInTheClear(input: ComparisonInput): Promise<CardComparison> {
  const sides = await bothSides(input);
  const { bankStore, platformStore, ownRows, heldRows } = sides;
  const { value: card } = await need(bankStore, CARD);
  const { value: held } = await need(platformStore, HOLDER_CARD);
  const own = ownPoints(card, ownRows);
  const theirs = card.holder.map(({ points }, f) => {
    const { name, cells, binOfCell } = held.features[f];
    return mapBins(cells, binOfCell, points.points, heldRows.columns.get(name) ?? new Float64Array(heldRows.rows), points.neutralPoints);
  });
  const scores = await need(bankStore, SCORES);
  const plain = (row: number): number => theirs.reduce((sum, column) => sum + column[row], own[row]);
  const differentScores = scores.rows.reduce((count, row, i) => count + (plain(row) === scores.values[i] ? 0 : 1), 0);
  const pooled = pooledCard(sides);
  const names = [...card.own.map(({ name }) => `bank.${name}`), ...held.features.map(({ name }) => `platform.${name}`)];
  const points = [...card.own, ...card.holder].map((part) => part.points.points);
  const differentPoints = points.reduce((count, given, j) => count + differing(given, pooled, names[j]), 0);
  return {
    pooled: pooledQuality(sides, pooled),
    features: names.length,
    bins: points.reduce((sum, given) => sum + given.length, 0),
    differentPoints,
    scoredFirms: scores.rows.length,
    differentScores,
  };
}

function differing(given: Int32Array, { card }: ClearCard, name: string): number {
  const same = card.features.find((feature) => feature.name === name)?.points;
  return given.reduce((count, value, bin) => count + (same?.[bin] === value ? 0 : 1), 0);
}

/** The card of one table. */
function pooledCard(sides: BothSides): ClearCard {
  const { job, parameters, minSupport, labels, split, own, held } = sides;
  const table = selectRows(pooledTable(sides), split.train);
  const named = (party: string, names: ReadonlySet<string>): string[] => [...names].map((name) => `${party}.${name}`);
  return clearCard({
    table,
    labels: Uint8Array.from(split.train, (row) => labels[row]),
    categorical: new Set([...named('bank', own.categorical), ...named('platform', held.categorical)]),
    binning: parameters.binning ? { minBins: 3, ...binningOptions(parameters.binning, table.rows, minSupport) } : {},
    minInformationValue: job.binning?.min_iv ?? 0,
    regression: job.regression,
    scale: scaleOf(job.points),
  });
}

function pooledQuality(sides: BothSides, pooled: ClearCard): ModelQuality {
  const { split, labels } = sides;
  const heldOut = split.test.length > 0;
  const on = heldOut ? split.test : split.train;
  const pd = Array.from(clearPoints(pooled, selectRows(pooledTable(sides), on)), (points) => defaultProbability(pooled.card, points));
  return qualityOf(
    pd,
    Array.from(on, (row) => labels[row]),
    heldOut,
  );
}
