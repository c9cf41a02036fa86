/**
 * What a scoring session shows the label party beside one sum a firm (nothing: H13), and what a label party that writes its own messages is
 * refused (T30, T32). The label party's half is spoken by hand here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelPair } from '../../src/adapters/memory/index.ts';
import { systemRandom } from '../../src/base/index.ts';
import { type HeEngine, innerProductsLayout, itemsPerAnswer, type KeyHolder, packItems } from '../../src/he/index.ts';
import { answerLimits, askLimits, LIMIT_PLAIN_MODULUS } from '../../src/scoring/index.ts';
import { encodeOpen, encodeQuery, KIND, type OpenMessage } from '../../src/scoring/messages.ts';
import { sessionParameters } from '../../src/scoring/session.ts';
import { chiSquareScore, histogram } from '../he/statistics.ts';
import { loadEngine } from '../support/engines.ts';

const ROWS = 900;
const WIDTH = 12;
const planHash = new Uint8Array(32).fill(7);
const bands = Uint8Array.from({ length: ROWS }, (_, row) => (row * 5) % WIDTH);
const terms = { planHash, width: WIDTH, plainModulus: LIMIT_PLAIN_MODULUS };
const t = Number(LIMIT_PLAIN_MODULUS);
const rowsOf = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, row) => row);

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

interface Script {
  readonly open?: Partial<OpenMessage>;
  /** Rows named, and for how many rows ciphertexts are made. */
  readonly query?: (keys: KeyHolder) => Promise<{ rows: Uint32Array; uploads: readonly Uint8Array[] }>;
  readonly maxCiphertexts?: number;
  /** What the holder's contract says; the key is sized for the session alone. */
  readonly answersEver?: number;
}

/** Runs the holder against a label party that says what the script says; what the holder threw, and the answer's words if there were any. */
async function ask({
  open = {},
  query,
  maxCiphertexts = 100,
  answersEver,
}: Script): Promise<{ error: unknown; words: Uint32Array | undefined }> {
  const { a, b, close } = channelPair();
  const session = { ...terms, packing: 'slots' as const, maxQueries: 4, ...open };
  const keys = await engine.keyHolder(sessionParameters({ ...session, width: WIDTH, plainModulus: LIMIT_PLAIN_MODULUS }));
  const authorise = async (rows: Uint32Array): Promise<Uint8Array> => new Uint8Array(rows.length).fill(1);
  const input = { planHash, capacityBands: WIDTH, rows: ROWS, bands, authorise, maxCiphertexts, ...(answersEver && { answersEver }) };
  const holder = answerLimits(b, input, { engine, random: systemRandom }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const label = (async () => {
    await a.send(KIND.open, encodeOpen({ ...session, publicKey: keys.publicKey }));
    await a.send(KIND.query, encodeQuery(await (query ?? (() => honestQuery(keys, 400)))(keys)));
    const body = await a.receive(KIND.answers);
    await a.send(KIND.query, encodeQuery({ rows: new Uint32Array(0), uploads: [] }));
    // A u32 count of flags, the flags, a u32 length, the answer.
    const rows = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
    return (await keys.decryptSlots([body.slice(8 + rows)]))[0];
  })().catch(() => undefined);
  const late = new Promise((resolve) => setTimeout(resolve, 20_000)).then(() => close());
  const error = await Promise.race([holder, late]);
  close();
  return { error, words: await label };
}

const layoutOf = (items: number) => innerProductsLayout('slots', { items, width: WIDTH });

/** Every cell 1: the inner product of a one-hot band is 1, and single products are 0 or 1. */
async function honestQuery(keys: KeyHolder, count: number, named = count): Promise<{ rows: Uint32Array; uploads: readonly Uint8Array[] }> {
  return {
    rows: rowsOf(named),
    uploads: await keys.encryptWords(
      packItems(layoutOf(count), () => new Uint32Array(WIDTH).fill(1)),
      'slots',
    ),
  };
}

describe('a scoring answer', () => {
  it('what the label party decrypts is uniform but for one sum a firm (H13)', async () => {
    const items = 400;
    const { error, words } = await ask({});
    expect(error).toBeUndefined();
    const { run } = layoutOf(items);
    const slots = (words ?? new Uint32Array()).subarray(0, items * run);
    for (let item = 0; item < items; item++) {
      expect(slots.subarray(item * run, (item + 1) * run).reduce((sum, word) => sum + word, 0) % t).toBe(1);
    }
    // Unmasked, every slot would be a small number: which piece of a firm's vector holds its band.
    expect(run).toBeGreaterThan(1);
    expect(slots.filter((word) => word < 1000).length).toBeLessThan(slots.length / 100);
    const free = slots.filter((_, i) => i % run !== 0);
    expect(Math.abs(chiSquareScore(histogram(free, t, 64)))).toBeLessThan(6.5);
  });

  it('is another one each time: masks are drawn anew', async () => {
    const [first, second] = [await ask({}), await ask({})];
    const same = (first.words ?? new Uint32Array()).filter((word, i) => word === second.words?.[i]).length;
    expect(same).toBeLessThan(20);
  });
});

describe('the flood of a session', () => {
  const answersEver = 4 * ROWS;
  const session = { ...terms, packing: 'slots' as const, maxQueries: 4 };

  it('is sized for every answer of the contract, and for no fewer than the session announces', () => {
    expect(sessionParameters(session, { answersEver })).toEqual(sessionParameters({ ...session, maxQueries: answersEver }));
    expect(sessionParameters(session, { answersEver: 1 })).toEqual(sessionParameters(session));
    expect(sessionParameters(session, { answersEver })).not.toEqual(sessionParameters(session));
  });

  it('sized for one session of many is refused: the bound holds over the contract', async () => {
    expect((await ask({ answersEver })).error).toMatchObject({ code: 'ERR_PEER_MALFORMED_CIPHERTEXT', blame: 'peer' });
  });

  it('a session of more answers than the contract has is refused', async () => {
    expect((await ask({ answersEver: 3, open: { maxQueries: 4 } })).error).toMatchObject({
      code: 'ERR_SCORING_SESSION_SIZE',
      blame: 'refused',
    });
  });

  it.each([1, ROWS])('leaves the amounts as they are: %i rows under a contract of many sessions', async (count) => {
    const { a, b } = channelPair();
    const agreed = { planHash, capacityBands: WIDTH, answersEver };
    const cells = (row: number): Uint32Array => Uint32Array.from({ length: WIDTH }, (_, band) => 1000 * band + row);
    const authorise = async (rows: Uint32Array): Promise<Uint8Array> => new Uint8Array(rows.length).fill(1);
    const ports = { engine, random: systemRandom };
    const [{ units }] = await Promise.all([
      askLimits(a, { ...agreed, rows: rowsOf(count), cells }, ports),
      answerLimits(b, { ...agreed, rows: ROWS, bands, authorise, maxCiphertexts: 100 }, ports),
    ]);
    expect(units).toEqual(Uint32Array.from(rowsOf(count), (row) => 1000 * bands[row] + row));
  });
});

describe('a label party that asks for more', () => {
  it.each<[string, Partial<OpenMessage>]>([
    ['a wider row', { width: WIDTH + 1 }],
    ['a narrower row', { width: WIDTH - 1 }],
    ['a larger modulus', { plainModulus: 2_013_265_921n }],
  ])('a session under another width or plaintext modulus is refused (T32): %s', async (_, open) => {
    expect((await ask({ open })).error).toMatchObject({ code: 'ERR_SCORING_TERMS', blame: 'refused' });
  });

  it('a session under another plan is refused (T32)', async () => {
    const open = { planHash: new Uint8Array(32).fill(8) };
    expect((await ask({ open })).error).toMatchObject({ code: 'ERR_SCORING_UNREGISTERED_PLAN', blame: 'refused' });
  });

  it('a session of more answers than the policy allows is refused (T30)', async () => {
    expect((await ask({ open: { maxQueries: 101 } })).error).toMatchObject({ code: 'ERR_SCORING_SESSION_SIZE', blame: 'refused' });
  });

  it('a query with more or fewer ciphertexts than its rows need is refused (T30)', async () => {
    const most = itemsPerAnswer(WIDTH, 'slots');
    const few = 50;
    expect(layoutOf(few).pieces).toBeLessThan(layoutOf(Math.min(ROWS, most)).pieces);
    for (const [made, named] of [
      [Math.min(ROWS, most), few],
      [few, Math.min(ROWS, most)],
    ]) {
      const { error } = await ask({ query: (keys) => honestQuery(keys, made, named) });
      expect(error).toMatchObject({ code: 'ERR_SCORING_QUERY_SIZE' });
    }
  });

  it.each([
    ['twice', [3, 3]],
    ['out of order', [4, 3]],
    ['beyond the alignment', [3, ROWS]],
  ])('a firm named twice, or out of order, in one query is refused: %s', async (_, rows) => {
    const query = async (keys: KeyHolder) => ({ ...(await honestQuery(keys, 2)), rows: Uint32Array.from(rows) });
    expect((await ask({ query })).error).toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
  });
});
