/** Words of `width` bits (at most 31) back to back, little-endian: the payload of the wire format (src/he/packing.ts), byte for byte. */

/** Packs n words; bytes behind the last used one may be overwritten up to the next multiple of 4. */
export function pack(out: usize, words: usize, n: usize, width: u64): void {
  let pending: u64 = 0;
  let held: u64 = 0;
  const end = words + (n << 2);
  while (words < end) {
    pending |= <u64>load<u32>(words) << held;
    held += width;
    words += 4;
    if (held >= 32) {
      store<u32>(out, <u32>pending);
      pending >>= 32;
      held -= 32;
      out += 4;
    }
  }
  if (held > 0) store<u32>(out, <u32>pending);
}

/**
 * Unpacks n words; reads up to 8 bytes beyond the last. Bit 0 of the result: a word is not below q, or a padding bit is set. Bit 1: some
 * word is not zero.
 */
export function unpack(out: usize, bytes: usize, n: usize, width: usize, q: u32): i32 {
  const mask: u32 = ((<u32>1) << <u32>width) - 1;
  let bit: usize = 0;
  let bad: u32 = 0;
  let any: u32 = 0;
  const end = out + (n << 2);
  while (out < end) {
    const word = <u32>(load<u64>(bytes + (bit >> 3)) >> (bit & 7)) & mask;
    bad |= <u32>(word >= q);
    any |= word;
    store<u32>(out, word);
    bit += width;
    out += 4;
  }
  if (bit & 7) bad |= <u32>load<u8>(bytes + (bit >> 3)) >> <u32>(bit & 7);
  return <i32>(bad != 0) | (<i32>(any != 0) << 1);
}
