/**
 * A scoring session: the label party L asks for one inner product a row, ⟨v_row, p_row⟩ mod t, between its secret vector and the feature
 * holder H's secret 0/1 vector, many rows a ciphertext (`he/inner-products.ts`). One round trip a batch. Trees and limits are this with
 * another v and p.
 *
 * Who learns what: L one integer mod t for each answered row, at most log2 t bits, and which rows H refused. H the rows asked about and the
 * plan's hash. Keys live for one session; the ring's parameters follow from the announced numbers, checked on both sides.
 */
import { type Logger, noProgress, type Progress, RefusedError, type SecureRandom } from '../base/index.ts';
import {
  answerBytes,
  chooseParameters,
  type HeEngine,
  type HeParameters,
  type InnerProductsLayout,
  innerProductsLayout,
  innerProductsOperand,
  packItems,
  type Residues,
  type SlotCodec,
  slotCodec,
  sumItems,
  uploadBytes,
  zeroSumMasks,
} from '../he/index.ts';
import type { Channel } from '../protocol/index.ts';
import { decodeAnswers, decodeOpen, decodeQuery, encodeAnswers, encodeOpen, encodeQuery, KIND, MAX_QUERY_ROWS } from './messages.ts';

export interface ScoringPorts {
  readonly engine: HeEngine;
  readonly random: SecureRandom;
  readonly progress?: Progress;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
}

/** What both sides know before the first query. */
export interface SessionTerms {
  /** SHA-256 of the registered plan. */
  readonly planHash: Uint8Array;
  /** W, slots a row. */
  readonly width: number;
  /** A slot modulus; values are signed integers of absolute value below t/2. */
  readonly plainModulus: bigint;
}

/** Ciphertexts a query carries at most: enough to keep both sides busy, small enough for a message of a few megabytes. */
const CIPHERTEXTS_A_QUERY = 8;
/** Queries under way at once: L encrypts the next while H answers this one. */
const WINDOW = 2;

/** Parameters of a session: each answer reveals all N coefficients. */
export function sessionParameters(plainModulus: bigint, maxCiphertexts: number): HeParameters {
  const codec = slotCodec(plainModulus);
  const usage = { terms: codec.slots, maxAbs: Number(plainModulus >> 1n), outputs: maxCiphertexts * codec.slots, mode: 'reveal' as const };
  return chooseParameters(usage, plainModulus);
}

/** Rows that share one ciphertext. */
export const rowsPerCiphertext = (width: number): number => Math.floor(8192 / width);

/** One answered batch, in the order of the rows asked. */
export interface BatchAnswer {
  /** Signed inner products; 0 where refused. */
  readonly values: Int32Array;
  /** 1 where H answered. */
  readonly answered: Uint8Array;
}

/** L's side of a session. `ask` may be called many times; `close` ends it for both. */
export interface Asker {
  ask(rows: Uint32Array, vector: (row: number) => Residues): Promise<BatchAnswer>;
  close(): Promise<void>;
}

/** How much a session may ask: the flood is dimensioned for it. */
export interface SessionSize {
  /** Rows over all calls. */
  readonly rows: number;
  /** Calls of `ask`; each may leave its last ciphertext partly empty. @default 1 */
  readonly calls?: number;
}

/**
 * Opens a session.
 * @param vector (of `ask`) gives a row's W residues mod t.
 */
export async function openAsker(channel: Channel, terms: SessionTerms, size: SessionSize, ports: ScoringPorts): Promise<Asker> {
  const codec = slotCodec(terms.plainModulus);
  const perCiphertext = rowsPerCiphertext(terms.width);
  const maxCiphertexts = Math.ceil(size.rows / perCiphertext) + (size.calls ?? 1);
  const parameters = sessionParameters(terms.plainModulus, maxCiphertexts);
  const keys = await ports.engine.keyHolder(parameters);
  await channel.send(KIND.open, encodeOpen({ ...terms, maxCiphertexts, publicKey: keys.publicKey }));
  const each = Math.min(MAX_QUERY_ROWS, perCiphertext * CIPHERTEXTS_A_QUERY);

  const send = async (rows: Uint32Array, vector: (row: number) => Residues): Promise<InnerProductsLayout> => {
    ports.signal?.throwIfAborted();
    const layout = innerProductsLayout(codec, { items: rows.length, width: terms.width });
    const uploads = await keys.encrypt(packItems(layout, codec, (item) => vector(rows[item])));
    await channel.send(KIND.query, encodeQuery({ rows, uploads }));
    return layout;
  };
  const collect = async (layout: InnerProductsLayout): Promise<BatchAnswer> => {
    const bytes = answerBytes(parameters, codec.slots);
    const { answered, answers } = decodeAnswers(await channel.receive(KIND.answers), layout.items, layout.ciphertexts, bytes);
    const sums = sumItems(layout, codec, await keys.decrypt(answers, 'all', 'reveal'));
    return { values: centre(sums, terms.plainModulus), answered: answered.slice() };
  };

  return {
    async ask(rows, vector) {
      const values = new Int32Array(rows.length);
      const answered = new Uint8Array(rows.length);
      const under: { at: number; layout: InnerProductsLayout }[] = [];
      let asked = 0;
      let done = 0;
      while (done < rows.length) {
        while (asked < rows.length && under.length < WINDOW) {
          const part = rows.subarray(asked, asked + each);
          under.push({ at: asked, layout: await send(part, vector) });
          asked += part.length;
        }
        const { at, layout } = under.shift() as (typeof under)[number];
        const batch = await collect(layout);
        values.set(batch.values, at);
        answered.set(batch.answered, at);
        done = at + layout.items;
        (ports.progress ?? noProgress)({ stage: 'score', done, total: rows.length, unit: 'rows' });
      }
      return { values, answered };
    },
    async close() {
      keys.dispose();
      await channel.send(KIND.query, encodeQuery({ rows: new Uint32Array(0), uploads: [] }));
    },
  };
}

/** H's side: its own vectors, and a say over every row. */
export interface AnswererInput extends SessionTerms {
  /** Aligned rows. */
  readonly rows: number;
  /** A row's W bits. */
  readonly vector: (row: number) => Uint8Array;
  /**
   * Consent and budget: flags the rows that may be answered, after debiting them.
   * @throws RefusedError when the caller's budget is used up.
   */
  readonly authorise: (rows: Uint32Array) => Promise<Uint8Array>;
  /** Policy: most ciphertexts one session may ask. */
  readonly maxCiphertexts: number;
}

/** Answers queries until L closes. Returns the number of rows answered. */
export async function answer(channel: Channel, input: AnswererInput, ports: ScoringPorts): Promise<number> {
  const open = decodeOpen(await channel.receive(KIND.open));
  checkTerms(open, input);
  const codec = slotCodec(open.plainModulus);
  const parameters = sessionParameters(open.plainModulus, open.maxCiphertexts);
  const evaluator = await ports.engine.evaluator(parameters, open.publicKey);
  const upload = uploadBytes(parameters);
  let left = open.maxCiphertexts;
  let total = 0;
  try {
    for (;;) {
      const { rows, uploads } = decodeQuery(await channel.receive(KIND.query), input.rows, upload);
      if (rows.length === 0) return total;
      ports.signal?.throwIfAborted();
      const layout = innerProductsLayout(codec, { items: rows.length, width: open.width });
      left -= layout.ciphertexts;
      if (uploads.length !== layout.ciphertexts || left < 0) {
        throw refusal(
          'ERR_SCORING_QUERY_SIZE',
          'a scoring query has another number of ciphertexts than its rows need, or exceeds the session',
        );
      }
      const answered = await input.authorise(rows);
      const answers = await respond(evaluator, layout, codec, rows, answered, uploads, input, parameters, ports);
      total += answered.reduce((sum, flag) => sum + flag, 0);
      await channel.send(KIND.answers, encodeAnswers({ answered, answers }));
    }
  } finally {
    evaluator.dispose();
  }
}

async function respond(
  evaluator: Awaited<ReturnType<HeEngine['evaluator']>>,
  layout: InnerProductsLayout,
  codec: SlotCodec,
  rows: Uint32Array,
  answered: Uint8Array,
  uploads: readonly Uint8Array[],
  input: AnswererInput,
  parameters: HeParameters,
  ports: ScoringPorts,
): Promise<readonly Uint8Array[]> {
  const nothing = new Uint8Array(layout.width);
  const vector = (item: number): Uint8Array => (answered[item] ? input.vector(rows[item]) : nothing);
  const operand = await ports.engine.prepare(parameters, innerProductsOperand(layout, codec, vector));
  try {
    const addend = zeroSumMasks(layout, codec, ports.random);
    const [blinded] = await evaluator.multiply([uploads], operand, { mode: 'reveal', wanted: 'all', addend });
    return blinded.answers;
  } finally {
    operand.dispose();
  }
}

function checkTerms(open: SessionTerms & { maxCiphertexts: number }, agreed: AnswererInput): void {
  if (!open.planHash.every((byte, i) => byte === agreed.planHash[i])) {
    throw refusal('ERR_SCORING_UNREGISTERED_PLAN', 'the scoring session names a plan that is not the registered one');
  }
  if (open.width !== agreed.width || open.plainModulus !== agreed.plainModulus) {
    throw refusal('ERR_SCORING_TERMS', 'the scoring session announces another width or plaintext modulus than the registered plan has');
  }
  if (open.maxCiphertexts > agreed.maxCiphertexts) {
    throw refusal(
      'ERR_SCORING_SESSION_SIZE',
      `the scoring session asks for ${open.maxCiphertexts} ciphertexts, the policy allows ${agreed.maxCiphertexts}`,
    );
  }
}

function refusal(code: `ERR_${string}`, message: string): RefusedError {
  return new RefusedError(code, message, { help: 'Register the model or policy again and ask within the agreed numbers.' });
}

/** Residues mod t → signed integers in (-t/2, t/2). */
function centre(residues: Residues, t: bigint): Int32Array {
  const half = t >> 1n;
  return Int32Array.from(residues, (value) => Number(value > half ? value - t : value));
}
