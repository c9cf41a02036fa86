/**
 * KeptFrames: the encoded bytes of every counted frame this side has sent, until the peer has acknowledged it. A retry sends these very bytes:
 * nothing is encoded, encrypted or drawn again, so the peer sees at most more copies of one answer (security.md H10).
 */

/** What a kept frame costs beside its bytes: many small frames must not slip under the cap. */
const FRAME_COST_BYTES = 256;

export class KeptFrames {
  readonly #maxBytes: number;
  #frames: Uint8Array[] = [];
  #acknowledged = 0;
  #handedOver = 0;
  #bytes = 0;

  /** @param maxBytes above it `full` says so; the frame that reaches it is still kept */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Frames so far. */
  get count(): number {
    return this.#acknowledged + this.#frames.length;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The most frames that any line was given: what the peer can have at most. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** Bytes kept, with the cost of each frame. */
  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#bytes >= this.#maxBytes;
  }

  add(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.length + FRAME_COST_BYTES;
  }

  /** The frame that follows the first `index` ones, if there is one and it is kept; a line is about to be given it. */
  take(index: number): Uint8Array | undefined {
    const frame = this.#frames[index - this.#acknowledged];
    if (frame) this.#handedOver = Math.max(this.#handedOver, index + 1);
    return frame;
  }

  /** Can the peer have received `count` frames? Never fewer than it said before, never more than a line was given. */
  isPossible(count: number): boolean {
    return count >= this.#acknowledged && count <= this.#handedOver;
  }

  /** Lets go of the first `count` frames, which must be possible. @returns whether there was anything new in it */
  acknowledge(count: number): boolean {
    const gone = this.#frames.splice(0, count - this.#acknowledged);
    for (const frame of gone) this.#bytes -= frame.length + FRAME_COST_BYTES;
    this.#acknowledged = count;
    return gone.length > 0;
  }

  /** Forgets everything: nobody will ask again. */
  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }
}
