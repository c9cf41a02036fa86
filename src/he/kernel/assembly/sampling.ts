/**
 * Samplers, with SEAL's distributions: ternary secrets, centred binomial errors (42 bits, |e| <= 21, standard deviation 3.24). Key
 * stream goes through `work` (8,192 bytes), which is wiped. Rejections depend on rejected draws alone.
 */
import { chacha20 } from './chacha20';

export const SAMPLER_WORK: usize = 8192;
const QUADS: usize = SAMPLER_WORK >> 8;

/** How many times 256 bytes of key stream to make for at least `bytes`: no more than fit, no more than are likely to be used. */
// @ts-ignore: decorator
@inline
function quadsFor(bytes: usize): usize {
  return min<usize>(QUADS, (bytes + 255) >> 8);
}

/** out = n words in {-1, 0, 1}, uniform: a byte below 255 = 3 x 85, mod 3. */
export function ternary(out: usize, n: usize, key: usize, nonce: u32, work: usize): void {
  const end = out + (n << 2);
  let counter: u32 = 0;
  while (out < end) {
    const quads = quadsFor((end - out) >> 2);
    chacha20(work, quads, key, nonce, counter);
    counter += <u32>(quads << 2);
    const last = work + (quads << 8);
    for (let at = work; at < last && out < end; at += 16) {
      const x = v128.load(at);
      if (out + 64 <= end && i8x16.all_true(i8x16.lt_u(x, i8x16.splat(<i8>255)))) {
        storeTernaries(out, i16x8.extend_low_i8x16_u(x));
        storeTernaries(out + 32, i16x8.extend_high_i8x16_u(x));
        out += 64;
      } else {
        for (let lane: usize = 0; lane < 16 && out < end; lane++) {
          const byte = <u32>load<u8>(at + lane);
          store<i32>(out, <i32>((byte * 171) >> 9) * -3 + <i32>byte - 1);
          out += byte < 255 ? 4 : 0;
        }
      }
    }
  }
  memory.fill(work, 0, SAMPLER_WORK);
}

/** Eight bytes mod 3, less 1. */
// @ts-ignore: decorator
@inline
function storeTernaries(out: usize, bytes: v128): void {
  const thirds = i16x8.shr_u(i16x8.mul(bytes, i16x8.splat(171)), 9);
  const ternaries = i16x8.sub(i16x8.sub(bytes, i16x8.mul(thirds, i16x8.splat(3))), i16x8.splat(1));
  v128.store(out, i32x4.extend_low_i16x8_s(ternaries));
  v128.store(out, i32x4.extend_high_i16x8_s(ternaries), 16);
}

/** out = n centred binomial words: popcount of 42 bits less 21, which is that of 21 bits less that of 21 others (the complement of 21 is as good). */
export function centredBinomial(out: usize, n: usize, key: usize, nonce: u32, work: usize): void {
  const end = out + (n << 2);
  let counter: u32 = 0;
  while (out < end) {
    // Six bytes a word, and two that the last load reads beyond them.
    const quads = quadsFor(((end - out) >> 2) * 6 + 2);
    chacha20(work, quads, key, nonce, counter);
    counter += <u32>(quads << 2);
    const last = work + (quads << 8) - 8;
    for (let at = work; at <= last && out < end; at += 6) {
      store<i32>(out, <i32>popcnt<u64>(load<u64>(at) & 0x3ffffffffff) - 21);
      out += 4;
    }
  }
  memory.fill(work, 0, SAMPLER_WORK);
}

/**
 * out = n words uniform mod q from a public seed at `key`: words of the key stream masked to the bits of q - 1, those below q in turn
 * (src/he/seed.ts, bit for bit).
 */
export function uniform(out: usize, n: usize, key: usize, nonce: u32, pc: usize, work: usize): void {
  const bound = load<u32>(pc);
  const bits: u32 = (<u32>-1) >> clz<u32>(bound - 1);
  const q = i32x4.splat(bound);
  const mask = i32x4.splat(bits);
  const end = out + (n << 2);
  let counter: u32 = 0;
  while (out < end) {
    const quads = quadsFor(end - out);
    chacha20(work, quads, key, nonce, counter);
    counter += <u32>(quads << 2);
    const last = work + (quads << 8);
    for (let at = work; at < last; at += 16) {
      const x = v128.and(v128.load(at), mask);
      if (out + 16 <= end && i32x4.all_true(i32x4.lt_u(x, q))) {
        v128.store(out, x);
        out += 16;
      } else {
        for (let lane: usize = 0; lane < 16 && out < end; lane += 4) {
          const word = load<u32>(at + lane) & bits;
          store<u32>(out, word);
          out += word < bound ? 4 : 0;
        }
      }
    }
  }
  memory.fill(work, 0, SAMPLER_WORK);
}
