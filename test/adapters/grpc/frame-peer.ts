/** A pinned peer that writes its own frames over real gRPC and TLS: it opens a session, takes it up again, and sees every byte that comes. */
import { createSecureContext } from 'node:tls';
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { type AcceptedFrame, decodeFrame, encodeFrame, type Frame, type ReattachFrame } from '../../../src/adapters/grpc/frames.ts';
import { PROTOCOL_VERSION } from '../../../src/adapters/grpc/index.ts';
import { reattachProof } from '../../../src/adapters/grpc/reattach-proof.ts';
import { SESSION_PATH } from '../../../src/adapters/grpc/service.ts';
import { sha256, Transcript } from '../../../src/adapters/grpc/transcript.ts';
import { CONTRACT, type TestParty } from '../../support/federation.ts';

/** One stream: what came of it, as bytes. */
export interface RawLine {
  write(frame: Frame): void;
  /** The next frame's bytes, or undefined when the stream has ended. */
  next(): Promise<Uint8Array | undefined>;
  /** The next frame, read. */
  frame(): Promise<Frame | undefined>;
  /** Ends our half. */
  end(): void;
  /** Cuts its connection. */
  cut(): void;
}

/** A node that says nothing for so long fails the test. */
const PATIENCE_MS = 15_000;

/** A connection of its own for every line. */
export function rawLine(address: string, { identity }: TestParty): RawLine {
  const { certificate, privateKey, authority } = identity;
  const context = createSecureContext({ cert: certificate, key: privateKey, ca: authority });
  const secure = credentials.createFromSecureContext(context, { checkServerIdentity: () => undefined });
  const client = new Client(address, secure, { 'grpc.ssl_target_name_override': 'fedcredit', 'grpc.use_local_subchannel_pool': 1 });
  const bytes = (value: Uint8Array): Buffer => Buffer.from(value);
  const call: ClientDuplexStream<Uint8Array, Buffer> = client.makeBidiStreamRequest(SESSION_PATH, bytes, (raw: Buffer) => raw);
  const come: Uint8Array[] = [];
  let over = false;
  let wake: () => void = () => {};
  const ended = (): void => {
    over = true;
    wake();
  };
  call.on('data', (raw: Buffer) => {
    come.push(Uint8Array.from(raw));
    wake();
  });
  call.on('error', ended).on('end', ended);
  const next = async (): Promise<Uint8Array | undefined> => {
    while (come.length === 0 && !over) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('nothing came')), PATIENCE_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return come.shift();
  };
  return {
    write: (frame) => void call.write(encodeFrame(frame)),
    next,
    async frame() {
      const raw = await next();
      return raw && decodeFrame(raw);
    },
    end: () => call.end(),
    cut() {
      call.cancel();
      client.close();
    },
  };
}

export const SESSION_ID = new Uint8Array(32).fill(9);

export interface RawSession {
  readonly line: RawLine;
  readonly token: Uint8Array;
  readonly graceMs: number;
  /** Both directions, so that a test can send messages and close. */
  readonly sent: Transcript;
  readonly received: Transcript;
}

export async function openRaw(address: string, party: TestParty, sessionId = SESSION_ID): Promise<RawSession> {
  const line = rawLine(address, party);
  const [jobId, step] = ['job-1', 'echo'];
  line.write({ type: 'open', protocolVersion: PROTOCOL_VERSION, libraryVersion: '0.1.0', jobId, sessionId, step, contract: CONTRACT });
  const accepted = (await line.frame()) as AcceptedFrame;
  const binding = { caller: party.id, callee: 'platform', jobId, step, sessionId, contractHash: sha256(CONTRACT) };
  return { line, ...accepted, sent: new Transcript(binding, 'caller'), received: new Transcript(binding, 'callee') };
}

/** A short message as its two frames. */
export function messageFrames(transcript: Transcript, kind: string, body: Uint8Array): readonly Frame[] {
  const sequence = transcript.count;
  const head = transcript.append(kind, body.length, sha256(body));
  return [
    { type: 'message', sequence, kind, length: body.length, transcript: head },
    { type: 'chunk', sequence, offset: 0, body },
  ];
}

/** A frame that takes the session up again, right but for what is changed after it was proved. */
export function reattachFrame(
  token: Uint8Array,
  claim: { readonly attempt: number; readonly received: number; readonly sessionId?: Uint8Array },
  changes: Partial<ReattachFrame> = {},
): ReattachFrame {
  const { attempt, received, sessionId = SESSION_ID } = claim;
  const proof = reattachProof(token, { from: 'caller', sessionId, attempt, received });
  return { type: 'reattach', sessionId, attempt, received, proof, ...changes };
}
