/**
 * Deaths 2, 3 and 4 seen from the holder's chair: what reaches it is uniform words of a length that the contract fixes, and what the label
 * party says in the clear depends on what it decrypted through the chosen splits alone (T04, T24). And what the holder gives: another
 * order for every job and tree (T25), and nothing that no budget has seen (T30).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelPair, type InFlight } from '../../../src/adapters/memory/index.ts';
import { seededRandom } from '../../../src/base/index.ts';
import { answerOrder, featureHolder, jobOrder, labelParty, presentedOrder } from '../../../src/federated/vertical/gbdt/index.ts';
import {
  decodePart,
  decodeUpload,
  type HeEngine,
  type HeParameters,
  heParameters,
  type Operand,
  openingBytes,
  partBytes,
  RING_DEGREE,
  uploadBytes,
} from '../../../src/he/index.ts';
import { chiSquareScore, histogram } from '../../he/statistics.ts';
import { loadEngine } from '../../support/engines.ts';
import { addToSums, type HolderCase, isClosed, runFederated, SMALL, settleFederated, tableOf } from './support.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

/** More rows than one ciphertext has slots: a node lies in one block, or in the other. */
const ROWS = 9_000;
const random = seededRandom(17, 'holder-view');
/** The column parts the rows by their place, so that the children of the root lie in different blocks. */
const place = Float64Array.from({ length: ROWS }, (_, row) => (row < 4_000 ? 0 : 1));
const noise = Float64Array.from({ length: ROWS }, () => (random.uniform() < 0.5 ? 0 : 1));
const labels = Uint8Array.from(place, (side, row) => (random.uniform() < (side ? 0.75 : 0.2) + 0.1 * noise[row] ? 1 : 0));
const bank = tableOf({ constant: new Float64Array(ROWS) });
const params = { ...SMALL, n_estimators: 1, max_depth: 2, min_child_samples: 100 };
const holder = (changes: Partial<HolderCase> = {}): HolderCase => ({
  table: tableOf({ place, noise }),
  seed: 7,
  options: { minSupport: 100 },
  ...changes,
});
const job = (changes: Partial<HolderCase> = {}) => ({
  engine,
  seed: 6,
  label: { table: bank, labels, params },
  holders: [holder(changes)],
});

interface Seen {
  readonly messages: readonly InFlight[];
  readonly histogram: HeParameters;
  readonly slots: HeParameters;
}

/** An honest run, and what passed the wire. */
async function seen(changes: Partial<HolderCase> = {}): Promise<Seen> {
  const messages: InFlight[] = [];
  const tap: HolderCase['tap'] = (message) => {
    messages.push({ ...message, body: message.body.slice() });
    return message;
  };
  const run = await runFederated(job({ ...changes, tap }));
  const { agreement } = run.label.holders[0];
  return { messages, histogram: heParameters(agreement.histogram), slots: heParameters(agreement.slots) };
}

const bodies = ({ messages }: Seen, kind: string, from: 'a' | 'b' = 'a'): Uint8Array[] =>
  messages.filter((message) => message.kind === kind && message.from === from).map(({ body }) => body);

/** Every membership or gradient ciphertext of a message, taken apart as the holder takes it apart; an opening before them is public. */
function ciphertextsOf(kind: string, { slots, histogram: sums }: Seen, body: Uint8Array): Uint32Array[] {
  const [size, decode] =
    kind === 'gbdt/vector'
      ? [partBytes(sums), (bytes: Uint8Array) => decodePart(sums, bytes)]
      : [uploadBytes(slots), (bytes: Uint8Array) => decodeUpload(slots, bytes).c0];
  const count = Math.floor(body.length / size);
  const from = body.length - count * size;
  expect(from === 0 || from === openingBytes(count - 1)).toBe(true);
  return Array.from({ length: count }, (_, i) => decode(body.slice(from + i * size, from + (i + 1) * size)));
}

describe('what the holder is sent', () => {
  it('uploads of membership and gradients are uniform words, whatever they hold (D4)', async () => {
    const view = await seen();
    for (const [kind, parameters] of [
      ['gbdt/membership', view.slots],
      ['gbdt/vector', view.histogram],
    ] as const) {
      const uploads = bodies(view, kind).flatMap((body) => ciphertextsOf(kind, view, body));
      expect(uploads.length).toBeGreaterThan(0);
      for (const [limb, q] of parameters.dataPrimes.entries()) {
        for (const c0 of uploads) {
          const words = c0.subarray(limb * RING_DEGREE, (limb + 1) * RING_DEGREE);
          expect(Math.abs(chiSquareScore(histogram(words, q))), `${kind}, limb ${limb}`).toBeLessThan(6.5);
        }
      }
    }
  });

  it('a node’s messages have the length of all rows, not of its own (D4)', async () => {
    const view = await seen();
    const blocks = Math.ceil(ROWS / RING_DEGREE);
    expect(blocks).toBe(2);
    expect(bodies(view, 'gbdt/membership').length).toBeGreaterThan(0);
    for (const body of bodies(view, 'gbdt/membership')) expect(body.length).toBe(blocks * uploadBytes(view.slots));
    // As many ciphertexts for a child as for the root; before the first of a tree, its opening.
    const vectors = bodies(view, 'gbdt/vector');
    expect(vectors.length).toBeGreaterThan(1);
    const size = partBytes(view.histogram);
    const [parts] = vectors.map((body) => Math.floor(body.length / size));
    expect(vectors.map((body) => body.length)).toEqual(vectors.map((_, i) => parts * size + (i === 0 ? openingBytes(parts - 1) : 0)));
  });

  it('what the label party says depends on decryptions through the chosen splits alone (D2, T04)', async () => {
    const honest = await seen();
    const lied = await seen({ engine: addingToDummies() });
    expect(lies).toBeGreaterThan(0);
    const spoken = (view: Seen): string[] =>
      view.messages
        .filter(({ from, kind }) => from === 'a' && !['gbdt/vector', 'gbdt/membership'].includes(kind))
        .map(({ kind, body }) => `${kind} ${kind === 'gbdt/tree' && body[0] === 1 ? 'keys' : Buffer.from(body).toString('hex')}`);
    expect(spoken(honest).length).toBeGreaterThan(5);
    expect(spoken(lied)).toEqual(spoken(honest));
    const shape = (view: Seen): string[] => view.messages.map(({ from, kind, body }) => `${from} ${kind} ${body.length}`);
    expect(shape(lied)).toEqual(shape(honest));
  });
});

/** An object of ours with some of its methods replaced; the others are its own. */
function replaced<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const own = Reflect.get(methods, name);
      const found = own ?? Reflect.get(target, name);
      return typeof found === 'function' && own === undefined ? found.bind(target) : found;
    },
  });
}

/** The holder's engine, adding 1 to what the label party will decrypt for a candidate that stands for nothing. */
function addingToDummies(): HeEngine {
  const dummies = new Map<object, { answer: number; coefficient: number }>();
  return replaced(engine, {
    async prepare(parameters, operand, options) {
      const prepared = await engine.prepare(parameters, operand, options);
      const dummy = operand.maxAbs === 1 ? emptyCandidate(operand) : undefined;
      if (dummy) dummies.set(prepared, dummy);
      return prepared;
    },
    async seriesEvaluator(parameters, operand, wanted) {
      const evaluator = await engine.seriesEvaluator(parameters, operand, wanted);
      return replaced(evaluator, {
        async answer(questions) {
          const dummy = dummies.get(operand);
          const replies = await evaluator.answer(questions);
          if (!dummy) return replies;
          lies++;
          const place = wanted.indexOf(dummy.coefficient);
          const one = (answer: number, at: number): bigint => (answer === dummy.answer && at === place ? 1n : 0n);
          return replies.map(({ hints, sums }) => ({ hints, sums: addToSums(parameters, sums, one) }));
        },
      });
    },
  });
}
let lies = 0;

/** The sum of the last candidate is in the last coefficient of the last answer; it is padding when nothing was ever put there. */
function emptyCandidate(operand: Operand): { answer: number; coefficient: number } | undefined {
  const answer = operand.answers - 1;
  for (let upload = 0; upload < operand.uploads; upload++) {
    const out = new Int32Array(RING_DEGREE);
    if (operand.fill(answer, upload, out) && out.subarray(RING_DEGREE - 256).some((bit) => bit !== 0)) return undefined;
  }
  return { answer, coefficient: RING_DEGREE - 1 };
}

describe('what the holder gives', () => {
  it('candidates stand in another order for every job and every tree (T25)', async () => {
    const splits = 20;
    const outputs = 256;
    const jobs = [1, 2].map((seed) => jobOrder(seededRandom(seed), splits, outputs));
    expect([...jobs[0]].filter((at) => at >= 0).sort((a, b) => a - b)).toEqual(Array.from({ length: splits }, (_, i) => i));
    expect(jobs[0]).not.toEqual(jobs[1]);
    expect(jobs[0].subarray(0, splits)).not.toEqual(Int32Array.from({ length: splits }, (_, i) => i));
    const trees = seededRandom(3);
    const orders = [0, 1].map(() => presentedOrder(jobs[0], answerOrder(trees, 16)).join());
    expect(orders[0]).not.toBe(orders[1]);

    // As the label party sees it: the same data, the same labels, another job, and the same split stands elsewhere.
    const chosen = new Set<string>();
    for (const seed of [1, 2, 3, 4, 5]) chosen.add(Buffer.from(bodies(await seen({ seed }), 'gbdt/splits')[0]).toString('hex'));
    expect(chosen.size).toBeGreaterThan(3);

    // And one tree after the other, where the same column of the holder's is the best every time.
    const stumps = { ...params, n_estimators: 6, max_depth: 1, learning_rate: 0.01 };
    const asked: string[] = [];
    const tap: HolderCase['tap'] = (message) => {
      if (message.kind === 'gbdt/splits' && message.body.length > 4) asked.push(Buffer.from(message.body).toString('hex'));
      return message;
    };
    await runFederated({ ...job({ tap }), label: { table: bank, labels, params: stumps } });
    expect(asked).toHaveLength(6);
    expect(new Set(asked).size).toBeGreaterThan(3);
  });

  it('a budget that says no stops the sums and the bits before they leave (T30)', async () => {
    for (const [refused, kind] of [
      [0, 'gbdt/sums'],
      [1, 'gbdt/bits'],
    ] as const) {
      let debits = 0;
      const kinds: string[] = [];
      const channels = channelPair({
        tap: (message) => {
          if (message.from === 'b') kinds.push(message.kind);
          return message;
        },
      });
      const debit = async (bits: number): Promise<void> => {
        expect(bits).toBeGreaterThan(0);
        if (debits++ === refused) throw Object.assign(new Error('no bits left'), { code: 'ERR_REFUSED_BUDGET' });
      };
      const closing = <T>(role: Promise<T>): Promise<T> => role.finally(() => channels.close());
      const [, answered] = await Promise.allSettled([
        closing(labelParty([{ holder: 'h', channel: channels.a }], { table: bank, labels, params }, { engine, random: seededRandom(6) })),
        closing(featureHolder(channels.b, holder(), { engine, random: seededRandom(7), debit })),
      ]);
      expect(answered).toMatchObject({ status: 'rejected', reason: { code: 'ERR_REFUSED_BUDGET' } });
      expect(kinds).not.toContain(kind);
    }
  });
});

describe('the settled run of this file', () => {
  it('has a split whose children lie in different blocks: else the lengths above would prove nothing', async () => {
    const { label } = await settleFederated(job());
    expect(label.status === 'rejected' && !isClosed(label.reason) ? label.reason : undefined).toBeUndefined();
    const tree = (label as PromiseFulfilledResult<Awaited<ReturnType<typeof labelParty>>>).value.model.trees[0];
    const counts = tree.nodes.map(({ count }) => count);
    expect(counts).toContain(4_000);
  });
});
