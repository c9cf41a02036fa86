/** Guards of series (`src/he/series.ts`): what a hint shows, what a key serves, when a series ends. */
import { type Guard, guard } from './guard.ts';

const ATTACK = 'test/attacks/hint-division.test.ts';
const SEAL = 'test/he/seal.test.ts';
const KERNEL = 'test/he/kernel/conformance.test.ts';
const ENGINE = 'test/he/kernel/engine.test.ts';
const SUITE = 'test/he/conformance/series.ts';
const REFUSES = 'refuses what does not belong there, before it computes anything (T49)';

const SITE = 'src/he/kernel/series-site.ts';
const EVALUATOR = 'src/he/kernel/series-evaluator.ts';
const FRAMING = 'src/he/kernel/framing.ts';

export const SERIES_GUARDS: readonly Guard[] = [
  guard(
    'D1 T01 kernel: a hint hides under an encryption of zero',
    'Σ a_i·P_i + e1 confirms every right guess of P',
    [SITE, 'ring.k.add(x, x, limb, ring.n, ring.context(i));', ''],
    [ATTACK, 'does not confirm a right guess'],
  ),
  guard(
    'D1 T01 seal: a hint hides under an encryption of zero',
    'the same, on SEAL',
    ['src/he/seal/series-evaluator.ts', '  yield { upload: uploads[uploads.length - 1], operand: u };', '  void u;'],
    [ATTACK, 'does not confirm a right guess'],
  ),
  guard(
    'D1 kernel: a hint has an error',
    'a_z·u without an error is no RLWE sample: where P is zero, u is read off',
    [SITE, 'ring.k.addError(x, x, error, ring.n, ring.context(i));', ''],
    [KERNEL, 'a hint has an error of its own', SUITE],
  ),
  guard(
    'D1 seal: a hint has an error',
    'the same, on SEAL',
    [
      'src/he/seal/series-evaluator.ts',
      'const error = centredBinomial(this.#random, ringDegree);',
      'const error = new Int32Array(ringDegree);',
    ],
    [SEAL, 'a hint has an error of its own', SUITE],
  ),
  guard(
    'D1 T06 kernel: u is fresh',
    'hints of two series under one u differ by a function of P',
    [
      EVALUATOR,
      '.map((to) => ({ to, key: randomBytes(this.#random, STREAM_KEY_BYTES) }))',
      '.map((to) => ({ to, key: new Uint8Array(32) }))',
    ],
    [KERNEL, 'never repeats: seeds, parts, hints and sums of equal questions all differ (T06)', SUITE],
  ),
  guard(
    'D1 kernel: every answer has a u of its own',
    'hints of two answers under one u differ by Σ a_i·(P_i − P′_i) and an error: right guesses of P are confirmed',
    [EVALUATOR, 'ternary: this.#ternary(series.ternaries, answer + a),', 'ternary: this.#ternary(series.ternaries, answer),'],
    ['test/he/kernel/together.test.ts', 'answers of a series have each a u of their own'],
  ),
  guard(
    'T03 kernel: sums are flooded',
    'the noise of an unflooded sum is a function of the holder’s data and of u',
    [SITE, "addFlood(ring, flood, this.#p('picked'), count, this.#p('key'), NONCE.mask, scratch);", 'void [scratch, addFlood, flood];'],
    [KERNEL, 'floods sums uniformly to the brim', SUITE],
  ),
  guard(
    'D4 kernel: a secret key a vector',
    'parts of two vectors under one key and equal seeds differ by the vectors themselves',
    [
      'src/he/kernel/series-keys.ts',
      "'drawSeriesSecret', { site: this.#site, secret, key: this.#key() }",
      "'drawSeriesSecret', { site: this.#site, secret, key: new Uint8Array(32) }",
    ],
    [KERNEL, 'draws a secret key a vector', SUITE],
  ),
  guard(
    'D4 seal: a secret key a vector',
    'the same, on SEAL',
    ['src/he/seal/series-keys.ts', 'const key = this.#drawKey(opens);', 'const key = this.#asked[0] ?? this.#drawKey(opens);'],
    [SEAL, 'draws a secret key a vector', SUITE],
  ),
  guard(
    'H8 a series ends',
    'sums under a dishonest z print u, bit after bit',
    [
      'src/he/series.ts',
      'return Math.max(1, Math.floor(profileByName(profile).reserve / bits));',
      'return Math.max(1, Math.floor((4 * profileByName(profile).reserve) / bits));',
    ],
    [ATTACK, 'stays within the reserve of its profile (H8)'],
  ),
  guard(
    'H8 the holder counts the vectors of a series',
    'a label party that never begins a new series',
    ['src/he/series.ts', 'if (begins === (opening !== undefined)) return;', 'return;'],
    [KERNEL, REFUSES, SUITE],
  ),
  guard(
    'T02 H8 seeds of a series all differ',
    'P and the blinding u under one polynomial',
    [
      'src/he/wire-series.ts',
      'if (new Set(seeds.map((seed) => seed.join())).size < seeds.length) refuseFrame(',
      'if (seeds.length === 0) refuseFrame(',
    ],
    [KERNEL, REFUSES, SUITE],
  ),
  guard(
    'T12 noise of a series',
    'floods sized for the noise of other answers: they average out',
    ['src/he/noise.ts', 'const zero = series ? ERROR_BOUND * 2n * n : ofKey;', 'const zero = series ? ofKey : ofKey;'],
    ['test/he/noise.test.ts', 'agrees with the independent script on 500 random contracts (T12)'],
  ),
  guard(
    'T12 trees: the contract is that of a series',
    'the same, in the agreement of a training',
    ['src/federated/vertical/gbdt/agreement.ts', "mode: 'reveal', series: true };", "mode: 'reveal' };"],
    ['test/federated/gbdt/agreement.test.ts', 'have a noise of their own'],
  ),
  guard(
    'D5 T49 kernel: parts are checked word by word',
    'words above the prime in the kernel’s lazy sums',
    [
      FRAMING,
      "this.#frame('part', 0)) && this.#read(bytes, c0).every((limb) => !(limb & BAD))",
      "this.#frame('part', 0)) && this.#read(bytes, c0).length > 0",
    ],
    [KERNEL, REFUSES, SUITE],
  ),
  guard(
    'D5 T49 kernel: hints are checked word by word',
    'a transparent or oversized hint',
    [FRAMING, 'this.#read(bytes, c1).every((limb) => limb === SOME)) return;', 'this.#read(bytes, c1).length > 0) return;'],
    [KERNEL, REFUSES, SUITE],
  ),
  guard(
    'D5 T49 as many hints and sums as were agreed',
    'a reply without its hints is decrypted with those of another series',
    ['src/he/kernel/series-keys.ts', 'if ((hints !== undefined) !== opens ||', 'if (hints === sums ||'],
    [KERNEL, REFUSES, SUITE],
  ),
  guard(
    'secrets: the key of a vector is wiped',
    'a key that outlives its answers',
    ['src/he/kernel/series-keys.ts', 'this.#arena.wipeBlock(next.secret, polynomialBytes(this.parameters));', ''],
    [ENGINE, 'a vector’s key is wiped once its answers are decrypted'],
  ),
  guard(
    'secrets: u of a series is wiped',
    'a u that is seen later opens its hint',
    [EVALUATOR, 'this.#arena.wipeBlock(block.at, block.bytes);', ''],
    [ENGINE, 'a vector’s key is wiped once its answers are decrypted'],
  ),
  guard(
    'secrets: keys of a series print as nothing',
    'a key in a log line',
    ['src/he/seal/series-keys.ts', "  [Symbol.for('nodejs.util.inspect.custom')](): string {", '  inspected(): string {'],
    [SEAL, 'keeps its keys to itself, and is of no use after dispose', SUITE],
  ),
];
