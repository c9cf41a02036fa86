/**
 * The flood: integers uniform in [-F, F], F of up to two hundred bits, added to the residues of an answer. A draw is x in [0, 2F] as 30-bit
 * chunks (rejected above 2F), limb by limb reduced and shifted by -F. The TypeScript of `../../sampling.ts` does the same for the seal engine.
 */
import { chacha20 } from './chacha20';
import { mulShoup, Q, splat, subtractOnce } from './modular';
import { SAMPLER_WORK } from './sampling';

const CHUNK: u32 = 0x3fffffff;

/**
 * `count` draws from key stream `nonce` of `key`: chunk j of draw c at out + 4 (j stride + c). `top` holds the `length` chunks of 2F, lowest
 * first. Key stream goes through `work`, which is wiped. Rejections, at most one draw in two, depend on rejected draws alone.
 */
export function drawUpTo(out: usize, stride: usize, count: usize, top: usize, length: usize, key: usize, nonce: u32, work: usize): void {
  const highest = (length - 1) << 2;
  const highMask: u32 = (<u32>-1) >> clz<u32>(load<u32>(top + highest));
  const bytes = length << 2;
  const end = work + SAMPLER_WORK;
  let at = end;
  let counter: u32 = 0;
  for (let c: usize = 0; c < count; ) {
    if (at + bytes > end) {
      chacha20(work, SAMPLER_WORK >> 8, key, nonce, counter);
      counter += <u32>(SAMPLER_WORK >> 6);
      at = work;
    }
    store<u32>(at + highest, load<u32>(at + highest) & highMask);
    for (let j: usize = 0; j < highest; j += 4) store<u32>(at + j, load<u32>(at + j) & CHUNK);
    if (!exceeds(at, top, highest)) {
      let to = out + (c << 2);
      for (let j: usize = 0; j <= highest; j += 4) {
        store<u32>(to, load<u32>(at + j));
        to += stride << 2;
      }
      c++;
    }
    at += bytes;
  }
  memory.fill(work, 0, SAMPLER_WORK);
}

// @ts-ignore: decorator
@inline
function exceeds(at: usize, top: usize, highest: usize): bool {
  for (let j: isize = <isize>highest; j >= 0; j -= 4) {
    const a = load<u32>(at + j);
    const b = load<u32>(top + j);
    if (a != b) return a > b;
  }
  return false;
}

/**
 * x = x + Σ_j chunk_j 2^(30 j) - F mod q for `count` (a multiple of 4) draws. `powers` holds 2^(30 j) mod q and its Shoup quotient for each
 * of `length` chunks; `negated` is -F mod q.
 */
export function addDrawn(x: usize, drawn: usize, stride: usize, count: usize, powers: usize, length: usize, negated: u32, pc: usize): void {
  const q = splat(pc, Q);
  const shift = i32x4.splat(negated);
  for (let at: usize = 0; at < count << 2; at += 16) {
    let sum = subtractOnce(i32x4.add(v128.load(x + at), shift), q);
    let from = drawn + at;
    for (let j: usize = 0; j < length << 3; j += 8) {
      const term = mulShoup(v128.load(from), v128.load32_splat(powers + j), v128.load32_splat(powers + j, 4), q);
      sum = subtractOnce(i32x4.add(sum, subtractOnce(term, q)), q);
      from += stride << 2;
    }
    v128.store(x + at, sum);
  }
}
