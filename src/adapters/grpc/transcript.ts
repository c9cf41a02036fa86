/**
 * Transcript: one hash per direction that grows with every message, t_i = SHA-256(t_{i-1} ‖ sequence ‖ kind ‖ length ‖ SHA-256(body)).
 * It starts from everything that names the session, so a message of one session, job, step or contract is worthless in another. TLS already
 * keeps strangers out of the link; the transcript finds what a gateway, a proxy or a bug of ours loses, repeats or changes behind it.
 */
import { createHash, type Hash } from 'node:crypto';
import { ByteWriter } from '../../base/index.ts';

export interface SessionBinding {
  readonly caller: string;
  readonly callee: string;
  readonly jobId: string;
  readonly step: string;
  readonly sessionId: Uint8Array;
  readonly contractHash: Uint8Array;
}

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
export const bodyHasher = (): Hash => createHash('sha256');

export class Transcript {
  #head: Uint8Array;
  #count = 0;

  constructor(binding: SessionBinding, from: 'caller' | 'callee') {
    const { caller, callee, jobId, step, sessionId, contractHash } = binding;
    const start = new ByteWriter().text('fedcredit/session/1').text(from).text(caller).text(callee).text(jobId).text(step);
    this.#head = sha256(start.blob(sessionId).blob(contractHash).finish());
  }

  /** Messages so far: the sequence number of the next one. */
  get count(): number {
    return this.#count;
  }

  get head(): Uint8Array {
    return this.#head;
  }

  /** Adds one message and returns the new head. */
  append(kind: string, length: number, bodyHash: Uint8Array): Uint8Array {
    const entry = new ByteWriter().raw(this.#head).u32(this.#count).text(kind).u32(length).raw(bodyHash);
    this.#head = sha256(entry.finish());
    this.#count += 1;
    return this.#head;
  }
}
