/** The demo's second chapter: a scorecard on the firms of the first, beside the card that one table of all columns gives. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../base/index.ts';
import { type RunSummary, readBinsFile, type Variable } from '../../pipeline/index.ts';
import { showResults, showSteps } from '../bank.ts';
import type { WrittenFederation } from '../init/write-federation.ts';
import { showPoints, showVariables } from '../tables.ts';
import type { Ui } from '../ui.ts';
import { type CardComparison, compareCardInTheClear } from './compare-card.ts';

export interface CardChapter {
  readonly summary: RunSummary;
  readonly variables: readonly Variable[];
  readonly comparison: CardComparison;
}

/** Few bins and few iterations: a chapter of seconds. The default of 12 iterations costs three times as much. */
const JOB = `# A scorecard on the same firms. Run by: fedcredit run card.yaml
job: first-card
purpose: "评分卡 (scorecard)"
peer: platform
data: loans
peerAsset: firms
test: 0.3
model: scorecard
binning: {max_bins: 5, min_iv: 0.1}
regression: {solver: shared, degree: 9, iterations: 4}
points: {base_score: 600, odds: 50, pdo: 20}
allow: [feature-names]               # the platform's bins by the names of its columns; never their edges
`;

export async function cardChapter({
  federation,
  run,
  bank,
  clock,
}: {
  readonly federation: WrittenFederation;
  readonly run: string;
  readonly bank: (job: string, run: string) => Promise<RunSummary>;
  readonly clock: Clock;
}): Promise<CardChapter> {
  const job = join(dirname(federation.job), 'card.yaml');
  await writeFile(job, JOB);
  const summary = await bank(job, run);
  const bins = join(run, 'bins.json');
  const { variables } = readBinsFile(await readFile(bins, 'utf8'), bins);
  const { platformConfig, bankConfig } = federation;
  return {
    summary,
    variables: variables as readonly Variable[],
    comparison: await compareCardInTheClear({ platformConfig, bankConfig, job, run, clock }),
  };
}

/** Variables by information value, a part of the card, quality, and how it compares. */
export function showCard(ui: Ui, { summary, variables, comparison }: CardChapter): void {
  showSteps(ui, summary);
  const { figures } = summary;
  showVariables(
    ui,
    variables.filter(({ kept }) => kept),
  );
  const byInformation = variables.flatMap(
    ({ name, party }) => figures?.points?.filter((one) => one.name === name && one.party === party) ?? [],
  );
  const shown = ['bank', 'platform'].flatMap((party) => byInformation.filter((one) => one.party === party).slice(0, 2));
  if (figures?.scale) showPoints(ui, shown, figures.scale);
  const rest = (figures?.points?.length ?? 0) - shown.length;
  if (rest > 0) ui.print(`… and ${rest} more; "fedcredit report <run folder> --pmml card.xml" writes the whole card`);
  const slope = summary.steps.find(({ step }) => step === 'score')?.facts.calibrationSlope;
  if (typeof slope === 'number')
    ui.print(`calibration slope ${slope.toFixed(2)}: so short a fit leaves coefficients small; the PDs below are calibrated`);
  showResults(ui, summary, [['pooled in the clear 明文合并', comparison.pooled]]);
  const { bins, differentPoints, scoredFirms, differentScores } = comparison;
  ui.print(
    `points, federated = pooled: ${bins - differentPoints} of ${bins} bins; encrypted = plain: ${scoredFirms - differentScores} of ${scoredFirms} firms`,
  );
}
