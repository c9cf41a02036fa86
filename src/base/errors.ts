/**
 * Errors of the whole house: one root class, a stable code, a sentence that says what to do, and the blame in the type.
 *
 * - `InputError`          what the caller gave us (a file, an option, a configuration) cannot be used.
 * - `PeerProtocolError`   the other party broke the protocol; the session is over for good.
 * - `LocalProtocolError`  we broke the protocol; a bug here, never the peer's fault.
 * - `TransportError`      the link failed: nobody misbehaved as far as we can tell; the step may be run again.
 * - `RefusedError`        a policy (ours or the peer's) forbids what was asked.
 *
 * Messages never hold a secret: no record id, no cell value, no key. They name columns, rows by number, steps and limits.
 */

/** Stable machine-readable code, e.g. `ERR_DATA_MISSING_COLUMN`. Once released a code never changes its meaning. */
export type ErrorCode = `ERR_${string}`;

/** Which exit status the command line uses for a family of errors; 1 is kept for bugs. */
export type Blame = 'input' | 'peer' | 'local' | 'transport' | 'refused';

export interface FedcreditErrorOptions {
  /** The error underneath, kept for the log of the party that saw it. Never sent to a peer. */
  readonly cause?: unknown;
  /** One imperative sentence: what the reader should do now. */
  readonly help?: string;
  /** Small, secret-free facts for machines (`--json`): column names, counts, limits. */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** Root of every error this library throws on purpose. Anything else that escapes is a bug. */
export abstract class FedcreditError extends Error {
  abstract readonly blame: Blame;
  readonly code: ErrorCode;
  readonly help: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean | readonly string[]>>;

  constructor(code: ErrorCode, message: string, options: FedcreditErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.help = options.help;
    this.details = options.details ?? {};
  }

  /** What a machine may see: no stack, no cause. */
  toJSON(): Record<string, unknown> {
    return { error: this.name, code: this.code, blame: this.blame, message: this.message, help: this.help, details: this.details };
  }
}

/** The caller's input cannot be used; nothing was changed. */
export class InputError extends FedcreditError {
  readonly blame = 'input';
}

/** The peer sent what the protocol does not allow (kind, length, range, order). The session cannot be revived. */
export class PeerProtocolError extends FedcreditError {
  readonly blame = 'peer';
}

/** This side broke the protocol: a bug of ours. */
export class LocalProtocolError extends FedcreditError {
  readonly blame = 'local';
}

/** The link to the peer failed or timed out; the step in progress is void and may be run again with fresh keys. */
export class TransportError extends FedcreditError {
  readonly blame = 'transport';
}

/** A policy said no: a certificate that is not pinned, a column that is not allowed, a budget that is used up. */
export class RefusedError extends FedcreditError {
  readonly blame = 'refused';
}

/** Exhaustiveness check at the end of a `switch` over a discriminated union. */
export function assertNever(value: never): never {
  throw new LocalProtocolError('ERR_INTERNAL_UNREACHABLE', `unreachable case of type ${typeof value}`);
}
