/**
 * H's half of series on the kernel (`../series.ts`). The polynomials of a call stand in pairs, as c0 and c1 of an ordinary vector do: hint and
 * first vector, then two vectors at a time, never of two series. What is left over in an odd pair is multiplied with and dropped.
 */
import { InputError, LocalProtocolError, randomBytes, type SecureRandom } from '../../base/index.ts';
import { floodBound, wantedIndices } from '../blinding.ts';
import { SeriesCount } from '../series.ts';
import type { HeParameters, SeriesEvaluator, SeriesQuestion, SeriesReply } from '../types.ts';
import { decodeOpening, decodePart } from '../wire-series.ts';
import { Arena } from './arena.ts';
import type { Crew } from './crew.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';
import { polynomialBytes } from './memory-plan.ts';
import type { KernelOperand } from './operand.ts';
import { type Loading, passOver, type Turn } from './operand-pass.ts';
import { Jobs } from './pacing.ts';
import { laySeriesSite } from './series-site.ts';

const TERNARIES_A_TASK = 8;

/** One series under way. */
interface Series {
  /** Of a_i, then of a_z: public. */
  readonly seeds: readonly Uint8Array[];
  /** u of every answer, one after the other: the same for the hint and for every sum. */
  readonly ternaries: Block;
}

/** A stretch of the evaluator's memory. */
interface Block {
  readonly at: number;
  readonly bytes: number;
}

/** A list of polynomials of a call, and where its answers go: a series' a_i and a_z, or a vector's c_i and z. */
type Polynomials =
  | { readonly kind: 'hint'; readonly out: Uint8Array[] }
  | { readonly kind: 'sum'; readonly parts: readonly Uint8Array[]; readonly out: Uint8Array[] };

interface Pair {
  readonly series: Series;
  readonly lists: readonly Polynomials[];
}

export class KernelSeriesEvaluator implements SeriesEvaluator {
  readonly parameters: HeParameters;
  readonly #operand: KernelOperand;
  readonly #crew: Crew;
  readonly #random: SecureRandom;
  readonly #arena = new Arena();
  readonly #site: number;
  readonly #count: SeriesCount;
  readonly #disposed = new AbortController();
  /** Blocks that were used and are free again, all of one size each. */
  readonly #free: Block[] = [];
  #series: Series | undefined;

  constructor(parameters: HeParameters, operand: KernelOperand, wanted: Uint32Array, crew: Crew, random: SecureRandom) {
    const indices = wantedIndices(parameters, wanted);
    this.parameters = parameters;
    this.#operand = operand;
    this.#crew = crew;
    this.#random = random;
    this.#count = new SeriesCount(parameters, indices.length);
    this.#site = crew.attach(laySeriesSite(this.#arena, parameters, crew.threads, indices, floodBound(parameters, operand, true)));
  }

  async answer(questions: readonly SeriesQuestion[]): Promise<SeriesReply[]> {
    this.#disposed.signal.throwIfAborted();
    for (const { parts } of questions) checkCount(parts, this.#operand.uploads + 1);
    const seeds = questions.map(({ opening }) => opening && decodeOpening(this.parameters, this.#operand.uploads, opening));
    this.#count.admit(questions);
    if (questions.length === 0) return [];
    const replies = questions.map(({ opening }) => ({ hints: opening && ([] as Uint8Array[]), sums: [] as Uint8Array[] }));
    const jobs = new Jobs([this.#disposed.signal]);
    const before = this.#series;
    const pairs = this.#pairUp(questions, seeds, replies);
    const used = new Set([before, ...pairs.map(({ series }) => series)]);
    try {
      for (const series of used) if (series && series !== before) this.#drawTernaries(series, jobs);
      await this.#operand.exclusive(() => jobs.whole(() => this.#passes(pairs, jobs)));
    } finally {
      for (const series of used) if (series && series !== this.#series) this.#giveBack(series.ternaries);
    }
    return replies;
  }

  dispose(): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort(new LocalProtocolError('ERR_HE_DISPOSED', 'the evaluator was disposed'));
    this.#series = undefined;
    this.#crew.detach(this.#site);
    this.#crew.whenQuiet(() => this.#arena.wipe());
  }

  /** Hints and sums of each series in pairs. */
  #pairUp(questions: readonly SeriesQuestion[], seeds: readonly (Uint8Array[] | undefined)[], replies: readonly Reply[]): Pair[] {
    const groups: { readonly series: Series; readonly lists: Polynomials[] }[] = [];
    questions.forEach(({ parts }, i) => {
      const opened = seeds[i];
      const { hints, sums } = replies[i];
      if (opened) this.#series = { seeds: opened, ternaries: this.#borrow(this.#operand.answers * polynomialBytes(this.parameters)) };
      if (opened || groups.length === 0) groups.push({ series: this.#current(), lists: [] });
      const { lists } = groups[groups.length - 1];
      if (hints) lists.push({ kind: 'hint', out: hints });
      lists.push({ kind: 'sum', parts, out: sums });
    });
    return groups.flatMap(({ series, lists }) =>
      Array.from({ length: Math.ceil(lists.length / 2) }, (_, p) => ({ series, lists: lists.slice(2 * p, 2 * p + 2) })),
    );
  }

  /** A fresh u for every answer of a series. */
  #drawTernaries({ ternaries }: Series, jobs: Jobs): void {
    const places = Array.from({ length: this.#operand.answers }, (_, answer) => this.#ternary(ternaries, answer));
    for (let first = 0; first < places.length; first += TERNARIES_A_TASK) {
      const some = places.slice(first, first + TERNARIES_A_TASK).map((to) => ({ to, key: randomBytes(this.#random, STREAM_KEY_BYTES) }));
      const drawn = this.#crew.run('drawTernaries', { site: this.#site, ternaries: some }, { signal: jobs.signal });
      jobs.add(
        drawn.finally(() => {
          for (const { key } of some) key.fill(0);
        }),
      );
    }
  }

  #ternary({ at }: Block, answer: number): number {
    return at + answer * polynomialBytes(this.parameters);
  }

  async #passes(pairs: readonly Pair[], jobs: Jobs): Promise<void> {
    const { vectorsPerPass } = this.#operand.plan(pairs.length);
    // A later pass must not find out that a part is malformed when answers of an earlier one exist.
    for (const { lists } of pairs.slice(vectorsPerPass)) for (const list of lists) checkParts(this.parameters, list);
    for (let first = 0; first < pairs.length; first += vectorsPerPass) await this.#pass(pairs.slice(first, first + vectorsPerPass), jobs);
  }

  async #pass(pairs: readonly Pair[], jobs: Jobs): Promise<void> {
    const zeros = pairs.map(({ lists }) => lists.map(() => this.#borrow(polynomialBytes(this.parameters))));
    try {
      const pass = { operand: this.#operand, crew: this.#crew, jobs, vectors: pairs.length };
      await passOver(
        pass,
        (to) => this.#loads(pairs, zeros, to, jobs),
        (turn) => this.#turn(pairs, zeros, turn, jobs),
      );
    } finally {
      this.#free.push(...zeros.flat());
    }
  }

  *#loads(pairs: readonly Pair[], zeros: readonly Block[][], { site, work }: Loading, { signal }: Jobs): Iterable<() => Promise<void>> {
    const crew = this.#crew;
    const last = this.#operand.uploads;
    for (const [vector, { series, lists }] of pairs.entries()) {
      for (const [component, list] of lists.entries()) {
        const zero = { site: this.#site, to: zeros[vector][component].at };
        if (list.kind === 'hint') yield () => crew.run('expandZero', { ...zero, seed: series.seeds[last] }, { signal });
        else yield () => crew.run('loadZero', { ...zero, bytes: list.parts[last] }, { signal });
        for (let upload = 0; upload < last; upload++) {
          const place = { vector, component: component as 0 | 1, upload };
          if (list.kind === 'hint') yield () => crew.run('expandSeed', { site, work, place, seed: series.seeds[upload] }, { signal });
          else yield () => crew.run('loadPart', { site, work, place, bytes: list.parts[upload] }, { signal });
        }
      }
    }
  }

  async #turn(pairs: readonly Pair[], zeros: readonly Block[][], turn: Turn, { signal }: Jobs): Promise<void> {
    const { site, work, from, answer, first, count } = turn;
    const here = pairs.slice(first, first + count);
    const finish = from.map((_, a) =>
      here.map(({ series, lists }, v) =>
        lists.map(({ kind }, component) => ({
          kind,
          zero: zeros[first + v][component].at,
          ternary: this.#ternary(series.ternaries, answer + a),
          key: randomBytes(this.#random, STREAM_KEY_BYTES),
        })),
      ),
    );
    try {
      const input = { operand: site, series: this.#site, work, from, firstVector: first, finish };
      const outputs = await this.#crew.run('seriesAnswer', input, { signal });
      const lists = here.flatMap((pair) => pair.lists);
      for (const [a, sent] of outputs.entries()) for (const [i, { out }] of lists.entries()) out[answer + a] = sent[i];
    } finally {
      for (const { key } of finish.flat(2)) key.fill(0);
    }
  }

  #borrow(bytes: number): Block {
    const found = this.#free.findIndex((block) => block.bytes === bytes);
    return found >= 0 ? this.#free.splice(found, 1)[0] : { at: this.#arena.allocate(bytes), bytes };
  }

  /** Wiped: a u seen later opens its hint. */
  #giveBack(block: Block): void {
    this.#arena.wipeBlock(block.at, block.bytes);
    this.#free.push(block);
  }

  #current(): Series {
    if (this.#series) return this.#series;
    throw new LocalProtocolError('ERR_HE_INTERNAL', 'a vector stands outside every series');
  }
}

interface Reply {
  readonly hints: Uint8Array[] | undefined;
  readonly sums: Uint8Array[];
}

function checkParts(parameters: HeParameters, list: Polynomials): void {
  if (list.kind === 'sum') for (const part of list.parts) decodePart(parameters, part);
}

function checkCount(parts: readonly Uint8Array[], expected: number): void {
  if (parts.length === expected) return;
  throw new InputError('ERR_HE_OPERAND', `a vector of a series has ${parts.length} parts, the operand wants ${expected}`, {
    help: 'Both parties must use the same layout; the message layer checks the number of parts.',
  });
}
