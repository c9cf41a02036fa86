/** What a session is to those who use it and to those who feed it. */
import type { MeteredChannel, TranscriptEntry } from '../../protocol/index.ts';
import type { Farewell } from './farewell.ts';
import type { LinkEvents } from './frame-link.ts';
import type { SessionLimits } from './limits.ts';
import type { SessionBinding } from './transcript.ts';

/** What both sides agree on when a session has closed in good order. */
export interface SessionReceipt {
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Hex SHA-256 of everything this side sent and received; the peer holds the same two, swapped. */
  readonly sentTranscript: string;
  readonly receivedTranscript: string;
}

/** What two parties still do once they agree how the step ended; both must give it, or neither. */
export type LastWords = (receipt: SessionReceipt, farewell: Farewell) => Promise<void>;

/** A protocol's channel between two nodes, with its ending. */
export interface Session extends MeteredChannel {
  /** The pinned party at the other end. */
  readonly peer: string;
  readonly binding: SessionBinding;
  /** Aborted when the session fails: hand it to long computations. */
  readonly signal: AbortSignal;
  /**
   * Ends the step: waits for the peer to end it too, compares counts and transcripts.
   * @param lastWords runs when both have closed; if it fails, the session has failed, for the peer too
   */
  close(lastWords?: LastWords): Promise<SessionReceipt>;
  /** Gives up: the peer hears the public code of the error, pending calls fail with it. Safe at any time, more than once. */
  abort(error: unknown): void;
  /** Bytes of all frames so far, bodies included, each once however often it was sent, without HTTP/2 and TLS framing. */
  wireBytes(): { readonly sent: number; readonly received: number };
}

export interface SessionOptions {
  readonly role: 'caller' | 'callee';
  readonly peer: string;
  readonly binding: SessionBinding;
  readonly limits: SessionLimits;
  readonly onMessage?: (entry: TranscriptEntry) => void;
}

/** What the link feeds. */
export interface SessionInput extends LinkEvents {
  /** The peer broke the rules of the link itself. */
  abort(error: unknown): void;
}
