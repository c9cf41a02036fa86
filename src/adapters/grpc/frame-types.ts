/** The frames of a session as values: what `frames.ts` reads and writes, `proto/fedcredit/v1/session.proto` explains. */
export interface OpenFrame {
  readonly type: 'open';
  readonly protocolVersion: number;
  readonly libraryVersion: string;
  readonly jobId: string;
  readonly sessionId: Uint8Array;
  readonly step: string;
  readonly contract: Uint8Array;
}
export interface AcceptedFrame {
  readonly type: 'accepted';
  readonly protocolVersion: number;
  readonly libraryVersion: string;
  readonly contractHash: Uint8Array;
  /** 0 when a lost line is the end. */
  readonly graceMs: number;
  /** 32 bytes, or none without grace. */
  readonly token: Uint8Array;
}
export interface RejectedFrame {
  readonly type: 'rejected';
  readonly code: string;
  readonly sentence: string;
  readonly protocolVersion: number;
  readonly libraryVersion: string;
}
export interface MessageFrame {
  readonly type: 'message';
  readonly sequence: number;
  readonly kind: string;
  readonly length: number;
  readonly transcript: Uint8Array;
}
export interface ChunkFrame {
  readonly type: 'chunk';
  readonly sequence: number;
  readonly offset: number;
  readonly body: Uint8Array;
}
export interface FailureFrame {
  readonly type: 'failure';
  readonly code: string;
  readonly sentence: string;
}
export interface CloseFrame {
  readonly type: 'close';
  readonly sent: number;
  readonly received: number;
  readonly sentTranscript: Uint8Array;
  readonly receivedTranscript: Uint8Array;
}
export interface HeadRequestFrame {
  readonly type: 'headRequest';
  readonly size: number;
}
export interface HeadFrame {
  readonly type: 'head';
  readonly size: number;
  readonly root: Uint8Array;
  readonly time: string;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly proof: readonly Uint8Array[];
}
export interface WitnessFrame {
  readonly type: 'witness';
  readonly time: string;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}
export interface ReattachFrame {
  readonly type: 'reattach';
  readonly sessionId: Uint8Array;
  readonly attempt: number;
  readonly received: number;
  readonly proof: Uint8Array;
}
export interface ReattachedFrame {
  readonly type: 'reattached';
  readonly received: number;
  readonly proof: Uint8Array;
}
export interface AckFrame {
  readonly type: 'ack';
  readonly received: number;
}
export interface EndFrame {
  readonly type: 'end';
}
/** What may follow both closes. */
export type FarewellFrame = HeadRequestFrame | HeadFrame | WitnessFrame;
/** What belongs to the lasting link under a session; the session never sees it. */
export type LinkFrame = ReattachFrame | ReattachedFrame | AckFrame | EndFrame;
export type Frame =
  | OpenFrame
  | AcceptedFrame
  | RejectedFrame
  | MessageFrame
  | ChunkFrame
  | FailureFrame
  | CloseFrame
  | FarewellFrame
  | LinkFrame;
