/** Opening: the first frame of a stream, in time, and then a line of the session takes the stream over without losing a frame in between. */
import { TransportError } from '../../base/index.ts';
import type { FrameLink, LinkEvents } from './frame-link.ts';
import { decodeFrame, type Frame } from './frames.ts';

export interface Opened {
  readonly frame: Frame;
  /** Frames that follow go here. */
  attach(input: LinkEvents): void;
}

/** Waits for the peer's first frame; the stream stands still until `attach`. */
export function firstFrame(link: FrameLink, timeoutMs: number): Promise<Opened> {
  return new Promise((resolve, reject) => {
    let input: LinkEvents | undefined;
    let ending: ((input: LinkEvents) => void) | undefined;
    const timer = setTimeout(() => reject(openingTimeout(timeoutMs)), timeoutMs);
    const end = (how: (input: LinkEvents) => void, error: Error): void => {
      clearTimeout(timer);
      reject(error);
      ending ??= how;
      if (input) how(input);
    };
    const attach = (given: LinkEvents): void => {
      input = given;
      if (ending) ending(given);
      else link.resume();
    };
    link.listen({
      frame(bytes) {
        if (input) {
          input.frame(bytes);
          return;
        }
        clearTimeout(timer);
        link.pause();
        try {
          resolve({ frame: decodeFrame(bytes), attach });
        } catch (error) {
          reject(error);
        }
      },
      ended: () => end((to) => to.ended(), hungUp()),
      lost: (error) => end((to) => to.lost(error), error),
    });
  });
}

function openingTimeout(timeoutMs: number): TransportError {
  return new TransportError('ERR_TRANSPORT_TIMEOUT', `the peer did not open the session within ${timeoutMs / 1000} s`, {
    help: 'Check that a fedcredit node listens at this address and that the link is not overloaded.',
  });
}

function hungUp(): TransportError {
  return new TransportError('ERR_TRANSPORT_CLOSED', 'the peer hung up before the session was open', { help: 'Run the step again.' });
}
