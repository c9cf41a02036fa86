/**
 * What a guard is to the mutation runner: the lines that stand between a party and what it must not learn or do, the change that removes them,
 * and the test that must then fail. `run.ts` applies every change in turn to a copy of the sources (security.md T64); `table.test.ts` holds the
 * table to the sources in every CI run, so that it cannot rot unseen.
 */

/** One replacement in one file. */
export interface Patch {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly text: string;
  readonly without: string;
}

/** The test that must fail once the guard is gone. */
export interface Killer {
  readonly file: string;
  /** Part of the test's name, as it stands in the source. */
  readonly name: string;
  /** Where the name stands, when the file only calls it (conformance suites). @default file */
  readonly titleIn?: string;
}

export interface Guard {
  /** Unique; begins with the test of security.md §5, the death (D1-D5) or the hole (H1-H13) it belongs to. */
  readonly id: string;
  /** What goes wrong without it. */
  readonly protects: string;
  readonly patches: readonly Patch[];
  readonly killer: Killer;
}

type Change = readonly [file: string, text: string, without: string];

/** A guard of one change. */
export const guard = (
  id: string,
  protects: string,
  change: Change,
  killer: readonly [file: string, name: string, titleIn?: string],
): Guard => guardOf(id, protects, [change], killer);

/** A guard that stands in several places: all must go for it to be gone. */
export const guardOf = (
  id: string,
  protects: string,
  changes: readonly Change[],
  [file, name, titleIn]: readonly [file: string, name: string, titleIn?: string],
): Guard =>
  Object.freeze({
    id,
    protects,
    patches: changes.map(([path, text, without]) => ({ file: path, text, without })),
    killer: titleIn === undefined ? { file, name } : { file, name, titleIn },
  });

/** @throws Error naming the guard when a text is gone or ambiguous: the table must be mended with the source. */
export function patched(source: string, id: string, { file, text, without }: Patch): string {
  const found = source.split(text).length - 1;
  if (found === 1) return source.replace(text, () => without);
  throw new Error(`guard "${id}": its text occurs ${found} times in ${file}, not once: ${text}`);
}
