/**
 * The caller's record ids, already normalised (`data/record-id.ts`). Errors name data rows, counted from 1 as in
 * `data/`, never ids.
 */
import { InputError } from '../base/index.ts';

/** Longest id in UTF-16 code units; a 统一社会信用代码 has 18. */
export const MAX_ID_LENGTH = 256;

/** Would be encoded as U+FFFD, so that two different ids became one. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * @throws InputError `ERR_PSI_BAD_ID` on an empty, overlong or ill-formed id; `ERR_PSI_DUPLICATE_ID` on a repeated one.
 */
export function checkIds(ids: readonly string[]): void {
  const seen = new Map<string, number>();
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row];
    if (typeof id !== 'string' || id.length === 0 || id.length > MAX_ID_LENGTH || LONE_SURROGATE.test(id)) {
      throw new InputError('ERR_PSI_BAD_ID', `row ${row + 1} has an id that is empty, too long or not well-formed text`, {
        help: `Normalise record ids before alignment; an id has 1 to ${MAX_ID_LENGTH} characters.`,
        details: { row: row + 1 },
      });
    }
    const first = seen.get(id);
    if (first !== undefined) {
      throw new InputError('ERR_PSI_DUPLICATE_ID', `rows ${first + 1} and ${row + 1} have the same id`, {
        help: 'Keep one row per record id before alignment.',
        details: { firstRow: first + 1, row: row + 1 },
      });
    }
    seen.set(id, row);
  }
}
