/** What a failed gRPC call means in our words. grpc-js reports everything below it as a status and a line of text. */
import { status } from '@grpc/grpc-js';
import { FedcreditError, PeerProtocolError, RefusedError, TransportError } from '../../base/index.ts';
import type { CertificateVerdict } from './identity.ts';

/** How far the latest connection came, and why it went no further. */
export interface ConnectionFacts {
  readonly peer: string;
  readonly peerPin: string;
  readonly ownPin: string;
  readonly address: string;
  stage: 'connecting' | 'peer verified' | 'talking';
  peerProblem?: CertificateVerdict;
}

export function explainFailure(error: unknown, facts: ConnectionFacts): FedcreditError {
  if (error instanceof FedcreditError) return error;
  const { code, details } = readStatus(error);
  const where = `${facts.peer} at ${facts.address}`;
  switch (code) {
    case status.UNAVAILABLE:
      return explainUnavailable(error, details, facts, where);
    case status.UNIMPLEMENTED:
      return new PeerProtocolError('ERR_PEER_VERSION', `${where} does not serve fedcredit.v1`, {
        cause: error,
        help: 'Check the address, and that both parties run compatible versions.',
      });
    case status.DEADLINE_EXCEEDED:
      return transport('ERR_TRANSPORT_TIMEOUT', `${where} did not answer in time`, error);
    case status.RESOURCE_EXHAUSTED:
      return new PeerProtocolError('ERR_PEER_TOO_LARGE', `${where} sent a frame above the limit, or has no room for another call`, {
        cause: error,
      });
    default:
      return transport('ERR_TRANSPORT_CLOSED', `the link to ${where} was lost`, error);
  }
}

function explainUnavailable(error: unknown, details: string, facts: ConnectionFacts, where: string): FedcreditError {
  if (facts.peerProblem) return untrusted(where, facts.peerProblem, facts, error);
  if (/certificate has expired|not yet valid/i.test(details)) {
    return untrusted(where, { problem: 'expired', sentence: 'its certificate has expired or is not valid yet' }, facts, error);
  }
  if (/self.signed|unable to (verify|get)|issuer|signature failure/i.test(details)) {
    return untrusted(
      where,
      { problem: 'authority', sentence: 'its certificate was not issued by the authority of this federation' },
      facts,
      error,
    );
  }
  if (/protocol version|unsupported protocol|wrong version number|no protocols/i.test(details)) {
    return transport(
      'ERR_TRANSPORT_TLS',
      `${where} does not speak TLS 1.3`,
      error,
      'Check the address; a fedcredit node speaks nothing older.',
    );
  }
  if (facts.stage === 'peer verified' || /alert/i.test(details)) {
    return new RefusedError('ERR_REFUSED_OWN_CERTIFICATE', `${where} does not accept the certificate of this side (${facts.ownPin})`, {
      cause: error,
      help: `Ask its operator to pin ${facts.ownPin} for this party, and check that the certificate is of the same authority and not expired.`,
      details: { peer: facts.peer, ownPin: facts.ownPin },
    });
  }
  if (facts.stage === 'connecting') {
    return transport(
      'ERR_TRANSPORT_UNREACHABLE',
      `${where} cannot be reached`,
      error,
      'Check that the node is running and the address is right.',
    );
  }
  return transport('ERR_TRANSPORT_CLOSED', `the link to ${where} was lost`, error);
}

function untrusted(where: string, { problem, pin, sentence }: CertificateVerdict, facts: ConnectionFacts, cause: unknown): RefusedError {
  return new RefusedError('ERR_REFUSED_PEER_CERTIFICATE', `${where} is not who it should be: ${sentence}; expected ${facts.peerPin}`, {
    cause,
    help: 'Check the address. If the peer has a new key, get its pin from its operator on another way and put it into the configuration.',
    details: { peer: facts.peer, expected: facts.peerPin, presented: pin ?? 'none', reason: problem ?? 'unknown' },
  });
}

function transport(code: `ERR_TRANSPORT_${string}`, message: string, cause: unknown, help?: string): TransportError {
  return new TransportError(code, message, {
    cause,
    help: help ?? 'Check that the peer is running and reachable, then run the step again.',
  });
}

function readStatus(error: unknown): { code: status; details: string } {
  if (typeof error !== 'object' || error === null) return { code: status.UNKNOWN, details: '' };
  const code = 'code' in error && typeof error.code === 'number' ? error.code : status.UNKNOWN;
  return { code, details: 'details' in error && typeof error.details === 'string' ? error.details : '' };
}
