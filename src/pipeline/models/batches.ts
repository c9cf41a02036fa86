/** Questions about many rows, so many at a time: bounded memory at both parties, progress at the bank. */
import type { Progress } from '../../base/index.ts';

const ROWS_AT_A_TIME = 16_384;

export const batchesOf = (rows: Uint32Array): number => Math.ceil(rows.length / ROWS_AT_A_TIME);

/** One integer a row, in the order of the rows. */
export async function askInBatches(
  rows: Uint32Array,
  progress: Progress,
  ask: (rows: Uint32Array) => Promise<Int32Array>,
): Promise<Int32Array> {
  const all = new Int32Array(rows.length);
  for (let from = 0; from < rows.length; from += ROWS_AT_A_TIME) {
    all.set(await ask(rows.subarray(from, from + ROWS_AT_A_TIME)), from);
    progress({ stage: 'score', done: Math.min(rows.length, from + ROWS_AT_A_TIME), total: rows.length, unit: 'firms' });
  }
  return all;
}
