import { DEFAULT_LIMITS } from "../../../src/adapters/grpc/limits.js";
import { openedSession } from "../../../src/adapters/grpc/session.js";
const BINDING = {
    caller: 'bank',
    callee: 'platform',
    jobId: 'job-1',
    step: 'echo',
    sessionId: new Uint8Array(32),
    contractHash: new Uint8Array(32),
};
export function sessionPair(tap = (frame) => [frame], limits = {}, calleeBinding = {}) {
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
    return { caller: caller.session, callee: callee.session };
}
const bound = (events) => ({
    frame: (b) => events.frame(b),
    ended: () => events.ended(),
    lost: (e) => events.lost(e),
});
function oneWay(change) {
    let events;
    let index = 0;
    return {
        write(frame) {
            for (const out of change(frame.slice(), index++))
                setImmediate(() => events?.frame(out));
        },
        end: () => void setImmediate(() => events?.ended()),
        attach(given) {
            events = given;
        },
    };
}
function linkOf(out, back) {
    let open = true;
    return {
        async write(frame) {
            if (open)
                out.write(frame);
        },
        end() {
            if (open)
                out.end();
            open = false;
        },
        destroy() { },
        pause() { },
        resume() { },
        listen: (events) => back.attach(events),
    };
}
