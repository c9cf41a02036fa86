/** The outbox as a journal: a line for each notice and each attempt. */
import { InputError } from '../../base/index.ts';
import { appendLine, readJournalLines, turnstile } from '../files/index.ts';
import type { Notice } from './notice.ts';

type Result =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'later'; readonly due: number }
  | { readonly kind: 'given-up'; readonly why: string };
/** What a person does with a notice that was given up. */
type Again = { readonly kind: 'again' };
type Line = { readonly notice: Notice } | { readonly key: string; readonly result: Result | Again };
interface Entry {
  readonly notice: Notice;
  readonly attempts: number;
  readonly due: number;
  readonly done: boolean;
  readonly why: string | undefined;
}

/** A durable outbox in one file; the folder must exist. One process at a time. */
export interface FileOutbox {
  /** @returns whether the key is new. */
  add(notice: Notice): Promise<boolean>;
  /** Neither delivered nor given up, oldest first; `due` in ms since 1970. */
  pending(): Promise<readonly { readonly notice: Notice; readonly attempts: number; readonly due: number }[]>;
  /** @throws InputError `ERR_OUTBOX_KEY` for a key that was never added. */
  record(key: string, result: Result): Promise<void>;
  /** Given up and not put back: nobody was told. Oldest first. */
  givenUp(): Promise<readonly { readonly notice: Notice; readonly attempts: number; readonly why: string }[]>;
  /**
   * Puts a notice that was given up back, once its address or whatever it was is right: due at once, attempts from 0.
   * @throws InputError `ERR_OUTBOX_KEY` when it was not given up.
   */
  putBack(key: string): Promise<void>;
}

/** @throws InputError `ERR_OUTBOX_FILE` naming the line that is no entry. */
export async function openFileOutbox(path: string): Promise<FileOutbox> {
  const entries = new Map<string, Entry>();
  for (const line of await readJournal(path)) apply(entries, line);
  // One line after the other: two callers at once would otherwise both add.
  const inTurn = turnstile();
  const write = async (line: Line): Promise<void> => {
    await appendLine(path, JSON.stringify(line));
    apply(entries, line);
  };
  return Object.freeze({
    add: (notice: Notice) =>
      inTurn(async () => {
        if (entries.has(notice.key)) return false;
        await write({ notice });
        return true;
      }),
    pending: () =>
      inTurn(async () => [...entries.values()].filter(({ done }) => !done).map(({ notice, attempts, due }) => ({ notice, attempts, due }))),
    record: (key: string, result: Result) =>
      inTurn(async () => {
        if (!entries.has(key)) throw new InputError('ERR_OUTBOX_KEY', 'the outbox has no notice of this key');
        await write({ key, result });
      }),
    givenUp: () =>
      inTurn(async () =>
        [...entries.values()].flatMap(({ notice, attempts, why }) => (why === undefined ? [] : [{ notice, attempts, why }])),
      ),
    putBack: (key: string) =>
      inTurn(async () => {
        if (entries.get(key)?.why === undefined) throw new InputError('ERR_OUTBOX_KEY', 'no notice of this key was given up');
        await write({ key, result: { kind: 'again' } });
      }),
  });
}

function apply(entries: Map<string, Entry>, line: Line): void {
  if ('notice' in line) {
    entries.set(line.notice.key, { notice: line.notice, attempts: 0, due: 0, done: false, why: undefined });
    return;
  }
  const entry = entries.get(line.key);
  if (!entry) return;
  const { result } = line;
  if (result.kind === 'again') {
    entries.set(line.key, { ...entry, attempts: 0, due: 0, done: false, why: undefined });
    return;
  }
  const due = result.kind === 'later' ? result.due : entry.due;
  const why = result.kind === 'given-up' ? result.why : undefined;
  entries.set(line.key, { ...entry, attempts: entry.attempts + 1, due, done: result.kind !== 'later', why });
}

async function readJournal(path: string): Promise<readonly Line[]> {
  const lines = await readJournalLines(path);
  return lines.map((line, i) => {
    const value = parse(line);
    if (value === undefined)
      throw new InputError('ERR_OUTBOX_FILE', `line ${i + 1} of the outbox is no entry`, {
        help: 'The file was changed by something else; restore it, or move it away and rebuild it from the alert book.',
      });
    return value;
  });
}

function parse(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as Partial<{ notice: Notice; key: string; result: Result | Again }> | null;
    const isNotice = typeof value?.notice?.key === 'string';
    const isResult = typeof value?.key === 'string' && ['delivered', 'later', 'given-up', 'again'].includes(value.result?.kind ?? '');
    return isNotice || isResult ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}
