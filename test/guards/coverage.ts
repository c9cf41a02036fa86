/**
 * Where each test of the security design (T01-T65) is: a file and part of a name, or why there is none. `coverage.test.ts` holds it to the tree.
 * `nightly` are scripts that CI does not run.
 */
export interface Covered {
  /** File, and part of a test's name in it. A script has no name. */
  readonly by: readonly (readonly [file: string, name?: string])[];
  /** What of the design's text is not met, in one sentence. */
  readonly short?: string;
}

const by = (...tests: Covered['by']): Covered => ({ by: tests });
const partly = (short: string, ...tests: Covered['by']): Covered => ({ by: tests, short });
const none = (short: string): Covered => ({ by: [], short });

const BLINDING = 'test/he/conformance/blinding.ts';
const PRODUCTS = 'test/he/conformance/products.ts';
const REFUSALS = 'test/he/conformance/refusals.ts';
const LATTICE = 'test/he/lattice-guard.test.ts';
const VIEW = 'test/federated/gbdt/holder-view-guard.test.ts';
const REGISTERED = 'test/federated/registered-vector/registered-vector-guard.test.ts';
const LR = 'test/federated/logistic-regression';
const GRPC = 'test/adapters/grpc';
const FUZZ = 'test/nightly/fuzz.ts';
const REPEATS = 'test/nightly/repeats.ts';
const ORACLE = 'test/nightly/oracle.ts';
const MASKS = 'test/nightly/masks.ts';

export const COVERAGE: Readonly<Record<string, Covered>> = Object.freeze({
  T01: by(['test/attacks/c1-division.test.ts', 'recovers nothing from a recorded answer']),
  T02: by(
    [REFUSALS, 'refuses every public key that is not exactly (p0, seed) (T02)'],
    ['test/he/wire.test.ts', 'constant seed and zero limb'],
  ),
  T03: by([BLINDING, 'share mode shows L only uniform words'], ['test/he/noise.test.ts', 'bounds what one revealed coefficient can tell']),
  T04: by([VIEW, 'depends on decryptions through the chosen splits alone (D2, T04)']),
  // A retry is a session that is taken up again: it gets stored bytes, whatever the step. A step begun anew is no retry: another session id, fresh
  // keys and masks, debited again (H10). Registered vectors are stored beyond their session.
  T05: by(
    [`${GRPC}/reattach-replay.test.ts`, '1,000 times as the same bytes over 1,000 cut lines, and is computed once (T05)'],
    ['test/federated/over-cut-lines.test.ts', 'boosted trees are trained to the same model, and no answer is computed twice'],
    [REGISTERED, '1,000 byte-identical answers, one computed, one debited (T05)'],
    ['test/pipeline/registrations-guard.test.ts', '1,000 byte-identical answers, debited and counted once (T05, T30)'],
    [`${GRPC}/faults.test.ts`, 'ends in typed errors when any one frame is'],
    [`${GRPC}/hostile-peer.test.ts`, 'a message out of sequence'],
  ),
  T06: by([BLINDING, 'never repeats: seeds, c1 and c0 of equal questions all differ (T06)'], [REPEATS, 'something came twice']),
  T07: by(
    [PRODUCTS, 'is exact at the extremes'],
    [PRODUCTS, 'decrypts at the brim whatever the operand'],
    [REPEATS, 'products at the limit'],
  ),
  T08: by(
    [REFUSALS, 'decrypts any well-formed answer without a word, whatever it holds (T08)'],
    ['test/he/kernel/rounding.test.ts', 'is exact over any number of primes, at the edges of every interval'],
    [ORACLE, 'an oracle. Answers that its peer may send'],
  ),
  T09: by(
    [PRODUCTS, 'answers for zero, monomial and dense operands alike (T09)'],
    ['test/nightly/operands.ts', 'whether the time of answers tells what H multiplied with'],
  ),
  T10: by(['test/cli/cli.test.ts', 'the first lines of the command (T10)'], ['test/he/seal-runtime.test.ts', '(T10)']),
  T11: by(
    [LATTICE, 'gives every profile at least 128 bits, by its exact key modulus'],
    [LATTICE, 'leaves the secret of a series 128 bits'],
    [LATTICE, 'agrees with our own table'],
    [LATTICE, 'every profile has at least 128 bits'],
  ),
  T12: by(['test/he/noise.test.ts', 'agrees with the independent script on 500 random contracts (T12)']),
  T13: by(
    ['test/he/seal-parameters-guard.test.ts', 'parameters that SEAL does not accept are refused'],
    ['test/he/parameters.test.ts', 't equal to a data prime (T13)'],
  ),
  T14: by([PRODUCTS, 'is exact at the extremes']),
  T15: by(
    ['test/he/seal-details.test.ts', 'randomness at start-up (T15)'],
    [REFUSALS, 'refuses to load on a constant or failing source (T15)'],
  ),
  T16: by(
    [MASKS],
    ['test/nightly/bit-tests.test.ts', 'the tests of SP 800-22 on e'],
    ['test/nightly/bit-tests.test.ts', 'the packed tests give what straightforward ones give'],
  ),
  T17: partly('No heap snapshot of a remote machine: two processes on one.', [
    'test/pipeline/canaries.test.ts',
    'the platform holds no label',
  ]),
  T18: by(
    ['test/federated/gbdt/privacy.test.ts', 'has the same kinds, order and lengths whatever the labels are'],
    [`${LR}/training.test.ts`, 'the transcript has the same shape whatever'],
  ),
  T19: partly('For logistic regression; for trees the transcript’s shape and the uniformity of its words stand in.', [
    `${LR}/neighbours.test.ts`,
    'T19',
  ]),
  T20: by([BLINDING, 'shares of a zero product are uniform on both sides']),
  T21: by([`${LR}/attacks.test.ts`, 'the holder guesses labels no better than the majority']),
  T22: by([`${LR}/attacks.test.ts`, 'reconstruction of a holder column from 40 known rows']),
  T23: by(['test/attacks/small-node-subset-sum.test.ts', 'has at least 2^20 fitting subsets']),
  T24: by(
    ['test/federated/gbdt/privacy.test.ts', 'no split bit of a row outside the nodes asked'],
    [VIEW, 'uniform words, whatever they hold (D4)'],
  ),
  T25: partly('That order is drawn anew is tested; the rate at which sums link candidates across nodes is not measured.', [
    VIEW,
    'candidates stand in another order for every job and every tree (T25)',
  ]),
  T26: none('Decoy rows are not built: the platform checks consent by id, with which they conflict (design, 3.4).'),
  T27: by(
    ['test/psi/leaks.test.ts', 'holds points of the curve only'],
    ['test/psi/hash-to-curve.test.ts', 'lands on the curve, never on the twist (T27)'],
  ),
  T28: by(
    [`${LR}/training.test.ts`, 'columns that would give rows away'],
    ['test/federated/gbdt/privacy.test.ts', 'nothing of nodes with fewer training rows'],
    ['test/federated/binning/binning.test.ts', 'refuses a thin cell'],
  ),
  T29: partly(
    'Message sizes, not a packet capture.',
    ['test/psi/leaks.test.ts', 'has kinds and lengths that depend on the set sizes only'],
    ['test/scoring/scoring.test.ts', 'shows the holder bytes whose number depends on the batch alone'],
  ),
  T30: partly(
    'Four answers a firm and job. The stored answer is that of registered vectors; a tree’s or a limit’s is a fresh one, debited.',
    ['test/pipeline/platform-guard.test.ts', 'a firm is answered four times in a job and no more'],
    ['test/pipeline/registrations-guard.test.ts', '1,000 byte-identical answers, debited and counted once (T05, T30)'],
    ['test/pipeline/models.test.ts', 'scores again as often as it likes'],
    [VIEW, 'a budget that says no stops'],
  ),
  T31: partly(
    'One a job, for regressions and scorecards: one function of a firm’s columns, in at most four answers of 20 or 26 bits; over jobs the month’s bits bound them all together.',
    ['test/pipeline/registrations-guard.test.ts', 'a job registers one weight vector, whatever is aligned and trained'],
    ['test/pipeline/registrations-guard.test.ts', 'a job registers one card, and its points read nothing under other bins (T31)'],
  ),
  T32: by(
    [REGISTERED, 'a hash that nobody registered are refused, and nothing is computed (T32)'],
    [REGISTERED, 'name it by its hash and send no vector (T32)'],
    ['test/scoring/answers-guard.test.ts', 'a session under another plan is refused (T32)'],
    ['test/scoring/scoring.test.ts', 'refuses a second plan for a pinned model'],
  ),
  T33: by(
    ['test/node/budget.test.ts', 'gives out its bits and not one more'],
    ['test/pipeline/platform-guard.test.ts', 'sessions at once cannot answer a firm more often'],
    ['test/pipeline/registrations-guard.test.ts', 'sessions at once register one vector'],
    ['test/node/one-contract-guard.test.ts', 'is not forgotten while a session of it is under way'],
  ),
  T34: none('The optional noise on sums is not built.'),
  T35: partly(
    'RFC 9380 and 7748; ristretto and OPRF (9496, 9497) are not built.',
    ['test/psi/hash-to-curve.test.ts', 'gives the u-coordinate of RFC 9380 J.4.1'],
    ['test/psi/x25519.test.ts', 'gives RFC 7748 §5.2'],
  ),
  T36: by(
    ['test/psi/hostile-peer.test.ts', 'are refused with one and the same error'],
    ['test/psi/points-guard.test.ts', 'of low order, in each of its canonical spellings (T36)'],
  ),
  T37: partly(
    'On thousands; a million is a benchmark.',
    ['test/psi/normalised-ids.test.ts', 'align exactly'],
    ['test/psi/intersection.test.ts', 'finds exactly the common rows of any two sets'],
  ),
  T38: partly('No cumulative cap over runs but the month’s bits.', [
    'test/psi/limits.test.ts',
    'refuse a peer’s set above the cap before a point is sent',
  ]),
  T39: partly('Consent is the holder’s own column; signed receipts and commitments to inputs are not built.', [
    'test/pipeline/platform-guard.test.ts',
    'a row without consent is in no asset (T39)',
  ]),
  T40: none('The malicious mode (DLEQ on ristretto255) is not built.'),
  T41: by(['test/federated/gbdt/lossless.test.ts', 'bit for bit']),
  T42: by(['test/learn/trees/fit.test.ts']),
  T43: by([`${LR}/training.test.ts`, 'the same polynomial iteration in the clear']),
  T44: by([`${LR}/training.test.ts`, 'exact: maximum likelihood, its p-values, and signs that hold']),
  T45: partly(
    'On hundreds to thousands of rows in CI.',
    ['test/scoring/scoring.test.ts', 'gives every row the integer that the same model gives in the clear'],
    ['test/pipeline/faults.test.ts', 'gives every firm the score and the limit'],
  ),
  T46: none('Horizontal aggregation is not built.'),
  T47: by(
    ['test/federated/gbdt/edges.test.ts', 'what cannot be trained is refused with a reason'],
    ['test/federated/gbdt/lossless.test.ts', 'one less, as many, one more than a ciphertext has slots'],
  ),
  T48: by(
    [`${GRPC}/frames.test.ts`, 'of random bytes is refused'],
    ['test/base/bytes-guard.test.ts', 'of any bytes is read or refused, and nothing else'],
    [FUZZ],
  ),
  T49: by(
    ['test/he/wire.test.ts', 'decodes a mutated body to in-range words or refuses it'],
    ['test/guards/structure.test.ts', 'SEAL’s loader is called in one place'],
    [FUZZ],
  ),
  T50: by(
    [`${GRPC}/hostile-peer.test.ts`, 'does not unpack a compressed bomb'],
    ['test/guards/structure.test.ts', 'nothing is unpacked that a peer sent'],
  ),
  T51: partly('A few thousand mutations in CI.', ['test/adapters/duckdb/fuzz.test.ts']),
  T52: by(
    [`${GRPC}/hostile-peer.test.ts`, 'a second opening'],
    [`${GRPC}/identity-guard.test.ts`, 'nothing is delivered after a violation'],
    [FUZZ],
  ),
  T53: by(
    [`${GRPC}/faults.test.ts`, 'ends in typed errors when any one frame is'],
    [`${GRPC}/faults.test.ts`, 'never delivers a wrong body'],
  ),
  T54: partly(
    'Chosen points, not 200.',
    ['test/node/killed-peer.test.ts', 'is a TransportError for the caller'],
    ['test/pipeline/resume.test.ts', 'T54'],
    ['test/pipeline/resume.test.ts', 'goes on under the same registration and key'],
  ),
  T55: partly(
    'Clock set back, files cut short; not disk full, name service or a certificate that expires in a step.',
    ['test/node/budget.test.ts', 'not when the clock is set back'],
    ['test/node/audit/audit.test.ts', 'takes off a last line that a crash cut short'],
  ),
  T56: none('Horizontal aggregation is not built.'),
  T57: by(
    [`${GRPC}/faults.test.ts`, 'refuses a message of another %s'],
    ['test/node/one-contract-guard.test.ts', 'keeps its contract when the node starts again'],
    [`${GRPC}/hostile-node.test.ts`, 'refuses a node that read another contract'],
  ),
  T58: partly(
    'No revocation list: a pin is taken out.',
    [`${GRPC}/certificates.test.ts`, 'with a key nobody pinned'],
    [`${GRPC}/identity-guard.test.ts`, 'a caller that offers TLS 1.2 gets no handshake (T58)'],
  ),
  T59: by(
    ['test/node/authorisation-guard.test.ts', 'every pair of the matrix (T59)'],
    ['test/pipeline/platform-guard.test.ts', 'a column the contract does not name is not there (T59)'],
  ),
  T60: by(
    ['test/node/audit/witnessed-log.test.ts', 'does not survive: %s (T60, one head, any place, old hashes or fresh)'],
    ['test/node/audit/exchange.test.ts', 'is recovered from: the link dies at frame %s %i, both start anew'],
    ['test/node/audit/killed-witness.test.ts', 'goes on: the %s at its look %i'],
    ['test/node/audit/witness-grpc.test.ts', 'witness each other at the end of every session, and an auditor can tell'],
  ),
  T61: partly(
    'Caps are tested; the latency of other tenants is not.',
    [`${GRPC}/hostile-peer.test.ts`, 'lets no peer have more sessions than its share'],
    [`${GRPC}/hostile-peer.test.ts`, 'hangs up on a stream that never opens'],
  ),
  T62: partly(
    'Memory of live processes, logs, errors; no core files.',
    ['test/pipeline/canaries.test.ts', 'no id at all is in the platform’s log'],
    ['test/he/kernel/engine.test.ts', 'key holder and evaluator wipe their memory on dispose'],
  ),
  T63: none('Lockfile integrity is npm’s; the WASM is built from source here and its hash is not pinned, no bill of materials.'),
  T64: by(['test/guards/table.test.ts', 'stands in the source, and its test exists'], ['test/guards/run.ts']),
  T65: none('Escrow of ephemeral keys and its audit are not built.'),
});
