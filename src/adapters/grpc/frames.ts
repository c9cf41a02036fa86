/**
 * Frames as values: between the generated protobuf code and the session. Decoding is strict: every length and range is
 * checked, and only the one canonical encoding is taken, so that a frame means one thing only.
 */
import protobuf from 'protobufjs/minimal.js';
import { concatBytes, equalBytes, PeerProtocolError } from '../../base/index.ts';
import type {
  AcceptedFrame,
  ChunkFrame,
  CloseFrame,
  Frame,
  HeadFrame,
  MessageFrame,
  OpenFrame,
  ReattachFrame,
  RejectedFrame,
} from './frame-types.ts';
import { fedcredit } from './gen/fedcredit.js';

/** Body bytes of every chunk but the last of a message. Larger chunks only cost memory (measured: 256 KiB to 4 MiB run equally fast). */
export const CHUNK_BYTES = 256 * 1024;
/** Room for the fields around a chunk or a contract. */
export const FRAME_OVERHEAD_BYTES = 4096;
export const HASH_BYTES = 32;
export const SESSION_ID_BYTES = 32;
export const TOKEN_BYTES = 32;

export type * from './frame-types.ts';

const wire = fedcredit.v1;

export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.type === 'chunk') return encodeChunk(frame);
  const { type, ...fields } = frame;
  return wire.Frame.encode({ [type]: fields }).finish();
}

/** "gbdt/histograms": lower case, digits, `/`, `.`, `_`, `-`. */
const KIND = /^[a-z0-9][a-z0-9/._-]{0,63}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
const VERSION = /^[0-9A-Za-z.+-]{1,64}$/;
const CODE = /^ERR_[A-Z0-9_]{1,60}$/;
const MAX_SENTENCE = 500;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** An RSA key or signature of 8,192 bits fits. */
const MAX_KEY_BYTES = 2048;
/** A tree of 2^32 leaves needs 33. */
const MAX_PROOF_HASHES = 64;

export const isKind = (value: string): boolean => KIND.test(value);
/** Job ids and step names. */
export const isName = (value: string): boolean => NAME.test(value);

/**
 * @throws PeerProtocolError `ERR_PEER_MALFORMED_FRAME` on anything a correct peer does not send.
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  const contents = readFrame(bytes);
  const { open, accepted, rejected, message, chunk, failure, close, headRequest, head, witness } = contents;
  if (open) return readOpen(open);
  if (accepted) return readAccepted(accepted);
  if (rejected) return readRejected(rejected);
  if (message) return readMessage(message);
  if (chunk) return { type: 'chunk', sequence: chunk.sequence, offset: chunk.offset, body: chunk.body };
  if (failure) return { type: 'failure', code: code(failure.code), sentence: sentence(failure.sentence) };
  if (close) return readClose(close);
  if (headRequest) return { type: 'headRequest', size: headRequest.size };
  if (head) return readHead(head);
  if (witness) return { type: 'witness', time: time(witness.time), key: signed(witness.key), signature: signed(witness.signature) };
  return readLinkFrame(contents);
}

function readLinkFrame({ reattach, reattached, ack, end }: Contents): Frame {
  if (reattach) return readReattach(reattach);
  if (reattached) return { type: 'reattached', received: reattached.received, proof: hash(reattached.proof) };
  if (ack) return { type: 'ack', received: ack.received };
  if (end) return { type: 'end' };
  return malformed('it has no content');
}

/** Is it the lasting link's, by its first byte? What it really is, and whether it is well formed, `decodeFrame` says. */
export const isLinkFrame = (bytes: Uint8Array): boolean => LINK_TAGS.includes(bytes[0]);

interface Contents {
  open?: fedcredit.v1.Open;
  accepted?: fedcredit.v1.Accepted;
  rejected?: fedcredit.v1.Rejected;
  message?: fedcredit.v1.Message;
  chunk?: fedcredit.v1.Chunk;
  failure?: fedcredit.v1.Failure;
  close?: fedcredit.v1.Close;
  headRequest?: fedcredit.v1.HeadRequest;
  head?: fedcredit.v1.Head;
  witness?: fedcredit.v1.Witness;
  reattach?: fedcredit.v1.Reattach;
  reattached?: fedcredit.v1.Reattached;
  ack?: fedcredit.v1.Ack;
  end?: fedcredit.v1.End;
}
const SESSION_MEMBERS = ['open', 'accepted', 'rejected', 'message', 'chunk', 'failure', 'close', 'headRequest', 'head', 'witness'] as const;
const LINK_MEMBERS = ['reattach', 'reattached', 'ack', 'end'] as const;
const MEMBERS = [...SESSION_MEMBERS, ...LINK_MEMBERS] as const;

/**
 * The bytes before the body of a chunk, body last: what protobuf writes, without copying 256 KiB through a growing buffer (measured on a
 * busy machine, both ends in one process, TLS included: 65 instead of 54 MiB per second of processor).
 */
function chunkHead(sequence: number, offset: number, length: number): Uint8Array {
  const fields = wire.Chunk.encode({ sequence, offset }).finish();
  const beforeBody = length === 0 ? NOTHING : protobuf.Writer.create().uint32(BODY_TAG).uint32(length).finish();
  const inside = fields.length + beforeBody.length + length;
  return concatBytes(protobuf.Writer.create().uint32(CHUNK_TAG).uint32(inside).finish(), fields, beforeBody);
}

/** Field number and wire type "length-delimited" of Frame.chunk and Chunk.body. */
const CHUNK_TAG = (5 << 3) | 2;
const LINK_TAGS: readonly number[] = [11, 12, 13, 14].map((field) => (field << 3) | 2);
const BODY_TAG = (3 << 3) | 2;
const NOTHING = new Uint8Array();

function encodeChunk({ sequence, offset, body }: ChunkFrame): Uint8Array {
  const head = chunkHead(sequence, offset, body.length);
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/**
 * A frame must be the very bytes that encoding it gives: no unknown field, no field twice, no second content, no padded number. So two
 * implementations can never read one frame differently.
 */
function readFrame(bytes: Uint8Array): Contents {
  const frame = decode(bytes);
  if (!isCanonical(frame, bytes)) malformed('it is not written the one way a frame is');
  const present = MEMBERS.filter((member) => frame[member] !== null && frame[member] !== undefined);
  return Object.fromEntries(present.map((member) => [member, frame[member]]));
}

function isCanonical(frame: fedcredit.v1.Frame, bytes: Uint8Array): boolean {
  if (!frame.chunk) return Buffer.compare(wire.Frame.encode(frame).finish(), bytes) === 0;
  const { sequence, offset, body } = frame.chunk;
  const length = body?.length ?? 0;
  const head = chunkHead(sequence ?? 0, offset ?? 0, length);
  return bytes.length === head.length + length && equalBytes(bytes.subarray(0, head.length), head);
}

function decode(bytes: Uint8Array): fedcredit.v1.Frame {
  try {
    return wire.Frame.decode(bytes);
  } catch {
    return malformed('it is not a protobuf frame');
  }
}

function readOpen(open: fedcredit.v1.Open): OpenFrame {
  if (!NAME.test(open.jobId)) malformed('its job id is not a name');
  if (!NAME.test(open.step)) malformed('its step is not a name');
  if (open.sessionId.length !== SESSION_ID_BYTES) malformed('its session id has a wrong length');
  return {
    type: 'open',
    protocolVersion: open.protocolVersion,
    libraryVersion: version(open.libraryVersion),
    jobId: open.jobId,
    sessionId: open.sessionId,
    step: open.step,
    contract: open.contract,
  };
}

function readAccepted(accepted: fedcredit.v1.Accepted): AcceptedFrame {
  const { protocolVersion, libraryVersion, contractHash, graceMs, token } = accepted;
  if (token.length !== (graceMs === 0 ? 0 : TOKEN_BYTES)) malformed('its token has a wrong length');
  return { type: 'accepted', protocolVersion, libraryVersion: version(libraryVersion), contractHash: hash(contractHash), graceMs, token };
}

function readReattach({ sessionId, attempt, received, proof }: fedcredit.v1.Reattach): ReattachFrame {
  if (sessionId.length !== SESSION_ID_BYTES) malformed('its session id has a wrong length');
  if (attempt === 0) malformed('its attempts are counted from 1');
  return { type: 'reattach', sessionId, attempt, received, proof: hash(proof) };
}

function readRejected(rejected: fedcredit.v1.Rejected): RejectedFrame {
  return {
    type: 'rejected',
    code: code(rejected.code),
    sentence: sentence(rejected.sentence),
    protocolVersion: rejected.protocolVersion,
    libraryVersion: version(rejected.libraryVersion),
  };
}

function readMessage(message: fedcredit.v1.Message): MessageFrame {
  if (!KIND.test(message.kind)) malformed('its message kind is not a name');
  return {
    type: 'message',
    sequence: message.sequence,
    kind: message.kind,
    length: message.length,
    transcript: hash(message.transcript),
  };
}

function readClose(close: fedcredit.v1.Close): CloseFrame {
  return {
    type: 'close',
    sent: close.sent,
    received: close.received,
    sentTranscript: hash(close.sentTranscript),
    receivedTranscript: hash(close.receivedTranscript),
  };
}

function readHead({ size, root, time: at, key, signature, proof }: fedcredit.v1.Head): HeadFrame {
  if (size === 0) malformed('its audit log is empty');
  if (proof.length > MAX_PROOF_HASHES) malformed('its proof is too long');
  return {
    type: 'head',
    size,
    root: hash(root),
    time: time(at),
    key: signed(key),
    signature: signed(signature),
    proof: proof.map(hash),
  };
}

const hash = (value: Uint8Array): Uint8Array => (value.length === HASH_BYTES ? value : malformed('a hash has a wrong length'));
const signed = (value: Uint8Array): Uint8Array =>
  value.length > 0 && value.length <= MAX_KEY_BYTES ? value : malformed('a key or a signature has a wrong length');
const time = (value: string): string =>
  TIME.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value
    ? value
    : malformed('its time is not one');
const version = (value: string): string => (VERSION.test(value) ? value : malformed('its library version is not a version'));
const code = (value: string): string => (CODE.test(value) ? value : malformed('its error code is not a code'));

/** A sentence of the peer ends on our terminal and in our log: one line, no control characters, bounded. */
function sentence(value: string): string {
  return Array.from(value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' '))
    .slice(0, MAX_SENTENCE)
    .join('');
}

function malformed(problem: string): never {
  throw new PeerProtocolError('ERR_PEER_MALFORMED_FRAME', `the peer sent a frame we refuse: ${problem}`, {
    help: 'Both parties must run compatible versions; if they do, the link was altered on its way or the peer is not honest.',
  });
}
