/** The header of a CSV: column names by place, before any cell is read. */
import { InputError } from '../../base/index.ts';
import { fileError, headText } from './text-file.ts';

export interface CsvHeaderLimits {
  readonly maxColumns: number;
  readonly maxLineBytes: number;
}

/**
 * Reads the names in the first line, trimmed.
 * @throws InputError `ERR_DATA_HEADER` (no header, an empty name, a quote that does not close), `ERR_DATA_LINE_TOO_LONG`,
 *   `ERR_DATA_DUPLICATE_HEADER`, `ERR_DATA_TOO_MANY_COLUMNS`.
 */
export async function readCsvHeader(
  path: string,
  shownPath: string,
  delimiter: string,
  limits: CsvHeaderLimits,
): Promise<readonly string[]> {
  const { text, complete } = await headText(path, limits.maxLineBytes);
  const end = text.search(/[\r\n]/);
  if (end < 0 && !complete) {
    throw fileError(
      'ERR_DATA_LINE_TOO_LONG',
      shownPath,
      `has a first line over ${limits.maxLineBytes} bytes`,
      'Is this a CSV file with a header line?',
    );
  }
  const names = splitHeader(end < 0 ? text : text.slice(0, end), delimiter);
  if (!names) throw headerError(shownPath, 'has a header line with a quotation mark that is not closed or not doubled');
  checkNames(names, shownPath, limits.maxColumns);
  return names;
}

/** RFC 4180 fields of one line, or `undefined` when its quotes do not pair. */
function splitHeader(line: string, delimiter: string): readonly string[] | undefined {
  const names: string[] = [];
  for (let at = 0; ; ) {
    if (line[at] === '"') {
      const field = /^"((?:[^"]|"")*)"/.exec(line.slice(at));
      if (!field) return undefined;
      names.push(field[1].replaceAll('""', '"').trim());
      at += field[0].length;
      if (at < line.length && line[at] !== delimiter) return undefined;
    } else {
      const end = line.indexOf(delimiter, at);
      const name = line.slice(at, end < 0 ? undefined : end);
      if (name.includes('"')) return undefined;
      names.push(name.trim());
      at = end < 0 ? line.length : end;
    }
    if (at >= line.length) return names;
    at += 1;
  }
}

/** Column names hold no secret and may be shown; they are refused when empty, repeated or too many. */
export function checkNames(names: readonly string[], path: string, maxColumns: number): void {
  if (names.length > maxColumns) {
    throw fileError(
      'ERR_DATA_TOO_MANY_COLUMNS',
      path,
      `has ${names.length} columns, the cap is ${maxColumns}`,
      'Is the delimiter right? Else raise limits.maxColumns.',
    );
  }
  const empty = names.indexOf('');
  if (empty >= 0) throw headerError(path, `has no name for column ${empty + 1}`);
  const repeated = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (repeated.length === 0) return;
  throw new InputError('ERR_DATA_DUPLICATE_HEADER', `file "${path}" names the column "${repeated[0]}" twice`, {
    help: 'Every column needs its own name; rename or remove the second one.',
    details: { path, columns: repeated },
  });
}

const headerError = (path: string, what: string): InputError =>
  fileError('ERR_DATA_HEADER', path, what, 'The first line names the columns, each once, separated by the delimiter.');
