/**
 * A scoring session: the label party L asks for one inner product a row, ⟨v_row, p_row⟩ mod t, between its secret vector and the feature
 * holder H's secret 0/1 vector (`he/inner-products.ts`). A query is one answer: many rows that share a few ciphertexts, or a single row in
 * the packing that costs least for one. Trees and limits are this with another v and p.
 *
 * Who learns what: L one integer mod t for each answered row, at most log2 t bits, and which rows H refused. H the rows asked about and the
 * plan's hash. Keys live for one session; the ring's
 * parameters follow from the announced numbers and the contract's, on both sides.
 */
import { type Logger, noProgress, type Progress, RefusedError, type SecureRandom } from '../base/index.ts';
import {
  answerBytes,
  chooseParameters,
  type Evaluator,
  type HeEngine,
  type HeParameters,
  type InnerProductsLayout,
  type InnerProductsPacking,
  innerProductsLayout,
  innerProductsUsage,
  itemFactors,
  itemsPerAnswer,
  type KeyHolder,
  packItems,
  sumItems,
  sumMasks,
  uploadBytes,
  wantedSums,
} from '../he/index.ts';
import type { Channel } from '../protocol/index.ts';
import { decodeAnswers, decodeOpen, decodeQuery, encodeAnswers, encodeOpen, encodeQuery, KIND, type OpenMessage } from './messages.ts';
import { Replies } from './replies.ts';

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
  /** W, entries a row. */
  readonly width: number;
  /** A slot modulus. */
  readonly plainModulus: bigint;
  /**
   * Most answers under the contract, over all sessions of this step: both sides derive it from the contract, and H's count of answers keeps it.
   * @default the session's own `maxQueries`, for a contract of one session
   */
  readonly answersEver?: number | undefined;
}

/** Queries under way at once: L encrypts the next while H answers the ones before. */
const WINDOW = 3;

/**
 * Parameters of a session: an answer reveals one coefficient, or all N where slots are shared. The flood is sized for every answer of the
 * contract: the statistical distances of many small sessions add up like those of a large one.
 */
export function sessionParameters(
  session: Pick<OpenMessage, 'packing' | 'width' | 'plainModulus' | 'maxQueries'>,
  { answersEver = 0 }: Pick<SessionTerms, 'answersEver'> = {},
): HeParameters {
  const { packing, width, plainModulus, maxQueries } = session;
  const answers = Math.max(maxQueries, answersEver);
  return chooseParameters(innerProductsUsage(packing, { width, plainModulus, answers }), plainModulus);
}

/** One answered batch, in the order of the rows asked. */
export interface BatchAnswer {
  /** Inner products mod t; 0 where refused. */
  readonly values: Uint32Array;
  /** 1 where H answered. */
  readonly answered: Uint8Array;
}

/** A row's W residues mod t, and the row's place among those asked. */
export type RowVector = (row: number, place: number) => Uint32Array;

/** L's side of a session. `ask` may be called many times; `close` ends it for both. */
export interface Asker {
  ask(rows: Uint32Array, vector: RowVector): Promise<BatchAnswer>;
  close(): Promise<void>;
}

/** How much a session may ask: the flood is dimensioned for it. */
export interface SessionSize {
  /** Rows over all calls. */
  readonly rows: number;
  /** Calls of `ask`. A session of single rows (no more rows than calls) uses the packing for those. @default 1 */
  readonly calls?: number;
}

/** Opens a session. */
export async function openAsker(channel: Channel, terms: SessionTerms, size: SessionSize, ports: ScoringPorts): Promise<Asker> {
  const session = planSession(terms, size);
  const parameters = sessionParameters(session, terms);
  const keys = await ports.engine.keyHolder(parameters);
  await channel.send(KIND.open, encodeOpen({ ...session, publicKey: keys.publicKey }));
  const asking = new Asking(channel, session, parameters, keys, ports);
  return {
    ask: (rows, vector) => asking.ask(rows, vector),
    async close() {
      keys.dispose();
      await channel.send(KIND.query, encodeQuery({ rows: new Uint32Array(0), uploads: [] }));
    },
  };
}

type Session = Omit<OpenMessage, 'publicKey'>;

function planSession({ planHash, width, plainModulus }: SessionTerms, { rows, calls = 1 }: SessionSize): Session {
  const packing: InnerProductsPacking = rows <= calls ? 'coefficients' : 'slots';
  const maxQueries = packing === 'coefficients' ? Math.max(1, rows) : Math.ceil(rows / itemsPerAnswer(width, packing)) + calls;
  return { planHash, packing, width, plainModulus, maxQueries };
}

interface ReceivedAnswer {
  readonly query: Query;
  readonly answered: Uint8Array;
  readonly answer: Uint8Array;
}

interface Query {
  readonly from: number;
  readonly rows: Uint32Array;
  readonly layout: InnerProductsLayout;
  readonly uploads: readonly Uint8Array[];
}

class Asking {
  readonly #channel: Channel;
  readonly #session: Session;
  readonly #parameters: HeParameters;
  readonly #keys: KeyHolder;
  readonly #ports: ScoringPorts;

  constructor(channel: Channel, session: Session, parameters: HeParameters, keys: KeyHolder, ports: ScoringPorts) {
    this.#channel = channel;
    this.#session = session;
    this.#parameters = parameters;
    this.#keys = keys;
    this.#ports = ports;
  }

  /** Encrypts ahead, keeps a window of queries at H, and decrypts what has come while the next answer is on its way. */
  async ask(rows: Uint32Array, vector: RowVector): Promise<BatchAnswer> {
    const { packing, width } = this.#session;
    const each = itemsPerAnswer(width, packing);
    const queries = Math.ceil(rows.length / each);
    const batch = { values: new Uint32Array(rows.length), answered: new Uint8Array(rows.length) };
    const start = (query: number): Promise<Query> => this.#encrypt(query * each, rows.subarray(query * each, (query + 1) * each), vector);
    const under: Query[] = [];
    const decrypting: Promise<void>[] = [];
    let next = handled(start(0));
    for (let sent = 0; sent < queries || under.length > 0; ) {
      if (sent < queries && under.length < WINDOW) {
        const query = await next;
        sent += 1;
        if (sent < queries) next = handled(start(sent));
        this.#ports.signal?.throwIfAborted();
        await this.#channel.send(KIND.query, encodeQuery(query));
        under.push(query);
      } else decrypting.push(handled(this.#decrypt(await this.#receive(under), batch)));
    }
    await Promise.all(decrypting);
    return batch;
  }

  async #encrypt(from: number, rows: Uint32Array, vector: RowVector): Promise<Query> {
    if (rows.length === 0) return { from, rows, layout: this.#layout(1), uploads: [] };
    const layout = this.#layout(rows.length);
    const uploads = await this.#keys.encryptWords(
      packItems(layout, (item) => vector(rows[item], from + item)),
      layout.packing,
    );
    return { from, rows, layout, uploads };
  }

  async #receive(under: Query[]): Promise<ReceivedAnswer> {
    const query = under.shift() as Query;
    const { ringDegree } = this.#parameters;
    const wanted = wantedSums(query.layout);
    const bytes = answerBytes(this.#parameters, wanted === 'all' ? ringDegree : wanted.length);
    return { query, ...decodeAnswers(await this.#channel.receive(KIND.answers), query.rows.length, bytes) };
  }

  async #decrypt({ query, answered, answer }: ReceivedAnswer, batch: BatchAnswer): Promise<void> {
    const { layout, from } = query;
    const words = layout.packing === 'slots' ? await this.#keys.decryptSlots([answer]) : await this.#decryptWanted(layout, answer);
    batch.values.set(sumItems(layout, this.#session.plainModulus, words[0]), from);
    batch.answered.set(answered, from);
    const total = batch.values.length;
    (this.#ports.progress ?? noProgress)({ stage: 'score', done: from + layout.items, total, unit: 'rows' });
  }

  async #decryptWanted(layout: InnerProductsLayout, answer: Uint8Array): Promise<Uint32Array[]> {
    const residues = await this.#keys.decrypt([answer], wantedSums(layout), 'reveal');
    return residues.map((values) => Uint32Array.from(values, Number));
  }

  #layout(items: number): InnerProductsLayout {
    return innerProductsLayout(this.#session.packing, { items, width: this.#session.width });
  }
}

/** Its failure is met where it is awaited; until then it is nobody's unhandled rejection. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
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
  const parameters = sessionParameters(open, input);
  const evaluator = await ports.engine.evaluator(parameters, open.publicKey);
  const replies = new Replies<Uint8Array>(WINDOW, (body) => channel.send(KIND.answers, body));
  const left = { queries: open.maxQueries, ciphertexts: input.maxCiphertexts };
  let total = 0;
  try {
    for (;;) {
      const query = await replies.watch(channel.receive(KIND.query));
      const { rows, uploads } = decodeQuery(
        query,
        Math.min(input.rows, itemsPerAnswer(open.width, open.packing)),
        input.rows,
        uploadBytes(parameters),
      );
      if (rows.length === 0) {
        await replies.sent();
        return total;
      }
      ports.signal?.throwIfAborted();
      const layout = innerProductsLayout(open.packing, { items: rows.length, width: open.width });
      countQuery(left, layout, uploads.length);
      const answered = await replies.watch(input.authorise(rows));
      total += answered.reduce((sum, flag) => sum + flag, 0);
      await replies.add(respond(evaluator, layout, input, { rows, answered, uploads }));
    }
  } finally {
    await replies.settled();
    evaluator.dispose();
  }
}

function countQuery(left: { queries: number; ciphertexts: number }, layout: InnerProductsLayout, uploads: number): void {
  left.queries -= 1;
  left.ciphertexts -= uploads;
  if (uploads === layout.pieces && left.queries >= 0 && left.ciphertexts >= 0) return;
  throw refusal('ERR_SCORING_QUERY_SIZE', 'a scoring query has another number of ciphertexts than its rows need, or exceeds the session');
}

interface CheckedQuery {
  readonly rows: Uint32Array;
  readonly answered: Uint8Array;
  readonly uploads: readonly Uint8Array[];
}

/** The answer's bytes. Rows that are refused take part with zeros: what is sent has the same size whatever is answered. */
async function respond(
  evaluator: Evaluator,
  layout: InnerProductsLayout,
  { plainModulus, vector }: AnswererInput,
  { rows, answered, uploads }: CheckedQuery,
): Promise<Uint8Array> {
  const nothing = new Uint8Array(layout.width);
  const factors = itemFactors(layout, plainModulus, (item) => (answered[item] ? vector(rows[item]) : nothing));
  const answer = await evaluator.multiplyOnce(uploads, factors, { wanted: wantedSums(layout), masks: sumMasks(layout) });
  return encodeAnswers({ answered, answer });
}

function checkTerms(open: OpenMessage, agreed: AnswererInput): void {
  if (!open.planHash.every((byte, i) => byte === agreed.planHash[i])) {
    throw refusal('ERR_SCORING_UNREGISTERED_PLAN', 'the scoring session names a plan that is not the registered one');
  }
  if (open.width !== agreed.width || open.plainModulus !== agreed.plainModulus) {
    throw refusal('ERR_SCORING_TERMS', 'the scoring session announces another width or plaintext modulus than the registered plan has');
  }
  if (agreed.answersEver !== undefined && open.maxQueries > agreed.answersEver) {
    throw refusal(
      'ERR_SCORING_SESSION_SIZE',
      `the scoring session asks for ${open.maxQueries} answers, the contract has ${agreed.answersEver} over all sessions`,
    );
  }
  if (open.maxQueries > agreed.maxCiphertexts) {
    throw refusal(
      'ERR_SCORING_SESSION_SIZE',
      `the scoring session asks for ${open.maxQueries} answers, the policy allows ${agreed.maxCiphertexts}`,
    );
  }
}

function refusal(code: `ERR_${string}`, message: string): RefusedError {
  return new RefusedError(code, message, { help: 'Register the model or policy again and ask within the agreed numbers.' });
}
