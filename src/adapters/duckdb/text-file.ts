/**
 * The bytes of a CSV before any parser sees them: its size, its encoding, no NUL bytes. UTF-8 (with or without a byte-order mark) goes on
 * as it is; GB18030 (GBK, GB2312), which DuckDB does not read, is recoded into a private temporary file (mode 0600 in a fresh
 * folder of mode 0700) that is removed afterwards. Memory stays flat: the file is read in blocks.
 */
import { isUtf8 } from 'node:buffer';
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorCode, InputError } from '../../base/index.ts';

export type TextEncoding = 'utf-8' | 'gb18030';

export interface TextFileOptions {
  /** `auto` takes UTF-8 when every byte fits, else GB18030. */
  readonly encoding: TextEncoding | 'auto';
  readonly maxBytes: number;
  /** Longest line. DuckDB drops a last line longer than its buffer without a word, so lines are measured here. */
  readonly maxLineBytes: number;
  /** Where a recoded copy is kept while it is read; `undefined` is the system's temporary folder. */
  readonly tempFolder: string | undefined;
}

const BLOCK = 1 << 22;

/** Checks the file exists, is a file, is not empty and not over the cap; returns its size in bytes. */
export async function checkFile(path: string, maxBytes: number): Promise<number> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      throw fileError('ERR_DATA_FILE_NOT_FOUND', path, 'does not exist', 'Check the path; a relative path starts at the working folder.');
    }
    throw fileError('ERR_DATA_FILE_UNREADABLE', path, `cannot be read (${error.code})`, 'Check the file permissions.');
  });
  if (!info.isFile()) throw fileError('ERR_DATA_FILE_UNREADABLE', path, 'is not a file', 'Give the path of a CSV or Parquet file.');
  if (info.size === 0) throw fileError('ERR_DATA_EMPTY_FILE', path, 'is empty', 'The file needs a header line and at least one row.');
  if (info.size > maxBytes) {
    throw fileError(
      'ERR_DATA_FILE_TOO_LARGE',
      path,
      `has ${info.size} bytes, the cap is ${maxBytes}`,
      'Split the file or raise limits.maxBytes.',
    );
  }
  return info.size;
}

/** Runs `use` on a path that holds the file's text in UTF-8. */
export async function withUtf8File<T>(
  path: string,
  options: TextFileOptions,
  use: (utf8Path: string, encoding: TextEncoding) => Promise<T>,
): Promise<T> {
  await checkFile(path, options.maxBytes);
  const utf8 = await scan(path, options.maxLineBytes);
  if (options.encoding !== 'gb18030' && utf8) return use(path, 'utf-8');
  if (options.encoding === 'utf-8') throw encodingError(path, 'is not valid UTF-8');
  const folder = await mkdtemp(join(options.tempFolder ?? tmpdir(), 'fedcredit-'));
  try {
    const copy = join(folder, 'recoded.csv');
    await recode(path, copy);
    return await use(copy, 'gb18030');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** True when the whole file is UTF-8; refuses NUL bytes, UTF-16 and endless lines. */
async function scan(path: string, maxLineBytes: number): Promise<boolean> {
  let utf8 = true;
  let tail = Buffer.alloc(0);
  let lineStart = 0;
  await eachBlock(path, (block, offset) => {
    if (offset === 0 && /^(\xff\xfe|\xfe\xff)/.test(block.toString('latin1', 0, 2))) throw encodingError(path, 'is UTF-16');
    const nul = block.indexOf(0);
    if (nul >= 0) {
      throw fileError(
        'ERR_DATA_NUL_BYTE',
        path,
        `holds a NUL byte at offset ${offset + nul}`,
        'This is no text file; export it again as CSV UTF-8.',
      );
    }
    lineStart = lastLineStart(block, offset, lineStart, maxLineBytes);
    if (lineStart < 0) {
      const help = 'Look for a quotation mark that is not closed or a missing line end, or raise limits.maxLineBytes.';
      throw fileError('ERR_DATA_LINE_TOO_LONG', path, `has a line over ${maxLineBytes} bytes`, help);
    }
    if (!utf8) return;
    const joined = tail.length > 0 ? Buffer.concat([tail, block]) : block;
    const cut = joined.length - unfinished(joined);
    utf8 = isUtf8(joined.subarray(0, cut));
    tail = Buffer.from(joined.subarray(cut));
  });
  return utf8 && tail.length === 0;
}

/** Offset in the file where the block's last line starts, or -1 when a line is too long. Looks at a few bytes in each `maxLineBytes` only. */
function lastLineStart(block: Buffer, offset: number, lineStart: number, maxLineBytes: number): number {
  const end = offset + block.length;
  let start = lineStart;
  while (end - start > maxLineBytes) {
    const reach = start + maxLineBytes - offset;
    const at = Math.max(block.lastIndexOf(10, reach), block.lastIndexOf(13, reach));
    if (at < 0 || offset + at < start) return -1;
    start = offset + at + 1;
  }
  return start;
}

/** How many bytes at the end belong to a UTF-8 character that the next block goes on with. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

async function recode(from: string, to: string): Promise<void> {
  const decoder = new TextDecoder('gb18030', { fatal: true });
  const decode = (block?: Buffer): string => {
    try {
      return decoder.decode(block, { stream: block !== undefined });
    } catch {
      throw encodingError(from, 'is neither UTF-8 nor GB18030');
    }
  };
  const out = await open(to, 'wx', 0o600);
  try {
    await eachBlock(from, async (block) => void (await out.write(decode(block))));
    await out.write(decode());
  } finally {
    await out.close();
  }
}

async function eachBlock(path: string, visit: (block: Buffer, offset: number) => void | Promise<void>): Promise<void> {
  const file = await openForReading(path);
  try {
    const buffer = Buffer.allocUnsafe(BLOCK);
    for (let offset = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, BLOCK);
      if (bytesRead === 0) return;
      await visit(buffer.subarray(0, bytesRead), offset);
      offset += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw fileError('ERR_DATA_FILE_UNREADABLE', path, `cannot be read (${error.code})`, 'Check the file permissions.');
  });
}

/** The first `length` bytes as UTF-8 text, without a byte-order mark, and whether the file goes on. */
export async function headText(path: string, length: number): Promise<{ text: string; complete: boolean }> {
  const file = await openForReading(path);
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length);
    return { text: new TextDecoder('utf-8').decode(buffer.subarray(0, bytesRead)), complete: bytesRead < length };
  } finally {
    await file.close();
  }
}

const encodingError = (path: string, what: string): InputError =>
  fileError('ERR_DATA_ENCODING', path, what, 'Save the file as CSV UTF-8, or name its encoding (utf-8, gb18030).');

/** An error about a whole file. The path is the caller's own and may be shown. */
export function fileError(code: ErrorCode, path: string, what: string, help: string): InputError {
  return new InputError(code, `file "${path}" ${what}`, { help, details: { path } });
}
