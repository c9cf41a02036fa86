/**
 * Every test of NIST SP 800-22 on one sequence. A name stands for one p-value: templates, states and directions are apart, as in the publication's
 * own report, because those of one sequence are dependent and would not be uniform together.
 */
import { defineTask, type Executor } from '../../src/base/index.ts';
import { type BitTest, blockFrequency, frequency, longestRun, matrixRank, runs } from './bit-tests.ts';
import { packBits } from './bits.ts';
import { linearComplexity, universal } from './complexity.ts';
import { approximateEntropy, nonOverlapping, overlapping, serial, TEMPLATES } from './patterns.ts';
import { spectral } from './spectrum.ts';
import { cumulativeSums, excursions, excursionsVariant } from './walks.ts';

/** States -top..-1, 1..top. */
const states = (top: number): readonly string[] =>
  Array.from({ length: 2 * top + 1 }, (_, i) => String(i - top)).filter((state) => state !== '0');

/** Name, test, and what its several p-values belong to. */
const TESTS: readonly (readonly [family: string, test: BitTest, members: readonly string[]])[] = [
  ['Frequency', frequency, ['']],
  ['BlockFrequency', blockFrequency(128), ['']],
  ['CumulativeSums', cumulativeSums, ['forward', 'backward']],
  ['Runs', runs, ['']],
  ['LongestRun', longestRun, ['']],
  ['Rank', matrixRank, ['']],
  ['FFT', spectral, ['']],
  ['NonOverlappingTemplate', nonOverlapping, TEMPLATES.map((t) => t.toString(2).padStart(9, '0'))],
  ['OverlappingTemplate', overlapping, ['']],
  ['Universal', universal, ['']],
  ['ApproximateEntropy', approximateEntropy(10), ['']],
  ['RandomExcursions', excursions, states(4)],
  ['RandomExcursionsVariant', excursionsVariant, states(9)],
  ['Serial', serial(16), ['first', 'second']],
  ['LinearComplexity', linearComplexity, ['']],
];

export type PValues = readonly (readonly [name: string, p: number])[];

/** All tests on the bits of these bytes; a test that has no p-value for them is left out. */
export const testBytes = defineTask(import.meta.url, 'testBytes', (bytes: Uint8Array): PValues => {
  const bits = packBits(bytes);
  return TESTS.flatMap(([family, test, members]) => test(bits).map((p, i) => [`${family} ${members[i]}`.trimEnd(), p] as const));
});

/** Tests the sequences as they come, a few at a time, and gives their p-values in the order of the sequences whatever the executor. Takes their buffers. */
export async function* testedInOrder(executor: Executor, sequences: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<PValues> {
  const pending: Promise<PValues>[] = [];
  for await (const bytes of sequences) {
    const tested = executor.run(testBytes, bytes, { transfer: [bytes.buffer] });
    tested.catch(() => {}); // thrown where it is awaited, below
    pending.push(tested);
    if (pending.length > 2 * executor.concurrency) yield await pending.shift()!;
  }
  for (const tested of pending) yield await tested;
}
