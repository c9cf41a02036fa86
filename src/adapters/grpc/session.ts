/**
 * Session: the channel between nodes. Messages are cut into frames, counted, hashed into a transcript, and put together again (assembler.ts);
 * both sides compare counts and transcripts before either believes that the step is done. After the first error the session is over for good.
 *
 * Callee and caller run this same code (session-core.ts); only the opening differs (client.ts, server.ts).
 */
import { meter } from '../../protocol/index.ts';
import type { FrameCarrier } from './frame-link.ts';
import { SessionCore } from './session-core.ts';
import type { Session, SessionInput, SessionOptions } from './session-types.ts';

export type { LastWords, Session, SessionInput, SessionOptions, SessionReceipt } from './session-types.ts';

/** Takes over a link whose opening frames have been exchanged; whoever listens to the link passes events on to `input`. */
export function openedSession(link: FrameCarrier, options: SessionOptions): { session: Session; input: SessionInput } {
  const core = new SessionCore(link, options);
  const { send, receive, traffic } = meter(core, options.onMessage);
  const session: Session = {
    peer: options.peer,
    binding: options.binding,
    signal: core.signal,
    send,
    receive,
    traffic,
    close: (lastWords) => core.close(lastWords),
    abort: (error) => core.abort(error),
    wireBytes: () => core.wireBytes(),
  };
  return { session, input: core };
}
