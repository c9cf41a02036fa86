/**
 * Inner products with a registered vector: the label party registers a vector of integers once, encrypted; for each batch of rows the holder
 * multiplies it with the rows' own integers and answers one number a row. Regression scores and scorecard points are this with other integers.
 *
 * | | label party | feature holder |
 * |---|---|---|
 * | learns | one inner product mod t of each asked row, at most log2(t) bits, whatever it encrypted | which rows were asked for |
 * | does not learn | any value of the holder | the vector, the products |
 *
 * The holder answers under its registration only: another vector needs another registration, which its `admit` counts.
 */
import { ByteReader, ByteWriter, InputError, PeerProtocolError, type SecureRandom } from '../../base/index.ts';
import {
  answerBytes,
  chooseParameters,
  type HeEngine,
  type HeParameters,
  type MatvecLayout,
  matrixOperand,
  matvecLayout,
  packVector,
  publicKeyBytes,
  RING_DEGREE,
  unpackAnswers,
  uploadBytes,
  wantedCoefficients,
} from '../../he/index.ts';
import type { Channel } from '../../protocol/index.ts';

export interface RegistrationPorts {
  readonly engine: HeEngine;
  readonly random: SecureRandom;
}

/** What both sides know of a registration. */
export interface RegistrationTerms {
  /** First word of the messages' kinds. */
  readonly kind: string;
  /** First words of the error codes. */
  readonly errors: `ERR_${string}`;
  /** Length of the vector. */
  readonly entries: number;
  /** Largest size of the holder's integers. */
  readonly maxAbs: number;
  /** t = 2^bits; products lie in [−t/2, t/2). */
  readonly bits: number;
}

const MAX_ROWS_ASKED = 65_536;
/** Rows the flooding bound of one registration is sized for. */
const MAX_ROWS_EVER = 2 ** 24;

const kindsOf = ({ kind }: RegistrationTerms) => ({ register: `${kind}/register`, ask: `${kind}/ask`, scores: `${kind}/scores` });

function layoutFor({ entries }: RegistrationTerms, rows: number): MatvecLayout {
  const block = Math.min(RING_DEGREE, 2 ** Math.ceil(Math.log2(Math.max(2, entries))));
  return matvecLayout({ rows: entries, outputs: rows, block });
}

function parametersFor(terms: RegistrationTerms): HeParameters {
  const usage = { terms: layoutFor(terms, 1).terms, maxAbs: terms.maxAbs, outputs: MAX_ROWS_EVER, mode: 'reveal' as const };
  return chooseParameters(usage, 1n << BigInt(terms.bits));
}

/** Label party's end of a registration; `dispose()` wipes the key. */
export interface RegisteredVector {
  /** The inner products of rows `rows` (row numbers both sides agree on). */
  ask(channel: Channel, rows: Uint32Array): Promise<Int32Array>;
  dispose(): void;
}

/** Registers a vector, encrypted under a fresh key. The caller sees to it that no product leaves [−t/2, t/2). */
export async function registerVector(
  channel: Channel,
  terms: RegistrationTerms,
  vector: readonly number[],
  { engine }: RegistrationPorts,
): Promise<RegisteredVector> {
  const key = await engine.keyHolder(parametersFor(terms));
  const residues = BigUint64Array.from(vector, (entry) => BigInt.asUintN(terms.bits, BigInt(entry)));
  const [upload] = await key.encrypt(packVector(layoutFor(terms, 1), residues));
  const kinds = kindsOf(terms);
  await channel.send(kinds.register, new ByteWriter(upload.length).blob(key.publicKey).blob(upload).finish());
  return {
    dispose: () => key.dispose(),
    async ask(to, rows) {
      if (rows.length === 0 || rows.length > MAX_ROWS_ASKED) {
        throw new InputError(`${terms.errors}_ROWS`, `ask for 1 to ${MAX_ROWS_ASKED} rows at a time`);
      }
      await to.send(kinds.ask, new ByteWriter(4 * rows.length).u32s(rows).finish());
      const layout = layoutFor(terms, rows.length);
      const wanted = wantedCoefficients(layout);
      const reader = new ByteReader(await to.receive(kinds.scores), kinds.scores);
      const size = answerBytes(key.parameters, wanted.length);
      const answers = reader.blobs('answers', { min: layout.answers, max: layout.answers }, { min: size, max: size });
      reader.end();
      const opened = unpackAnswers(layout, await key.decrypt(answers, wanted, 'reveal'));
      return Int32Array.from(opened, (value) => Number(BigInt.asIntN(terms.bits, value)));
    },
  };
}

/** The holder's integers of the rows asked: `entries` for the i-th of them. */
export type RowIntegers = (rows: Uint32Array) => (i: number) => Int32Array | Uint8Array;

/** Holder's end of a registration. */
export interface HeldVector {
  /**
   * Answers one `ask` about rows below `rowCount`.
   * @param authorise sees the rows before anything is computed; throws to refuse
   */
  answer(channel: Channel, rowCount: number, integers: RowIntegers, authorise?: (rows: Uint32Array) => Promise<unknown>): Promise<void>;
  dispose(): void;
}

/**
 * Accepts one registration.
 * @param admit sees the registration's bytes (key and encrypted vector) before anything is computed; throws to refuse: each registration is a
 * functional of the columns that the label party may have chosen
 * @throws PeerProtocolError on malformed bytes.
 */
export async function acceptVector(
  channel: Channel,
  terms: RegistrationTerms,
  { engine }: RegistrationPorts,
  admit?: (registration: Uint8Array) => Promise<unknown>,
): Promise<HeldVector> {
  const parameters = parametersFor(terms);
  const kinds = kindsOf(terms);
  const registration = await channel.receive(kinds.register);
  const reader = new ByteReader(registration, kinds.register);
  const keySize = publicKeyBytes(parameters);
  const publicKey = reader.blob('public key', { min: keySize, max: keySize }).slice();
  const size = uploadBytes(parameters);
  const upload = reader.blob('vector', { min: size, max: size }).slice();
  reader.end();
  await admit?.(registration);
  const evaluator = await engine.evaluator(parameters, publicKey);
  return {
    dispose: () => evaluator.dispose(),
    async answer(to, rowCount, integers, authorise) {
      const rows = readRows(await to.receive(kinds.ask), terms, rowCount);
      await authorise?.(rows);
      const layout = layoutFor(terms, rows.length);
      const operand = await engine.prepare(parameters, matrixOperand(layout, integers(rows), terms.maxAbs));
      const [{ answers }] = await evaluator.multiply([[upload]], operand, { mode: 'reveal', wanted: wantedCoefficients(layout) });
      operand.dispose();
      await to.send(kinds.scores, new ByteWriter(1024).blobs(answers).finish());
    },
  };
}

function readRows(bytes: Uint8Array, terms: RegistrationTerms, rowCount: number): Uint32Array {
  const reader = new ByteReader(bytes, kindsOf(terms).ask);
  const rows = reader.u32s('rows', { min: 1, max: MAX_ROWS_ASKED }, rowCount - 1);
  reader.end();
  if (new Set(rows).size === rows.length) return rows;
  throw new PeerProtocolError(`${terms.errors}_REPEATED_ROW`, 'a row is asked for twice in one batch');
}
