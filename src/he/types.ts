/**
 * he: the one primitive, the masked matrix-vector product, in the words of its paper (BFV with coefficient packing as in Cheetah, Huang
 * et al., USENIX Security 2022), behind an interface that two engines implement: `seal` (node-seal) and `kernel` (WASM SIMD).
 *
 * Roles: the key holder L (label party) encrypts; the evaluator H (feature holder) multiplies by its private plaintexts, blinds, answers.
 *
 * Who learns what: L learns the wanted coefficients of each answer, at most log2 t bits each, whatever it uploaded. H learns nothing but
 * sizes. In share mode L and H hold additive shares mod t and nobody learns a value.
 */
import type { Executor, SecureRandom } from '../base/index.ts';

/** N residues mod t: a plaintext polynomial by coefficients, or N slot values. */
export type Residues = BigUint64Array;

/**
 * Checked, immutable parameters; made by `heParameters()` alone. Coefficient primes are at most 30 bits (u32 lanes of the kernel with
 * room for lazy sums) and both engines use the same ones.
 */
export interface HeParameters {
  readonly profile: string;
  /** N. */
  readonly ringDegree: number;
  /** Data primes q_0..q_{k-1}; answers are switched down to the first `answerPrimes` of them. */
  readonly dataPrimes: readonly number[];
  /** The smallest prime that fits; consumed by public-key encryption alone (nothing here key-switches). */
  readonly specialPrime: number;
  /** t. */
  readonly plainModulus: bigint;
  /** How many primes an answer keeps, in either mode; `chooseParameters` finds the fewest that the usage allows. */
  readonly answerPrimes: number;
}

/** Which coefficients of an answer L may read; the others of c0 are not sent. */
export type Wanted = Uint32Array | 'all';

/**
 * H's private plaintexts: `answers` × `uploads` polynomials of N signed coefficients. Answer a is Σ_u upload_u · P[a][u].
 * `fill` writes P[a][u] into `out` (zeroed before the call) and returns false where the polynomial is zero: engines spare
 * themselves nothing there but the reading, so that time does not tell. It is called again when a polynomial is not resident and must give the same one.
 */
export interface Operand {
  readonly answers: number;
  readonly uploads: number;
  /** Upper bound of |coefficient|, below 2^31; the noise bound uses it. */
  readonly maxAbs: number;
  /**
   * Public upper bound of the number of nonzero coefficients in one answer's polynomials together; the noise bound uses it, and `prepare`
   * throws when an answer has more. @default uploads × N
   */
  readonly terms?: number;
  fill(answer: number, upload: number, out: Int32Array): boolean;
}

/** An operand in the engine's own form (NTT), resident up to a cap, else recomputed in a streaming pass. Depends on no key. */
export interface PreparedOperand {
  readonly answers: number;
  readonly uploads: number;
  readonly maxAbs: number;
  /** The operand's bound of nonzero coefficients an answer. */
  readonly terms: number;
  /** Bytes kept resident. */
  readonly residentBytes: number;
  /**
   * Whether products under other parameters take it as well: the same primes, and |coefficient| at most half of their t, since signed
   * coefficients mod q do not depend on t. Absent: under those it was prepared for only.
   */
  fits?(parameters: HeParameters): boolean;
  dispose(): void;
}

export interface Blinding {
  /**
   * `reveal`: flood to the brim of what still decrypts; L reads the wanted coefficients.
   * `share`: subtract r uniform in R_q; L and H end with additive shares mod t of the wanted coefficients.
   */
  readonly mode: 'reveal' | 'share';
  readonly wanted: Wanted;
  /** H's own plaintext mask (N residues mod t) added to answer `answer` of vector `vector` before blinding, or undefined. */
  readonly addend?: (vector: number, answer: number) => Residues | undefined;
}

/** What N words of a plaintext are: coefficients, or slot values in [0, t), which the engine encodes (`slots.ts`). */
export type PlainForm = 'coefficients' | 'slots';

/** Private plaintexts of H for one answer: Σ_u upload_u · P[u]. Used for one call and not kept. */
export interface OnceOperand {
  /** What `fill` writes: signed coefficients, or slot values. */
  readonly form: PlainForm;
  readonly uploads: number;
  /** Upper bound of |coefficient|: at least (t-1)/2 where slot values are given. The noise bound uses it, and the engine enforces it. */
  readonly maxAbs: number;
  /** Upper bound of the number of nonzero coefficients of all P[u] together, likewise; uploads × N where slot values are given. */
  readonly terms: number;
  /** Writes P[upload] into `out`, zeroed before; called once an upload. */
  fill(upload: number, out: Int32Array): void;
}

/** Masks over the slots of an answer: uniform mod t, but for summing to zero in each of the first `count` runs of `run` slots. */
export interface Masks {
  readonly run: number;
  readonly count: number;
}

export interface OnceBlinding {
  readonly wanted: Wanted;
  /** The engine draws them afresh and adds them before the flood. Needs t prime, ≡ 1 mod 2N. */
  readonly masks?: Masks | undefined;
  /** Instead of masks: H's own N slot values mod t, added to the answer's slots. All of them must be wanted. */
  readonly added?: Uint32Array | undefined;
}

/** One vector's answers, ready to send, and in share mode H's shares (one array of wanted coefficients per answer). */
export interface BlindedAnswers {
  readonly answers: readonly Uint8Array[];
  readonly shares: readonly Residues[] | undefined;
}

/** A key as its owner keeps it between processes (`kept-key.ts`). Whatever prints it prints `[redacted]`. */
export interface KeptKey {
  /** In wire form. */
  readonly publicKey: Uint8Array;
  /** s at two bits a coefficient: a copy, which the caller wipes. */
  secret(): Uint8Array;
  wipe(): void;
}

/** L's half. Holds a secret key: never logged, serialised by `exportKey` alone; `dispose()` wipes what can be wiped. */
export interface KeyHolder {
  readonly parameters: HeParameters;
  /** Wire form of (p0, 32-byte seed of p1). */
  readonly publicKey: Uint8Array;
  /** Symmetric, seeded encryptions of plaintext polynomials, in wire form. Each draws a fresh seed. */
  encrypt(plaintexts: readonly Residues[]): Promise<Uint8Array[]>;
  /**
   * Decrypts answers; gives the wanted coefficients mod t, in the order of `wanted`, one array per answer.
   * Nothing decrypted may travel back to H except what the protocol names.
   * @throws PeerProtocolError on bytes that are not a well-formed answer for these parameters.
   */
  decrypt(answers: readonly Uint8Array[], wanted: Wanted, mode: Blinding['mode']): Promise<Residues[]>;
  /**
   * `encrypt` of N words mod t each, coefficients or slot values (`slots.ts`).
   * @throws InputError `ERR_HE_SLOTS` unless t is a slot modulus below 2^30.
   */
  encryptWords(words: readonly Uint32Array[], form: PlainForm): Promise<Uint8Array[]>;
  /** `decrypt` of answers revealed whole, as slot values. */
  decryptSlots(answers: readonly Uint8Array[]): Promise<Uint32Array[]>;
  /** The key itself, for the owner's own store and for nobody else: another key holder, on either engine, starts from it. */
  exportKey(): KeptKey;
  dispose(): void;
}

/** H's half for one public key. */
export interface Evaluator {
  readonly parameters: HeParameters;
  /**
   * One pass over the operand for all vectors (each a list of `operand.uploads` uploads in wire form). Every answer gets a fresh
   * `Enc_pk(0)` at full level and is blinded before it is switched down. Every call blinds afresh, so calling twice for one question lets
   * L average the flood away: the caller stores the bytes of an answer, and a retry sends those.
   * @throws PeerProtocolError when an upload is not well formed (length, every word below its prime) before any computation.
   */
  multiply(vectors: readonly (readonly Uint8Array[])[], operand: PreparedOperand, blinding: Blinding): Promise<BlindedAnswers[]>;
  /**
   * One revealed answer from plaintexts that are used once; fresh `Enc_pk(0)`, masks and flood as in `multiply`, and the same duty to store
   * the answer's bytes.
   * @throws PeerProtocolError when an upload is not well formed, before any computation with it; InputError `ERR_HE_OPERAND`.
   */
  multiplyOnce(uploads: readonly Uint8Array[], operand: OnceOperand, blinding: OnceBlinding): Promise<Uint8Array>;
  dispose(): void;
}

/** What L sends for one vector of a series (`series.ts`). */
export interface SeriesQuestion {
  /** Where a series begins with this vector: the seeds of its public polynomials. */
  readonly opening: Uint8Array | undefined;
  /** c0 of each upload, then that of an encryption of zero. */
  readonly parts: readonly Uint8Array[];
}

/** What H sends back. */
export interface SeriesReply {
  /** Where the series begins: c1 of every answer, for all its vectors. */
  readonly hints: readonly Uint8Array[] | undefined;
  /** The wanted words of c0 of every answer. */
  readonly sums: readonly Uint8Array[];
}

/** What both sides know of a series before it begins. */
export interface SeriesShape {
  readonly uploads: number;
  readonly answers: number;
  readonly wanted: Uint32Array;
}

/** L's half of one series after another: every vector under a fresh secret key, wiped when its answers are decrypted. */
export interface SeriesKeys {
  readonly parameters: HeParameters;
  /** The next vector; begins a new series where the last one is as long as it may be. */
  ask(plaintexts: readonly Residues[]): Promise<SeriesQuestion>;
  /**
   * The wanted coefficients mod t of every answer to the earliest vector not yet decrypted: replies come in the order of the questions.
   * @throws PeerProtocolError on bytes that are not well-formed hints and sums.
   */
  decrypt(reply: SeriesReply): Promise<Residues[]>;
  dispose(): void;
}

/** H's half of one series after another over one operand. */
export interface SeriesEvaluator {
  readonly parameters: HeParameters;
  /**
   * One pass over the operand for all these vectors. Hints are blinded once a series, sums are flooded afresh at every call: the caller stores
   * the bytes of a reply, and a retry sends those.
   * @throws PeerProtocolError before any computation when a question is not well formed, does not open a series where one must begin, or
   * is one more than a series may have.
   */
  answer(questions: readonly SeriesQuestion[]): Promise<SeriesReply[]>;
  dispose(): void;
}

export type EngineName = 'seal' | 'kernel';

/** How much a key will be used, as far as its owner knows. */
export interface KeyUse {
  /** Ciphertexts at most: encryptions of a key holder, answers of an evaluator. No more are made ahead of time. @default unknown */
  readonly expected?: number;
}

/** What a key holder starts from. */
export interface KeyStart extends KeyUse {
  /** A key that was exported, instead of a fresh one. Copied: the caller wipes it. */
  readonly kept?: KeptKey;
}

export interface PrepareOptions {
  /** Upper bound in bytes for what stays resident. @default 2 GiB; the kernel: 40 % of the machine's memory, at most 8.5 GiB */
  readonly residentCap?: number;
}

/** An engine; stateless but for its thread pool. */
export interface HeEngine {
  readonly name: EngineName;
  /** @throws InputError `ERR_HE_KEPT_KEY` when the kept key is damaged or none for these parameters. */
  keyHolder(parameters: HeParameters, start?: KeyStart): Promise<KeyHolder>;
  /** @throws PeerProtocolError when the public key is not exactly (p0, seed) for these parameters. */
  evaluator(parameters: HeParameters, publicKey: Uint8Array, use?: KeyUse): Promise<Evaluator>;
  prepare(parameters: HeParameters, operand: Operand, options?: PrepareOptions): Promise<PreparedOperand>;
  seriesKeys(parameters: HeParameters, shape: SeriesShape): Promise<SeriesKeys>;
  /** Revealed answers of `operand` at the coefficients `wanted`. */
  seriesEvaluator(parameters: HeParameters, operand: PreparedOperand, wanted: Uint32Array): Promise<SeriesEvaluator>;
  dispose(): Promise<void>;
}

export interface EngineOptions {
  readonly random?: SecureRandom;
  readonly executor?: Executor;
}
