/**
 * Samplers, with SEAL's distributions: ternary secrets, centred binomial errors (21 - 21 bits, |e| <= 21, standard deviation 3.24). Key
 * stream goes through `work` (8,192 bytes), which is wiped. Rejections depend on rejected draws alone.
 */
import { chacha20 } from './chacha20';
import { MU, Q, Q_INVERSE, R, R_SHOUP, reduce64, splat } from './modular';

export const SAMPLER_WORK: usize = 8192;
const QUADS: usize = SAMPLER_WORK >> 8;
const BLOCKS: u32 = <u32>(SAMPLER_WORK >> 6);

/** out = n words in {-1, 0, 1}, uniform: a byte below 255 = 3 x 85, mod 3. */
export function ternary(out: usize, n: usize, key: usize, nonce: u32, work: usize): void {
  const end = out + (n << 2);
  let counter: u32 = 0;
  while (out < end) {
    chacha20(work, QUADS, key, nonce, counter);
    counter += BLOCKS;
    for (let at = work; at < work + SAMPLER_WORK && out < end; at++) {
      const byte = <u32>load<u8>(at);
      store<i32>(out, <i32>((byte * 171) >> 9) * -3 + <i32>byte - 1);
      out += byte < 255 ? 4 : 0;
    }
  }
  memory.fill(work, 0, SAMPLER_WORK);
}

/** out = n centred binomial words: popcount of 21 bits minus popcount of 21 bits. */
export function centredBinomial(out: usize, n: usize, key: usize, nonce: u32, work: usize): void {
  const end = out + (n << 2);
  let counter: u32 = 0;
  while (out < end) {
    chacha20(work, QUADS, key, nonce, counter);
    counter += BLOCKS;
    for (let at = work; at <= work + SAMPLER_WORK - 8 && out < end; at += 6) {
      const bits = load<u64>(at);
      const positive = <i32>popcnt<u64>(bits & 0x1fffff);
      const negative = <i32>popcnt<u64>((bits >> 24) & 0x1fffff);
      store<i32>(out, positive - negative);
      out += 4;
    }
  }
  memory.fill(work, 0, SAMPLER_WORK);
}

/**
 * SEAL's `sample_poly_uniform` on n words of its stream: out = word mod q. Returns how many words were at or above the largest multiple
 * of q below 2^64 - 1 (SEAL draws those again from further down the stream): practically always 0; the caller then mends them one by one.
 */
export function reduceUniform(out: usize, words: usize, n: usize, pc: usize): i32 {
  const q = splat(pc, Q);
  const qi = splat(pc, Q_INVERSE);
  const mu = splat(pc, MU);
  const r = splat(pc, R);
  const rs = splat(pc, R_SHOUP);
  const limit = uniformLimit(load<u32>(pc));
  let rejected: i32 = 0;
  const end = words + (n << 3);
  while (words < end) {
    v128.store(out, reduce64(words, q, qi, mu, r, rs));
    // The limit's high word is all ones: only such words need the exact comparison.
    const ones = i32x4.splat(-1);
    const top = v128.or(i32x4.eq(v128.load(words), ones), i32x4.eq(v128.load(words, 16), ones));
    if (v128.any_true(top)) {
      for (let i: usize = 0; i < 32; i += 8) if (load<u64>(words + i) >= limit) rejected++;
    }
    words += 32;
    out += 16;
  }
  return rejected;
}

/** The largest word SEAL accepts, plus one. */
export function uniformLimit(q: u32): u64 {
  const max: u64 = <u64>-1;
  return max - (max % <u64>q) - 1;
}
