import type { Residues } from '../types.ts';

/** Whether every value is below t. Compares halves: a BigInt a value would cost more than the encryption's transforms. */
export function allBelow(values: Residues, t: bigint): boolean {
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = Number(t & 0xffff_ffffn);
  const high = Number(t >> 32n);
  let highest = 0;
  for (let i = 1; i < halves.length; i += 2) if (halves[i] > highest) highest = halves[i];
  if (highest !== high) return highest < high;
  let beyond = 0;
  for (let i = 0; i < halves.length; i += 2) beyond |= Number(halves[i + 1] === high) & Number(halves[i] >= low);
  return beyond === 0;
}
