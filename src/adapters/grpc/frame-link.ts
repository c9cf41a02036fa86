/**
 * FrameLink: one gRPC stream, either end, as something that carries frames in both directions. Streams report trouble through events, and
 * an 'error' event without a listener ends the process: every listener a stream needs is attached here, once, for life.
 */
import type { Duplex } from 'node:stream';
import { TransportError } from '../../base/index.ts';
import { Waiting } from './waiting.ts';

export interface LinkEvents {
  frame(bytes: Uint8Array): void;
  /** The peer will send nothing more, in good order. */
  ended(): void;
  /** The stream is gone. */
  lost(error: Error): void;
}

/** What a session writes to: one stream, or a lasting link over several. */
export interface FrameCarrier {
  /** Hands a frame over; resolves when there is room for another. */
  write(frame: Uint8Array): Promise<void>;
  /** Nothing more will be written; what was written still goes out. */
  end(): void;
  /** Drops everything now. */
  destroy(): void;
  pause(): void;
  resume(): void;
}

export interface FrameLink extends FrameCarrier {
  /** Called once; frames do not flow before. */
  listen(events: LinkEvents): void;
}

export interface StreamLinkOptions {
  /** Turns the stream's error into ours. */
  readonly explain: (error: unknown) => Error;
  readonly destroy: () => void;
}

/** How long a last word may take to leave before its stream is dropped; a peer that computes on its main thread reads late. */
export const LINGER_MS = 10_000;

/** @param stream a gRPC duplex whose messages are encoded frames. */
export function streamLink(stream: Duplex, { explain, destroy }: StreamLinkOptions): FrameLink {
  let over: Error | undefined;
  let events: LinkEvents | undefined;
  const waiting = new Waiting();
  const lose = (error: Error): void => {
    if (over) return;
    over = error;
    waiting.reject(error);
    events?.lost(error);
  };
  stream.on('error', (error) => lose(explain(error)));
  stream.on('cancelled', () => lose(linkLost()));
  stream.on('close', () => lose(linkLost()));
  stream.on('drain', () => waiting.resolve());
  return {
    write(frame) {
      if (over) return Promise.reject(over);
      if (stream.write(frame)) return Promise.resolve();
      return waiting.wait();
    },
    end() {
      if (!over) stream.end();
    },
    destroy() {
      if (over) return;
      destroy();
      lose(linkLost());
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    listen(given) {
      events = given;
      if (over) {
        given.lost(over);
        return;
      }
      stream.on('end', () => given.ended());
      stream.on('data', (bytes: Uint8Array) => given.frame(bytes));
    },
  };
}

export function linkLost(): TransportError {
  return new TransportError('ERR_TRANSPORT_CLOSED', 'the link to the peer was lost', {
    help: 'Check that the peer is running and reachable, then run the step again.',
  });
}
