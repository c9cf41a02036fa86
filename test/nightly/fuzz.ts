/**
 * Mutated bytes at every entry a peer has: protobuf frames (T48), bodies of every protocol (T48), ciphertexts and keys in both engines' readers (T49), and
 * random legal and illegal frame sequences into a session and its lasting link (T52). An input passes when it is read, or refused with the peer to blame; anything else, an
 * input that takes over 50 ms, or 256 MB more memory, is a finding and ends the run with 1, its bytes printed.
 *
 *   node test/nightly/fuzz.ts [--target frames|bodies|ciphertexts|sessions|links] [--seconds 60] [--seed 1]
 *
 * The design asks for 10^8 frames and 10^7 ciphertexts: at 15,000 and 500 a second two and six hours of one core; `--seconds` says how much of it.
 */
import { parseArgs } from 'node:util';
import { decodeDescription } from '../../src/adapters/grpc/describe.ts';
import type { LinkEvents } from '../../src/adapters/grpc/frame-link.ts';
import { decodeFrame, encodeFrame, type Frame } from '../../src/adapters/grpc/frames.ts';
import { LastingLink } from '../../src/adapters/grpc/lasting-link.ts';
import { DEFAULT_LIMITS } from '../../src/adapters/grpc/limits.ts';
import { openedSession } from '../../src/adapters/grpc/session.ts';
import { ByteWriter, FedcreditError, type SeededRandom, seededRandom, TransportError } from '../../src/base/index.ts';
import { readOffer, readParameters, readProposal } from '../../src/federated/vertical/gbdt/messages.ts';
import { decodeAnswer, decodePublicKey, decodeUpload, heParameters, RING_DEGREE } from '../../src/he/index.ts';
import { loadKernelEngine } from '../../src/he/kernel/index.ts';
import { readContract } from '../../src/node/index.ts';
import { readHello, writeHello } from '../../src/psi/wire.ts';
import { testContract } from '../support/federation.ts';

const { values: options } = parseArgs({
  options: {
    target: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});

/** Says nothing, or throws what is not the peer's fault. */
type Entry = (bytes: Uint8Array) => void | Promise<void>;
interface Target {
  readonly corpus: readonly Uint8Array[];
  readonly entry: Entry;
}

const MAX_MS = 50;
const MAX_GROWTH = 256 * 2 ** 20;
const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x0b, 0x0c, 0x08, 0x1a];

/** One to four changes: bytes, bits, pieces out, twice, in from elsewhere, numbers at their edges, cut, filled. */
function mutate(random: SeededRandom, corpus: readonly Uint8Array[]): Uint8Array {
  const pick = <T>(list: readonly T[]): T => list[random.u32() % list.length];
  let bytes: Uint8Array = pick(corpus).slice();
  for (let turn = random.u32() % 4; turn >= 0; turn--) {
    const at = bytes.length === 0 ? 0 : random.u32() % bytes.length;
    const size = random.u32() % 16;
    switch (random.u32() % 9) {
      case 0:
        if (bytes.length > 0) bytes[at] = pick(INTERESTING);
        break;
      case 1:
        if (bytes.length > 0) bytes[at] ^= 1 << (random.u32() % 8);
        break;
      case 2:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + size)]);
        break;
      case 3:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at, at + size), ...bytes.subarray(at)]);
        break;
      case 4:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...pick(corpus).subarray(0, 64), ...bytes.subarray(at)]);
        break;
      case 5:
        bytes = bytes.slice(0, at);
        break;
      case 6:
        for (let i = at; i < Math.min(bytes.length, at + 9); i++) bytes[i] = i === at + 8 ? 1 : 0xff;
        break;
      case 7:
        bytes.fill(pick(INTERESTING), at, at + size * 8);
        break;
      default:
        if (bytes.length >= at + 4)
          new DataView(bytes.buffer).setUint32(at, pick([0, 1, 2 ** 31, 2 ** 32 - 1, bytes.length, bytes.length + 1]), true);
    }
  }
  return bytes;
}

const PEER: ReadonlySet<string> = new Set(['peer']);

/** Large ciphertexts are mutated in place: copying them byte by byte would be all the work. */
function mutateInPlace(random: SeededRandom, corpus: readonly Uint8Array[]): Uint8Array {
  const bytes = corpus[random.u32() % corpus.length].slice(0, random.u32() % 8 === 0 ? random.u32() % 300_000 : undefined);
  for (let turn = random.u32() % 6; turn >= 0 && bytes.length > 0; turn--) {
    const at = random.u32() % 2 === 0 ? random.u32() % Math.min(bytes.length, 12) : random.u32() % bytes.length;
    if (random.u32() % 3 === 0) bytes.fill(random.u32() & 0xff, at, at + (random.u32() % 70));
    else bytes[at] = random.u32() & 0xff;
  }
  return bytes;
}

function frames(): Target {
  const hash = new Uint8Array(32).fill(3);
  const all: readonly Frame[] = [
    {
      type: 'open',
      protocolVersion: 1,
      libraryVersion: '0.1.0',
      jobId: 'job-1',
      sessionId: hash,
      step: 'train',
      contract: testContract().bytes,
    },
    { type: 'accepted', protocolVersion: 1, libraryVersion: '0.1.0', contractHash: hash, graceMs: 60_000, token: hash },
    { type: 'accepted', protocolVersion: 1, libraryVersion: '0.1.0', contractHash: hash, graceMs: 0, token: new Uint8Array() },
    { type: 'rejected', code: 'ERR_X', sentence: 'no', protocolVersion: 1, libraryVersion: '0.1.0' },
    { type: 'message', sequence: 0, kind: 'gbdt/sums', length: 9, transcript: hash },
    { type: 'chunk', sequence: 0, offset: 0, body: new Uint8Array(40).fill(7) },
    { type: 'failure', code: 'ERR_X', sentence: '不行' },
    { type: 'close', sent: 1, received: 2, sentTranscript: hash, receivedTranscript: hash },
    { type: 'headRequest', size: 7 },
    { type: 'head', size: 9, root: hash, time: '2026-01-01T00:00:00.000Z', key: hash, signature: hash, proof: [hash, hash] },
    { type: 'witness', time: '2026-01-01T00:00:00.000Z', key: hash, signature: hash },
    { type: 'reattach', sessionId: hash, attempt: 1, received: 7, proof: hash },
    { type: 'reattached', received: 7, proof: hash },
    { type: 'ack', received: 7 },
    { type: 'end' },
  ];
  const bombs = [new Uint8Array(3_000).fill(0x0b), new TextEncoder().encode('__proto__constructor'), new Uint8Array(20).fill(0xff)];
  return {
    corpus: [...all.map(encodeFrame), ...bombs],
    entry(bytes) {
      const frame = decodeFrame(bytes);
      if (Buffer.compare(encodeFrame(frame), bytes) !== 0 && frame.type !== 'failure' && frame.type !== 'rejected')
        throw new Error('a frame that has two spellings');
      if (Object.getPrototypeOf(frame) !== Object.prototype) throw new Error('a frame with another prototype');
    },
  };
}

function bodies(): Target {
  const contextHash = new Uint8Array(32).fill(5);
  const readers: readonly Entry[] = [
    (b) => void readProposal(b),
    (b) => void readOffer(b),
    (b) => void readParameters(b),
    (b) => void readHello(b, 'sender'),
    (b) => void readContract(b),
    (b) => void decodeDescription(b),
  ];
  const corpus = [
    new ByteWriter().u8(1).u32(300).u32(2).u32(0).u8(3).u32(32).u32(31).u32(63).finish(),
    new ByteWriter().u32(32).u32(100).u8(0).finish(),
    new ByteWriter()
      .u32(2048)
      .u8(2)
      .u64(1n << 30n)
      .u8(2)
      .u8(2)
      .u64(65_537n)
      .u8(2)
      .finish(),
    writeHello({ role: 'sender', contextHash, nonce: contextHash, rows: 9 }),
    testContract().bytes,
    new TextEncoder().encode('{"__proto__":{"maxRows":1}}'),
  ];
  return {
    corpus,
    entry(bytes) {
      for (const read of readers) {
        try {
          read(bytes);
        } catch (error) {
          if (!(error instanceof FedcreditError && PEER.has(error.blame))) throw error;
        }
      }
    },
  };
}

async function ciphertexts(): Promise<Target> {
  const parameters = heParameters({ profile: 'P120', plainModulus: 1n << 26n, answerPrimes: 2 });
  const engine = await loadKernelEngine({ threads: 1, zeroPool: 0, uploadPool: 0 });
  const keys = await engine.keyHolder(parameters);
  const evaluator = await engine.evaluator(parameters, keys.publicKey);
  const operand = await engine.prepare(parameters, {
    answers: 1,
    uploads: 1,
    maxAbs: 1,
    fill: (_answer, _upload, out) => {
      out[0] = 1;
      return true;
    },
  });
  const [upload] = await keys.encrypt([new BigUint64Array(RING_DEGREE).fill(3n)]);
  const wanted = Uint32Array.of(0, 5, 9);
  const [{ answers }] = await evaluator.multiply([[upload]], operand, { mode: 'reveal', wanted });
  const reads = async (read: () => unknown): Promise<boolean> => {
    try {
      await read();
      return true;
    } catch (error) {
      if (error instanceof FedcreditError && PEER.has(error.blame)) return false;
      throw error;
    }
  };
  return {
    corpus: [keys.publicKey, upload, answers[0]],
    async entry(bytes) {
      const pairs: readonly (readonly [string, () => unknown, () => unknown])[] = [
        ['key', () => decodePublicKey(parameters, bytes), async () => (await engine.evaluator(parameters, bytes)).dispose()],
        ['upload', () => decodeUpload(parameters, bytes), () => evaluator.multiply([[bytes]], operand, { mode: 'reveal', wanted })],
        ['answer', () => decodeAnswer(parameters, wanted.length, bytes), () => keys.decrypt([bytes], wanted, 'reveal')],
      ];
      const kind = bytes[1];
      for (const [i, [name, reference, kernel]] of pairs.entries()) {
        // The kernel's reader is asked where the kind fits, and now and then where it does not.
        const fits = await reads(reference);
        if (i + 1 !== kind && !fits && bytes.length % 16 !== 0) continue;
        if ((await reads(kernel)) !== fits) throw new Error(`the two readers disagree on ${name}`);
      }
    },
  };
}

/** Frames in any order, some of them right: the session ends with the right messages or a typed error, and is then dead. */
function sessions(random: SeededRandom): Target {
  const binding = {
    caller: 'bank',
    callee: 'platform',
    jobId: 'job-1',
    step: 'echo',
    sessionId: new Uint8Array(32),
    contractHash: new Uint8Array(32),
  };
  const corpus = frames().corpus.map((bytes) => Uint8Array.from(bytes));
  return {
    corpus,
    async entry(first) {
      let written = 0;
      const link = { write: async () => void written++, end() {}, destroy() {}, pause() {}, resume() {}, listen() {} };
      const { session, input } = openedSession(link, {
        role: 'callee',
        peer: 'bank',
        binding,
        limits: { ...DEFAULT_LIMITS, idleTimeoutMs: 20 },
      });
      const received = session.receive('gbdt/sums').then(
        () => 'message',
        (error: unknown) => error,
      );
      input.frame(first);
      for (let i = random.u32() % 5; i > 0; i--)
        input.frame(random.u32() % 2 === 0 ? corpus[random.u32() % corpus.length] : mutate(random, corpus));
      if (random.u32() % 4 === 0) input.ended();
      if (random.u32() % 8 === 0) input.lost(new TransportError('ERR_TRANSPORT_CLOSED', 'gone'));
      session.abort(new Error('enough'));
      const outcome = await received;
      if (outcome !== 'message' && !(outcome instanceof FedcreditError)) throw outcome;
      if (written > 3) throw new Error(`${written} frames were written in answer`);
    },
  };
}

/** The same under a lasting link that loses its line again and again: what it keeps stays bounded, and whatever the peer says, its counts stay possible. */
function links(random: SeededRandom): Target {
  const corpus = frames().corpus.map((bytes) => Uint8Array.from(bytes));
  const quiet = { listen() {}, write: async () => {}, end() {}, destroy() {}, pause() {}, resume() {} };
  return {
    corpus,
    async entry(first) {
      let aborted: unknown;
      let line: LinkEvents | undefined;
      const watch = { lost() {}, back() {}, over() {} };
      const link = new LastingLink({ role: 'callee', peer: 'bank', graceMs: 50, maxKeptBytes: 1 << 21, clock: { now: Date.now }, watch });
      link.listen({
        frame: () => void link.write(new Uint8Array(40)).catch(() => {}),
        ended: () => link.end(),
        lost: () => {},
        abort: (error) => {
          aborted ??= error;
          link.end();
        },
      });
      const opened = {
        attach(events: LinkEvents): void {
          line = events;
        },
      };
      const attach = (peerHas: number): void => link.attach({ link: quiet, opened, peerHas });
      attach(0);
      line?.frame(first);
      for (let i = random.u32() % 12; i > 0; i--) {
        line?.frame(random.u32() % 2 === 0 ? corpus[random.u32() % corpus.length] : mutate(random, corpus));
        if (random.u32() % 4 === 0) link.pause();
        if (random.u32() % 3 === 0) link.resume();
        if (random.u32() % 5 === 0) line?.lost(new TransportError('ERR_TRANSPORT_CLOSED', 'gone'));
        const claim = random.u32() % 4;
        if (link.wantsLine && isPossible(link, claim)) attach(claim);
        await Promise.resolve();
      }
      link.destroy();
      if (aborted !== undefined && !isPeers(aborted)) throw aborted;
      if (!link.over) throw new Error('a link that was destroyed lives on');
    },
  };
}

function isPossible(link: LastingLink, claim: number): boolean {
  try {
    link.assertPossible(claim);
    return true;
  } catch (error) {
    if (isPeers(error)) return false;
    throw error;
  }
}

const isPeers = (error: unknown): boolean => error instanceof FedcreditError && PEER.has(error.blame);

/** Milliseconds of processor. */
async function timed(entry: Entry, bytes: Uint8Array): Promise<number> {
  const started = process.cpuUsage();
  await entry(bytes);
  const used = process.cpuUsage(started);
  return (used.user + used.system) / 1000;
}

async function fuzz(name: string, target: Target, seconds: number, random: SeededRandom): Promise<number> {
  const change = name === 'ciphertexts' ? mutateInPlace : mutate;
  const until = performance.now() + seconds * 1000;
  const before = process.memoryUsage().rss;
  let runs = 0;
  let refused = 0;
  let slowest = 0;
  // Node's Buffer.slice is a view: mutations would reach the corpus.
  const corpus = target.corpus.map((bytes) => Uint8Array.from(bytes));
  while (performance.now() < until) {
    const bytes = change(random, corpus);
    let ms = await timed(target.entry, bytes).catch((error: unknown) => error as Error);
    // A collection of garbage may fall into any turn: slow is what is slow every time.
    const limit = MAX_MS * (name === 'ciphertexts' ? 8 : 1);
    for (let again = 0; again < 3 && typeof ms === 'number' && ms > limit && runs > 100; again++)
      ms = await timed(target.entry, bytes).catch((error: unknown) => error as Error);
    if (typeof ms !== 'number') {
      if (!isPeers(ms)) return report(name, bytes, ms);
      refused++;
    } else {
      slowest = Math.max(slowest, ms);
      if (ms > limit && runs > 100) return report(name, bytes, new Error(`took ${ms.toFixed(0)} ms of processor, four times`));
    }
    runs++;
    if (runs % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const growth = process.memoryUsage().rss - before;
  console.log(
    `${name}: ${runs} inputs, ${refused} refused, slowest ${slowest.toFixed(1)} ms, ${(growth / 2 ** 20).toFixed(0)} MB more memory`,
  );
  return growth > MAX_GROWTH ? 1 : 0;
}

function report(name: string, bytes: Uint8Array, error: unknown): number {
  console.error(`FINDING in ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  console.error(`${bytes.length} bytes: ${Buffer.from(bytes.subarray(0, 2000)).toString('base64')}`);
  return 1;
}

const random = seededRandom(Number(options.seed), 'fuzz');
const targets: Readonly<Record<string, () => Target | Promise<Target>>> = {
  frames,
  bodies,
  ciphertexts,
  sessions: () => sessions(random),
  links: () => links(random),
};
console.log(`seed ${options.seed}`);
let findings = 0;
for (const name of options.target ? [options.target] : Object.keys(targets))
  findings += await fuzz(name, await targets[name](), Number(options.seconds), random);
process.exit(findings === 0 ? 0 : 1);
