/** Guards of adapters/grpc: who may connect, what a frame may be, in which order, and what is told when something is wrong. */
import { type Guard, guard, guardOf } from './guard.ts';

const GRPC = 'src/adapters/grpc';
const CERTIFICATES = 'test/adapters/grpc/certificates.test.ts';
const HOSTILE = 'test/adapters/grpc/hostile-peer.test.ts';
const NODE = 'test/adapters/grpc/hostile-node.test.ts';
const FAULTS = 'test/adapters/grpc/faults.test.ts';
const REATTACH = 'test/adapters/grpc/reattach.test.ts';
const REFUSALS = 'test/adapters/grpc/reattach-refusals.test.ts';
const REPLAY = 'test/adapters/grpc/reattach-replay.test.ts';
const KEPT = 'test/adapters/grpc/kept-frames.test.ts';
const FRAMES = 'test/adapters/grpc/frames.test.ts';
const DAEMON = 'test/node/daemon.test.ts';
const READER = 'test/base/bytes-guard.test.ts';

const trust: readonly Guard[] = [
  guard(
    'T58 pin',
    'any member of the federation is taken for any other',
    [`${GRPC}/identity.ts`, 'if (peer === undefined) {', 'if (pin === undefined) {'],
    [CERTIFICATES, 'with a key nobody pinned, although the authority is right'],
  ),
  guard(
    'T58 name and pin belong together',
    'a pinned key under another party’s name',
    [`${GRPC}/identity.ts`, 'if (party !== peer) {', 'if (party === peer && party === undefined) {'],
    [CERTIFICATES, 'whose certificate names another party than its pin belongs to'],
  ),
  guard(
    'T58 authority and expiry',
    'a certificate of anybody’s authority, or of last year',
    [`${GRPC}/tls-listener.ts`, 'if (!socket.authorized) return', 'if (socket.destroyed) return'],
    [CERTIFICATES, 'of another authority, even under the name of a pinned party'],
  ),
  guard(
    'T58 TLS 1.3',
    'an older protocol',
    [`${GRPC}/tls-listener.ts`, "minVersion: 'TLSv1.3',", "minVersion: 'TLSv1.2',"],
    ['test/adapters/grpc/identity-guard.test.ts', 'a caller that offers TLS 1.2 gets no handshake (T58)'],
  ),
  guardOf(
    'T58 a certificate is asked for',
    'a caller without a certificate',
    [[`${GRPC}/tls-listener.ts`, 'requestCert: true,', 'requestCert: false,']],
    [CERTIFICATES, 'and goes on serving those it knows'],
  ),
  guard(
    'T58 whoever is not known is hung up on',
    'a stranger’s connection reaches gRPC',
    [`${GRPC}/tls-listener.ts`, '  socket.destroy();\n}', '  onAccepted(socket, verdict.sentence);\n}'],
    ['test/adapters/grpc/identity-guard.test.ts', 'a stranger’s connection is ended, and no byte of HTTP/2 is answered (T58)'],
  ),
  guard(
    'T58 the caller checks the node',
    'a bank talks to whoever answers',
    [`${GRPC}/client.ts`, 'return verdict.problem ? new Error(verdict.sentence) : undefined;', 'return undefined;'],
    [CERTIFICATES, 'with another key than the pinned one, and says which was expected'],
  ),
  guard(
    'T58 a repeated pin',
    'two parties under one key',
    [`${GRPC}/identity.ts`, 'if (table.has(pin)) throw', 'if (table.size < 0) throw'],
    ['test/adapters/grpc/identity-guard.test.ts', 'one key for two parties is refused at start (T58)'],
  ),
];

const frames: readonly Guard[] = [
  guard(
    'T48 one spelling of a frame',
    'two implementations read one frame differently',
    [`${GRPC}/frames.ts`, 'if (!isCanonical(frame, bytes)) malformed(', 'if (bytes.length === 0) malformed('],
    [HOSTILE, 'an unknown field'],
  ),
  guard(
    'T48 a frame is decoded or refused',
    'an error of the decoder instead of ours',
    [`${GRPC}/frames.ts`, "return malformed('it is not a protobuf frame');", "throw new Error('protobuf');"],
    [FRAMES, 'of random bytes is refused and never throws anything else'],
  ),
  guard(
    'names are names',
    'a job id that is a path',
    [`${GRPC}/frames.ts`, "if (!NAME.test(open.jobId)) malformed('its job id is not a name');", ''],
    [HOSTILE, 'a job id that is a path'],
  ),
  guard(
    'session ids have 32 bytes',
    'sessions that can be guessed or mixed',
    [`${GRPC}/frames.ts`, 'if (open.sessionId.length !== SESSION_ID_BYTES) malformed(', 'if (open.sessionId.length > 99) malformed('],
    [HOSTILE, 'a short session id'],
  ),
  guard(
    'no control characters',
    'a peer writes on our terminal',
    [`${GRPC}/frames.ts`, "value.replace(/[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]/gu, ' ')", 'value'],
    [FRAMES, 'carries no control characters of a peer to our terminal'],
  ),
  guard(
    'T61 length of a message',
    'memory on the word of a head',
    [`${GRPC}/assembler.ts`, 'if (head.length > this.#maxBytes) {', 'if (head.length < 0) {'],
    [FAULTS, 'refuses a message above the limit by its head alone'],
  ),
  guard(
    'T57 sequence',
    'a message that comes twice, or in another place',
    [`${GRPC}/assembler.ts`, 'if (head.sequence !== due) throw', 'if (head.sequence < 0) throw'],
    [HOSTILE, 'a message out of sequence'],
  ),
  guard(
    'T57 transcript',
    'a message of another session, job, step or contract',
    [`${GRPC}/assembler.ts`, 'if (!equalBytes(transcript, head.transcript)) throw', 'if (transcript.length === 0) throw'],
    [FAULTS, 'finds a body replaced by another of equal length, and its hash with it'],
  ),
  guard(
    'T57 the transcript starts from what names the session',
    'a recorded message fits another job',
    [
      `${GRPC}/transcript.ts`,
      "const start = new ByteWriter().text('fedcredit/session/1').text(from).text(caller).text(callee).text(jobId).text(step);",
      "const start = new ByteWriter().text('fedcredit/session/1').text(from).text(caller).text(callee).text(step);",
    ],
    [FAULTS, 'refuses a message of another %s'],
  ),
  guard(
    'T61 full chunks',
    'a session kept alive by dripping bytes',
    [`${GRPC}/assembler.ts`, '|| body.length !== due) {', '|| body.length > due) {'],
    [FAULTS, 'is not kept alive by dripping bytes'],
  ),
  guard(
    'T53 both agree on what was sent',
    'a lost last message goes unnoticed',
    [`${GRPC}/assembler.ts`, 'if (close.sent !== count || !equalBytes(close.sentTranscript, head)) {', 'if (close.sent < 0) {'],
    [HOSTILE, 'a close that does not add up'],
  ),
  guard(
    'T52 order of the protocol',
    'a message is taken for another',
    [
      `${GRPC}/inbox.ts`,
      'if (message.kind === waiter.kind) waiter.resolve(message.body);',
      'if (message.kind) waiter.resolve(message.body);',
    ],
    [FAULTS, 'refuses another kind than the protocol is waiting for, and is dead afterwards'],
  ),
  guard(
    'T52 nothing unasked',
    'a message nobody asked for is swallowed',
    [`${GRPC}/session-core.ts`, 'if (unread) throw', 'if (unread === null) throw'],
    [FAULTS, 'refuses to close over a message nobody asked for'],
  ),
  guard(
    'T52 dead after an error',
    'a session that goes on after a violation',
    [
      `${GRPC}/session-core.ts`,
      'if (this.#failure || this.#done) return;\n    this.#wireReceived += bytes.length;',
      'this.#wireReceived += bytes.length;',
    ],
    ['test/adapters/grpc/identity-guard.test.ts', 'nothing is delivered after a violation, however good (T52)'],
  ),
  guard(
    'T61 sessions a peer',
    'one peer takes all sessions',
    [
      `${GRPC}/session-desk.ts`,
      'if (this.#running.size >= this.#limits.maxSessions || own >= this.#limits.maxSessionsPerPeer) {',
      'if (this.#running.size >= this.#limits.maxSessions) {',
    ],
    [HOSTILE, 'lets no peer have more sessions than its share, and says so'],
  ),
  guard(
    'T61 read-ahead',
    'a peer that sends faster than the step reads fills the memory',
    [`${GRPC}/inbox.ts`, 'this.#queuedBytes > this.#context.maxBufferedBytes;', 'this.#queuedBytes < 0;'],
    [FAULTS, 'reads ahead so far and no further'],
  ),
  guard(
    'T61 silence',
    'a peer that says nothing holds a session for ever',
    [`${GRPC}/patience.ts`, "this.#timer = setTimeout(() => this.#expire('the peer sent nothing'), this.#ms);", ''],
    [FAULTS, 'gives up on a peer that says nothing'],
  ),
  guard(
    'T61 contracts are short',
    'a contract of 4 GB',
    [`${GRPC}/session-desk.ts`, 'if (frame.contract.length > max)', 'if (frame.contract.length < 0)'],
    [HOSTILE, 'a contract above the limit'],
  ),
  guard(
    'T57 protocol version',
    'two versions talk past each other',
    [`${GRPC}/session-desk.ts`, 'if (frame.protocolVersion !== PROTOCOL_VERSION) {', 'if (frame.protocolVersion < 0) {'],
    [HOSTILE, 'another protocol version'],
  ),
  guard(
    'T57 the node read our contract',
    'what stands between the parties changes the contract',
    [`${GRPC}/open-session.ts`, 'if (!equalBytes(frame.contractHash, contractHash)) {', 'if (frame.contractHash.length === 0) {'],
    [NODE, 'refuses a node that read another contract'],
  ),
  guard(
    'T62 public errors',
    'a stack, a path or a cell in what the peer hears',
    [`${GRPC}/public-errors.ts`, 'return isPublicCode(error.code) ? error.code : FAMILY[error.blame];', 'return error.code as PublicCode;'],
    [DAEMON, 'says of an error that is not in the public catalog only what family it is of'],
  ),
];

const lasting: readonly Guard[] = [
  guard(
    'T05 what the peer has not got is sent again as it was',
    'a cut line loses a message, or has it computed anew',
    [`${GRPC}/lasting-link.ts`, 'from: peerHas,', 'from: this.#kept.count,'],
    [REPLAY, '1,000 times as the same bytes over 1,000 cut lines, and is computed once (T05)'],
  ),
  guard(
    'T05 a peer has what it was sent, no more and no less',
    'frames that are skipped, or that come twice',
    [`${GRPC}/lasting-link.ts`, 'if (this.#kept.isPossible(peerHas)) return;', 'if (peerHas >= 0) return;'],
    [REFUSALS, 'that ends the session, with the peer to blame'],
  ),
  guard(
    'T05 a peer acknowledges what its line was given',
    'kept frames are let go that nobody has',
    [`${GRPC}/lasting-link.ts`, 'if (!(this.#kept.isPossible(count) && count <= line.handedOver)) throw', 'if (count < 0) throw'],
    [REFUSALS, 'hears so, and the session is over'],
  ),
  guard(
    'T58 proof of the token',
    'whoever reads an audit log takes up its sessions',
    [`${GRPC}/reattach-desk.ts`, 'if (!proved) throw', 'if (proved === undefined) throw'],
    [REFUSALS, 'one sentence for all, and the line that is there stays'],
  ),
  guard(
    'T58 proof of what was claimed',
    'a gateway changes the counts of a proof',
    [`${GRPC}/reattach-proof.ts`, '.u32(attempt).u32(received)', ''],
    [REFUSALS, 'one sentence for all, and the line that is there stays'],
  ),
  guard(
    'T58 a session is its party’s',
    'another pinned party takes up a session',
    [`${GRPC}/reattach-desk.ts`, '=> [peer, toHex(sessionId)].join', '=> [toHex(sessionId)].join'],
    [REFUSALS, 'not by another pinned party that has id and token'],
  ),
  guard(
    'T57 an attempt counts once',
    'a recorded or belated attempt takes the line from the one that is there',
    [`${GRPC}/reattach-desk.ts`, 'if (attempt <= entry.attempt) throw', 'if (attempt < 0) throw'],
    [REFUSALS, 'one sentence for all, and the line that is there stays'],
  ),
  guard(
    'T58 the node proves the token too',
    'a session goes on with a node that knows nothing of it',
    [`${GRPC}/redial.ts`, 'if (!provesReattach(token, claim, answer.proof)) {', 'if (answer.proof.length === 0) {'],
    [NODE, 'ends the session %s, and tells the node'],
  ),
  guard(
    'no grace, no token',
    'a session that should end with its line is taken up without proof',
    [`${GRPC}/incoming.ts`, 'if (graceMs > 0) this.#context.reattach.hold(', 'if (graceMs >= 0) this.#context.reattach.hold('],
    [REFUSALS, 'never when grace is 0: there is no token'],
  ),
  guard(
    'one session an id',
    'a session takes the place of another under its id',
    [`${GRPC}/reattach-desk.ts`, 'if (this.#entries.has(key)) throw', 'if (key.length === 0) throw'],
    [REFUSALS, 'no id twice: a second session under it is refused'],
  ),
  guard(
    'T61 attachments are counted',
    'one session is taken up for ever',
    [`${GRPC}/reattach-desk.ts`, 'if (entry.reattachments >= this.#options.maxReattachments) {', 'if (entry.reattachments < 0) {'],
    [REFUSALS, 'not more often than the limit says'],
  ),
  guard(
    'T61 grace runs out',
    'a peer that comes back and brings nothing lives for ever',
    [`${GRPC}/grace.ts`, 'this.#left -= Math.max(0, this.#clock.now() - this.#since);', ''],
    [KEPT, 'adds up what is lost, attachments that bring nothing notwithstanding'],
  ),
  guard(
    'T61 kept bytes',
    'a peer that acknowledges nothing fills the memory',
    [`${GRPC}/kept-frames.ts`, 'return this.#bytes >= this.#maxBytes;', 'return this.#bytes < 0;'],
    [KEPT, 'never grow above the cap while a peer reads and acknowledges nothing'],
  ),
  guard(
    'T61 small frames cost too',
    'empty frames without end slip under the cap',
    [`${GRPC}/kept-frames.ts`, 'const FRAME_COST_BYTES = 256;', 'const FRAME_COST_BYTES = 0;'],
    [KEPT, 'count what a frame costs beside its bytes'],
  ),
  guard(
    'T61 no waiting for a caller without a token',
    'a caller that vanishes while it opens holds a session for the whole grace',
    [`${GRPC}/lasting-link.ts`, " || (role === 'callee' && !this.#attested)", ' || role.length === 0'],
    [REFUSALS, 'nothing when its caller never said that it has the token'],
  ),
  guard(
    'T61 a step begun anew ends the one that waits',
    'a party that was restarted finds its places taken',
    [`${GRPC}/session-desk.ts`, 'old.step === step && old.waits;', 'old.step === step && old.waits && step.length === 0;'],
    [REFUSALS, 'until a step that is begun anew takes it'],
  ),
  guard(
    'acknowledgements are heard behind what waits',
    'two sides that both send first wait for each other',
    [`${GRPC}/line.ts`, 'if (this.#heldBytes >= this.#options.maxHeldBytes) this', 'if (this.#heldBytes >= 0) this'],
    [REATTACH, 'lets two sides that both send first wait for neither'],
  ),
];

const readers: readonly Guard[] = [
  guard(
    'T48 bodies are read to their end',
    'bytes behind a message that nobody reads',
    ['src/base/bytes.ts', 'if (this.#at !== this.#bytes.length) this.fail(', 'if (this.#at < 0) this.fail('],
    [READER, 'trailing'],
  ),
  guard(
    'T48 counts are checked before memory is taken',
    'a count of 2^32 takes 16 GB',
    ['src/base/bytes.ts', "if (count * 4 > this.#bytes.length - this.#at) this.fail(field, 'is cut short');", ''],
    [READER, 'memory'],
  ),
  guard(
    'T48 doubles are finite',
    'NaN in a sum',
    [
      'src/base/bytes.ts',
      'return Number.isFinite(value) && !Object.is(value, -0) ? value',
      'return value === value || value !== value ? value',
    ],
    [READER, 'finite'],
  ),
];

export const TRANSPORT_GUARDS: readonly Guard[] = [...trust, ...frames, ...lasting, ...readers];
