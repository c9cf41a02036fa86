/**
 * Assembler: heads and chunks of one direction become messages, or the session ends. Strict: sequence numbers without gaps, every chunk but
 * the last full (a peer cannot keep a session alive by dripping bytes), length and transcript as announced. Memory is taken as bytes arrive,
 * never on the word of a head.
 */
import type { Hash } from 'node:crypto';
import { equalBytes, PeerProtocolError } from '../../base/index.ts';
import { CHUNK_BYTES, type ChunkFrame, type CloseFrame, type MessageFrame } from './frames.ts';
import { bodyHasher, type Transcript } from './transcript.ts';

export interface ReceivedMessage {
  readonly kind: string;
  /** The receiver's own copy. */
  readonly body: Uint8Array;
}

interface Unfinished {
  readonly head: MessageFrame;
  readonly chunks: Uint8Array[];
  readonly hash: Hash;
  length: number;
}

export class Assembler {
  readonly #peer: string;
  readonly #transcript: Transcript;
  readonly #maxBytes: number;
  #unfinished: Unfinished | undefined;

  constructor(peer: string, transcript: Transcript, maxBytes: number) {
    this.#peer = peer;
    this.#transcript = transcript;
    this.#maxBytes = maxBytes;
  }

  head(head: MessageFrame): ReceivedMessage | undefined {
    this.#assertNothingUnfinished();
    const due = this.#transcript.count;
    if (head.sequence !== due) throw this.#altered(`message ${head.sequence} came where ${due} was due`);
    if (head.length > this.#maxBytes) {
      throw violation(this.#peer, 'ERR_PEER_TOO_LARGE', `${head.kind} announces ${head.length} bytes, the limit is ${this.#maxBytes}`);
    }
    this.#unfinished = { head, chunks: [], hash: bodyHasher(), length: 0 };
    return head.length === 0 ? this.#finish(this.#unfinished) : undefined;
  }

  chunk({ sequence, offset, body }: ChunkFrame): ReceivedMessage | undefined {
    const message = this.#unfinished;
    if (!message) throw this.#altered('a piece of a message came without its head');
    const due = Math.min(CHUNK_BYTES, message.head.length - message.length);
    if (sequence !== message.head.sequence || offset !== message.length || body.length !== due) {
      throw this.#altered(`a piece of ${message.head.kind} is missing, repeated or cut short`);
    }
    message.chunks.push(body);
    message.hash.update(body);
    message.length += body.length;
    return message.length === message.head.length ? this.#finish(message) : undefined;
  }

  /** The peer says it has sent everything: nothing may be half here, and it must be the same. */
  end(close: CloseFrame): void {
    this.#assertNothingUnfinished();
    const { count, head } = this.#transcript;
    if (close.sent !== count || !equalBytes(close.sentTranscript, head)) {
      throw this.#altered(`the peer sent ${close.sent} messages, ${count} arrived, or not the same ones`);
    }
  }

  #finish({ head, chunks, hash }: Unfinished): ReceivedMessage {
    this.#unfinished = undefined;
    const transcript = this.#transcript.append(head.kind, head.length, hash.digest());
    if (!equalBytes(transcript, head.transcript)) throw this.#altered(`${head.kind} was altered on its way`);
    const body = new Uint8Array(head.length);
    let at = 0;
    for (const chunk of chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return { kind: head.kind, body };
  }

  #assertNothingUnfinished(): void {
    if (this.#unfinished) throw this.#altered(`${this.#unfinished.head.kind} was cut short`);
  }

  #altered(problem: string): PeerProtocolError {
    return violation(this.#peer, 'ERR_PEER_ALTERED', problem);
  }
}

/** The one way a broken session is reported. */
export function violation(peer: string, code: `ERR_PEER_${string}`, problem: string): PeerProtocolError {
  return new PeerProtocolError(code, `${peer}: ${problem}`, {
    help: 'Run the step again. If it comes back, check that both run the same version and step, and what stands between them.',
    details: { peer },
  });
}
