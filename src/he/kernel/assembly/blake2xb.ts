/**
 * BLAKE2Xb (Aumasson et al., RFC 7693 for BLAKE2b) as Microsoft SEAL uses it to expand a 64-byte seed: buffer c of the stream is 4096 bytes
 * of BLAKE2Xb keyed with the seed over the 8-byte counter c. All memory is the caller's: `work` is 2,560 bytes.
 *
 * A compression is the row form, two 64-bit words a lane pair: rows a b c d are (al, ah) ... (dl, dh). The 64 output nodes of a buffer hash
 * the same message (the root), so its words are put in round order once and used 64 times.
 */
const SCHEDULE: usize = 0; // 12 rounds x 8 vectors x 16 bytes = 1536
const MESSAGE: usize = 1536; // 128 bytes
const STATE: usize = 1664; // 64 bytes
const SIGMA: usize = 1792; // 160 bytes
export const BLAKE_WORK: usize = 2560;

const IV0: i64 = 0x6a09e667f3bcc908;
const IV1: i64 = 0xbb67ae8584caa73b;
const IV2: i64 = 0x3c6ef372fe94f82b;
const IV3: i64 = 0xa54ff53a5f1d36f1;
const IV4: i64 = 0x510e527fade682d1;
const IV5: i64 = 0x9b05688c2b3e6c1f;
const IV6: i64 = 0x1f83d9abfb41bd6b;
const IV7: i64 = 0x5be0cd19137e2179;

/** Nibble j (from the low end) of the word of round r is sigma_r(j). */
function writeSigma(work: usize): void {
  const at = work + SIGMA;
  store<u64>(at, 0xfedcba9876543210, 0);
  store<u64>(at, 0x357b20c16df984ae, 8);
  store<u64>(at, 0x491763eadf250c8b, 16);
  store<u64>(at, 0x8f04a562ebcd1397, 24);
  store<u64>(at, 0xd386cb1efa427509, 32);
  store<u64>(at, 0x91ef57d438b0a6c2, 40);
  store<u64>(at, 0xb8293670a4def15c, 48);
  store<u64>(at, 0xa2684f05931ce7bd, 56);
  store<u64>(at, 0x5a417d2c803b9ef6, 64);
  store<u64>(at, 0x0dc3e9bf5167482a, 72);
}

/** Puts the message words in the order the rounds take them. */
function schedule(work: usize): void {
  for (let round: usize = 0; round < 12; round++) {
    const line: u64 = load<u64>(work + SIGMA + ((round % 10) << 3));
    const to = work + SCHEDULE + (round << 7);
    // A half round takes its words as (0 2)(4 6) then (1 3)(5 7); the second half the same from 8.
    for (let half: usize = 0; half < 16; half += 8) {
      for (let j: usize = 0; j < 4; j++) {
        const even = <usize>((line >> ((half + (j << 1)) << 2)) & 15);
        const odd = <usize>((line >> ((half + (j << 1) + 1) << 2)) & 15);
        store<u64>(to + (half << 3) + (j << 3), load<u64>(work + MESSAGE + (even << 3)));
        store<u64>(to + (half << 3) + 32 + (j << 3), load<u64>(work + MESSAGE + (odd << 3)));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function rotate32(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 1, 0, 3, 2);
}
// @ts-ignore: decorator
@inline
function rotate24(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10);
}
// @ts-ignore: decorator
@inline
function rotate16(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9);
}
// @ts-ignore: decorator
@inline
function rotate63(x: v128): v128 {
  return v128.or(i64x2.add(x, x), i64x2.shr_u(x, 63));
}
/** (low's high word, high's low word). */
// @ts-ignore: decorator
@inline
function across(low: v128, high: v128): v128 {
  return v128.shuffle<u64>(low, high, 1, 2);
}

/** h (64 bytes at `out`) = compression of h (four vectors) with the scheduled message. */
// @ts-ignore: decorator
@inline
function compress(out: usize, work: usize, h0: v128, h1: v128, h2: v128, h3: v128, counter: u64, last: u64): void {
  let al = h0;
  let ah = h1;
  let bl = h2;
  let bh = h3;
  let cl = i64x2(IV0, IV1);
  let ch = i64x2(IV2, IV3);
  let dl = v128.xor(i64x2(IV4, IV5), i64x2.replace_lane(i64x2.splat(0), 0, counter));
  let dh = v128.xor(i64x2(IV6, IV7), i64x2.replace_lane(i64x2.splat(0), 0, last));
  let m = work + SCHEDULE;
  const end = m + 1536;
  while (m < end) {
    for (let half = 0; half < 2; half++) {
      al = i64x2.add(i64x2.add(al, bl), v128.load(m));
      ah = i64x2.add(i64x2.add(ah, bh), v128.load(m, 16));
      dl = rotate32(v128.xor(dl, al));
      dh = rotate32(v128.xor(dh, ah));
      cl = i64x2.add(cl, dl);
      ch = i64x2.add(ch, dh);
      bl = rotate24(v128.xor(bl, cl));
      bh = rotate24(v128.xor(bh, ch));
      al = i64x2.add(i64x2.add(al, bl), v128.load(m, 32));
      ah = i64x2.add(i64x2.add(ah, bh), v128.load(m, 48));
      dl = rotate16(v128.xor(dl, al));
      dh = rotate16(v128.xor(dh, ah));
      cl = i64x2.add(cl, dl);
      ch = i64x2.add(ch, dh);
      bl = rotate63(v128.xor(bl, cl));
      bh = rotate63(v128.xor(bh, ch));
      // Rows b, c, d turn by one, two, three words: the diagonals become columns. The second half turns them back.
      const b = bl;
      const c = cl;
      const d = dl;
      if (half == 0) {
        bl = across(b, bh);
        bh = across(bh, b);
        dl = across(dh, d);
        dh = across(d, dh);
      } else {
        bl = across(bh, b);
        bh = across(b, bh);
        dl = across(d, dh);
        dh = across(dh, d);
      }
      cl = ch;
      ch = c;
      m += 64;
    }
  }
  v128.store(out, v128.xor(h0, v128.xor(al, cl)));
  v128.store(out, v128.xor(h1, v128.xor(ah, ch)), 16);
  v128.store(out, v128.xor(h2, v128.xor(bl, dl)), 32);
  v128.store(out, v128.xor(h3, v128.xor(bh, dh)), 48);
}

/** `out` = buffers `counter`, `counter` + 1, ... of the stream of `seed` (64 bytes), 4096 bytes each. */
export function expandSeed(out: usize, seed: usize, counter: u64, buffers: usize, work: usize): void {
  writeSigma(work);
  const tail1 = i64x2(IV2, IV3);
  const tail2 = i64x2(IV4, IV5);
  const tail3 = i64x2(IV6, IV7);
  const state = work + STATE;
  for (let buffer: usize = 0; buffer < buffers; buffer++) {
    // Root: digest 64, key 64, fanout 1, depth 1; xof length 4096 stands in the upper half of the node offset word.
    const root = i64x2(IV0 ^ 0x01014040, IV1 ^ (<i64>4096 << 32));
    memory.copy(work + MESSAGE, seed, 64);
    memory.fill(work + MESSAGE + 64, 0, 64);
    schedule(work);
    compress(state, work, root, tail1, tail2, tail3, 128, 0);
    memory.fill(work + MESSAGE, 0, 128);
    store<u64>(work + MESSAGE, counter + buffer);
    schedule(work);
    compress(state, work, v128.load(state), v128.load(state, 16), v128.load(state, 32), v128.load(state, 48), 136, -1);
    // Nodes: digest 64, leaf length 64, inner length 64, offset i.
    memory.copy(work + MESSAGE, state, 64);
    memory.fill(work + MESSAGE + 64, 0, 64);
    schedule(work);
    const node2 = v128.xor(tail1, i64x2(64 << 8, 0));
    for (let i: usize = 0; i < 64; i++) {
      const node = i64x2(IV0 ^ (<i64>64 | (<i64>64 << 32)), IV1 ^ (<i64>4096 << 32));
      compress(out, work, v128.xor(node, i64x2.replace_lane(i64x2.splat(0), 1, i)), node2, tail2, tail3, 64, -1);
      out += 64;
    }
  }
  memory.fill(work, 0, BLAKE_WORK);
}
