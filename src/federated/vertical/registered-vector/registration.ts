/** A registration: the public key and the encrypted vector, as bytes that never change, and the hash they are named by. */
import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter, equalBytes, PeerProtocolError } from '../../../base/index.ts';
import { decodePublicKey, decodeUpload, publicKeyBytes, uploadBytes } from '../../../he/index.ts';
import { kindsOf, parametersFor, type RegistrationTerms } from './terms.ts';

export interface Registration {
  readonly publicKey: Uint8Array;
  readonly upload: Uint8Array;
}

export const HASH_BYTES = 32;

export const encodeRegistration = ({ publicKey, upload }: Registration): Uint8Array =>
  new ByteWriter(publicKey.length + upload.length + 8).blob(publicKey).blob(upload).finish();

const registrationBytes = (terms: RegistrationTerms): number => {
  const parameters = parametersFor(terms);
  return publicKeyBytes(parameters) + uploadBytes(parameters) + 8;
};

/**
 * Every length, and every word below its prime: what is pinned for good can be computed with.
 * @throws PeerProtocolError `ERR_PEER_MALFORMED_MESSAGE` | `ERR_PEER_MALFORMED_CIPHERTEXT`
 */
export function decodeRegistration(terms: RegistrationTerms, bytes: Uint8Array): Registration {
  const parameters = parametersFor(terms);
  const reader = new ByteReader(bytes, kindsOf(terms).registration);
  const keySize = publicKeyBytes(parameters);
  const publicKey = reader.blob('public key', { min: keySize, max: keySize }).slice();
  const size = uploadBytes(parameters);
  const upload = reader.blob('vector', { min: size, max: size }).slice();
  reader.end();
  decodePublicKey(parameters, publicKey);
  decodeUpload(parameters, upload);
  return { publicKey, upload };
}

/** Of the terms too: the same bytes under others are another registration. */
export function registrationHash({ kind, entries, maxAbs, bits }: RegistrationTerms, bytes: Uint8Array): Uint8Array {
  const domain = JSON.stringify(['fedcredit/registration/1', kind, entries, maxAbs, bits]);
  return new Uint8Array(createHash('sha256').update(domain).update(bytes).digest());
}

export const encodePinned = (hash: Uint8Array | undefined): Uint8Array =>
  new ByteWriter(HASH_BYTES + 4).blob(hash ?? new Uint8Array(0)).finish();

export function decodePinned(terms: RegistrationTerms, body: Uint8Array): Uint8Array | undefined {
  const { registered } = kindsOf(terms);
  const reader = new ByteReader(body, registered);
  const hash = reader.blob('hash', { max: HASH_BYTES });
  reader.end();
  if (hash.length !== 0 && hash.length !== HASH_BYTES) reader.fail('hash', `has ${hash.length} bytes`);
  return hash.length === 0 ? undefined : hash.slice();
}

/** How the label party says which registration it asks under: by its hash, with its bytes where the holder has none. */
export interface Named {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array | undefined;
}

export const encodeNamed = ({ hash, bytes = new Uint8Array(0) }: Named): Uint8Array =>
  new ByteWriter(HASH_BYTES + bytes.length + 4).raw(hash).blob(bytes).finish();

/** @throws PeerProtocolError `ERR_PEER_REGISTRATION_HASH` when the bytes are not those of the hash */
export function decodeNamed(terms: RegistrationTerms, body: Uint8Array): Named {
  const reader = new ByteReader(body, kindsOf(terms).registration);
  const hash = reader.raw('hash', HASH_BYTES).slice();
  const bytes = reader.blob('registration', { max: registrationBytes(terms) }).slice();
  reader.end();
  if (bytes.length === 0) return { hash, bytes: undefined };
  if (equalBytes(registrationHash(terms, bytes), hash)) return { hash, bytes };
  throw new PeerProtocolError('ERR_PEER_REGISTRATION_HASH', 'an encrypted vector was sent whose hash is not the one it was named by');
}
