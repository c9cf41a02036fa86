/** What a lasting link is told when it is made, whom it tells how it fares, and what it is attached to. */
import type { Clock } from '../../base/index.ts';
import type { FrameLink } from './frame-link.ts';
import type { Opened } from './opening.ts';

/** Hears how the line fares. */
export interface LineWatch {
  /** Lost; the session lives for so many milliseconds without one. */
  lost(waitMs: number): void;
  back(): void;
  /** The link needs no line any more. */
  over(): void;
}

export interface LastingOptions {
  readonly role: 'caller' | 'callee';
  readonly peer: string;
  /** 0: the first loss is the last. */
  readonly graceMs: number;
  readonly maxKeptBytes: number;
  readonly clock: Clock;
  readonly watch: LineWatch;
}

/** A stream on which both sides have said what they have. */
export interface AttachedStream {
  readonly link: FrameLink;
  readonly opened: Pick<Opened, 'attach'>;
  /** Our frames that the peer has; must be possible. */
  readonly peerHas: number;
}
