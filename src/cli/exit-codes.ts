/** What the command's exit status says. Scripts may rely on it. */
import { type Blame, FedcreditError } from '../base/index.ts';

export const EXIT = Object.freeze({
  ok: 0,
  /** A bug of ours. */
  bug: 1,
  /** Wrong usage, an unreadable file, bad data, a Node that is too old: correct the input. */
  input: 2,
  /** The peer broke the protocol or speaks another version. */
  peer: 3,
  /** The link failed: run it again. */
  transport: 4,
  /** A policy, a pin or a budget said no. */
  refused: 5,
  /** Stopped by Ctrl-C (128 + SIGINT). */
  interrupted: 130,
});

const BY_BLAME: Readonly<Record<Blame, number>> = Object.freeze({
  input: EXIT.input,
  peer: EXIT.peer,
  local: EXIT.bug,
  transport: EXIT.transport,
  refused: EXIT.refused,
});

export const exitCodeOf = (error: unknown): number => (error instanceof FedcreditError ? BY_BLAME[error.blame] : EXIT.bug);

export const EXIT_HELP = `Exit status: 0 done, 1 a bug, 2 wrong input or usage, 3 the peer broke the protocol, 4 the link failed (run again),
5 refused by a policy, a pin or a budget.`;
