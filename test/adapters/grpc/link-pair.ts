/** Two sessions in one process over frames that a test may see, change, drop, repeat or reorder: what a broken link or a bad gateway does. */
import type { FrameLink, LinkEvents } from '../../../src/adapters/grpc/frame-link.ts';
import { DEFAULT_LIMITS, type SessionLimits } from '../../../src/adapters/grpc/limits.ts';
import { openedSession, type Session } from '../../../src/adapters/grpc/session.ts';

/** The frames to deliver instead of this one. `index` counts the frames of one direction. */
export type Tap = (frame: Uint8Array, from: 'caller' | 'callee', index: number) => readonly Uint8Array[];

const BINDING = {
  caller: 'bank',
  callee: 'platform',
  jobId: 'job-1',
  step: 'echo',
  sessionId: new Uint8Array(32),
  contractHash: new Uint8Array(32),
};

export function sessionPair(
  tap: Tap = (frame) => [frame],
  limits: Partial<SessionLimits> = {},
  calleeBinding: Partial<typeof BINDING> = {},
): { caller: Session; callee: Session; deliveredToCallee: () => number } {
  const toCallee = oneWay((frame, i) => tap(frame, 'caller', i));
  const toCaller = oneWay((frame, i) => tap(frame, 'callee', i));
  const shared = { limits: { ...DEFAULT_LIMITS, ...limits } };
  const caller = openedSession(linkOf(toCallee, toCaller), { ...shared, role: 'caller', peer: 'platform', binding: BINDING });
  const callee = openedSession(linkOf(toCaller, toCallee), {
    ...shared,
    role: 'callee',
    peer: 'bank',
    binding: { ...BINDING, ...calleeBinding },
  });
  toCaller.attach({ ...bound(caller.input) });
  toCallee.attach({ ...bound(callee.input) });
  return { caller: caller.session, callee: callee.session, deliveredToCallee: toCallee.delivered };
}

const bound = (events: LinkEvents): LinkEvents => ({
  frame: (b) => events.frame(b),
  ended: () => events.ended(),
  lost: (e) => events.lost(e),
});

interface OneWay {
  write(frame: Uint8Array): void;
  end(): void;
  attach(events: LinkEvents): void;
  pause(paused: boolean): void;
  /** Frames handed to the receiver so far. */
  delivered(): number;
}

function oneWay(change: (frame: Uint8Array, index: number) => readonly Uint8Array[]): OneWay {
  let events: LinkEvents | undefined;
  let index = 0;
  let delivered = 0;
  let paused = false;
  const waiting: (() => void)[] = [];
  const flow = (): void => {
    while (!paused) {
      const next = waiting.shift();
      if (!next) return;
      next();
    }
  };
  const later = (action: () => void): void => {
    waiting.push(action);
    setImmediate(flow);
  };
  return {
    write(frame) {
      for (const out of change(frame.slice(), index++)) {
        later(() => {
          delivered += 1;
          events?.frame(out);
        });
      }
    },
    end: () => later(() => events?.ended()),
    attach(given) {
      events = given;
    },
    pause(now) {
      paused = now;
      if (!paused) setImmediate(flow);
    },
    delivered: () => delivered,
  };
}

function linkOf(out: OneWay, back: OneWay): FrameLink {
  let open = true;
  return {
    async write(frame) {
      if (open) out.write(frame);
    },
    end() {
      if (open) out.end();
      open = false;
    },
    destroy() {},
    pause: () => back.pause(true),
    resume: () => back.pause(false),
    listen: (events) => back.attach(events),
  };
}
