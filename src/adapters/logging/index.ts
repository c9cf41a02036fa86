/** logging: the Logger port over pino. JSON lines; fields whose names promise a secret are blanked, whatever is in them. */
export { type LogOptions, pinoLogger } from './pino-logger.ts';
