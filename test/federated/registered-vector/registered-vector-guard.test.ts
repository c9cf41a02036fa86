/** A registered vector: one for good, one key, the same bytes for the same question, whatever breaks off in between (T05, T30, T32). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InFlight } from '../../../src/adapters/memory/index.ts';
import { ByteReader, ByteWriter } from '../../../src/base/index.ts';
import {
  type AskDesk,
  acceptVector,
  KEPT_REGISTRATION,
  MOST_REVEALED,
  MOST_STORED,
  memoryRegistrations,
  type RegistrationStore,
  type RegistrationTerms,
  registerVector,
} from '../../../src/federated/vertical/registered-vector/index.ts';
import { encodeNamed, registrationHash } from '../../../src/federated/vertical/registered-vector/registration.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import type { Channel } from '../../../src/protocol/index.ts';
import { loadEngine } from '../../support/engines.ts';
import { runPair } from '../pair.ts';

const TERMS: RegistrationTerms = { kind: 'test', errors: 'ERR_TEST', entries: 5, maxAbs: 100, bits: 20 };
const VECTOR = [3, -1, 0, 700, 2];
const OTHER = [1, 0, 0, 0, 0];
const ROWS = 3000;
const integersOf = (row: number) => Int32Array.from({ length: 5 }, (_, c) => ((7 * row + 31 * c) % 201) - 100);
const product = (row: number, vector = VECTOR) => integersOf(row).reduce((sum, value, c) => sum + value * vector[c], 0);

let engine: HeEngine;
let seal: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
  seal = await loadEngine('seal');
});
afterAll(async () => {
  await engine.dispose();
  await seal.dispose();
});

/** What both ends keep between sessions, and what they did in all of them. */
class Desk {
  readonly bank = memoryRegistrations();
  readonly holder = memoryRegistrations();
  readonly sent: InFlight[] = [];
  readonly counts = { keys: 0, products: 0, authorised: 0 };

  /** One session; `bankDoes` after the registration, then as many answers as `questions`. */
  session<A>(
    questions: number,
    bankDoes: (channel: Channel, ask: (rows: readonly number[]) => Promise<number[]>) => Promise<A>,
    options: {
      readonly bank?: RegistrationStore;
      readonly holder?: RegistrationStore;
      readonly bankEngine?: HeEngine;
      readonly vector?: readonly number[];
      readonly half?: string;
      readonly desk?: AskDesk;
      readonly tap?: (message: InFlight) => void;
    } = {},
  ): Promise<A> {
    const { bank = this.bank, holder = this.holder, bankEngine = engine, vector = VECTOR, half = 'half', desk, tap } = options;
    return runPair(
      async (channel) => {
        const registered = await registerVector(channel, TERMS, vector, { engine: this.#watched(bankEngine), store: bank });
        const ask = async (rows: readonly number[]) => Array.from(await registered.ask(channel, Uint32Array.from(rows)));
        return bankDoes(channel, ask).finally(() => registered.dispose());
      },
      (channel) => this.answer(channel, questions, holder, half, desk),
      {
        tap: (message) => {
          tap?.(message);
          this.sent.push(message);
          return message;
        },
      },
    ).then(({ a }) => a);
  }

  /** A bank that sends what it likes instead of a registration. */
  hostile(named: Uint8Array, holder = this.holder): Promise<unknown> {
    return runPair(
      async (channel) => {
        await channel.receive('test/registered');
        await channel.send('test/registration', named);
        await channel.send('test/ask', new ByteWriter().u32s([1]).finish());
        await channel.receive('test/scores');
      },
      (channel) => this.answer(channel, 1, holder, 'half'),
    );
  }

  async answer(channel: Channel, questions: number, store: RegistrationStore, half: string, desk?: AskDesk): Promise<void> {
    const ports = { engine: this.#watched(engine), store, half: new TextEncoder().encode(half) };
    const held = await acceptVector(channel, TERMS, ports);
    const authorise = async (): Promise<void> => void this.counts.authorised++;
    const integers = (rows: Uint32Array) => (i: number) => integersOf(rows[i]);
    try {
      for (let question = 0; question < questions; question++) await held.answer(channel, ROWS, integers, { authorise, ...desk });
    } finally {
      held.dispose();
    }
  }

  bodies = (kind: string): Uint8Array[] => this.sent.filter((message) => message.kind === kind).map(({ body }) => body);

  #watched(watched: HeEngine): HeEngine {
    return {
      name: watched.name,
      dispose: () => watched.dispose(),
      prepare: (parameters, operand, options) => watched.prepare(parameters, operand, options),
      seriesKeys: (parameters, shape) => watched.seriesKeys(parameters, shape),
      seriesEvaluator: (parameters, operand, wanted) => watched.seriesEvaluator(parameters, operand, wanted),
      keyHolder: (parameters, start) => {
        if (!start?.kept) this.counts.keys++;
        return watched.keyHolder(parameters, start);
      },
      evaluator: async (parameters, publicKey, use) => {
        const evaluator = await watched.evaluator(parameters, publicKey, use);
        return {
          parameters,
          dispose: () => evaluator.dispose(),
          multiplyOnce: (uploads, operand, blinding) => evaluator.multiplyOnce(uploads, operand, blinding),
          multiply: (vectors, operand, blinding) => {
            this.counts.products++;
            return evaluator.multiply(vectors, operand, blinding);
          },
        };
      },
    };
  }
}

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const pinnedBytes = async ({ holder }: Desk): Promise<Uint8Array> => ((await holder.get('holder-registration')) as Uint8Array).slice(32);
const refusedRegistration = { code: 'ERR_REFUSED_REGISTRATION', blame: 'refused', help: expect.stringContaining('new contract') };

describe('a registered vector', () => {
  it('is registered once: later sessions, on either engine, name it by its hash and send no vector (T32)', async () => {
    const desk = new Desk();
    const engines = [engine, seal, engine];
    for (const [i, bankEngine] of engines.entries()) {
      const rows = [5, 17 + i, 2999];
      expect(await desk.session(1, (_, ask) => ask(rows), { bankEngine })).toEqual(rows.map((row) => product(row)));
    }
    const [first, ...later] = desk.bodies('test/registration').map(({ length }) => length);
    expect(first).toBeGreaterThan(200_000);
    expect(later).toEqual([36, 36]);
    expect(desk.counts.keys).toBe(1);
    const hashes = desk.bodies('test/registered').map(hex);
    expect([hashes[0], hashes[1] === hashes[2], hashes[1].length]).toEqual(['00000000', true, 72]);
  });

  it('and no other: another vector, altered bytes under its hash, a hash that nobody registered are refused, and nothing is computed (T32)', async () => {
    const desk = new Desk();
    await desk.session(1, (_, ask) => ask([1]));
    const pinned = await pinnedBytes(desk);
    const other = new Desk();
    await other.session(0, async () => {}, { vector: OTHER });
    const bytes = await pinnedBytes(other);
    const altered = pinned.slice();
    altered[altered.length - 1] ^= 1;
    const computed = desk.counts.products;
    await expect(desk.hostile(encodeNamed({ hash: registrationHash(TERMS, bytes), bytes }))).rejects.toMatchObject(refusedRegistration);
    await expect(desk.hostile(encodeNamed({ hash: registrationHash(TERMS, bytes), bytes: undefined }))).rejects.toMatchObject(
      refusedRegistration,
    );
    await expect(desk.hostile(encodeNamed({ hash: registrationHash(TERMS, altered), bytes: altered }))).rejects.toMatchObject(
      refusedRegistration,
    );
    await expect(desk.hostile(encodeNamed({ hash: registrationHash(TERMS, pinned), bytes: altered }))).rejects.toMatchObject({
      code: 'ERR_PEER_REGISTRATION_HASH',
      blame: 'peer',
    });
    const fresh = memoryRegistrations();
    await expect(desk.hostile(encodeNamed({ hash: registrationHash(TERMS, pinned), bytes: undefined }), fresh)).rejects.toMatchObject(
      refusedRegistration,
    );
    expect([desk.counts.products, hex(await pinnedBytes(desk))]).toEqual([computed, hex(pinned)]);
    expect(await desk.session(1, (_, ask) => ask([2]))).toEqual([product(2)]);
  });

  it('that cannot be computed with is not pinned: the place stays free', async () => {
    const desk = new Desk();
    await desk.session(0, async () => {});
    const bytes = await pinnedBytes(desk);
    // The first words of p0, above their prime.
    const broken = bytes.slice().fill(0xff, 8, 16);
    const holder = memoryRegistrations();
    for (const [sent, code] of [
      [broken, 'ERR_PEER_MALFORMED_CIPHERTEXT'],
      [bytes.subarray(0, bytes.length - 1), 'ERR_PEER_MALFORMED_MESSAGE'],
    ] as const) {
      await expect(desk.hostile(encodeNamed({ hash: registrationHash(TERMS, sent), bytes: sent }), holder)).rejects.toMatchObject({ code });
      expect(await holder.get('holder-registration')).toBeUndefined();
    }
  });

  it('is good with the half it was registered with, and with no other', async () => {
    const desk = new Desk();
    await desk.session(1, (_, ask) => ask([1]), { half: 'of the first training' });
    await expect(desk.session(1, (_, ask) => ask([1]), { half: 'of the second' })).rejects.toMatchObject(refusedRegistration);
    expect(await desk.session(1, (_, ask) => ask([1]), { half: 'of the first training' })).toEqual([product(1)]);
  });
});

describe('a session that breaks off', () => {
  /** A store that fails at one write, like a full disk or a process killed there. */
  const failing = (store: RegistrationStore, key: string): RegistrationStore => ({
    get: (name) => store.get(name),
    put: (name, value) => (name.startsWith(key) ? Promise.reject(new Error('no room')) : store.put(name, value)),
  });

  it.each(['test/registered', 'test/registration', 'test/ask', 'test/scores'])(
    'at %s: the next one comes to the same registration, with the same key',
    async (kind) => {
      const desk = new Desk();
      const cut = (message: InFlight): void => {
        if (message.kind === kind) throw new Error('cut');
      };
      await expect(desk.session(1, (_, ask) => ask([3]), { tap: cut })).rejects.toThrow('cut');
      const before = await desk.bank.get(KEPT_REGISTRATION);
      expect(await desk.session(1, (_, ask) => ask([3]))).toEqual([product(3)]);
      const after = await desk.bank.get(KEPT_REGISTRATION);
      if (kind !== 'test/registered') expect(hex(after)).toBe(hex(before));
      expect(desk.counts.keys).toBe(1);
      expect(
        new Set(
          desk
            .bodies('test/registration')
            .filter(({ length }) => length > 36)
            .map(hex),
        ).size,
      ).toBeLessThanOrEqual(1);
    },
  );

  it('before the key is on the disk has sent nothing', async () => {
    const desk = new Desk();
    await expect(desk.session(1, (_, ask) => ask([3]), { bank: failing(desk.bank, KEPT_REGISTRATION) })).rejects.toThrow('no room');
    expect(desk.bodies('test/registration')).toEqual([]);
  });

  it('before the registration is on the holder’s disk has answered nothing; before the answer is, neither, and it was debited', async () => {
    const desk = new Desk();
    for (const key of ['holder-registration', 'registered-answers', 'answer-']) {
      await expect(desk.session(1, (_, ask) => ask([3]), { holder: failing(desk.holder, key) })).rejects.toThrow('no room');
      expect(desk.bodies('test/scores')).toEqual([]);
    }
    expect(await desk.session(1, (_, ask) => ask([3]))).toEqual([product(3)]);
    expect(desk.counts).toMatchObject({ keys: 1, authorised: 3 });
  });

  it('a holder that lost its state is sent the same bytes again', async () => {
    const desk = new Desk();
    await desk.session(1, (_, ask) => ask([3]));
    expect(await desk.session(1, (_, ask) => ask([3]), { holder: memoryRegistrations() })).toEqual([product(3)]);
    expect(new Set(desk.bodies('test/registration').map(hex)).size).toBe(1);
  });
});

describe('what the label party keeps', () => {
  it('lost: it is told so, and what to do; nothing is registered in its place', async () => {
    const desk = new Desk();
    await desk.session(1, (_, ask) => ask([1]));
    const bank = memoryRegistrations();
    await expect(desk.session(1, (_, ask) => ask([1]), { bank })).rejects.toMatchObject({
      code: 'ERR_REGISTRATION_KEY_LOST',
      blame: 'input',
      help: expect.stringMatching(/backup.*new contract/),
    });
    expect([desk.bodies('test/registration').length, await bank.get(KEPT_REGISTRATION)]).toEqual([1, undefined]);
  });

  it('of other weights, or damaged: a typed error before anything is named', async () => {
    const desk = new Desk();
    await desk.session(1, (_, ask) => ask([1]));
    const named = desk.bodies('test/registration').length;
    await expect(desk.session(1, (_, ask) => ask([1]), { vector: OTHER })).rejects.toMatchObject({ code: 'ERR_REGISTRATION_OTHER_VECTOR' });
    const record = (await desk.bank.get(KEPT_REGISTRATION)) as Uint8Array;
    for (const [damaged, code] of [
      [record.subarray(0, record.length - 9), 'ERR_REGISTRATION_DAMAGED'],
      [new Uint8Array([9, ...record.subarray(1)]), 'ERR_REGISTRATION_DAMAGED'],
      [record.slice().fill(0, 40, 1000), 'ERR_HE_KEPT_KEY'],
    ] as const) {
      const bank = memoryRegistrations();
      await bank.put(KEPT_REGISTRATION, damaged);
      await expect(desk.session(1, (_, ask) => ask([1]), { bank })).rejects.toMatchObject({ code, blame: 'input' });
    }
    expect(desk.bodies('test/registration').length).toBe(named);
  });

  it('is wiped where it was written from, and nowhere in what is sent', async () => {
    const written: { readonly copy: Uint8Array; readonly given: Uint8Array }[] = [];
    const desk = new Desk();
    const bank: RegistrationStore = {
      get: (key) => desk.bank.get(key),
      put: async (key, value) => {
        written.push({ copy: value.slice(), given: value });
        await desk.bank.put(key, value);
      },
    };
    await desk.session(1, (_, ask) => ask([1]), { bank });
    const [{ copy, given }] = written;
    expect(given.every((byte) => byte === 0)).toBe(true);
    const reader = new ByteReader(copy, 'record');
    reader.raw('version and vector', 33);
    const secret = Buffer.from(reader.blob('secret', { min: 2048, max: 2048 }));
    expect(secret.some((byte) => byte !== 0)).toBe(true);
    for (const { body } of desk.sent) expect(Buffer.from(body).includes(secret.subarray(0, 16))).toBe(false);
  });
});

describe('the same question', () => {
  it('1,000 times over ten sessions: 1,000 byte-identical answers, one computed, one debited (T05)', async () => {
    const desk = new Desk();
    const body = new ByteWriter().u32s([11, 7, 2048]).finish();
    for (let session = 0; session < 10; session++) {
      await desk.session(100, async (channel) => {
        for (let again = 0; again < 100; again++) {
          await channel.send('test/ask', body);
          await channel.receive('test/scores');
        }
      });
    }
    const answers = desk.bodies('test/scores').map(hex);
    expect([answers.length, new Set(answers).size]).toEqual([1000, 1]);
    expect(desk.counts).toEqual({ keys: 1, products: 1, authorised: 1 });
    expect(await desk.session(1, (_, ask) => ask([11, 7, 2048]))).toEqual([11, 7, 2048].map((row) => product(row)));
  });

  it('is told by the records asked and their order; any other is answered afresh and debited', async () => {
    const desk = new Desk();
    const identify = (shift: number) => ({ identify: (rows: Uint32Array) => Uint8Array.from(rows, (row) => row + shift) });
    await desk.session(3, async (_, ask) => [await ask([1, 2]), await ask([2, 1]), await ask([1])], { desk: identify(0) });
    expect(desk.counts).toMatchObject({ products: 3, authorised: 3 });
    // Other records behind the same numbers, and the same records under other numbers.
    await desk.session(1, (_, ask) => ask([1, 2]), { desk: identify(9) });
    expect(desk.counts).toMatchObject({ products: 4, authorised: 4 });
    await desk.session(1, (_, ask) => ask([2, 3]), { desk: identify(-1) });
    expect(desk.counts).toMatchObject({ products: 4, authorised: 4 });
  });

  it('refused once is not stored: it is asked for leave again', async () => {
    const desk = new Desk();
    const no = { authorise: () => Promise.reject(new Error('no')) };
    await expect(desk.session(1, (_, ask) => ask([1]), { desk: no })).rejects.toThrow('no');
    await expect(desk.session(1, (_, ask) => ask([1]), { desk: no })).rejects.toThrow('no');
    expect(desk.counts.products).toBe(0);
  });
});

describe('the holder’s book', () => {
  const tally = async (store: RegistrationStore): Promise<{ revealed: number; answers: number; bytes: number }> => {
    const reader = new ByteReader((await store.get('registered-answers')) as Uint8Array, 'tally');
    return { revealed: reader.f64('revealed'), answers: reader.u32('answers'), bytes: reader.f64('bytes') };
  };
  const set = (store: RegistrationStore, revealed: number, answers: number, bytes: number): Promise<void> =>
    store.put('registered-answers', new ByteWriter().f64(revealed).u32(answers).f64(bytes).finish());

  it('counts every coefficient that was revealed, over all sessions of the key, and stops where the flood ends', async () => {
    const desk = new Desk();
    await desk.session(2, async (_, ask) => [await ask([1]), await ask([1])]);
    // Blocks of 8: 1024 rows an answer, the second answer whole.
    await desk.session(1, (_, ask) => ask(Array.from({ length: 1025 }, (_row, i) => i)));
    const { revealed, answers } = await tally(desk.holder);
    expect([revealed, answers]).toEqual([1 + 2048, 2]);
    await set(desk.holder, MOST_REVEALED - 2, answers, 0);
    expect(await desk.session(1, (_, ask) => ask([4, 5]))).toEqual([product(4), product(5)]);
    const { authorised, products } = desk.counts;
    await expect(desk.session(1, (_, ask) => ask([6]))).rejects.toMatchObject({ code: 'ERR_REFUSED_REGISTERED_ANSWERS', blame: 'refused' });
    expect(desk.counts).toMatchObject({ authorised, products });
    // What was answered is still there.
    expect(await desk.session(1, (_, ask) => ask([4, 5]))).toEqual([product(4), product(5)]);
  });

  it('stores so many answers and so many bytes; one more is given, and debited again when it is asked again', async () => {
    for (const [answers, bytes] of [
      [MOST_STORED.answers, 0],
      [0, MOST_STORED.bytes - 100],
    ]) {
      const desk = new Desk();
      await set(desk.holder, 0, answers, bytes);
      for (let again = 0; again < 2; again++) expect(await desk.session(1, (_, ask) => ask([8]))).toEqual([product(8)]);
      expect(desk.counts).toMatchObject({ products: 2, authorised: 2 });
      expect(await tally(desk.holder)).toEqual({ revealed: 2, answers, bytes });
    }
    const desk = new Desk();
    await set(desk.holder, 0, MOST_STORED.answers - 1, 0);
    for (let again = 0; again < 2; again++) await desk.session(1, (_, ask) => ask([8]));
    expect(desk.counts.products).toBe(1);
    const [{ length }] = desk.bodies('test/scores');
    expect((await tally(desk.holder)).bytes).toBe(length);
  });
});
