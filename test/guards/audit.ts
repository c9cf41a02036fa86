/** Guards of node/audit: the chain of a log, its Merkle tree, heads and their signatures, what a witness takes and what an auditor believes. */
import { type Guard, guard, guardOf } from './guard.ts';

const HERE = 'src/node/audit';
const GRPC = 'src/adapters/grpc';
const SIGNING = 'src/adapters/certificates/signature.ts';
const AUDIT = 'test/node/audit/audit.test.ts';
const MERKLE = 'test/node/audit/merkle.test.ts';
const EXCHANGE = 'test/node/audit/exchange.test.ts';
const WITNESSED = 'test/node/audit/witnessed-log.test.ts';
const PATH = 'test/node/audit/witness-grpc.test.ts';
const SIGNATURE = 'test/adapters/certificates/signature.test.ts';
const FRAMES = 'test/adapters/grpc/frames.test.ts';

const chain: readonly Guard[] = [
  guard(
    'T60 a changed event',
    'a figure changed afterwards',
    [`${HERE}/log.ts`, 'if (eventHash(body as Omit<AuditEvent', "if (hash === 'x' && eventHash(body as Omit<AuditEvent"],
    [AUDIT, 'a changed figure'],
  ),
  guard(
    'T60 the chain',
    'an event changed with its own hash',
    [`${HERE}/log.ts`, 'if (event.previous !== (events.at(-1)?.hash ?? GENESIS)) throw', "if (event.previous === '') throw"],
    [AUDIT, 'a changed line with a fresh hash'],
  ),
  guard(
    'T60 numbers in the log',
    'an event left out at the end',
    [`${HERE}/log.ts`, 'if (event.sequence !== index) throw', 'if (event.sequence < 0) throw'],
    [AUDIT, 'a last line with a wrong number and a fresh hash'],
  ),
  guard(
    'T60 a log has one spelling',
    'bytes that verify and were not written by us',
    [`${HERE}/log.ts`, "if (canonicalJson(value) !== line) throw broken(number, 'it is not written canonically');", ''],
    [AUDIT, 'an added space'],
  ),
  guard(
    'T60 a known head',
    'the end of a log cut off',
    [`${HERE}/verify.ts`, 'if (knownHead !== undefined && !events.some(({ hash }) => hash === knownHead)) {', "if (knownHead === '') {"],
    [AUDIT, 'whose end was cut off is found out by a head that was written down'],
  ),
  guard(
    'T60 logs of two parties are compared',
    'a log rewritten with fresh hashes',
    [
      `${HERE}/compare.ts`,
      'else if (mine.sentTranscript !== theirs.receivedTranscript || mine.receivedTranscript !== theirs.sentTranscript) {',
      'else if (mine.sentTranscript === undefined) {',
    ],
    [AUDIT, 'rewritten from its middle with fresh hashes is found out by the peer'],
  ),
  guard(
    'T60 a log is not written on after a failed write',
    'two events in the place of one: our own log forks',
    [`${HERE}/log.ts`, 'if (failure !== undefined) throw failure;', ''],
    [AUDIT, 'is not gone on with after a write that failed'],
  ),
  guard(
    'T60 leaves are salted',
    'a witness guesses events of others from hashes of subtrees',
    [`${HERE}/log.ts`, 'const body = { ...facts, salt, sequence:', 'const body = { ...facts, sequence:'],
    [AUDIT, 'salts the first line of each opening'],
  ),
];

const trees: readonly Guard[] = [
  guard(
    'T60 leaves are no nodes',
    'two lines in the place of one',
    [`${HERE}/merkle-tree.ts`, 'const LEAF = Uint8Array.of(0);', 'const LEAF = Uint8Array.of(1);'],
    [MERKLE, 'has the roots that Certificate Transparency tests with'],
  ),
  guard(
    'T60 a proof leads to the earlier root',
    'a log that does not begin with what was witnessed',
    [`${HERE}/merkle-proof.ts`, 'return sn === 0 && equalBytes(earlierRoot, earlier.root) && equalBytes', 'return sn === 0 && equalBytes'],
    [MERKLE, 'proves every earlier size of every tree up to 70, and to no other root'],
  ),
  guard(
    'T60 a proof leads to the later root',
    'a signed head of anything',
    [
      `${HERE}/merkle-proof.ts`,
      'equalBytes(earlierRoot, earlier.root) && equalBytes(laterRoot, later.root);',
      'equalBytes(earlierRoot, earlier.root);',
    ],
    [MERKLE, 'proves every earlier size of every tree up to 70, and to no other root'],
  ),
  guard(
    'T60 equal sizes have equal roots',
    'a fork of the same length',
    [`${HERE}/merkle-proof.ts`, 'return proof.length === 0 && equalBytes(earlier.root, later.root);', 'return proof.length === 0;'],
    [MERKLE, 'proves every earlier size of every tree up to 70, and to no other root'],
  ),
  guard(
    'T60 a proof has its length',
    'a proof of another tree',
    [`${HERE}/merkle-proof.ts`, 'return sn === 0 && equalBytes(root, of.root);', 'return equalBytes(root, of.root);'],
    [MERKLE, 'proves every leaf of every tree of 1 to 70, at its place and no other'],
  ),
  guard(
    'T60 an included leaf',
    'a line that is not in the log',
    [`${HERE}/merkle-proof.ts`, 'return sn === 0 && equalBytes(root, of.root);', 'return sn === 0;'],
    [MERKLE, 'proves every leaf of every tree of 1 to 70, at its place and no other'],
  ),
];

const signatures: readonly Guard[] = [
  guard(
    'T60 heads are signed by a pinned key',
    'anybody signs for the party',
    [SIGNING, 'if (!pins.includes(keyPin(spki))) return false;', ''],
    [SIGNATURE, 'holds under its pin, for its message, and otherwise not'],
  ),
  guard(
    'T60 signatures are verified',
    'a head with any bytes for a signature',
    [SIGNING, 'verify(scheme.hash, message, { key, ...scheme.options }, signature);', 'signature.length > 0;'],
    [SIGNATURE, 'holds under its pin, for its message, and otherwise not'],
  ),
  guardOf(
    'T60 weak keys sign nothing',
    'a head forged with a factored key',
    [[SIGNING, 'return modulusLength >= MIN_RSA_BITS ? ', 'return modulusLength >= 0 ? ']],
    [SIGNATURE, 'is not made or believed with a key too weak for it'],
  ),
  guard(
    'T60 a head is no TLS signature',
    'a signature of a log passes for a handshake',
    [SIGNING, 'if (message[0] === 0x20) throw', 'if (message.length === 0) throw'],
    [SIGNATURE, 'is never one that TLS could take for its own'],
  ),
  guard(
    'T60 a counter-signature covers the signed head',
    'a counter-signature moved to another head',
    [
      `${HERE}/tree-head.ts`,
      "format: 'fedcredit/audit-witness/1', head: { ...head }, key, signature,",
      "format: 'fedcredit/audit-witness/1',",
    ],
    [EXCHANGE, 'a counter-signature of another head'],
  ),
];

const witnessing: readonly Guard[] = [
  guard(
    'T60 a witness checks the signature',
    'evidence that its party can deny',
    [`${HERE}/witness.ts`, 'if (!isHeadOf(pins, signed)) throw unsigned(peer);', ''],
    [EXCHANGE, 'a head with another time'],
  ),
  guard(
    'T60 a log set back',
    'a shorter log is witnessed again',
    [`${HERE}/witness.ts`, 'if (head.size < seen.size) {', 'if (head.size < 0) {'],
    [EXCHANGE, 'because it was set back is found out, kept as evidence, and ends the work with its party'],
  ),
  guard(
    'T60 a log forked',
    'another log is witnessed as the same',
    [`${HERE}/witness.ts`, 'if (verifyConsistency({ size: seen.size', 'if (proof || verifyConsistency({ size: seen.size'],
    [EXCHANGE, 'because it was written anew, as long as it was or longer, is found out'],
  ),
  guard(
    'T60 evidence is kept',
    'a fork is forgotten when the session is over',
    [`${HERE}/witness.ts`, 'await writeFileAtomic(conflictPath, evidence(known, signed, proof));', ''],
    [EXCHANGE, 'because it was set back is found out, kept as evidence, and ends the work with its party'],
  ),
  guard(
    'T60 no head after a fork',
    'a session under way witnesses the other branch',
    [`${HERE}/witness.ts`, '        await assertNoConflict();\n', ''],
    [EXCHANGE, 'because it was set back is found out, kept as evidence, and ends the work with its party'],
  ),
  guard(
    'T60 seen is on the disk',
    'a restart forgets what was witnessed',
    [`${HERE}/witness.ts`, 'await appendLine(path, headLine(witnessed));', ''],
    [EXCHANGE, 'after the witness kept a head and before its party heard of it'],
  ),
  guard(
    'T60 one head after the other',
    'two sessions witness two branches at once',
    [
      `${HERE}/witness.ts`,
      'const turn = turnstile();',
      'const turn = <T>(work: () => Promise<T>): Promise<T> => work();\n  void turnstile;',
    ],
    [EXCHANGE, 'examines one head of a peer after the other, each from where the one before ended'],
  ),
  guard(
    'T60 a counter-signature is checked',
    'a party believes itself witnessed',
    [`${HERE}/own-heads.ts`, 'if (!isWitnessedBy(pins, witnessed)) {', 'if (pins.length === 0) {'],
    [EXCHANGE, 'a counter-signature that is none'],
  ),
  guard(
    'T60 a log holds what was witnessed of it',
    'a node goes on with a log its peers will refuse',
    [`${HERE}/own-heads.ts`, 'assertHolds(tree, parseHeadLine(line, ', 'void (assertHolds, parseHeadLine(line, '],
    [EXCHANGE, 'is not continued by its own party, which holds the counter-signatures'],
  ),
  guard(
    'T60 a node witnesses',
    'sessions end without heads',
    ['src/node/daemon.ts', 'await this.#audit.exchangeHeads(facts.peer, farewell);', ''],
    [PATH, 'witness each other at the end of every session, and an auditor can tell'],
  ),
  guard(
    'T60 a caller witnesses',
    'sessions end without heads',
    ['src/node/caller.ts', 'await audit.exchangeHeads(peer, farewell);', ''],
    [PATH, 'witness each other at the end of every session, and an auditor can tell'],
  ),
  guard(
    'T60 a node refuses a forked peer',
    'a peer whose log was rewritten goes on asking',
    ['src/node/daemon.ts', 'await this.#audit.assertTrusted(peer);', ''],
    [PATH, 'fail the session loudly when the caller’s log was set back, and meet no more'],
  ),
  guard(
    'T60 a caller refuses a forked node',
    'a bank goes on with a node whose log was rewritten',
    [
      'src/node/caller.ts',
      '.assertTrusted(peer)\n        .then(() => link.open(',
      '.assertTrusted(peer)\n        .catch(() => {})\n        .then(() => link.open(',
    ],
    [PATH, 'fail it at the caller when the node’s log was, which then asks no more'],
  ),
];

const farewell: readonly Guard[] = [
  guard(
    'T60 a session ends after its last words',
    'a party leaves without being witnessed',
    [`${GRPC}/session-core.ts`, 'await lastWords?.(receipt, this.#farewell);', 'void lastWords;'],
    [EXCHANGE, 'leaves each party witnessed by the other'],
  ),
  guard(
    'T52 last words come last',
    'heads before both agree how the step ended',
    [`${GRPC}/farewell.ts`, 'if (!open()) throw violation(', 'if (peer === undefined) throw violation('],
    [EXCHANGE, 'with a word on its log before it closed, were it the right one'],
  ),
  guard(
    'T52 each last word once',
    'a second head takes the place of the first',
    [`${GRPC}/farewell.ts`, 'if (this.#came.has(frame.type)) throw', 'if (peer === undefined) throw'],
    [EXCHANGE, 'the same word twice'],
  ),
  guard(
    'T61 a peer that hangs up is not waited for',
    'a session held open by nobody',
    [`${GRPC}/session-core.ts`, 'this.#farewell.end();', ''],
    [EXCHANGE, 'of a peer that hangs up without a word on its log is a TransportError'],
  ),
  guard(
    'T50 a proof has an end',
    'a head as long as its sender likes',
    [`${GRPC}/frames.ts`, "if (proof.length > MAX_PROOF_HASHES) malformed('its proof is too long');", ''],
    [FRAMES, 'a proof without end'],
  ),
  guard(
    'T50 the length of a key',
    'a key as long as its sender likes',
    [`${GRPC}/frames.ts`, 'value.length > 0 && value.length <= MAX_KEY_BYTES ? value', 'value.length > 0 ? value'],
    [FRAMES, 'a key without end'],
  ),
  guard(
    'T52 an empty log has no head',
    'a head of nothing is consistent with nothing',
    [`${GRPC}/frames.ts`, "if (size === 0) malformed('its audit log is empty');", ''],
    [FRAMES, 'an empty log'],
  ),
  guard(
    'T52 a time is one time',
    'two spellings of one moment under one signature',
    [`${GRPC}/frames.ts`, 'TIME.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value', 'value'],
    [FRAMES, 'a time that is none'],
  ),
];

const auditor: readonly Guard[] = [
  guard(
    'T60 an auditor checks who signed',
    'a head made by whoever holds the log',
    [`${HERE}/verify-heads.ts`, 'if (!isHeadOf(pinsOf(log, where, keys), head)) throw', 'if (keys.size === 0) throw'],
    [WITNESSED, 'is refused when the party signed it alone, or with a key of its own making'],
  ),
  guard(
    'T60 an auditor checks who witnessed',
    'a party that witnesses itself under another name',
    [
      `${HERE}/verify-heads.ts`,
      'if (!isWitnessedBy(pinsOf(party, where, keys), head)) throw',
      'if (pinsOf(party, where, keys).length === 0) throw',
    ],
    [WITNESSED, 'is refused when the party signed it alone, or with a key of its own making'],
  ),
  guard(
    'T60 nobody witnesses himself',
    'a party signs a new head for its new log',
    [`${HERE}/verify-heads.ts`, 'if (party === log) throw', 'if (party === undefined) throw'],
    [WITNESSED, 'is refused when the party signed it alone, or with a key of its own making'],
  ),
  guard(
    'T60 a key for everyone who signed',
    'a stranger’s counter-signature is taken',
    [`${HERE}/verify-heads.ts`, 'if (pins?.length) return pins;', 'if (pins?.length || party) return pins ?? [];'],
    [WITNESSED, 'is refused when the party signed it alone, or with a key of its own making'],
  ),
  guard(
    'T60 a log cut off',
    'the end of a log goes unmissed',
    [`${HERE}/verify-heads.ts`, 'if (size > tree.size) throw', 'if (size > tree.size) continue;\n    if (size < 0) throw'],
    [WITNESSED, 'does not survive: %s (T60, one head, any place, old hashes or fresh)'],
  ),
  guard(
    'T60 a log rewritten',
    'a log with fresh hashes passes',
    [`${HERE}/verify-heads.ts`, 'if (toHex(tree.root(size)) !== root) {', "if (root === '') {"],
    [WITNESSED, 'does not survive: %s (T60, one head, any place, old hashes or fresh)'],
  ),
  guard(
    'T60 two heads of one size',
    'a fork goes unnamed',
    [`${HERE}/verify-heads.ts`, 'if (before?.head.head.size !== head.head.size || ', 'if (log || '],
    [WITNESSED, 'proves a fork when its party signed another of its size'],
  ),
  guard(
    'T60 heads of one log',
    'heads of another log stand for this one',
    [`${HERE}/verify-heads.ts`, 'if (other) throw', 'if (other && !log) throw'],
    [WITNESSED, 'of another party’s log does not stand for this one'],
  ),
  guard(
    'T60 no heads are no proof',
    'an empty file of heads verifies',
    [`${HERE}/verify-heads.ts`, 'if (heads.length === 0) throw', 'if (heads.length < 0) throw'],
    [WITNESSED, 'is one line, written one way, and a file has at least one'],
  ),
  guard(
    'T60 a head has one spelling',
    'a head with words that nobody signed',
    [`${HERE}/head-file.ts`, 'if (headLine(read) === line) return read;', 'if (read) return read;'],
    [WITNESSED, 'is one line, written one way, and a file has at least one'],
  ),
  guard(
    'T60 a log file is text',
    'other bytes that read the same',
    ['src/cli/commands/audit-verify.ts', '{ fatal: true, ignoreBOM: true }', '{ ignoreBOM: true }'],
    [PATH, 'ends with 2, the line and the head, when a log is not what its witness saw'],
  ),
  guard(
    'T60 a certificate is its party’s',
    'the bank’s certificate stands for the platform',
    ['src/cli/trusted-keys.ts', ' && (party ?? named) === named) return', ') return'],
    [PATH, 'takes keys as certificates, as pins with a name, and wants one for everyone who signed'],
  ),
];

export const AUDIT_GUARDS: readonly Guard[] = [...chain, ...trees, ...signatures, ...witnessing, ...farewell, ...auditor];
