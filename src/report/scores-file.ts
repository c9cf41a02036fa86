/**
 * The folder of a finished run as the input of a report: summary.json and scores.csv, and the bank's own labels when it gives them. Ids are used to
 * join and then dropped; nothing of them reaches the report.
 */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTable } from '../adapters/duckdb/index.ts';
import { type ErrorCode, InputError } from '../base/index.ts';
import { column } from '../data/index.ts';
import { type BinsFile, type RunSummary, readBinsFile } from '../pipeline/index.ts';
import type { ReportInput, ReportSample, ReportVariable } from './input.ts';

export interface LabelFile {
  readonly path: string;
  readonly idColumn: string;
  /** 0 and 1; 1 is bad. */
  readonly labelColumn: string;
}

/**
 * Reads `summary.json` and `scores.csv` of a run folder. Rows the platform did not answer are left out. Where scores.csv has a column
 * `held_out` (0 and 1) the rows make two samples, else one that counts as fitted on.
 * @throws InputError `ERR_REPORT_RUN` when the folder is no finished run; as `readTable` for its tables.
 */
export async function readRun(
  folder: string,
  names: { readonly held: string; readonly fitted: string },
  labels?: LabelFile,
): Promise<Pick<ReportInput, 'run' | 'samples' | 'variables'>> {
  const run = await readSummary(join(folder, 'summary.json'));
  const variables = await variablesOf(join(folder, 'bins.json'), run);
  const known = { run, ...(variables && { variables }) };
  const path = join(folder, 'scores.csv');
  const { table } = await readTable({ path, idColumn: 'id', idMode: 'any' });
  const [pd, points] = [column(table, 'pd'), column(table, 'points')];
  const heldOut = table.columns.get('held_out');
  const truth = labels && (await labelsOf(table.ids, labels));
  const answered = Array.from(pd.keys()).filter((row) => pd[row] > 0 && pd[row] < 1 && (!truth || truth[row] !== undefined));
  const sampleOf = (name: string, rows: readonly number[], fitted: boolean): ReportSample[] =>
    rows.length === 0
      ? []
      : [
          {
            name,
            fitted,
            pd: rows.map((i) => pd[i]),
            points: rows.map((i) => points[i]),
            ...(truth ? { labels: rows.map((i) => truth[i] as number) } : {}),
          },
        ];
  if (!heldOut) return { ...known, samples: sampleOf(names.fitted, answered, true) };
  const isHeld = (row: number): boolean => heldOut[row] === 1;
  return {
    ...known,
    samples: [
      ...sampleOf(
        names.fitted,
        answered.filter((row) => !isHeld(row)),
        true,
      ),
      ...sampleOf(names.held, answered.filter(isHeld), false),
    ],
  };
}

/** The variables of a run that binned: bins.json, with the points of its card. */
async function variablesOf(path: string, { figures, model }: RunSummary): Promise<readonly ReportVariable[] | undefined> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return undefined;
  const { variables } = readBinsFile(await readFile(path, 'utf8'), path);
  const pointsOf = ({ name, party }: BinsFile['variables'][number]) =>
    figures?.points?.find((one) => one.name === name && one.party === party);
  return variables.map((variable) => {
    const { name, zh, party, informationValue, missing, bins, direction } = variable;
    const points = pointsOf(variable);
    return {
      name,
      ...(zh !== undefined && { meaning: zh }),
      holder: party,
      ...(missing !== undefined && { missing }),
      informationValue,
      direction,
      ...(model === 'scorecard' && { onCard: points !== undefined }),
      bins: bins.map(({ label, rows, bads, woe }, b) => ({ label, rows, bads, woe, ...(points && { points: points.bins[b].points }) })),
    };
  });
}

async function readSummary(path: string): Promise<RunSummary> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refused('ERR_REPORT_RUN', `${path} cannot be read`, cause);
  });
  let value: Partial<RunSummary> | null = null;
  try {
    value = JSON.parse(text) as Partial<RunSummary> | null;
  } catch {
    // falls through: not a run
  }
  if (value?.format !== 'fedcredit/run/1' || !Array.isArray(value.steps)) throw refused('ERR_REPORT_RUN', `${path} is no summary of a run`);
  return value as RunSummary;
}

async function labelsOf(ids: readonly string[], { path, idColumn, labelColumn }: LabelFile): Promise<readonly (number | undefined)[]> {
  const { table, label } = await readTable({ path, idColumn, labelColumn, columns: [], idMode: 'any' });
  const rowOf = new Map(table.ids.map((id, row) => [id, row]));
  const found = ids.map((id) => {
    const row = rowOf.get(id);
    return row === undefined ? undefined : label?.[row];
  });
  if (found.every((value) => value === undefined)) throw refused('ERR_REPORT_LABELS', `no id of ${path} is among the scores`);
  return found;
}

const refused = (code: ErrorCode, message: string, cause?: unknown): InputError =>
  new InputError(code, message, {
    ...(cause === undefined ? {} : { cause }),
    help: 'Give the folder that "fedcredit run" named at its end, and labels with the same ids.',
  });
