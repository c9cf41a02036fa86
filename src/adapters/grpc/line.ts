/**
 * Line: one stream for as long as it carries a session. It hands over kept frames in their order, as fast as the stream takes them, and takes in
 * what comes. While the session does not want to read, frames wait here up to a cap, so that acknowledgements among them are still heard: else two
 * sides that both read late would wait for each other's.
 */
import { type FrameLink, type LinkEvents, linkLost } from './frame-link.ts';
import { decodeFrame, encodeFrame, isLinkFrame } from './frames.ts';
import type { KeptFrames } from './kept-frames.ts';
import type { Opened } from './opening.ts';

/** Tells how much has come after so many bytes, or frames. Both sides rely on it: a smaller cap of kept bytes would stand still. */
export const ACK_BYTES = 1024 * 1024;
export const ACK_FRAMES = 64;

export interface LineEvents {
  /** A counted frame of the peer, in its order. */
  counted(bytes: Uint8Array): void;
  /** The peer's count of ours. @throws PeerProtocolError when it cannot be */
  acknowledged(received: number): void;
  /** The peer will say nothing more. */
  end(): void;
  /** There may be room for more. */
  room(): void;
  lost(error: Error): void;
  /** The peer broke the rules. */
  broken(error: unknown): void;
}

export interface LineOptions {
  readonly link: FrameLink;
  readonly kept: KeptFrames;
  /** Frames of ours that the peer has. */
  readonly from: number;
  /** Bytes that may wait here while the session does not read; above it the stream stands still. */
  readonly maxHeldBytes: number;
  readonly events: LineEvents;
}

export class Line implements LinkEvents {
  readonly #options: LineOptions;
  #next: number;
  #writing = false;
  #dead = false;
  #paused = false;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#next = options.from;
  }

  /** Frames of ours that this line was given, or that the peer had before. */
  get handedOver(): number {
    return this.#next;
  }

  /** Has the stream taken all there is? */
  get drained(): boolean {
    return !this.#writing && this.#next >= this.#options.kept.count;
  }

  /** Frames flow from here on. */
  open({ attach }: Pick<Opened, 'attach'>, paused: boolean): void {
    this.#paused = paused;
    attach(this);
    void this.pump();
  }

  /** Hands over what is kept and has not been handed over; one turn at a time. */
  async pump(): Promise<void> {
    if (this.#writing) return;
    const { link, kept, events } = this.#options;
    this.#writing = true;
    try {
      for (let frame = kept.take(this.#next); frame && !this.#dead; frame = kept.take(this.#next)) {
        this.#next += 1;
        await link.write(frame);
      }
    } catch {
      // The stream tells of its loss itself.
    }
    this.#writing = false;
    if (!this.#dead) events.room();
  }

  acknowledge(received: number): void {
    this.#options.link.write(encodeFrame({ type: 'ack', received })).catch(() => {});
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused && !this.#dead) {
      const bytes = this.#held.shift();
      if (!bytes) break;
      this.#heldBytes -= bytes.length;
      this.#deliver(bytes);
    }
    if (this.#heldBytes < this.#options.maxHeldBytes) this.#options.link.resume();
  }

  /** No more events. Frames that wait here were never counted: the peer sends them again. */
  drop(how: 'end' | 'destroy'): void {
    this.#dead = true;
    this.#held.length = 0;
    this.#options.link[how]();
    // What still comes is dropped unread, so that the stream's own ending can arrive.
    this.#options.link.resume();
  }

  frame(bytes: Uint8Array): void {
    if (this.#dead) return;
    if (isLinkFrame(bytes)) this.#hear(bytes);
    else this.#take(bytes);
  }

  ended(): void {
    if (!this.#dead) this.#options.events.lost(linkLost());
  }

  lost(error: Error): void {
    if (!this.#dead) this.#options.events.lost(error);
  }

  /** `end` keeps its place among the counted frames; an acknowledgement is heard at once. */
  #hear(bytes: Uint8Array): void {
    const { events } = this.#options;
    try {
      const frame = decodeFrame(bytes);
      if (frame.type === 'end') this.#take(bytes);
      else if (frame.type === 'ack') events.acknowledged(frame.received);
      // The session refuses it by name.
      else this.#take(bytes);
    } catch (error) {
      events.broken(error);
    }
  }

  #take(bytes: Uint8Array): void {
    if (!this.#paused) {
      this.#deliver(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= this.#options.maxHeldBytes) this.#options.link.pause();
  }

  #deliver(bytes: Uint8Array): void {
    const { events } = this.#options;
    if (isLinkFrame(bytes) && decodeFrame(bytes).type === 'end') events.end();
    else events.counted(bytes);
  }
}
