/**
 * Searches the memory of a running process for planted byte strings (Linux, /proc/<pid>/mem). The process is stopped while it is read.
 * What a party must never hold may be spelt in many ways: `spellings` makes the usual ones.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';

export const canReadMemory = existsSync('/proc/self/mem');

export interface Canary {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A text as UTF-8, UTF-16, hex, base64 (whatever its place in a longer text), and its SHA-256 raw and in hex. */
export function spellings(name: string, text: string): Canary[] {
  const utf8 = Buffer.from(text);
  const digest = createHash('sha256').update(utf8).digest();
  const base64 = [0, 1, 2].map((shift) => {
    const coded = Buffer.concat([Buffer.alloc(shift), utf8]).toString('base64');
    // The first and last groups depend on the neighbours.
    return coded.slice(shift === 0 ? 0 : 4, Math.floor((shift + utf8.length) / 3) * 4);
  });
  return [
    { name: `${name} (utf-8)`, bytes: utf8 },
    { name: `${name} (utf-16)`, bytes: Buffer.from(text, 'utf16le') },
    { name: `${name} (hex)`, bytes: Buffer.from(utf8.toString('hex')) },
    ...base64.map((coded, i) => ({ name: `${name} (base64, ${i})`, bytes: Buffer.from(coded) })),
    { name: `${name} (sha-256)`, bytes: digest },
    { name: `${name} (sha-256 in hex)`, bytes: Buffer.from(digest.toString('hex')) },
  ];
}

/** A double as its 8 bytes of either order, and times 2^16 and 2^20 as a 64-bit integer. */
export function doubleSpellings(name: string, value: number): Canary[] {
  const little = Buffer.alloc(8);
  little.writeDoubleLE(value);
  const scaled = [16, 20].map((shift) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(value * 2 ** shift)));
    return { name: `${name} (× 2^${shift})`, bytes };
  });
  return [
    { name: `${name} (double)`, bytes: little },
    { name: `${name} (double, big-endian)`, bytes: Buffer.from(little).reverse() },
    ...scaled,
  ];
}

const CHUNK = 1 << 24;

/** Names of the canaries found anywhere in the process's writable memory. */
export function searchMemory(pid: number, canaries: readonly Canary[]): Set<string> {
  process.kill(pid, 'SIGSTOP');
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    const found = new Set<string>();
    const overlap = Math.max(...canaries.map(({ bytes }) => bytes.length));
    const buffer = Buffer.alloc(CHUNK + overlap);
    for (const [from, to] of writableRegions(pid)) {
      for (let at = from; at < to; at += BigInt(CHUNK)) {
        const length = Number(to - at < BigInt(buffer.length) ? to - at : BigInt(buffer.length));
        const read = readAt(memory, buffer, length, at);
        const view = buffer.subarray(0, read);
        for (const { name, bytes } of canaries) if (!found.has(name) && view.includes(bytes)) found.add(name);
      }
    }
    return found;
  } finally {
    closeSync(memory);
    process.kill(pid, 'SIGCONT');
  }
}

function readAt(file: number, buffer: Buffer, length: number, position: bigint): number {
  try {
    return readSync(file, buffer, 0, length, position);
  } catch {
    return 0; // a page that is gone
  }
}

function writableRegions(pid: number): [bigint, bigint][] {
  return readFileSync(`/proc/${pid}/smaps`, 'utf8')
    .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .filter((region) => /^[0-9a-f]+-[0-9a-f]+ rw/.test(region) && !/^Rss: +0 kB/m.test(region))
    .map((region) => {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+)/.exec(region) as RegExpExecArray;
      return [BigInt(`0x${from}`), BigInt(`0x${to}`)];
    });
}
