/**
 * ChaCha20 (RFC 8439 §2.3): the cipher that turns 32 bytes from the platform's generator into the bits the samplers take. Four blocks at a
 * time, one in each lane, so that the state needs no turning; one quarter round after the other, so that the registers hold what is in use.
 */

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

/** Words w, w+1, w+2, w+3 of four blocks: transposed into the blocks, which are 64 bytes apart. */
// @ts-ignore: decorator
@inline
function storeFour(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab0 = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<u64>(ab0, cd0, 0, 2));
  v128.store(out, v128.shuffle<u64>(ab0, cd0, 1, 3), 64);
  v128.store(out, v128.shuffle<u64>(ab1, cd1, 0, 2), 128);
  v128.store(out, v128.shuffle<u64>(ab1, cd1, 1, 3), 192);
}

/**
 * `out` = `quads` x 256 bytes of key stream from block `counter` on. `nonce` separates the uses of one key; it is the first nonce word, the
 * other two are zero.
 */
export function chacha20(out: usize, quads: usize, key: usize, nonce: u32, counter: u32): void {
  const s0 = i32x4.splat(0x61707865);
  const s1 = i32x4.splat(0x3320646e);
  const s2 = i32x4.splat(0x79622d32);
  const s3 = i32x4.splat(0x6b206574);
  const s4 = v128.load32_splat(key, 0);
  const s5 = v128.load32_splat(key, 4);
  const s6 = v128.load32_splat(key, 8);
  const s7 = v128.load32_splat(key, 12);
  const s8 = v128.load32_splat(key, 16);
  const s9 = v128.load32_splat(key, 20);
  const s10 = v128.load32_splat(key, 24);
  const s11 = v128.load32_splat(key, 28);
  const s13 = i32x4.splat(nonce);
  const s14 = i32x4.splat(0);
  const s15 = i32x4.splat(0);
  // Zero, but not for the compilers: they would write the constants out anew at each use.
  const zero = i32x4.splat(<u32>(quads >> 31));
  const by16 = v128.xor(i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13), zero);
  const by8 = v128.xor(i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14), zero);
  for (let quad: usize = 0; quad < quads; quad++) {
    let x0 = s0;
    let x1 = s1;
    let x2 = s2;
    let x3 = s3;
    let x4 = s4;
    let x5 = s5;
    let x6 = s6;
    let x7 = s7;
    let x8 = s8;
    let x9 = s9;
    let x10 = s10;
    let x11 = s11;
    const s12 = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
    let x12 = s12;
    let x13 = s13;
    let x14 = s14;
    let x15 = s15;
    for (let round = 0; round < 10; round++) {
      x0 = i32x4.add(x0, x4);
      x12 = i8x16.relaxed_swizzle(v128.xor(x12, x0), by16);
      x8 = i32x4.add(x8, x12);
      x4 = rotate12(v128.xor(x4, x8));
      x0 = i32x4.add(x0, x4);
      x12 = i8x16.relaxed_swizzle(v128.xor(x12, x0), by8);
      x8 = i32x4.add(x8, x12);
      x4 = rotate7(v128.xor(x4, x8));
      x1 = i32x4.add(x1, x5);
      x13 = i8x16.relaxed_swizzle(v128.xor(x13, x1), by16);
      x9 = i32x4.add(x9, x13);
      x5 = rotate12(v128.xor(x5, x9));
      x1 = i32x4.add(x1, x5);
      x13 = i8x16.relaxed_swizzle(v128.xor(x13, x1), by8);
      x9 = i32x4.add(x9, x13);
      x5 = rotate7(v128.xor(x5, x9));
      x2 = i32x4.add(x2, x6);
      x14 = i8x16.relaxed_swizzle(v128.xor(x14, x2), by16);
      x10 = i32x4.add(x10, x14);
      x6 = rotate12(v128.xor(x6, x10));
      x2 = i32x4.add(x2, x6);
      x14 = i8x16.relaxed_swizzle(v128.xor(x14, x2), by8);
      x10 = i32x4.add(x10, x14);
      x6 = rotate7(v128.xor(x6, x10));
      x3 = i32x4.add(x3, x7);
      x15 = i8x16.relaxed_swizzle(v128.xor(x15, x3), by16);
      x11 = i32x4.add(x11, x15);
      x7 = rotate12(v128.xor(x7, x11));
      x3 = i32x4.add(x3, x7);
      x15 = i8x16.relaxed_swizzle(v128.xor(x15, x3), by8);
      x11 = i32x4.add(x11, x15);
      x7 = rotate7(v128.xor(x7, x11));
      x0 = i32x4.add(x0, x5);
      x15 = i8x16.relaxed_swizzle(v128.xor(x15, x0), by16);
      x10 = i32x4.add(x10, x15);
      x5 = rotate12(v128.xor(x5, x10));
      x0 = i32x4.add(x0, x5);
      x15 = i8x16.relaxed_swizzle(v128.xor(x15, x0), by8);
      x10 = i32x4.add(x10, x15);
      x5 = rotate7(v128.xor(x5, x10));
      x1 = i32x4.add(x1, x6);
      x12 = i8x16.relaxed_swizzle(v128.xor(x12, x1), by16);
      x11 = i32x4.add(x11, x12);
      x6 = rotate12(v128.xor(x6, x11));
      x1 = i32x4.add(x1, x6);
      x12 = i8x16.relaxed_swizzle(v128.xor(x12, x1), by8);
      x11 = i32x4.add(x11, x12);
      x6 = rotate7(v128.xor(x6, x11));
      x2 = i32x4.add(x2, x7);
      x13 = i8x16.relaxed_swizzle(v128.xor(x13, x2), by16);
      x8 = i32x4.add(x8, x13);
      x7 = rotate12(v128.xor(x7, x8));
      x2 = i32x4.add(x2, x7);
      x13 = i8x16.relaxed_swizzle(v128.xor(x13, x2), by8);
      x8 = i32x4.add(x8, x13);
      x7 = rotate7(v128.xor(x7, x8));
      x3 = i32x4.add(x3, x4);
      x14 = i8x16.relaxed_swizzle(v128.xor(x14, x3), by16);
      x9 = i32x4.add(x9, x14);
      x4 = rotate12(v128.xor(x4, x9));
      x3 = i32x4.add(x3, x4);
      x14 = i8x16.relaxed_swizzle(v128.xor(x14, x3), by8);
      x9 = i32x4.add(x9, x14);
      x4 = rotate7(v128.xor(x4, x9));
    }
    storeFour(out + 0, i32x4.add(x0, s0), i32x4.add(x1, s1), i32x4.add(x2, s2), i32x4.add(x3, s3));
    storeFour(out + 16, i32x4.add(x4, s4), i32x4.add(x5, s5), i32x4.add(x6, s6), i32x4.add(x7, s7));
    storeFour(out + 32, i32x4.add(x8, s8), i32x4.add(x9, s9), i32x4.add(x10, s10), i32x4.add(x11, s11));
    storeFour(out + 48, i32x4.add(x12, s12), i32x4.add(x13, s13), i32x4.add(x14, s14), i32x4.add(x15, s15));
    out += 256;
    counter += 4;
  }
}
