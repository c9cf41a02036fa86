/**
 * The holder's book of one registration, durable: the registration itself, how much was revealed under its key, and the answers that were given.
 *
 * Pinned before answered: the registration is on the disk before anything computed with it leaves, so that a crash in between cannot open the
 * place to another one. Counted before computed, stored before sent: a crash can lose an answer, never a debit, and what was sent once is sent
 * again byte for byte: fresh answers to one question would let the label party average the flood away.
 *
 * Bounds: 4,096 answers and 1 GiB of them are stored. An answer beyond that is given and not stored: asked again, it is computed afresh, and
 * debited and counted again.
 */
import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter, concatBytes, equalBytes, RefusedError, toHex } from '../../../base/index.ts';
import type { RegistrationStore } from './store.ts';
import { MOST_REVEALED } from './terms.ts';

export const MOST_STORED = Object.freeze({ answers: 4_096, bytes: 2 ** 30 });

const KEYS = Object.freeze({ registration: 'holder-registration', tally: 'registered-answers' });
const DIGEST_BYTES = 32;
/** A key of a job's store has 64 characters at most; 224 bits tell questions apart, and the whole digest stands in front of the answer. */
const answerKey = (question: Uint8Array): string => `answer-${toHex(question).slice(0, 56)}`;

export interface BookPorts {
  readonly store: RegistrationStore;
  /**
   * The holder's half of the model as it is stored. The registration is good with this half alone: under another, with columns or bins in another
   * order, the same vector reads something else. @default the holder has one model
   */
  readonly half?: Uint8Array;
  /** Runs one after the other what sessions of the registration do at once. @default there is one session */
  readonly inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A question that is not in the book yet. */
export interface FreshAnswer {
  /** Coefficients it will reveal. */
  readonly reveals: number;
  /** Its size. */
  readonly bytes: number;
  /** Throws to refuse; comes before anything is counted or computed. */
  readonly authorise: () => Promise<unknown>;
  readonly compute: () => Promise<Uint8Array>;
}

interface Tally {
  readonly revealed: number;
  readonly answers: number;
  readonly bytes: number;
}

export class RegistrationBook {
  readonly #store: RegistrationStore;
  readonly #half: Uint8Array;
  readonly #inTurn: <T>(work: () => Promise<T>) => Promise<T>;

  constructor({ store, half = new Uint8Array(0), inTurn = (work) => work() }: BookPorts) {
    this.#store = store;
    this.#half = new Uint8Array(createHash('sha256').update(half).digest());
    this.#inTurn = inTurn;
  }

  /** The pinned registration, if there is one. @throws RefusedError `ERR_REFUSED_REGISTRATION` when it belongs to another half */
  async pinned(): Promise<Uint8Array | undefined> {
    const record = await this.#store.get(KEYS.registration);
    if (!record) return undefined;
    if (!equalBytes(record.subarray(0, DIGEST_BYTES), this.#half))
      throw refused('the encrypted weights of another training are registered');
    return record.slice(DIGEST_BYTES);
  }

  /** Pins a registration for good; the pinned one once more changes nothing. @throws RefusedError `ERR_REFUSED_REGISTRATION` */
  pin(registration: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const pinned = await this.pinned();
      if (!pinned) return this.#store.put(KEYS.registration, concatBytes(this.#half, registration));
      if (!equalBytes(pinned, registration)) throw refused('other encrypted weights are registered');
    });
  }

  /** The stored answer, or a fresh one. @throws RefusedError `ERR_REFUSED_REGISTERED_ANSWERS` when the key has been used up */
  answer(question: Uint8Array, fresh: FreshAnswer): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const key = answerKey(question);
      const stored = await this.#store.get(key);
      if (stored && equalBytes(stored.subarray(0, DIGEST_BYTES), question)) return stored.slice(DIGEST_BYTES);
      const room = await this.#count(fresh);
      const answer = await fresh.compute();
      if (room) await this.#store.put(key, concatBytes(question, answer));
      return answer;
    });
  }

  /** Debits and counts. Returns whether there is room to store the answer. */
  async #count({ reveals, bytes, authorise }: FreshAnswer): Promise<boolean> {
    const tally = await this.#tally();
    if (tally.revealed + reveals > MOST_REVEALED) throw usedUp();
    await authorise();
    const room = tally.answers < MOST_STORED.answers && tally.bytes + bytes <= MOST_STORED.bytes;
    const next = { answers: tally.answers + (room ? 1 : 0), bytes: tally.bytes + (room ? bytes : 0) };
    await this.#store.put(
      KEYS.tally,
      new ByteWriter(20)
        .f64(tally.revealed + reveals)
        .u32(next.answers)
        .f64(next.bytes)
        .finish(),
    );
    return room;
  }

  async #tally(): Promise<Tally> {
    const record = await this.#store.get(KEYS.tally);
    if (!record) return { revealed: 0, answers: 0, bytes: 0 };
    const reader = new ByteReader(record, 'stored tally of answers');
    const tally = { revealed: reader.f64('revealed'), answers: reader.u32('answers'), bytes: reader.f64('bytes') };
    reader.end();
    return tally;
  }
}

const HELP = 'Use the stored scores, or start a job under a new contract: a job has one registration, for good.';

export const refused = (why: string): RefusedError => new RefusedError('ERR_REFUSED_REGISTRATION', why, { help: HELP });

const usedUp = (): RefusedError =>
  new RefusedError('ERR_REFUSED_REGISTERED_ANSWERS', `${MOST_REVEALED} numbers at most are answered under one registration`, {
    help: HELP,
  });
