/** Message bodies of encrypted scoring: one `open`, then `query` / `answers` pairs until a query without rows closes the session. */
import { ByteReader, ByteWriter } from '../base/index.ts';
import { type InnerProductsPacking, MOST_PIECES, RING_DEGREE } from '../he/index.ts';

export const KIND = Object.freeze({ open: 'scoring/open', query: 'scoring/query', answers: 'scoring/answers' });

export const HASH_BYTES = 32;
const MAX_KEY_BYTES = 1 << 20;
const PACKINGS: readonly InnerProductsPacking[] = ['slots', 'coefficients'];

/** Both sides derive the HE parameters from these numbers alone. */
export interface OpenMessage {
  /** What is asked: the label party's registered plan, by hash. */
  readonly planHash: Uint8Array;
  /** Many rows a query, or one. */
  readonly packing: InnerProductsPacking;
  /** Entries a row has. */
  readonly width: number;
  /** t. */
  readonly plainModulus: bigint;
  /** Most answers under this session's key. */
  readonly maxQueries: number;
  readonly publicKey: Uint8Array;
}

export interface QueryMessage {
  /** Positions in the alignment, rising; none closes the session. */
  readonly rows: Uint32Array;
  readonly uploads: readonly Uint8Array[];
}

export interface AnswersMessage {
  /** One byte a queried row: 1 answered, 0 refused (no consent). A refused row's inner product is zero. */
  readonly answered: Uint8Array;
  readonly answer: Uint8Array;
}

export function encodeOpen(message: OpenMessage): Uint8Array {
  return new ByteWriter()
    .raw(message.planHash)
    .u8(PACKINGS.indexOf(message.packing))
    .u32(message.width)
    .u64(message.plainModulus)
    .u32(message.maxQueries)
    .blob(message.publicKey)
    .finish();
}

export function decodeOpen(body: Uint8Array): OpenMessage {
  const reader = new ByteReader(body, KIND.open);
  const planHash = reader.raw('plan hash', HASH_BYTES).slice();
  const packing = PACKINGS[reader.u8('packing', PACKINGS.length - 1)];
  const width = reader.u32('width', RING_DEGREE, 1);
  const plainModulus = reader.u64('plaintext modulus', (1n << 31n) - 1n);
  const maxQueries = reader.u32('queries', 1 << 24, 1);
  const publicKey = reader.blob('public key', { min: 1, max: MAX_KEY_BYTES });
  reader.end();
  return { planHash, packing, width, plainModulus, maxQueries, publicKey };
}

export function encodeQuery({ rows, uploads }: QueryMessage): Uint8Array {
  return new ByteWriter(uploads.reduce((sum, { length }) => sum + length + 4, 4 * rows.length + 8)).u32s(rows).blobs(uploads).finish();
}

/** @param most rows a query may have; `aligned` number of aligned rows; `upload` the exact bytes of one upload. */
export function decodeQuery(body: Uint8Array, most: number, aligned: number, upload: number): QueryMessage {
  const reader = new ByteReader(body, KIND.query);
  const rows = reader.u32s('rows', { max: most }, aligned - 1);
  for (let i = 1; i < rows.length; i++) if (rows[i] <= rows[i - 1]) reader.fail('rows', 'do not rise');
  const uploads = reader.blobs('uploads', { max: MOST_PIECES }, { min: upload, max: upload });
  reader.end();
  return { rows, uploads };
}

export function encodeAnswers({ answered, answer }: AnswersMessage): Uint8Array {
  return new ByteWriter(answered.length + answer.length + 8).blob(answered).blob(answer).finish();
}

/** @param rows rows asked; `bytes` the exact size of the answer. */
export function decodeAnswers(body: Uint8Array, rows: number, bytes: number): AnswersMessage {
  const reader = new ByteReader(body, KIND.answers);
  const answered = reader.blob('answered', { min: rows, max: rows });
  if (answered.some((flag) => flag > 1)) reader.fail('answered', 'has a flag above 1');
  const answer = reader.blob('answer', { min: bytes, max: bytes });
  reader.end();
  return { answered, answer };
}
