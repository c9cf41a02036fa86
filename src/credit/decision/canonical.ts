/**
 * Canonical form and content hash: the same value gives the same bytes on every machine. JSON after RFC 8785 (keys sorted by UTF-16 code
 * units, ECMAScript numbers), with 分 written as decimal text and Maps as sorted objects; what JSON cannot say is refused.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { InputError, toHex } from '../../base/index.ts';

/** @throws InputError `ERR_CREDIT_CANONICAL` for NaN, infinities, functions and cycles. */
export function canonicalJson(value: unknown): string {
  return write(value, new Set());
}

/** SHA-256 of the canonical form, lower-case hexadecimal. @throws InputError `ERR_CREDIT_CANONICAL` as `canonicalJson`. */
export function contentHash(value: unknown): string {
  return textHash(canonicalJson(value));
}

/** SHA-256 of a text as UTF-8. */
export function textHash(text: string): string {
  return toHex(sha256(new TextEncoder().encode(text)));
}

function write(value: unknown, above: Set<object>): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'bigint':
      return `"${value}"`;
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : refuse('a number that is not finite');
    case 'object':
      return value === null ? 'null' : nested(value, above);
    default:
      return refuse(`a ${typeof value}`);
  }
}

function nested(value: object, above: Set<object>): string {
  if (above.has(value)) return refuse('a cycle');
  above.add(value);
  const text = Array.isArray(value) ? `[${value.map((item) => write(item, above)).join(',')}]` : members(value, above);
  above.delete(value);
  return text;
}

/** Members without undefined ones, keys in order. */
function members(value: object, above: Set<object>): string {
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  const known = entries.filter(([, item]) => item !== undefined).map(([key, item]) => [String(key), item] as const);
  known.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${known.map(([key, item]) => `${JSON.stringify(key)}:${write(item, above)}`).join(',')}}`;
}

function refuse(what: string): never {
  throw new InputError('ERR_CREDIT_CANONICAL', `${what} has no canonical form`, {
    help: 'A record may hold texts, finite numbers, 分, lists and objects.',
  });
}
