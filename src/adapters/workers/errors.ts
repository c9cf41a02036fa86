/**
 * Errors across threads: structured clone drops classes and fields, so a task's error travels as plain data and is built again on the
 * calling side, typed as it was thrown.
 */
import {
  type ErrorCode,
  FedcreditError,
  type FedcreditErrorOptions,
  InputError,
  LocalProtocolError,
  PeerProtocolError,
  RefusedError,
  TransportError,
} from '../../base/index.ts';

export interface CarriedError {
  /** Class name; one of ours, or that of a foreign error. */
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly help?: string;
  readonly details?: FedcreditErrorOptions['details'];
}

const CLASSES = { InputError, LocalProtocolError, PeerProtocolError, RefusedError, TransportError };

export function carryError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { name: 'Error', message: 'a task threw something that is not an error' };
  if (!(error instanceof FedcreditError)) return { name: error.name, message: error.message };
  return { name: error.name, message: error.message, code: error.code, help: error.help, details: error.details };
}

/** The error as it was thrown; a foreign one becomes `ERR_WORKERS_TASK_FAILED` with the foreign message in its cause only. */
export function restoreError(carried: CarriedError, taskName: string): FedcreditError {
  if (carried.code && Object.hasOwn(CLASSES, carried.name)) {
    const Class = CLASSES[carried.name as keyof typeof CLASSES];
    return new Class(carried.code, carried.message, { help: carried.help, details: carried.details });
  }
  return new LocalProtocolError('ERR_WORKERS_TASK_FAILED', `task ${taskName} failed with ${carried.name}`, {
    cause: new Error(carried.message),
    help: 'This is a bug of this library or of the task: report it with the cause.',
  });
}
