/**
 * BLAKE2Xb (Aumasson et al.; RFC 7693 for BLAKE2b) as Microsoft SEAL uses it to expand a 64-byte seed: buffer c of the stream is 4096 bytes
 * of BLAKE2Xb keyed with the seed over the 8-byte counter c. All memory is the caller's: `work` is 2,048 bytes, wiped at the end.
 *
 * Two compressions at a time, one in each 64-bit lane: the output nodes of a buffer hash the same message (the root) and differ in their
 * number alone. 2.1 times faster than one compression in row form. The message words stand in `work` in the order the rounds take them.
 */
const SCHEDULE: usize = 0; // 12 rounds x 16 words = 1536 bytes
const MESSAGE: usize = 1536; // 128 bytes
const STATE: usize = 1664; // 2 x 64 bytes
const SIGMA: usize = 1792; // 80 bytes
export const BLAKE_WORK: usize = 2048;

const IV0: u64 = 0x6a09e667f3bcc908;
const IV1: u64 = 0xbb67ae8584caa73b;
const IV2: u64 = 0x3c6ef372fe94f82b;
const IV3: u64 = 0xa54ff53a5f1d36f1;
const IV4: u64 = 0x510e527fade682d1;
const IV5: u64 = 0x9b05688c2b3e6c1f;
const IV6: u64 = 0x1f83d9abfb41bd6b;
const IV7: u64 = 0x5be0cd19137e2179;

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
  let to = work + SCHEDULE;
  for (let round: usize = 0; round < 12; round++) {
    let line = load<u64>(work + SIGMA + ((round % 10) << 3));
    for (let j = 0; j < 16; j++) {
      store<u64>(to, load<u64>(work + MESSAGE + (<usize>(line & 15) << 3)));
      line >>= 4;
      to += 8;
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

/** `out` (2 x 64 bytes) = the two compressions of the scheduled message under the chaining values h (one in each lane). */
function compressTwo(
  out: usize,
  work: usize,
  h0: v128,
  h1: v128,
  h2: v128,
  h3: v128,
  h4: v128,
  h5: v128,
  h6: v128,
  h7: v128,
  length: u64,
  last: u64,
): void {
  let v0 = h0;
  let v1 = h1;
  let v2 = h2;
  let v3 = h3;
  let v4 = h4;
  let v5 = h5;
  let v6 = h6;
  let v7 = h7;
  let v8 = i64x2.splat(IV0);
  let v9 = i64x2.splat(IV1);
  let v10 = i64x2.splat(IV2);
  let v11 = i64x2.splat(IV3);
  let v12 = i64x2.splat(IV4 ^ length);
  let v13 = i64x2.splat(IV5);
  let v14 = i64x2.splat(IV6 ^ last);
  let v15 = i64x2.splat(IV7);
  const end = work + SCHEDULE + 1536;
  for (let m = work + SCHEDULE; m < end; m += 128) {
    // One G after the other: the registers hold one G and the processor overlaps the four of a half round by itself.
    v0 = i64x2.add(i64x2.add(v0, v4), v128.load64_splat(m, 0));
    v12 = rotate32(v128.xor(v12, v0));
    v8 = i64x2.add(v8, v12);
    v4 = rotate24(v128.xor(v4, v8));
    v0 = i64x2.add(i64x2.add(v0, v4), v128.load64_splat(m, 8));
    v12 = rotate16(v128.xor(v12, v0));
    v8 = i64x2.add(v8, v12);
    v4 = rotate63(v128.xor(v4, v8));
    v1 = i64x2.add(i64x2.add(v1, v5), v128.load64_splat(m, 16));
    v13 = rotate32(v128.xor(v13, v1));
    v9 = i64x2.add(v9, v13);
    v5 = rotate24(v128.xor(v5, v9));
    v1 = i64x2.add(i64x2.add(v1, v5), v128.load64_splat(m, 24));
    v13 = rotate16(v128.xor(v13, v1));
    v9 = i64x2.add(v9, v13);
    v5 = rotate63(v128.xor(v5, v9));
    v2 = i64x2.add(i64x2.add(v2, v6), v128.load64_splat(m, 32));
    v14 = rotate32(v128.xor(v14, v2));
    v10 = i64x2.add(v10, v14);
    v6 = rotate24(v128.xor(v6, v10));
    v2 = i64x2.add(i64x2.add(v2, v6), v128.load64_splat(m, 40));
    v14 = rotate16(v128.xor(v14, v2));
    v10 = i64x2.add(v10, v14);
    v6 = rotate63(v128.xor(v6, v10));
    v3 = i64x2.add(i64x2.add(v3, v7), v128.load64_splat(m, 48));
    v15 = rotate32(v128.xor(v15, v3));
    v11 = i64x2.add(v11, v15);
    v7 = rotate24(v128.xor(v7, v11));
    v3 = i64x2.add(i64x2.add(v3, v7), v128.load64_splat(m, 56));
    v15 = rotate16(v128.xor(v15, v3));
    v11 = i64x2.add(v11, v15);
    v7 = rotate63(v128.xor(v7, v11));
    v0 = i64x2.add(i64x2.add(v0, v5), v128.load64_splat(m, 64));
    v15 = rotate32(v128.xor(v15, v0));
    v10 = i64x2.add(v10, v15);
    v5 = rotate24(v128.xor(v5, v10));
    v0 = i64x2.add(i64x2.add(v0, v5), v128.load64_splat(m, 72));
    v15 = rotate16(v128.xor(v15, v0));
    v10 = i64x2.add(v10, v15);
    v5 = rotate63(v128.xor(v5, v10));
    v1 = i64x2.add(i64x2.add(v1, v6), v128.load64_splat(m, 80));
    v12 = rotate32(v128.xor(v12, v1));
    v11 = i64x2.add(v11, v12);
    v6 = rotate24(v128.xor(v6, v11));
    v1 = i64x2.add(i64x2.add(v1, v6), v128.load64_splat(m, 88));
    v12 = rotate16(v128.xor(v12, v1));
    v11 = i64x2.add(v11, v12);
    v6 = rotate63(v128.xor(v6, v11));
    v2 = i64x2.add(i64x2.add(v2, v7), v128.load64_splat(m, 96));
    v13 = rotate32(v128.xor(v13, v2));
    v8 = i64x2.add(v8, v13);
    v7 = rotate24(v128.xor(v7, v8));
    v2 = i64x2.add(i64x2.add(v2, v7), v128.load64_splat(m, 104));
    v13 = rotate16(v128.xor(v13, v2));
    v8 = i64x2.add(v8, v13);
    v7 = rotate63(v128.xor(v7, v8));
    v3 = i64x2.add(i64x2.add(v3, v4), v128.load64_splat(m, 112));
    v14 = rotate32(v128.xor(v14, v3));
    v9 = i64x2.add(v9, v14);
    v4 = rotate24(v128.xor(v4, v9));
    v3 = i64x2.add(i64x2.add(v3, v4), v128.load64_splat(m, 120));
    v14 = rotate16(v128.xor(v14, v3));
    v9 = i64x2.add(v9, v14);
    v4 = rotate63(v128.xor(v4, v9));
  }
  const o0 = v128.xor(h0, v128.xor(v0, v8));
  const o1 = v128.xor(h1, v128.xor(v1, v9));
  const o2 = v128.xor(h2, v128.xor(v2, v10));
  const o3 = v128.xor(h3, v128.xor(v3, v11));
  const o4 = v128.xor(h4, v128.xor(v4, v12));
  const o5 = v128.xor(h5, v128.xor(v5, v13));
  const o6 = v128.xor(h6, v128.xor(v6, v14));
  const o7 = v128.xor(h7, v128.xor(v7, v15));
  v128.store(out, v128.shuffle<u64>(o0, o1, 0, 2), 0);
  v128.store(out, v128.shuffle<u64>(o2, o3, 0, 2), 16);
  v128.store(out, v128.shuffle<u64>(o4, o5, 0, 2), 32);
  v128.store(out, v128.shuffle<u64>(o6, o7, 0, 2), 48);
  v128.store(out, v128.shuffle<u64>(o0, o1, 1, 3), 64);
  v128.store(out, v128.shuffle<u64>(o2, o3, 1, 3), 80);
  v128.store(out, v128.shuffle<u64>(o4, o5, 1, 3), 96);
  v128.store(out, v128.shuffle<u64>(o6, o7, 1, 3), 112);
}

/**
 * Three nodes at once: two in the lanes, the third in scalar registers, whose units would otherwise idle. `third` is word 1 of its chaining
 * value, the only one that differs.
 */
function compressThree(
  out: usize,
  work: usize,
  h0: v128,
  h1: v128,
  h2: v128,
  h3: v128,
  h4: v128,
  h5: v128,
  h6: v128,
  h7: v128,
  third: u64,
): void {
  let v0 = h0;
  let v1 = h1;
  let v2 = h2;
  let v3 = h3;
  let v4 = h4;
  let v5 = h5;
  let v6 = h6;
  let v7 = h7;
  let v8 = i64x2.splat(IV0);
  let v9 = i64x2.splat(IV1);
  let v10 = i64x2.splat(IV2);
  let v11 = i64x2.splat(IV3);
  let v12 = i64x2.splat(IV4 ^ 64);
  let v13 = i64x2.splat(IV5);
  let v14 = i64x2.splat(~IV6);
  let v15 = i64x2.splat(IV7);
  let w0 = <u64>i64x2.extract_lane(h0, 0);
  let w1 = third;
  let w2 = <u64>i64x2.extract_lane(h2, 0);
  let w3 = <u64>i64x2.extract_lane(h3, 0);
  let w4 = <u64>i64x2.extract_lane(h4, 0);
  let w5 = <u64>i64x2.extract_lane(h5, 0);
  let w6 = <u64>i64x2.extract_lane(h6, 0);
  let w7 = <u64>i64x2.extract_lane(h7, 0);
  let w8 = IV0;
  let w9 = IV1;
  let w10 = IV2;
  let w11 = IV3;
  let w12 = IV4 ^ 64;
  let w13 = IV5;
  let w14 = ~IV6;
  let w15 = IV7;
  const end = work + SCHEDULE + 1536;
  for (let m = work + SCHEDULE; m < end; m += 128) {
    v0 = i64x2.add(i64x2.add(v0, v4), v128.load64_splat(m, 0));
    w0 = w0 + w4 + load<u64>(m, 0);
    v12 = rotate32(v128.xor(v12, v0));
    w12 = rotr<u64>(w12 ^ w0, 32);
    v8 = i64x2.add(v8, v12);
    w8 += w12;
    v4 = rotate24(v128.xor(v4, v8));
    w4 = rotr<u64>(w4 ^ w8, 24);
    v0 = i64x2.add(i64x2.add(v0, v4), v128.load64_splat(m, 8));
    w0 = w0 + w4 + load<u64>(m, 8);
    v12 = rotate16(v128.xor(v12, v0));
    w12 = rotr<u64>(w12 ^ w0, 16);
    v8 = i64x2.add(v8, v12);
    w8 += w12;
    v4 = rotate63(v128.xor(v4, v8));
    w4 = rotr<u64>(w4 ^ w8, 63);
    v1 = i64x2.add(i64x2.add(v1, v5), v128.load64_splat(m, 16));
    w1 = w1 + w5 + load<u64>(m, 16);
    v13 = rotate32(v128.xor(v13, v1));
    w13 = rotr<u64>(w13 ^ w1, 32);
    v9 = i64x2.add(v9, v13);
    w9 += w13;
    v5 = rotate24(v128.xor(v5, v9));
    w5 = rotr<u64>(w5 ^ w9, 24);
    v1 = i64x2.add(i64x2.add(v1, v5), v128.load64_splat(m, 24));
    w1 = w1 + w5 + load<u64>(m, 24);
    v13 = rotate16(v128.xor(v13, v1));
    w13 = rotr<u64>(w13 ^ w1, 16);
    v9 = i64x2.add(v9, v13);
    w9 += w13;
    v5 = rotate63(v128.xor(v5, v9));
    w5 = rotr<u64>(w5 ^ w9, 63);
    v2 = i64x2.add(i64x2.add(v2, v6), v128.load64_splat(m, 32));
    w2 = w2 + w6 + load<u64>(m, 32);
    v14 = rotate32(v128.xor(v14, v2));
    w14 = rotr<u64>(w14 ^ w2, 32);
    v10 = i64x2.add(v10, v14);
    w10 += w14;
    v6 = rotate24(v128.xor(v6, v10));
    w6 = rotr<u64>(w6 ^ w10, 24);
    v2 = i64x2.add(i64x2.add(v2, v6), v128.load64_splat(m, 40));
    w2 = w2 + w6 + load<u64>(m, 40);
    v14 = rotate16(v128.xor(v14, v2));
    w14 = rotr<u64>(w14 ^ w2, 16);
    v10 = i64x2.add(v10, v14);
    w10 += w14;
    v6 = rotate63(v128.xor(v6, v10));
    w6 = rotr<u64>(w6 ^ w10, 63);
    v3 = i64x2.add(i64x2.add(v3, v7), v128.load64_splat(m, 48));
    w3 = w3 + w7 + load<u64>(m, 48);
    v15 = rotate32(v128.xor(v15, v3));
    w15 = rotr<u64>(w15 ^ w3, 32);
    v11 = i64x2.add(v11, v15);
    w11 += w15;
    v7 = rotate24(v128.xor(v7, v11));
    w7 = rotr<u64>(w7 ^ w11, 24);
    v3 = i64x2.add(i64x2.add(v3, v7), v128.load64_splat(m, 56));
    w3 = w3 + w7 + load<u64>(m, 56);
    v15 = rotate16(v128.xor(v15, v3));
    w15 = rotr<u64>(w15 ^ w3, 16);
    v11 = i64x2.add(v11, v15);
    w11 += w15;
    v7 = rotate63(v128.xor(v7, v11));
    w7 = rotr<u64>(w7 ^ w11, 63);
    v0 = i64x2.add(i64x2.add(v0, v5), v128.load64_splat(m, 64));
    w0 = w0 + w5 + load<u64>(m, 64);
    v15 = rotate32(v128.xor(v15, v0));
    w15 = rotr<u64>(w15 ^ w0, 32);
    v10 = i64x2.add(v10, v15);
    w10 += w15;
    v5 = rotate24(v128.xor(v5, v10));
    w5 = rotr<u64>(w5 ^ w10, 24);
    v0 = i64x2.add(i64x2.add(v0, v5), v128.load64_splat(m, 72));
    w0 = w0 + w5 + load<u64>(m, 72);
    v15 = rotate16(v128.xor(v15, v0));
    w15 = rotr<u64>(w15 ^ w0, 16);
    v10 = i64x2.add(v10, v15);
    w10 += w15;
    v5 = rotate63(v128.xor(v5, v10));
    w5 = rotr<u64>(w5 ^ w10, 63);
    v1 = i64x2.add(i64x2.add(v1, v6), v128.load64_splat(m, 80));
    w1 = w1 + w6 + load<u64>(m, 80);
    v12 = rotate32(v128.xor(v12, v1));
    w12 = rotr<u64>(w12 ^ w1, 32);
    v11 = i64x2.add(v11, v12);
    w11 += w12;
    v6 = rotate24(v128.xor(v6, v11));
    w6 = rotr<u64>(w6 ^ w11, 24);
    v1 = i64x2.add(i64x2.add(v1, v6), v128.load64_splat(m, 88));
    w1 = w1 + w6 + load<u64>(m, 88);
    v12 = rotate16(v128.xor(v12, v1));
    w12 = rotr<u64>(w12 ^ w1, 16);
    v11 = i64x2.add(v11, v12);
    w11 += w12;
    v6 = rotate63(v128.xor(v6, v11));
    w6 = rotr<u64>(w6 ^ w11, 63);
    v2 = i64x2.add(i64x2.add(v2, v7), v128.load64_splat(m, 96));
    w2 = w2 + w7 + load<u64>(m, 96);
    v13 = rotate32(v128.xor(v13, v2));
    w13 = rotr<u64>(w13 ^ w2, 32);
    v8 = i64x2.add(v8, v13);
    w8 += w13;
    v7 = rotate24(v128.xor(v7, v8));
    w7 = rotr<u64>(w7 ^ w8, 24);
    v2 = i64x2.add(i64x2.add(v2, v7), v128.load64_splat(m, 104));
    w2 = w2 + w7 + load<u64>(m, 104);
    v13 = rotate16(v128.xor(v13, v2));
    w13 = rotr<u64>(w13 ^ w2, 16);
    v8 = i64x2.add(v8, v13);
    w8 += w13;
    v7 = rotate63(v128.xor(v7, v8));
    w7 = rotr<u64>(w7 ^ w8, 63);
    v3 = i64x2.add(i64x2.add(v3, v4), v128.load64_splat(m, 112));
    w3 = w3 + w4 + load<u64>(m, 112);
    v14 = rotate32(v128.xor(v14, v3));
    w14 = rotr<u64>(w14 ^ w3, 32);
    v9 = i64x2.add(v9, v14);
    w9 += w14;
    v4 = rotate24(v128.xor(v4, v9));
    w4 = rotr<u64>(w4 ^ w9, 24);
    v3 = i64x2.add(i64x2.add(v3, v4), v128.load64_splat(m, 120));
    w3 = w3 + w4 + load<u64>(m, 120);
    v14 = rotate16(v128.xor(v14, v3));
    w14 = rotr<u64>(w14 ^ w3, 16);
    v9 = i64x2.add(v9, v14);
    w9 += w14;
    v4 = rotate63(v128.xor(v4, v9));
    w4 = rotr<u64>(w4 ^ w9, 63);
  }
  const o0 = v128.xor(h0, v128.xor(v0, v8));
  const o1 = v128.xor(h1, v128.xor(v1, v9));
  const o2 = v128.xor(h2, v128.xor(v2, v10));
  const o3 = v128.xor(h3, v128.xor(v3, v11));
  const o4 = v128.xor(h4, v128.xor(v4, v12));
  const o5 = v128.xor(h5, v128.xor(v5, v13));
  const o6 = v128.xor(h6, v128.xor(v6, v14));
  const o7 = v128.xor(h7, v128.xor(v7, v15));
  v128.store(out, v128.shuffle<u64>(o0, o1, 0, 2), 0);
  v128.store(out, v128.shuffle<u64>(o2, o3, 0, 2), 16);
  v128.store(out, v128.shuffle<u64>(o4, o5, 0, 2), 32);
  v128.store(out, v128.shuffle<u64>(o6, o7, 0, 2), 48);
  v128.store(out, v128.shuffle<u64>(o0, o1, 1, 3), 64);
  v128.store(out, v128.shuffle<u64>(o2, o3, 1, 3), 80);
  v128.store(out, v128.shuffle<u64>(o4, o5, 1, 3), 96);
  v128.store(out, v128.shuffle<u64>(o6, o7, 1, 3), 112);
  store<u64>(out, i64x2.extract_lane(h0, 0) ^ w0 ^ w8, 128);
  store<u64>(out, third ^ w1 ^ w9, 136);
  store<u64>(out, i64x2.extract_lane(h2, 0) ^ w2 ^ w10, 144);
  store<u64>(out, i64x2.extract_lane(h3, 0) ^ w3 ^ w11, 152);
  store<u64>(out, i64x2.extract_lane(h4, 0) ^ w4 ^ w12, 160);
  store<u64>(out, i64x2.extract_lane(h5, 0) ^ w5 ^ w13, 168);
  store<u64>(out, i64x2.extract_lane(h6, 0) ^ w6 ^ w14, 176);
  store<u64>(out, i64x2.extract_lane(h7, 0) ^ w7 ^ w15, 184);
}

/** One word of a parameter block, the same in both lanes. */
// @ts-ignore: decorator
@inline
function both(word: u64): v128 {
  return i64x2.splat(word);
}

/** The root hash of buffer `counter` as the message of its nodes. */
function root(seed: usize, counter: u64, work: usize): void {
  const state = work + STATE;
  memory.copy(work + MESSAGE, seed, 64);
  memory.fill(work + MESSAGE + 64, 0, 64);
  schedule(work);
  // Digest 64, key 64, fanout 1, depth 1; the length of the whole output stands above the node number.
  const p0 = both(IV0 ^ 0x01014040);
  const p1 = both(IV1 ^ (<u64>4096 << 32));
  compressTwo(state, work, p0, p1, both(IV2), both(IV3), both(IV4), both(IV5), both(IV6), both(IV7), 128, 0);
  memory.fill(work + MESSAGE, 0, 128);
  store<u64>(work + MESSAGE, counter);
  schedule(work);
  compressTwo(
    state,
    work,
    v128.load64_splat(state),
    v128.load64_splat(state, 8),
    v128.load64_splat(state, 16),
    v128.load64_splat(state, 24),
    v128.load64_splat(state, 32),
    v128.load64_splat(state, 40),
    v128.load64_splat(state, 48),
    v128.load64_splat(state, 56),
    136,
    -1,
  );
  memory.copy(work + MESSAGE, state, 64);
  schedule(work);
}

/** `out` = buffers `counter`, `counter` + 1, ... of the stream of `seed` (64 bytes), 4096 bytes each. */
export function expandSeed(out: usize, seed: usize, counter: u64, buffers: usize, work: usize): void {
  writeSigma(work);
  // Nodes: digest 64, leaf length 64; inner length 64; the node's number.
  const p0 = both(IV0 ^ (<u64>64 | (<u64>64 << 32)));
  const p2 = both(IV2 ^ (<u64>64 << 8));
  const p1 = IV1 ^ (<u64>4096 << 32);
  for (let buffer: usize = 0; buffer < buffers; buffer++) {
    root(seed, counter + buffer, work);
    for (let node: u64 = 0; node < 60; node += 3) {
      const number = i64x2.replace_lane(both(p1 ^ node), 1, p1 ^ (node + 1));
      compressThree(out, work, p0, number, p2, both(IV3), both(IV4), both(IV5), both(IV6), both(IV7), p1 ^ (node + 2));
      out += 192;
    }
    for (let node: u64 = 60; node < 64; node += 2) {
      const number = i64x2.replace_lane(both(p1 ^ node), 1, p1 ^ (node + 1));
      compressTwo(out, work, p0, number, p2, both(IV3), both(IV4), both(IV5), both(IV6), both(IV7), 64, -1);
      out += 128;
    }
  }
  memory.fill(work, 0, BLAKE_WORK);
}
