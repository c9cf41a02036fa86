/**
 * Logger over pino. Callers must not log secrets (base/ports.ts says which); the list below is the second line of defence, not the first.
 */
import { type DestinationStream, destination, pino } from 'pino';
import type { LogFields, Logger } from '../../base/index.ts';

/** Field names that never carry anything a log may hold. */
const REDACTED = [
  'key',
  'secret',
  'secretKey',
  'privateKey',
  'password',
  'token',
  'recordId',
  'id',
  'label',
  'score',
  'value',
  'body',
  'seed',
];

export interface LogOptions {
  /** @default 'info' */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** @default standard error, so that standard output stays for results */
  readonly stream?: DestinationStream;
}

export function pinoLogger({ level = 'info', stream = destination({ dest: 2, sync: true }) }: LogOptions = {}): Logger {
  // No host name and process id: they name machines of a party in files that may be passed on.
  const log = pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: REDACTED, censor: '[redacted]' } },
    stream,
  );
  const write =
    (at: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}): void =>
      log[at](fields, message);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
