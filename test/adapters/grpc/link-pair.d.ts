import { type SessionLimits } from '../../../src/adapters/grpc/limits.ts';
import { type Session } from '../../../src/adapters/grpc/session.ts';
/** The frames to deliver instead of this one. `index` counts the frames of one direction. */
export type Tap = (frame: Uint8Array, from: 'caller' | 'callee', index: number) => readonly Uint8Array[];
declare const BINDING: {
    caller: string;
    callee: string;
    jobId: string;
    step: string;
    sessionId: Uint8Array<ArrayBuffer>;
    contractHash: Uint8Array<ArrayBuffer>;
};
export declare function sessionPair(tap?: Tap, limits?: Partial<SessionLimits>, calleeBinding?: Partial<typeof BINDING>): {
    caller: Session;
    callee: Session;
};
export {};
