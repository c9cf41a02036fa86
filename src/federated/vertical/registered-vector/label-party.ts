/**
 * Label party's end of a registered vector: it registers one vector, encrypted, and asks for its inner products with rows of the holder.
 *
 * Written before sent. Key and registration are on the disk before a byte of them leaves: a registration that was sent and whose key was lost
 * would be pinned for good, and no answer to it could be read; one that was kept and never arrived costs nothing, the same bytes are sent by
 * the next session. So after a crash at any point there is one key and one registration, and the holder says whether it has it.
 */
import { ByteReader, ByteWriter, equalBytes, InputError } from '../../../base/index.ts';
import { answerBytes, type HeEngine, type KeyHolder, packVector, unpackAnswers, wantedCoefficients } from '../../../he/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type KeptRegistration, keepRegistration, keptRegistration, keyLost } from './kept-registration.ts';
import { decodePinned, encodeNamed, registrationHash } from './registration.ts';
import type { RegistrationStore } from './store.ts';
import { kindsOf, layoutFor, MAX_ROWS_ASKED, parametersFor, type RegistrationTerms } from './terms.ts';

export interface RegistrationPorts {
  readonly engine: HeEngine;
  /** This party's own, of this one registration. */
  readonly store: RegistrationStore;
}

export interface RegisteredVector {
  /** The inner products of rows `rows` (row numbers both sides agree on). */
  ask(channel: Channel, rows: Uint32Array): Promise<Int32Array>;
  /** Wipes the key in memory; the store has it for the next session. */
  dispose(): void;
}

/**
 * Registers a vector, or goes on with its registration. The caller sees to it that no product leaves [−t/2, t/2).
 * @throws InputError `ERR_REGISTRATION_OTHER_VECTOR` | `ERR_REGISTRATION_KEY_LOST` | `ERR_REGISTRATION_DAMAGED`: nothing is registered then
 */
export async function registerVector(
  channel: Channel,
  terms: RegistrationTerms,
  vector: readonly number[],
  ports: RegistrationPorts,
): Promise<RegisteredVector> {
  const kinds = kindsOf(terms);
  const pinned = decodePinned(terms, await channel.receive(kinds.registered));
  const kept = await keptRegistration(ports.store, terms, vector);
  if (pinned && !(kept && equalBytes(pinned, registrationHash(terms, kept.bytes)))) throw keyLost();
  const { key, bytes } = kept ? await goOn(terms, kept, ports) : await draw(terms, vector, ports);
  const named = encodeNamed({ hash: registrationHash(terms, bytes), bytes: pinned ? undefined : bytes });
  await orDisposed(key, channel.send(kinds.registration, named));
  return { ask: (to, rows) => ask(to, terms, key, rows), dispose: () => key.dispose() };
}

interface OpenRegistration {
  readonly key: KeyHolder;
  readonly bytes: Uint8Array;
}

async function goOn(
  terms: RegistrationTerms,
  { key: kept, bytes }: KeptRegistration,
  { engine }: RegistrationPorts,
): Promise<OpenRegistration> {
  // Nothing is encrypted any more.
  const key = await engine.keyHolder(parametersFor(terms), { kept, expected: 0 }).finally(() => kept.wipe());
  return { key, bytes };
}

async function draw(terms: RegistrationTerms, vector: readonly number[], { engine, store }: RegistrationPorts): Promise<OpenRegistration> {
  const key = await engine.keyHolder(parametersFor(terms), { expected: 1 });
  const residues = BigUint64Array.from(vector, (entry) => BigInt.asUintN(terms.bits, BigInt(entry)));
  const [upload] = await orDisposed(key, key.encrypt(packVector(layoutFor(terms, 1), residues)));
  const kept = key.exportKey();
  const registration = { publicKey: key.publicKey, upload };
  const bytes = await orDisposed(
    key,
    keepRegistration(store, terms, vector, registration, kept).finally(() => kept.wipe()),
  );
  return { key, bytes };
}

/** A key whose work failed is nobody's any more. */
function orDisposed<T>(key: KeyHolder, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    key.dispose();
    throw error;
  });
}

async function ask(channel: Channel, terms: RegistrationTerms, key: KeyHolder, rows: Uint32Array): Promise<Int32Array> {
  if (rows.length === 0 || rows.length > MAX_ROWS_ASKED) {
    throw new InputError(`${terms.errors}_ROWS`, `ask for 1 to ${MAX_ROWS_ASKED} rows at a time`);
  }
  const kinds = kindsOf(terms);
  await channel.send(kinds.ask, new ByteWriter(4 * rows.length + 4).u32s(rows).finish());
  const layout = layoutFor(terms, rows.length);
  const wanted = wantedCoefficients(layout);
  const reader = new ByteReader(await channel.receive(kinds.scores), kinds.scores);
  const size = answerBytes(key.parameters, wanted.length);
  const answers = reader.blobs('answers', { min: layout.answers, max: layout.answers }, { min: size, max: size });
  reader.end();
  const opened = unpackAnswers(layout, await key.decrypt(answers, wanted, 'reveal'));
  return Int32Array.from(opened, (value) => Number(BigInt.asIntN(terms.bits, value)));
}
