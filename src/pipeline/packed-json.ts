/** JSON of values that hold typed arrays, maps, infinities and gaps: what a party's own store keeps of a model. Not for peers' bytes. */
import { LocalProtocolError } from '../base/index.ts';

const TAG = '$packed';
const ARRAYS = { Float64Array, Int32Array, Uint32Array } as const;
type ArrayName = keyof typeof ARRAYS;

export function packJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner instanceof Map) return { [TAG]: 'Map', values: [...inner] };
    if (Object.is(inner, -0)) return { [TAG]: 'number', values: '-0' };
    if (typeof inner === 'number' && !Number.isFinite(inner)) return { [TAG]: 'number', values: String(inner) };
    const name = nameOf(inner);
    return name ? { [TAG]: name, values: Array.from(inner as Float64Array) } : inner;
  });
}

/** @throws LocalProtocolError `ERR_LOCAL_STORE_VALUE` when a tag is none that was ever written. */
export function unpackJson(text: string): unknown {
  return JSON.parse(text, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, TAG)) return inner;
    const { [TAG]: tag, values } = inner as { [TAG]: string; values: never };
    if (tag === 'Map') return new Map(values);
    if (tag === 'number') return Number(values);
    if (Object.hasOwn(ARRAYS, tag)) return ARRAYS[tag as ArrayName].from(values);
    throw new LocalProtocolError('ERR_LOCAL_STORE_VALUE', 'a stored value cannot be read');
  });
}

function nameOf(value: unknown): ArrayName | undefined {
  return (Object.keys(ARRAYS) as ArrayName[]).find((name) => value instanceof ARRAYS[name]);
}
