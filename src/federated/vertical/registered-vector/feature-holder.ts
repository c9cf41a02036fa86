/**
 * Holder's end of a registered vector: it accepts one registration, for good, and answers under it alone. A later session names it by its hash,
 * and the holder computes with the bytes of its own store.
 */
import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter, equalBytes, PeerProtocolError } from '../../../base/index.ts';
import { answerBytes, type Evaluator, matrixOperand, wantedCoefficients } from '../../../he/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type BookPorts, RegistrationBook, refused } from './book.ts';
import type { RegistrationPorts } from './label-party.ts';
import { decodeNamed, decodeRegistration, encodePinned, type Registration, registrationHash } from './registration.ts';
import { kindsOf, layoutFor, MAX_ROWS_ASKED, parametersFor, type RegistrationTerms } from './terms.ts';

export interface HolderPorts extends RegistrationPorts, BookPorts {}

/** The holder's integers of the rows asked: `entries` for the i-th of them. */
export type RowIntegers = (rows: Uint32Array) => (i: number) => Int32Array | Uint8Array;

/** What the holder's desk has to say of the rows asked. */
export interface AskDesk {
  /** Sees the rows of a fresh answer before anything is computed; throws to refuse. A stored answer was authorised when it was computed. */
  readonly authorise?: (rows: Uint32Array) => Promise<unknown>;
  /** Names the records behind the rows, whatever numbers this session gives them: part of what makes a question the same. @default the numbers */
  readonly identify?: (rows: Uint32Array) => Uint8Array;
}

export interface HeldVector {
  /** Answers one `ask` about rows below `rowCount`; a question that was answered before gets the bytes it got then. */
  answer(channel: Channel, rowCount: number, integers: RowIntegers, desk?: AskDesk): Promise<void>;
  dispose(): void;
}

/**
 * Pins a registration, or goes on with the pinned one.
 * @throws RefusedError `ERR_REFUSED_REGISTRATION` when another is pinned; PeerProtocolError on malformed bytes, which are not pinned
 */
export async function acceptVector(channel: Channel, terms: RegistrationTerms, ports: HolderPorts): Promise<HeldVector> {
  const book = new RegistrationBook(ports);
  const { bytes, publicKey, upload } = await agreed(channel, terms, book);
  const hash = registrationHash(terms, bytes);
  const parameters = parametersFor(terms);
  const { engine } = ports;
  let evaluator: Evaluator | undefined;
  const compute = async (rows: Uint32Array, integers: RowIntegers): Promise<Uint8Array> => {
    evaluator ??= await engine.evaluator(parameters, publicKey);
    const layout = layoutFor(terms, rows.length);
    const operand = await engine.prepare(parameters, matrixOperand(layout, integers(rows), terms.maxAbs));
    const [{ answers }] = await evaluator.multiply([[upload]], operand, { mode: 'reveal', wanted: wantedCoefficients(layout) });
    operand.dispose();
    return new ByteWriter(1024).blobs(answers).finish();
  };
  return {
    dispose: () => evaluator?.dispose(),
    async answer(to, rowCount, integers, { authorise, identify = numbers } = {}) {
      const kinds = kindsOf(terms);
      const rows = readRows(await to.receive(kinds.ask), terms, rowCount);
      const question = new Uint8Array(createHash('sha256').update(hash).update(identify(rows)).digest());
      const layout = layoutFor(terms, rows.length);
      const wanted = wantedCoefficients(layout).length;
      const answer = await book.answer(question, {
        reveals: layout.answers * wanted,
        bytes: layout.answers * (answerBytes(parameters, wanted) + 4) + 4,
        authorise: async () => authorise?.(rows),
        compute: () => compute(rows, integers),
      });
      await to.send(kinds.scores, answer);
    },
  };
}

/** The registration this session is under. Bytes that come are pinned before anything is answered. */
async function agreed(
  channel: Channel,
  terms: RegistrationTerms,
  book: RegistrationBook,
): Promise<Registration & { readonly bytes: Uint8Array }> {
  const kinds = kindsOf(terms);
  const pinned = await book.pinned();
  const pinnedHash = pinned && registrationHash(terms, pinned);
  await channel.send(kinds.registered, encodePinned(pinnedHash));
  const { hash, bytes = pinned } = decodeNamed(terms, await channel.receive(kinds.registration));
  if (!bytes) throw refused('encrypted weights are named that nobody registered');
  if (pinnedHash && !equalBytes(hash, pinnedHash)) throw refused('other encrypted weights than the registered ones are named');
  const registration = decodeRegistration(terms, bytes);
  await book.pin(bytes);
  return { ...registration, bytes };
}

const numbers = (rows: Uint32Array): Uint8Array => new ByteWriter(4 * rows.length + 4).u32s(rows).finish();

function readRows(bytes: Uint8Array, terms: RegistrationTerms, rowCount: number): Uint32Array {
  const reader = new ByteReader(bytes, kindsOf(terms).ask);
  const rows = reader.u32s('rows', { min: 1, max: MAX_ROWS_ASKED }, rowCount - 1);
  reader.end();
  if (new Set(rows).size === rows.length) return rows;
  throw new PeerProtocolError(`${terms.errors}_REPEATED_ROW`, 'a row is asked for twice in one batch');
}
