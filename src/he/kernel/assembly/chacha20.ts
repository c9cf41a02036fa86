/**
 * ChaCha20 (RFC 8439 §2.3): the cipher that turns 32 bytes from the platform's generator into the bits the samplers take. Row form: one
 * row of the 4 x 4 state a vector, two blocks at a time for two independent chains.
 */

// @ts-ignore: decorator
@inline
function rotate16(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}
// @ts-ignore: decorator
@inline
function rotate8(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
}
// @ts-ignore: decorator
@inline
function rotate12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}
// @ts-ignore: decorator
@inline
function rotate7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}
// @ts-ignore: decorator
@inline
function turn1(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 1, 2, 3, 0);
}
// @ts-ignore: decorator
@inline
function turn2(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 2, 3, 0, 1);
}
// @ts-ignore: decorator
@inline
function turn3(x: v128): v128 {
  return v128.shuffle<u32>(x, x, 3, 0, 1, 2);
}

/**
 * `out` = `pairs` x 128 bytes of key stream from block `counter` on. `nonce` separates the uses of one key; it is the first nonce word,
 * the other two are zero.
 */
export function chacha20(out: usize, pairs: usize, key: usize, nonce: u32, counter: u32): void {
  const a = i32x4(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
  const b = v128.load(key);
  const c = v128.load(key, 16);
  const base = i32x4.replace_lane(i32x4.splat(0), 1, nonce);
  for (let pair: usize = 0; pair < pairs; pair++) {
    const d = i32x4.replace_lane(base, 0, counter);
    const e = i32x4.replace_lane(base, 0, counter + 1);
    let a0 = a;
    let b0 = b;
    let c0 = c;
    let d0 = d;
    let a1 = a;
    let b1 = b;
    let c1 = c;
    let d1 = e;
    for (let round = 0; round < 10; round++) {
      a0 = i32x4.add(a0, b0);
      a1 = i32x4.add(a1, b1);
      d0 = rotate16(v128.xor(d0, a0));
      d1 = rotate16(v128.xor(d1, a1));
      c0 = i32x4.add(c0, d0);
      c1 = i32x4.add(c1, d1);
      b0 = rotate12(v128.xor(b0, c0));
      b1 = rotate12(v128.xor(b1, c1));
      a0 = i32x4.add(a0, b0);
      a1 = i32x4.add(a1, b1);
      d0 = turn3(rotate8(v128.xor(d0, a0)));
      d1 = turn3(rotate8(v128.xor(d1, a1)));
      c0 = i32x4.add(c0, turn1(d0));
      c1 = i32x4.add(c1, turn1(d1));
      b0 = rotate7(v128.xor(b0, c0));
      b1 = rotate7(v128.xor(b1, c1));
      b0 = turn1(b0);
      b1 = turn1(b1);
      c0 = turn2(c0);
      c1 = turn2(c1);
      a0 = i32x4.add(a0, b0);
      a1 = i32x4.add(a1, b1);
      d0 = rotate16(v128.xor(d0, a0));
      d1 = rotate16(v128.xor(d1, a1));
      c0 = i32x4.add(c0, d0);
      c1 = i32x4.add(c1, d1);
      b0 = rotate12(v128.xor(b0, c0));
      b1 = rotate12(v128.xor(b1, c1));
      a0 = i32x4.add(a0, b0);
      a1 = i32x4.add(a1, b1);
      d0 = rotate8(v128.xor(d0, a0));
      d1 = rotate8(v128.xor(d1, a1));
      c0 = i32x4.add(c0, d0);
      c1 = i32x4.add(c1, d1);
      b0 = turn3(rotate7(v128.xor(b0, c0)));
      b1 = turn3(rotate7(v128.xor(b1, c1)));
      c0 = turn2(c0);
      c1 = turn2(c1);
      d0 = turn1(d0);
      d1 = turn1(d1);
    }
    v128.store(out, i32x4.add(a0, a));
    v128.store(out, i32x4.add(b0, b), 16);
    v128.store(out, i32x4.add(c0, c), 32);
    v128.store(out, i32x4.add(d0, d), 48);
    v128.store(out, i32x4.add(a1, a), 64);
    v128.store(out, i32x4.add(b1, b), 80);
    v128.store(out, i32x4.add(c1, c), 96);
    v128.store(out, i32x4.add(d1, e), 112);
    out += 128;
    counter += 2;
  }
}
