/**
 * Canonical JSON (the rules of RFC 8785 for what we use: objects by sorted keys, no white space, shortest numbers), so that two parties that
 * mean the same write the same bytes and hash them.
 */
import { InputError } from '../base/index.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** @throws InputError `ERR_CONTRACT_VALUE` on NaN, infinities, negative zero and lone surrogates: they have no canonical form. */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'string') return canonicalString(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter((member): member is [string, JsonValue] => member[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalString(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value) || Object.is(value, -0)) throw new InputError('ERR_CONTRACT_VALUE', `${value} has no canonical form`);
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw new InputError('ERR_CONTRACT_VALUE', 'a text holds half a surrogate pair');
  return JSON.stringify(value);
}
