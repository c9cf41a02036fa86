import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChannelPair, channelPair } from '../../../src/adapters/memory/index.ts';
import { ByteWriter, seededRandom } from '../../../src/base/index.ts';
import { PROTOCOL_VERSION } from '../../../src/federated/vertical/gbdt/agreement.ts';
import { type FeatureHolderInput, type FeatureHolderResult, featureHolder } from '../../../src/federated/vertical/gbdt/index.ts';
import type { HeEngine, OnceOperand, Operand } from '../../../src/he/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { addToSums, type FederatedCase, type HolderCase, isClosed, SMALL, settleFederated, synthetic, tableOf } from './support.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

const { platform, labels } = synthetic(300, 5);
/** Nothing of its own to split on: every split is the holder's. */
const bank = tableOf({ constant: new Float64Array(300) });
const holder: HolderCase = { table: platform, seed: 31, options: { minSupport: 20 } };
const params = { ...SMALL, n_estimators: 1, max_depth: 2, gradient_bits: 6, hessian_bits: 6 };
const job = (changes: Partial<FederatedCase> = {}): FederatedCase => ({
  engine,
  seed: 30,
  label: { table: bank, labels, params },
  holders: [holder],
  ...changes,
});

/** The first error that is not the closing of the channel. */
async function failure(given: FederatedCase): Promise<{ readonly who: 'label' | 'holder'; readonly error: unknown }> {
  const { label, holders } = await settleFederated(given);
  if (label.status === 'rejected' && !isClosed(label.reason)) return { who: 'label', error: label.reason };
  const failed = holders.find((outcome) => outcome.status === 'rejected' && !isClosed(outcome.reason));
  if (failed?.status === 'rejected') return { who: 'holder', error: failed.reason };
  throw new Error('nobody objected');
}

describe('a message that is not what the protocol says', () => {
  const kinds = [
    ['gbdt/proposal', 'holder'],
    ['gbdt/offer', 'label'],
    ['gbdt/parameters', 'holder'],
    ['gbdt/tree', 'holder'],
    ['gbdt/nodes', 'holder'],
    ['gbdt/vector', 'holder'],
    ['gbdt/sums', 'label'],
    ['gbdt/splits', 'holder'],
    ['gbdt/membership', 'holder'],
    ['gbdt/bits', 'label'],
  ] as const;
  const cuts = {
    'cut by a byte': (body: Uint8Array) => body.subarray(0, body.length - 1),
    'with a byte too many': (body: Uint8Array) => Uint8Array.from([...body, 0]),
    'of all ones': (body: Uint8Array) => new Uint8Array(body.length).fill(255),
    empty: () => new Uint8Array(),
  };
  for (const [kind, who] of kinds) {
    for (const [name, cut] of Object.entries(cuts)) {
      it(`${kind} ${name} is the peer's fault`, async () => {
        const tap: HolderCase['tap'] = (message) => (message.kind === kind ? { ...message, body: cut(message.body) } : message);
        expect(await failure(job({ holders: [{ ...holder, tap }] }))).toMatchObject({ who, error: { blame: 'peer' } });
      });
    }
  }

  it('signs out of range are the peer’s fault', async () => {
    const tap: HolderCase['tap'] = (message) => (message.kind === 'gbdt/signs' ? { ...message, body: message.body.map(() => 3) } : message);
    const constrained = { ...holder, options: { minSupport: 20, monotone_constraints: { c: -1 as const } }, tap };
    expect(await failure(job({ holders: [constrained] }))).toMatchObject({ who: 'label', error: { code: 'ERR_PEER_MALFORMED_MESSAGE' } });
  });
});

interface Lies {
  operand(honest: Operand): Operand;
  /** Added to every sum. */
  sum: bigint;
  once(honest: OnceOperand): OnceOperand;
  added: Uint32Array;
}

/** The holder's engine, with its matrix or its answers falsified. */
function lying(lie: Partial<Lies>): HeEngine {
  return {
    name: engine.name,
    keyHolder: (parameters) => engine.keyHolder(parameters),
    prepare: (parameters, operand, options) => engine.prepare(parameters, lie.operand?.(operand) ?? operand, options),
    dispose: () => engine.dispose(),
    seriesKeys: (parameters, shape) => engine.seriesKeys(parameters, shape),
    async seriesEvaluator(parameters, operand, wanted) {
      const honest = await engine.seriesEvaluator(parameters, operand, wanted);
      return {
        parameters,
        async answer(questions) {
          const replies = await honest.answer(questions);
          return replies.map(({ hints, sums }) => ({ hints, sums: addToSums(parameters, sums, () => lie.sum ?? 0n) }));
        },
        dispose: () => honest.dispose(),
      };
    },
    async evaluator(parameters, publicKey) {
      const honest = await engine.evaluator(parameters, publicKey);
      const { added } = lie;
      return {
        parameters,
        multiply: (vectors, operand, blinding) => honest.multiply(vectors, operand, blinding),
        multiplyOnce: (uploads, operand, blinding) =>
          honest.multiplyOnce(uploads, lie.once?.(operand) ?? operand, added ? { ...blinding, added } : blinding),
        dispose: () => honest.dispose(),
      };
    },
  };
}

describe('a holder that answers what cannot be', () => {
  const inconsistent = (what: string) => ({
    who: 'label',
    error: { blame: 'peer', code: 'ERR_GBDT_INCONSISTENT_ANSWER', message: expect.stringContaining(what) },
  });
  const withEngine = (holderEngine: HeEngine) => failure(job({ holders: [{ ...holder, engine: holderEngine }] }));

  it.each([
    ['that no rows at all have', BigInt((2 * 300 * 31 + 1) * (300 * 63 + 1))],
    ['above what the node holds', BigInt(300 * 31)],
  ])('sums %s', async (_, sum) => {
    expect(await withEngine(lying({ sum }))).toMatchObject(inconsistent('no rows of the node'));
  });

  it('sums that drop rows: the bits of the chosen split do not add up to them', async () => {
    const operand = (honest: Operand): Operand => ({
      ...honest,
      fill(answer, upload, out) {
        const filled = honest.fill(answer, upload, out);
        for (let i = 0; i < out.length; i += 8) out[i] = 0;
        return filled;
      },
    });
    expect(await withEngine(lying({ operand }))).toMatchObject(inconsistent('do not add up'));
  });

  it('bits of another split than the one chosen', async () => {
    const once = (honest: OnceOperand): OnceOperand => ({ ...honest, fill: (_, out) => void out.fill(0) });
    expect(await withEngine(lying({ once, added: new Uint32Array(8192) }))).toMatchObject(inconsistent('do not add up'));
  });

  it('bits of the root that are of another split', async () => {
    const tap: HolderCase['tap'] = (message) =>
      message.kind === 'gbdt/bits' && message.body.length < 100
        ? { ...message, body: message.body.map((_, i) => (i === 0 ? 1 : 0)) }
        : message;
    expect(await failure(job({ holders: [{ ...holder, tap }] }))).toMatchObject(inconsistent('do not add up'));
  });

  it.each([
    ['a row outside the node', 8000],
    ['a value that is not a bit', 7],
  ])('bits with %s', async (_, slot) => {
    const added = new Uint32Array(8192);
    added[slot] = slot < 300 ? 2 : 1;
    expect(await withEngine(lying({ added }))).toMatchObject(inconsistent('not 0 or 1, or lies outside'));
  });
});

describe('a label party that asks for more than was agreed', () => {
  /** Speaks the label party's half by hand, as far as `script` goes. */
  async function against(script: (channel: ChannelPair['a']) => Promise<void>, input: Partial<FeatureHolderInput> = {}): Promise<unknown> {
    const channels = channelPair();
    const role: Promise<FeatureHolderResult> = featureHolder(channels.b, { ...holder, ...input }, { engine, random: seededRandom(1) });
    const outcome = role
      .then(
        () => new Error('the holder agreed'),
        (error: unknown) => error,
      )
      .finally(() => channels.close());
    await script(channels.a).catch(() => {});
    const timer = new Promise((resolve) => setTimeout(resolve, 50)).then(() => channels.close());
    const error = await outcome;
    await timer;
    return error;
  }

  const proposal = (
    changes: Partial<Record<'rows' | 'trees' | 'start' | 'splits' | 'depth' | 'bins' | 'g' | 'h', number>> = {},
  ): Uint8Array => {
    const { rows, trees, start, splits, depth, bins, g, h } = {
      rows: 300,
      trees: 1,
      start: 0,
      splits: 0,
      depth: 2,
      bins: 16,
      g: 31,
      h: 63,
      ...changes,
    };
    return new ByteWriter().u8(PROTOCOL_VERSION).u32(rows).u32(trees).u32(start).u32(splits).u8(depth).u32(bins).u32(g).u32(h).finish();
  };

  it.each([
    ['trees', { trees: 501 }],
    ['levels', { depth: 9 }],
    ['bins', { bins: 257 }],
    ['gradient bits', { g: 255 }],
    ['hessian bits', { h: 256 }],
  ] as const)('too many %s pass the holder’s limits', async (_, changes) => {
    const error = await against((channel) => channel.send('gbdt/proposal', proposal(changes)));
    expect(error).toMatchObject({ blame: 'refused', code: 'ERR_GBDT_LIMIT' });
  });

  it('another number of rows is refused', async () => {
    expect(await against((channel) => channel.send('gbdt/proposal', proposal({ rows: 299 })))).toMatchObject({ code: 'ERR_GBDT_ROWS' });
  });

  it('going on after trees the holder has never seen is refused', async () => {
    const error = await against((channel) => channel.send('gbdt/proposal', proposal({ start: 1 })));
    expect(error).toMatchObject({ blame: 'refused', code: 'ERR_GBDT_RESUME' });
    const impossible = await against((channel) => channel.send('gbdt/proposal', proposal({ splits: 1 })));
    expect(impossible).toMatchObject({ blame: 'peer', code: 'ERR_PEER_MALFORMED_MESSAGE' });
  });

  it.each([
    ['a plaintext modulus larger than the sums need', 2, 1n << 50n, 2],
    ['a plaintext modulus too small for the sums', 2, 1n << 20n, 2],
    ['a modulus that leaves no room for the flood', 1, 1n << 29n, 4],
  ])('%s is refused', async (_, profile, t, answerPrimes) => {
    const changes = profile === 1 ? { g: 127, h: 255 } : {};
    const error = await against(async (channel) => {
      await channel.send('gbdt/proposal', proposal(changes));
      await channel.receive('gbdt/offer');
      const body = new ByteWriter().u32(2048).u8(profile).u64(t).u8(answerPrimes).u8(2).u64(65537n).u8(2).finish();
      await channel.send('gbdt/parameters', body);
    });
    expect(error).toMatchObject({ blame: 'refused', code: 'ERR_GBDT_WEAK_PARAMETERS' });
  });

  /** Replaces what the label party sends under one kind; the holder must object with the code. */
  async function expectObjection(kind: string, nth: number, replace: (body: Uint8Array) => Uint8Array, code: string): Promise<void> {
    let seen = 0;
    const tap: HolderCase['tap'] = (message) =>
      message.kind === kind && ++seen === nth ? { ...message, body: replace(message.body) } : message;
    expect(await failure(job({ holders: [{ ...holder, tap }] }))).toMatchObject({ who: 'holder', error: { blame: 'peer', code } });
  }

  it('more vectors than a level has nodes', () =>
    expectObjection('gbdt/nodes', 1, () => new ByteWriter().u32(2).finish(), 'ERR_PEER_MALFORMED_MESSAGE'));

  it('a candidate that does not exist', () =>
    expectObjection('gbdt/splits', 1, () => new ByteWriter().u32s([1 << 20]).finish(), 'ERR_PEER_MALFORMED_MESSAGE'));

  it('two splits of the root', () =>
    expectObjection('gbdt/splits', 1, () => new ByteWriter().u32s([0, 1]).finish(), 'ERR_GBDT_TOO_MANY_SPLITS'));

  it.each([[[0, 0]], [[1, 0]], [[4]]])('an end of training that names splits %j, which were not asked so', (used) =>
    expectObjection('gbdt/tree', 2, () => new ByteWriter().u8(0).u32s(used).finish(), 'ERR_PEER_MALFORMED_MESSAGE'),
  );

  it('a dummy', async () => {
    const tap: HolderCase['tap'] = (message) =>
      message.kind === 'gbdt/splits' ? { ...message, body: new ByteWriter().u32s([0]).finish() } : message;
    const nothing = { ...holder, table: tableOf({ constant: new Float64Array(300) }), tap };
    expect(await failure(job({ holders: [nothing] }))).toMatchObject({ who: 'holder', error: { code: 'ERR_GBDT_DUMMY_CHOSEN' } });
  });

  it('a fourth round of splits at one level, and a tree that was not agreed', async () => {
    const { tooManyRounds, tooManyTrees } = await greedyLabelParty();
    expect(tooManyRounds).toMatchObject({ blame: 'peer', code: 'ERR_GBDT_TOO_MANY_SPLITS' });
    expect(tooManyTrees).toMatchObject({ blame: 'peer', code: 'ERR_GBDT_TOO_MANY_TREES' });
  });

  /** Replays messages of an honest run to the holder, which cannot tell. */
  async function greedyLabelParty(): Promise<{ tooManyRounds: unknown; tooManyTrees: unknown }> {
    const sent: { kind: string; body: Uint8Array }[] = [];
    const tap: HolderCase['tap'] = (message) => {
      if (message.from === 'a') sent.push({ kind: message.kind, body: message.body });
      return message;
    };
    await settleFederated(job({ label: { table: bank, labels, params: { ...params, max_depth: 1 } }, holders: [{ ...holder, tap }] }));
    const first = (kind: string) => sent.find((message) => message.kind === kind)!;
    const opening = ['gbdt/proposal', 'gbdt/parameters', 'gbdt/tree', 'gbdt/nodes', 'gbdt/vector'].map(first);
    const round = [first('gbdt/splits')];
    const end = { kind: 'gbdt/splits', body: new ByteWriter().u32s([]).finish() };
    const replay = (messages: readonly { kind: string; body: Uint8Array }[]) =>
      against(async (channel) => {
        for (const { kind, body } of messages) await channel.send(kind, body);
        await channel.receive('gbdt/offer');
        await channel.receive('gbdt/sums');
        for (let i = 0; i < 4; i++) await channel.receive('gbdt/bits');
      });
    return {
      tooManyRounds: await replay([...opening, ...round, ...round, ...round, ...round]),
      tooManyTrees: await replay([...opening, end, first('gbdt/tree')]),
    };
  }
});
