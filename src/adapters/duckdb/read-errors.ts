/**
 * From the engine's errors to ours. DuckDB quotes the offending line, which holds ids and cells, so neither its message nor the error
 * itself goes on: only the line number and the kind of fault are taken out of it.
 */
import { FedcreditError, InputError } from '../../base/index.ts';

/** The typed error for whatever a read threw; our own errors pass. */
export function readError(error: unknown, path: string): Error {
  if (error instanceof FedcreditError) return error;
  const message = error instanceof Error ? error.message : '';
  const [code, what, help] = diagnose(message);
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  const place = line === undefined ? '' : `, line ${line}`;
  return new InputError(code, `file "${path}"${place}: ${what}`, {
    help,
    details: line === undefined ? { path } : { path, line: Number(line) },
  });
}

type Diagnosis = readonly [code: `ERR_${string}`, what: string, help: string];

const MALFORMED = 'ERR_DATA_MALFORMED_CSV';

function diagnose(message: string): Diagnosis {
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns) {
    return [
      MALFORMED,
      `the line has ${columns[2]} cells, the header ${columns[1]}`,
      'Quote cells that contain the delimiter; every line needs as many cells as the header.',
    ];
  }
  if (/unterminated quote/i.test(message)) {
    return [
      MALFORMED,
      'a quotation mark is not closed, or text follows a closed one',
      'Close the quotation mark, and double every quotation mark inside a quoted cell.',
    ];
  }
  if (/Maximum line size/i.test(message))
    return [
      'ERR_DATA_LINE_TOO_LONG',
      'the line is too long',
      'Look for a quotation mark that is not closed, or raise limits.maxLineBytes.',
    ];
  if (/invalid unicode|not utf-8/i.test(message))
    return ['ERR_DATA_ENCODING', 'the text is not valid UTF-8', 'Save the file as CSV UTF-8.'];
  if (/CSV/.test(message))
    return [MALFORMED, 'the file does not follow RFC 4180', 'Use one kind of line ending throughout, and pair all quotation marks.'];
  if (/out of memory/i.test(message))
    return ['ERR_DATA_MEMORY', 'reading needs more memory than allowed', 'Raise memoryMiB, or read fewer columns.'];
  if (/parquet|magic bytes|thrift|snappy|zstd/i.test(message))
    return ['ERR_DATA_MALFORMED_PARQUET', 'this is no readable Parquet file', 'Write the file again; encrypted Parquet is not supported.'];
  return [
    'ERR_DATA_FILE_UNREADABLE',
    'the file cannot be read',
    'Check that it is a CSV or Parquet file that is complete and not being written.',
  ];
}
