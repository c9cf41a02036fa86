/** Outbox: the sending half of a session. One message at a time on the wire, cut into frames; a caller may start the next before this one has left. */
import { LocalProtocolError } from '../../base/index.ts';
import type { FrameCarrier } from './frame-link.ts';
import { CHUNK_BYTES, encodeFrame, type Frame, isKind } from './frames.ts';
import type { Patience } from './patience.ts';
import { sha256, type Transcript } from './transcript.ts';

export interface OutboxContext {
  readonly link: FrameCarrier;
  readonly transcript: Transcript;
  readonly maxMessageBytes: number;
  readonly patience: Patience;
  /** @throws whatever has ended the session. */
  readonly assertOpen: () => void;
}

export class Outbox {
  readonly #context: OutboxContext;
  #sending: Promise<void> = Promise.resolve();
  #wireBytes = 0;

  constructor(context: OutboxContext) {
    this.#context = context;
  }

  /** Bytes of all frames so far. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** Resolves when nothing is under way, whatever came of it. */
  get settled(): Promise<void> {
    return this.#sending;
  }

  async send(kind: string, body: Uint8Array): Promise<void> {
    const max = this.#context.maxMessageBytes;
    if (!isKind(kind)) throw new LocalProtocolError('ERR_LOCAL_MESSAGE_KIND', `"${kind}" is not a message kind`);
    if (body.length > max) throw new LocalProtocolError('ERR_LOCAL_TOO_LARGE', `${kind} has ${body.length} bytes, the limit is ${max}`);
    const turn = this.#sending.then(() => this.#sendNow(kind, body));
    this.#sending = turn.catch(() => {});
    await turn;
  }

  async #sendNow(kind: string, body: Uint8Array): Promise<void> {
    const { transcript: sent } = this.#context;
    const sequence = sent.count;
    const transcript = sent.append(kind, body.length, sha256(body));
    await this.write({ type: 'message', sequence, kind, length: body.length, transcript });
    for (let offset = 0; offset < body.length; offset += CHUNK_BYTES) {
      await this.write({ type: 'chunk', sequence, offset, body: body.subarray(offset, offset + CHUNK_BYTES) });
    }
  }

  async write(frame: Frame): Promise<void> {
    const { link, patience, assertOpen } = this.#context;
    assertOpen();
    const bytes = encodeFrame(frame);
    this.#wireBytes += bytes.length;
    await patience.inTime(link.write(bytes), 'the peer stopped reading');
  }
}
