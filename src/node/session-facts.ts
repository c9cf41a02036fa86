/** What may be written down about a session: counts and codes, no content. */
import type { Session } from '../adapters/grpc/index.ts';
import { FedcreditError } from '../base/index.ts';
import { totalBytes } from '../protocol/index.ts';

export interface SessionBytes {
  /** Message bodies. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** All frames. */
  readonly wireBytesSent: number;
  readonly wireBytesReceived: number;
}

export function bytesOf(session: Session): SessionBytes {
  const { sent, received } = session.traffic();
  const wire = session.wireBytes();
  return { bytesSent: totalBytes(sent), bytesReceived: totalBytes(received), wireBytesSent: wire.sent, wireBytesReceived: wire.received };
}

export const codeOf = (error: unknown): string => (error instanceof FedcreditError ? error.code : 'ERR_INTERNAL');

/** For our own log. The text of a foreign error could quote data, so only its kind is kept. */
export function messageOf(error: unknown): string {
  if (error instanceof FedcreditError) return error.message;
  return `unexpected ${error instanceof Error ? error.name : typeof error}`;
}
