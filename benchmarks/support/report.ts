/** What every benchmark prints: the machine, a table, and the same as JSON. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import Table from 'cli-table3';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly date: string;
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
});

export function printTable(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  for (const row of rows) table.push(row.map((cell) => (typeof cell === 'number' ? significant(cell) : cell)));
  console.log(`\n${title}\n${table.toString()}`);
}

/** Three significant digits. */
export const significant = (value: number): string =>
  value === 0 || !Number.isFinite(value) ? String(value) : Number(value.toPrecision(3)).toString();

/** Writes `--json`, if it was given. */
export function writeJson(file: string | undefined, result: unknown): void {
  if (file === undefined) return;
  writeFileSync(file, `${JSON.stringify(result, (_key, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`);
  console.log(`\nwritten to ${file}`);
}
