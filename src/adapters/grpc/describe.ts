/** What a node says of itself to a pinned peer: versions, and what its policy lets this very caller ask for. */
import protobuf from 'protobufjs/minimal.js';
import { PeerProtocolError } from '../../base/index.ts';
import { fedcredit } from './gen/fedcredit.js';
import { LIBRARY_VERSION, PROTOCOL_VERSION } from './version.ts';

export interface Description {
  readonly partyId: string;
  /** For people: 中文名. */
  readonly partyName: string;
  readonly assets: readonly { readonly name: string; readonly columns: readonly string[] }[];
  readonly steps: readonly string[];
}
export interface PeerDescription extends Description {
  readonly libraryVersion: string;
  readonly protocolVersions: readonly number[];
}

const wire = fedcredit.v1;
const MAX_LIST = 10_000;

export const encodeDescribeRequest = (): Uint8Array =>
  wire.DescribeRequest.encode({ protocolVersion: PROTOCOL_VERSION, libraryVersion: LIBRARY_VERSION }).finish();

export function encodeDescription({ partyId, partyName, assets, steps }: Description): Uint8Array {
  const versions = { libraryVersion: LIBRARY_VERSION, protocolVersions: [PROTOCOL_VERSION] };
  const lists = { assets: assets.map(({ name, columns }) => ({ name, columns: [...columns] })), steps: [...steps] };
  return wire.DescribeReply.encode({ partyId, partyName, ...versions, ...lists }).finish();
}

/** @throws PeerProtocolError `ERR_PEER_MALFORMED_FRAME` */
export function decodeDescription(bytes: Uint8Array): PeerDescription {
  const reply = decode(bytes);
  if (reply.assets.length > MAX_LIST || reply.steps.length > MAX_LIST) throw malformed();
  return {
    partyId: clean(reply.partyId),
    partyName: clean(reply.partyName),
    libraryVersion: clean(reply.libraryVersion),
    protocolVersions: reply.protocolVersions,
    assets: reply.assets.map(({ name, columns }) => ({ name: clean(name ?? ''), columns: (columns ?? []).map(clean) })),
    steps: reply.steps.map(clean),
  };
}

function decode(bytes: Uint8Array): fedcredit.v1.DescribeReply {
  try {
    return wire.DescribeReply.decode(protobuf.Reader.create(bytes));
  } catch {
    throw malformed();
  }
}

function malformed(): PeerProtocolError {
  return new PeerProtocolError('ERR_PEER_MALFORMED_FRAME', 'the peer describes itself in a form we do not read');
}

/** Names of a peer end on our terminal: one line, no control characters, bounded. */
const clean = (value: string): string => value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200);
