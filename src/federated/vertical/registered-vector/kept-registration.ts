/**
 * What a label party keeps of its one registration: the bytes it sent or is about to send, the secret key, and which vector they encrypt. As secret
 * as the vector itself, which lies beside it in the same store in the clear.
 */
import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter, equalBytes, InputError, PeerProtocolError } from '../../../base/index.ts';
import { type KeptKey, keptKey, keptSecretBytes } from '../../../he/index.ts';
import { decodeRegistration, encodeRegistration, type Registration } from './registration.ts';
import type { RegistrationStore } from './store.ts';
import { parametersFor, type RegistrationTerms } from './terms.ts';

/** Under which key of the store. */
export const KEPT_REGISTRATION = 'registration';
const VERSION = 1;
const DIGEST_BYTES = 32;

export interface KeptRegistration {
  readonly bytes: Uint8Array;
  readonly key: KeptKey;
}

/** Durable once it resolves. The written copy is wiped. */
export async function keepRegistration(
  store: RegistrationStore,
  terms: RegistrationTerms,
  vector: readonly number[],
  registration: Registration,
  key: KeptKey,
): Promise<Uint8Array> {
  const bytes = encodeRegistration(registration);
  const secret = key.secret();
  // Made to measure, so that no smaller buffer with the secret in it is left behind.
  const writer = new ByteWriter(1 + DIGEST_BYTES + 4 + secret.length + 4 + bytes.length);
  const record = writer.u8(VERSION).raw(vectorDigest(terms, vector)).blob(secret).blob(bytes).finish();
  secret.fill(0);
  await store.put(KEPT_REGISTRATION, record).finally(() => record.fill(0));
  return bytes;
}

/**
 * The registration that was kept, if any.
 * @throws InputError `ERR_REGISTRATION_OTHER_VECTOR` when it is of another vector, `ERR_REGISTRATION_DAMAGED`
 */
export async function keptRegistration(
  store: RegistrationStore,
  terms: RegistrationTerms,
  vector: readonly number[],
): Promise<KeptRegistration | undefined> {
  const record = await store.get(KEPT_REGISTRATION);
  if (!record) return undefined;
  try {
    return read(record, terms, vector);
  } catch (error) {
    // The readers blame a peer, whose bytes these are not.
    if (error instanceof PeerProtocolError) throw damaged();
    throw error;
  } finally {
    record.fill(0);
  }
}

function read(record: Uint8Array, terms: RegistrationTerms, vector: readonly number[]): KeptRegistration {
  const reader = new ByteReader(record, 'kept registration');
  reader.u8('version', VERSION);
  if (!equalBytes(reader.raw('vector', DIGEST_BYTES), vectorDigest(terms, vector))) throw otherVector();
  const size = keptSecretBytes(parametersFor(terms));
  const secret = reader.blob('secret', { min: size, max: size });
  const bytes = new Uint8Array(reader.blob('registration', { max: record.length }));
  reader.end();
  return { bytes, key: keptKey(decodeRegistration(terms, bytes).publicKey, secret) };
}

function vectorDigest({ kind, entries, maxAbs, bits }: RegistrationTerms, vector: readonly number[]): Uint8Array {
  const text = JSON.stringify(['fedcredit/vector/1', kind, entries, maxAbs, bits, vector]);
  return new Uint8Array(createHash('sha256').update(text).digest());
}

const HELP = 'Use the scores this job has, or start a job under a new contract.';

const otherVector = (): InputError =>
  new InputError('ERR_REGISTRATION_OTHER_VECTOR', 'other weights than these are registered, encrypted, for this job', {
    help: `${HELP} A job has one registration, for good.`,
  });

const damaged = (): InputError =>
  new InputError('ERR_REGISTRATION_DAMAGED', 'what this party kept of its encrypted weights cannot be read', {
    help: `Restore this party's state of the job from a backup. ${HELP}`,
  });

/** The holder has a registration that this party has no key for. */
export const keyLost = (): InputError =>
  new InputError('ERR_REGISTRATION_KEY_LOST', 'encrypted weights are registered for this job, and this party no longer has their key', {
    help: `Restore this party's state of the job from a backup: the key lies in it. ${HELP}`,
  });
