/**
 * What a command shows. Results go to standard output, everything else to standard error, so that `fedcredit … > file` holds the result and
 * nothing but. With --json standard output is JSON lines ({"event": …}) and standard error stays empty, but for a crash.
 */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { Progress } from '../base/index.ts';
import { printError } from './print-error.ts';
import { lineProgress, ttyProgress } from './progress.ts';

export interface UiStreams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

export interface UiOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

export type Cell = string | number;

export interface Ui extends UiOptions {
  /** A line for people, on standard error. Silent with --quiet and --json. */
  info(line: string): void;
  /** A result for people, on standard output. Silent with --json. */
  print(text: string): void;
  /** A table for people; Chinese cells line up. Silent with --json. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[]): void;
  /** One JSON line. Silent without --json. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void;
  /** Long work: a bar on a terminal, a line now and then elsewhere, events with --json. */
  readonly progress: Progress;
  /** Ends the bar's line, before other output. */
  endProgress(): void;
  /** The error, for people or machines. */
  fail(error: unknown): void;
}

export function createUi(options: UiOptions, { out, err }: UiStreams): Ui {
  const { json, quiet, debug } = options;
  const event: Ui['event'] = (name, fields) => {
    if (json) out.write(`${JSON.stringify({ event: name, ...fields })}\n`);
  };
  const bar = err.isTTY ? ttyProgress(err) : lineProgress((line) => err.write(`${line}\n`));
  const human = (write: () => void): void => {
    if (json) return;
    bar.end();
    write();
  };
  return {
    json,
    quiet,
    debug,
    info: (line) => human(() => quiet || err.write(`${line}\n`)),
    print: (text) => human(() => out.write(`${text}\n`)),
    table: (head, rows) => human(() => out.write(`${renderTable(head, rows)}\n`)),
    event,
    progress: (step) => {
      if (json) event('progress', { ...step });
      else if (!quiet) bar.show(step);
    },
    endProgress: () => bar.end(),
    fail: (error) => {
      bar.end();
      printError(error, { json, debug }, json ? out : err);
    },
  };
}

function renderTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = head.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
  const table = new Table({
    head: [...head],
    style: { head: [], border: [] },
    // No rule between rows: a scorecard has a hundred.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: numeric.map((isNumber) => (isNumber ? 'right' : 'left')),
  });
  for (const row of rows) table.push(row.map(String));
  return table.toString();
}

/** Columns a text takes on a terminal: 中文 takes two each. */
export const displayWidth = (text: string): number => stringWidth(text);
