/** Guards of he/: what an answer shows, what is accepted from a peer, which parameters may be used, where randomness comes from. */
import { type Guard, guard } from './guard.ts';

const ATTACK = 'test/attacks/c1-division.test.ts';
const WIRE = 'test/he/wire.test.ts';
const KEPT = 'test/he/conformance/kept-keys.ts';
const SEAL = 'test/he/seal.test.ts';
const KERNEL = 'test/he/kernel/conformance.test.ts';
const DETAILS = 'test/he/seal-details.test.ts';
const ENGINE = 'test/he/kernel/engine.test.ts';
const REFUSALS = 'test/he/conformance/refusals.ts';
const BLINDING = 'test/he/conformance/blinding.ts';

const answers: readonly Guard[] = [
  guard(
    'D1 T01 seal: encryption of zero',
    'an answer without a fresh Enc_pk(0) is c1·P: all of P from one answer',
    [
      'src/he/seal/evaluator.ts',
      'this.#encryptor.encryptZero(zero);',
      'return this.#context.ciphertext(new Uint32Array(2 * this.parameters.dataPrimes.length * 8192), this.parameters.dataPrimes.length);',
    ],
    [ATTACK, 'recovers nothing from a recorded answer of the %s engine'],
  ),
  guard(
    'D1 T01 kernel: encryption of zero',
    'the same, in the kernel',
    ['src/he/kernel/blinding-site.ts', "ring.k.add(c1, c1, this.#zeroLimb(zero, 'c1', i), ring.n, ring.context(i));", ''],
    [ATTACK, 'recovers nothing from a recorded answer of the %s engine'],
  ),
  guard(
    'D1 kernel: u does not outlive its answer',
    'u of an encryption of zero, read later, undoes it: the answer is c1·P again',
    ['src/he/kernel/blinding-site.ts', '    ring.wipe(zero, zeroBytes(ring.plan.parameters));\n', ''],
    ['test/he/kernel/keys.test.ts', 'wipes an entry of the pool once it is used'],
  ),
  guard(
    'D1 T06 kernel: an encryption of zero is used once',
    'two answers under one Enc_pk(0) differ by c1·(P - P′)',
    ['src/he/kernel/zero-pool.ts', 'return this.#ready.pop();', 'return this.#ready.at(-1);'],
    [ENGINE, 'are bounded, used once and made anew'],
  ),
  guard(
    'T03 seal: flood',
    'the noise of an unflooded answer is a function of the holder’s data',
    ['src/he/blinding.ts', 'words: uniformFlood(random, flood, moduli, count)', 'words: new Uint32Array(moduli.length * count)'],
    [SEAL, 'floods reveal answers uniformly to the brim', BLINDING],
  ),
  guard(
    'T03 kernel: flood',
    'the same, in the kernel',
    [
      'src/he/kernel/blinding-site.ts',
      "addFlood(ring, flood, this.#p('picked'), count, this.#p('key'), NONCE.mask, scratch);",
      'void scratch;',
    ],
    [KERNEL, 'floods reveal answers uniformly to the brim', BLINDING],
  ),
  guard(
    'T03 T20 seal: share mask',
    'in share mode the key holder would decrypt the product itself',
    ['src/he/blinding.ts', 'const mask = uniformRns(random, moduli, count);', 'const mask = new Uint32Array(moduli.length * count);'],
    [SEAL, 'shares of a zero product are uniform on both sides', BLINDING],
  ),
  guard(
    'T03 T20 kernel: share mask',
    'the same, in the kernel',
    ['src/he/kernel/blinding-site.ts', 'ring.k.subtract(picked, picked, limb, count, ring.context(i));', ''],
    [KERNEL, 'shares of a zero product are uniform on both sides', BLINDING],
  ),
  guard(
    'T20 sampling without bias',
    'a mask that prefers small words leaks what it hides',
    ['src/he/sampling.ts', 'while (word >= bound) word = stream.next() & mask;', 'if (word >= bound) word -= bound;'],
    ['test/he/packings.test.ts', 'draws residues uniformly for a bound that a remainder would bias'],
  ),
  guard(
    'D2 T08 decryption says nothing of values',
    'an error that depends on a decrypted value is a decryption oracle',
    [
      'src/he/seal/key-holder.ts',
      'words.fill(0n);',
      "if (values.some((value) => value > 1n << 20n)) throw new LocalProtocolError('ERR_HE_INTERNAL', 'out of range');",
    ],
    [SEAL, 'decrypts any well-formed answer without a word, whatever it holds (T08)', REFUSALS],
  ),
  guard(
    'T08 kernel: rounding has as many digits as primes',
    'a value too near a half would be rounded wrongly, or another way that takes longer: what it takes tells the key',
    ['src/he/kernel/assembly/rounding.ts', 'if (primes > 3) {', 'if (primes > 9) {'],
    ['test/he/kernel/rounding.test.ts', 'is exact over any number of primes, at the edges of every interval'],
  ),
  guard(
    'T09 zero polynomials are answered',
    'an answer left out tells that the operand was zero',
    ['src/he/seal/operand.ts', 'if (nonzero === 0) coefficients[0] = 1;', "if (nonzero === 0) throw refused('zero');"],
    [SEAL, 'answers for zero, monomial and dense operands alike (T09)', 'test/he/conformance/products.ts'],
  ),
  guard(
    'T09 seal: what stands for zero does not count',
    'the stand-in’s product in the sum would be a wrong value, and skipping it tells that the operand is zero',
    ['src/he/seal/answer.ts', 'standsForZero ? product : zero', 'zero'],
    [SEAL, 'answers for zero, monomial and dense operands alike (T09)', 'test/he/conformance/products.ts'],
  ),
  guard(
    'secrets: the key is wiped',
    'a key that stays in WASM memory outlives its step',
    ['src/he/kernel/key-holder.ts', 'this.#crew.whenQuiet(() => this.#arena.wipe());', ''],
    [ENGINE, 'key holder and evaluator wipe their memory on dispose'],
  ),
  guard(
    'secrets: a key holder prints as nothing',
    'a key in a log line',
    ['src/he/seal/key-holder.ts', "  [Symbol.for('nodejs.util.inspect.custom')](): string {", '  inspected(): string {'],
    [SEAL, 'prints a key holder as [redacted] everywhere', 'test/he/conformance/secrets.ts'],
  ),
  guard(
    'secrets: a kept key is redacted',
    'a key in a log',
    [
      'src/he/kept-key.ts',
      "  [Symbol.for('nodejs.util.inspect.custom')](): string {\n    return REDACTED;",
      "  [Symbol.for('nodejs.util.inspect.custom')](): string {\n    return String(this.#secret);",
    ],
    [KERNEL, 'are two bits a coefficient, all three values of them, and print as [redacted]', KEPT],
  ),
  guard(
    'secrets: a kept secret belongs to its public key',
    'answers decrypted under another key, or under zeros from a damaged disk: noise that looks like scores',
    ['src/he/kept-key.ts', 'if (ternary && belong(parameters, words, kept)) return words;', 'if (ternary) return words;'],
    [KERNEL, 'are refused when damaged, wiped, of another key or of other parameters', KEPT],
  ),
];

const peerBytes: readonly Guard[] = [
  guard(
    'D5 T49 exact length',
    'a body of another length reaches code that trusts it',
    ['src/he/wire-frame.ts', 'if (bytes.length !== length) refuseFrame(kind,', 'if (bytes.length < 4) refuseFrame(kind,'],
    [WIRE, 'refuses every other length, header, constant seed and zero limb (T49)'],
  ),
  guard(
    'D5 T49 header',
    'a message of another kind, profile or version is read as this one',
    ['src/he/wire-frame.ts', 'if (header.some((byte, i) => bytes[i] !== byte)) refuseFrame(', 'if (header.length === 0) refuseFrame('],
    [WIRE, 'refuses every other length, header, constant seed and zero limb (T49)'],
  ),
  guard(
    'D5 T49 every word below its prime',
    'SEAL and the kernel compute wrongly, or differently, on words that are no residues',
    ['src/he/packing.ts', 'excess |= word >= bound ? 1 : 0;', ''],
    [WIRE, 'accepts q - 1 and refuses q in every limb'],
  ),
  guard(
    'T49 padding is zero',
    'two spellings of one ciphertext',
    ['src/he/packing.ts', 'return excess === 0 && pending === 0;', 'return excess === 0;'],
    [WIRE, 'refuse a word at its bound and a padding bit'],
  ),
  guard(
    'T02 H8 constant seed',
    'p1 expanded from a seed nobody drew',
    ['src/he/wire-frame.ts', 'if (seed.every((byte) => byte === seed[0])) refuseFrame(kind,', 'if (seed.length === 0) refuseFrame(kind,'],
    [WIRE, 'refuses every other length, header, constant seed and zero limb (T49)'],
  ),
  guard(
    'T02 H8 zero p0',
    'a public key of zeros makes Enc_pk(0) guessable',
    ['src/he/wire.ts', "refuseZeroLimbs('publicKey', p0, parameters.ringDegree);", ''],
    [WIRE, 'refuses every other length, header, constant seed and zero limb (T49)'],
  ),
  guard(
    'T02 kernel: the public key is checked word by word',
    'a zero or oversized p0 in the kernel',
    ['src/he/kernel/framing.ts', 'this.#read(bytes, p0).every((limb) => limb === SOME)', 'this.#read(bytes, p0).length > 0'],
    [KERNEL, 'refuses every public key that is not exactly (p0, seed) (T02)', REFUSALS],
  ),
  guard(
    'D5 T49 kernel: uploads are checked word by word',
    'words above the prime in the kernel’s lazy sums',
    [
      'src/he/kernel/framing.ts',
      'seed !== undefined && this.#read(bytes, c0).every((limb) => !(limb & BAD))',
      'seed !== undefined && this.#read(bytes, c0).length > 0',
    ],
    [KERNEL, 'refuses malformed uploads before it computes anything (T49)', REFUSALS],
  ),
  guard(
    'D5 T49 kernel: answers are checked word by word',
    'a transparent or oversized answer is decrypted',
    ['src/he/kernel/framing.ts', '(i < c1.length ? limb === SOME : !(limb & BAD))', 'i + limb >= 0'],
    [KERNEL, 'refuses malformed answers', REFUSALS],
  ),
  guard(
    'D5 H11 seal: no peer byte reaches SEAL’s loader',
    '0.5 MB of compressed zeros cost SEAL’s loader 8 s and 2.3 GB; it accepts trailing bytes',
    [
      'src/he/seal/evaluator.ts',
      'return uploads.map((bytes) => decodeUpload(this.parameters, bytes));',
      'for (const bytes of uploads) new this.#context.seal.Ciphertext().loadFromArray(this.#context.context, bytes);\n    return uploads.map((bytes) => decodeUpload(this.parameters, bytes));',
    ],
    ['test/guards/structure.test.ts', 'SEAL’s loader is called in one place, with bytes that are built there'],
  ),
  guard(
    'D5 H11 seal: uploads are taken apart before anything is computed',
    'the first upload is worked on before the last is known to be well formed',
    [
      'src/he/seal/evaluator.ts',
      'const decoded = vectors.map((uploads) => this.#decode(uploads, prepared.uploads));',
      'blinding.addend?.(0, 0);\n    const decoded = vectors.map((uploads) => this.#decode(uploads, prepared.uploads));',
    ],
    [SEAL, 'refuses malformed uploads before it computes anything (T49)', REFUSALS],
  ),
  guard(
    'T49 the number of uploads is the operand’s',
    'an answer over fewer rows than the matrix has',
    ['src/he/seal/evaluator.ts', 'if (uploads.length !== expected) {', 'if (uploads.length > 1e9) {'],
    [SEAL, 'refuses a vector with another number of uploads than the operand', REFUSALS],
  ),
];

const parameters: readonly Guard[] = [
  guard(
    'T12 statistical distance of the contract',
    'floods too small for the number of answers: they average out',
    ['src/he/noise.ts', 'const revealed = (outputs * worstCase) << BigInt(STATISTICAL_BITS) <= flood;', 'const revealed = flood > 0n;'],
    ['test/he/noise.test.ts', 'agrees with the independent script on 500 random contracts (T12)'],
  ),
  guard(
    'T12 shares that fail',
    'shares off by one more often than once in 2^30 contracts',
    [
      'src/he/noise.ts',
      'const shared = flood > 0n && (outputs * shareError) << BigInt(SHARE_FAILURE_BITS) <= q;',
      'const shared = flood > 0n;',
    ],
    ['test/he/noise.test.ts', 'agrees with the independent script on 500 random contracts (T12)'],
  ),
  guard(
    'T12 a usage that does not fit is refused',
    'a contract starts under parameters that do not carry it',
    ['src/he/noise.ts', 'if (!verdict.accepted)', 'if (verdict === undefined)'],
    ['test/he/noise.test.ts', 'one more output than the bound is refused'],
  ),
  guard(
    'T07 answers that would not decrypt',
    'decryption failures give the key away',
    ['src/he/blinding.ts', 'if (flood >= 1n) return flood;', 'return flood > 1n ? flood : 1n;'],
    [SEAL, 'refuses an operand whose noise would not decrypt', REFUSALS],
  ),
  guard(
    'T07 T14 seal: coefficients within the declared bound',
    'noise above the worst case that was computed',
    ['src/he/seal/operand.ts', 'if (value > operand.maxAbs || value < -operand.maxAbs) throw', 'if (value === 0.5) throw'],
    [SEAL, 'refuses an operand beyond the bounds it declares', REFUSALS],
  ),
  guard(
    'T07 seal: terms within the declared bound',
    'the same, by more terms than declared',
    ['src/he/seal/operand.ts', 'if (used > terms) throw', 'if (used < 0) throw'],
    [SEAL, 'refuses an operand beyond the bounds it declares', REFUSALS],
  ),
  guard(
    'T07 T14 kernel: coefficients within the declared bound',
    'the same, in the kernel',
    ['src/he/kernel/operand.ts', 'if (nonzero < 0) throw', 'if (nonzero < -1) throw'],
    [KERNEL, 'refuses an operand beyond the bounds it declares', REFUSALS],
  ),
  guard(
    'T07 kernel: terms within the declared bound',
    'the same, in the kernel',
    ['src/he/kernel/operand.ts', 'if (used > this.terms) throw', 'if (used < 0) throw'],
    [KERNEL, 'refuses an operand beyond the bounds it declares', REFUSALS],
  ),
  guard(
    'T13 t shares no factor with q',
    'SEAL takes such parameters and decrypts nonsense',
    ['src/he/parameters.ts', 'if (shared !== undefined) throw', 'if (shared === -1) throw'],
    ['test/he/parameters.test.ts', 't equal to a data prime (T13)'],
  ),
  guard(
    'T13 special prime moves out of the way of t',
    'Batching(8192, 17) is the special prime: parametersSet() is false',
    [
      'src/he/parameters.ts',
      'SPECIAL_PRIMES.find((prime) => plainModulus % BigInt(prime) !== 0n)',
      'SPECIAL_PRIMES.find((prime) => prime > 0)',
    ],
    ['test/he/parameters.test.ts', 'move the special prime out of the way of t = 65537 (T13)'],
  ),
  guard(
    'T13 parametersSet() is asserted',
    'an engine on parameters that SEAL itself refuses',
    ['src/he/seal/context.ts', 'if (context.parametersSet()) return context;', 'if (context) return context;'],
    ['test/he/seal-parameters-guard.test.ts', 'parameters that SEAL does not accept are refused, not used (T13)'],
  ),
  guard(
    'T13 parameters are the checked ones',
    'parameters that no checker has seen',
    ['src/he/parameters.ts', 'if (!checked.has(parameters)) throw', 'if (parameters === undefined) throw'],
    [SEAL, 'refuses parameters and operands that are not its own', REFUSALS],
  ),
  guard(
    'T11 strength of the profiles',
    'a profile weaker than it says',
    ['src/he/parameters.ts', "profile(6, 'P180', WIDE.slice(0, 6), 197,", "profile(6, 'P180', [...WIDE.slice(0, 6), 1_072_496_641], 227,"],
    ['test/he/lattice-guard.test.ts', 'every profile has at least 128 bits, by its ring and its whole key modulus (T11)'],
  ),
  guard(
    'T11 moduli are the estimated ones',
    'a modulus of the right size that nobody estimated',
    ['src/he/parameters.ts', "profile(2, 'P120', WIDE.slice(0, 4),", "profile(2, 'P120', WIDE.slice(1, 5),"],
    ['test/he/lattice-guard.test.ts', 'gives every profile at least 128 bits, by its exact key modulus'],
  ),
];

const randomness: readonly Guard[] = [
  guard(
    'T15 two draws differ',
    'a stuck generator: two keys are one',
    ['src/he/randomness-health.ts', "throw unhealthy('two draws are equal')", 'first.fill(0)'],
    [DETAILS, 'refuses a constant or failing global getRandomValues'],
  ),
  guard(
    'T15 repetition',
    'a generator that sticks now and then',
    ['src/he/randomness-health.ts', 'if (longestRun(bytes) >= LONGEST_RUN)', 'if (longestRun(bytes) < 0)'],
    [DETAILS, 'a stuck byte'],
  ),
  guard(
    'T15 proportion',
    'a biased generator',
    ['src/he/randomness-health.ts', 'if (mostFrequent(bytes) >= MOST_OF_ONE_VALUE)', 'if (mostFrequent(bytes) < 0)'],
    [DETAILS, 'every third byte the same'],
  ),
  guard(
    'T15 SEAL draws fresh keys',
    'a replaced global crypto behind SEAL',
    ['src/he/seal/engine.ts', '  assertSealDrawsFreshKeys(seal);', ''],
    [DETAILS, 'draws are stuck, although the source looked healthy before'],
  ),
  guard(
    'T15 kernel: the source is tested at start',
    'keys of the kernel from a stuck source',
    ['src/he/kernel/engine.ts', '  assertHealthyRandom(random);', ''],
    [KERNEL, 'refuses to load on a constant or failing source (T15)', REFUSALS],
  ),
  guard(
    'T10 runtime',
    'a bare WebAssembly error on an old Node',
    ['src/he/seal/engine.ts', "throw new InputError('ERR_HE_RUNTIME',", "throw new LocalProtocolError('ERR_HE_INTERNAL',"],
    ['test/he/seal-runtime.test.ts', 'says which Node to use where node-seal cannot be loaded (T10)'],
  ),
];

export const HE_GUARDS: readonly Guard[] = [...answers, ...peerBytes, ...parameters, ...randomness];
