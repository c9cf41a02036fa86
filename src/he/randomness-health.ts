/**
 * A start-up health test of randomness, after the continuous tests of NIST SP 800-90B §4.4 (repetition count, adaptive proportion): it finds
 * a source that fails, repeats itself or is stuck, not a clever one. A node that fails it must not start: with a constant source two key
 * generations give the same key.
 *
 * The platform's `crypto.getRandomValues` is looked up at every call, also by SEAL; whoever can replace the global can replace the
 * source. A node therefore loads its engines first and then freezes `globalThis.crypto` (README §7).
 */
import { RefusedError, type SecureRandom } from '../base/index.ts';

const SAMPLE_BYTES = 4096;
/** Expected count of a byte value is 16 in 4096; 80 or more of one value has probability below 2^-90 for uniform bytes. */
const MOST_OF_ONE_VALUE = 80;
/** Six equal bytes in a row anywhere in 4096: below 2^-28. */
const LONGEST_RUN = 6;

/** @throws RefusedError `ERR_HE_RANDOMNESS` when the source throws, repeats a block or is visibly biased. */
export function assertHealthyRandom(random: SecureRandom): void {
  const first = sample(random);
  const second = sample(random);
  if (first.every((byte, i) => byte === second[i])) throw unhealthy('two draws are equal');
  for (const bytes of [first, second]) {
    if (longestRun(bytes) >= LONGEST_RUN) throw unhealthy('it repeats a byte');
    if (mostFrequent(bytes) >= MOST_OF_ONE_VALUE) throw unhealthy('it is biased');
  }
}

export function unhealthy(problem: string, cause?: unknown): RefusedError {
  return new RefusedError('ERR_HE_RANDOMNESS', `the source of randomness failed its health test: ${problem}`, {
    cause,
    help: 'Do not run here: keys and masks would be guessable. Check what replaced crypto.getRandomValues and the operating system.',
  });
}

function sample(random: SecureRandom): Uint8Array {
  const bytes = new Uint8Array(SAMPLE_BYTES);
  try {
    random.fill(bytes);
  } catch (cause) {
    throw unhealthy('it threw', cause);
  }
  return bytes;
}

function longestRun(bytes: Uint8Array): number {
  let longest = 1;
  let run = 1;
  for (let i = 1; i < bytes.length; i++) {
    run = bytes[i] === bytes[i - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

function mostFrequent(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  return Math.max(...counts);
}
