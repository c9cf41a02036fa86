/**
 * Words of `width` bits (at most 31) back to back, little-endian: the payload of the wire format (src/he/packing.ts), byte for byte. Four words
 * of an even width end at a byte: they go together and do not wait for the four before.
 */

/** Packs n words; the bytes behind the last used one, up to 8, may be overwritten. */
export function pack(out: usize, words: usize, n: usize, width: u32): void {
  const both = width << 1;
  const low = i64x2.splat(0xffffffff);
  const whole = width & 1 ? words : words + ((n & ~3) << 2);
  const end = words + (n << 2);
  for (; words < whole; words += 16) {
    const x = v128.load(words);
    const pairs = v128.or(v128.and(x, low), i64x2.shl(i64x2.shr_u(x, 32), width));
    const first = <u64>i64x2.extract_lane(pairs, 0);
    const second = <u64>i64x2.extract_lane(pairs, 1);
    store<u64>(out, first | (second << both));
    store<u64>(out, second >> (64 - both), 8);
    out += both >> 2;
  }
  let pending: u64 = 0;
  let held: u64 = 0;
  for (; words < end; words += 4) {
    pending |= <u64>load<u32>(words) << held;
    held += width;
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
export function unpack(out: usize, bytes: usize, n: usize, width: u32, q: u32): i32 {
  const mask: u32 = ((<u32>1) << width) - 1;
  const whole = width & 1 ? out : out + ((n & ~3) << 2);
  const end = out + (n << 2);
  const both = width << 1;
  const masks = i64x2.splat(mask);
  const bound = i32x4.splat(q);
  let beyond = i32x4.splat(0);
  let some = i32x4.splat(0);
  for (; out < whole; out += 16) {
    const second = load<u64>(bytes + (both >> 3)) >> (both & 7);
    const x = i64x2.replace_lane(i64x2.splat(load<u64>(bytes)), 1, second);
    const high = v128.and(i64x2.shr_u(x, width), masks);
    const four = v128.or(v128.and(x, masks), i64x2.shl(high, 32));
    beyond = v128.or(beyond, i32x4.ge_u(four, bound));
    some = v128.or(some, four);
    v128.store(out, four);
    bytes += both >> 2;
  }
  let bad = <u32>v128.any_true(beyond);
  let any = <u32>v128.any_true(some);
  let bit: usize = 0;
  for (; out < end; out += 4) {
    const word = <u32>(load<u64>(bytes + (bit >> 3)) >> (bit & 7)) & mask;
    bad |= <u32>(word >= q);
    any |= word;
    store<u32>(out, word);
    bit += width;
  }
  if (bit & 7) bad |= <u32>load<u8>(bytes + (bit >> 3)) >> <u32>(bit & 7);
  return <i32>(bad != 0) | (<i32>(any != 0) << 1);
}
