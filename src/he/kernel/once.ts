/**
 * Answers from plaintexts that are used once: desks of shared memory are laid at the first call and lent to one answer at a time, so that a
 * query costs no memory of its own. An answer of several uploads is cut into parts for the threads; one of them ends it.
 */
import { randomBytes, type SecureRandom } from '../../base/index.ts';
import { floodBound, wantedIndices } from '../blinding.ts';
import { addedMessage, checkFilled, checkMasks, checkOnce, checkTerms } from '../once.ts';
import type { HeParameters, OnceBlinding, OnceOperand } from '../types.ts';
import { decodeUpload, uploadBytes } from '../wire.ts';
import { Arena } from './arena.ts';
import type { FinishInput } from './blinding-site.ts';
import type { Crew } from './crew.ts';
import { STREAM_KEY_BYTES } from './key-stream.ts';
import { deskBlocks, deskUpload, layOnceSite, type OncePart, type OnceSitePlan } from './once-site.ts';
import { Jobs, Slots } from './pacing.ts';
import type { ZeroPool } from './zero-pool.ts';

/** Uploads a part has at least: below, waking a second thread costs more than it saves. */
const PART = 4;
/** Uploads a desk has room for, unless a call has more. */
const DESK = 16;

/** What the desks need of their evaluator. */
export interface OnceHost {
  readonly parameters: HeParameters;
  readonly crew: Crew;
  readonly random: SecureRandom;
  readonly blinding: number;
  readonly zeros: ZeroPool;
  readonly disposed: AbortSignal;
}

interface Desks {
  readonly arena: Arena;
  readonly plan: OnceSitePlan;
  readonly site: number;
  readonly free: Slots;
}

export class OnceDesks {
  readonly #host: OnceHost;
  #desks: Desks | undefined;
  #used: Desks[] = [];

  constructor(host: OnceHost) {
    this.#host = host;
  }

  async answer(uploads: readonly Uint8Array[], operand: OnceOperand, blinding: OnceBlinding): Promise<Uint8Array> {
    const { wanted, masks } = blinding;
    const { parameters } = this.#host;
    checkOnce(parameters, operand, uploads.length);
    if (masks) checkMasks(parameters, masks, wanted);
    const addend = addedMessage(parameters, blinding);
    wantedIndices(parameters, wanted);
    const flood = floodBound(parameters, operand);
    const size = uploadBytes(parameters);
    for (const bytes of uploads) if (bytes.length !== size) decodeUpload(parameters, bytes);
    const desks = this.#lay(uploads.length);
    const desk = await desks.free.borrow();
    try {
      this.#host.disposed.throwIfAborted();
      const places = this.#fill(desks, desk, uploads, operand);
      return await this.#run(desks, partsOf(operand, desk, places, this.#host.crew.threads), {
        mode: 'reveal',
        wanted,
        masks,
        flood,
        addend,
      });
    } finally {
      desks.free.giveBack(desk);
    }
  }

  dispose(): void {
    for (const { arena, site } of this.#used) {
      this.#host.crew.detach(site);
      this.#host.crew.whenQuiet(() => arena.wipe());
    }
    this.#used = [];
    this.#desks = undefined;
  }

  #lay(uploads: number): Desks {
    if (this.#desks && this.#desks.plan.uploads >= uploads) return this.#desks;
    const { parameters, crew } = this.#host;
    const arena = new Arena();
    const room = Math.max(DESK, uploads);
    const shape = { uploads: room, parts: Math.min(crew.threads, Math.ceil(room / PART)), desks: crew.threads + 1, threads: crew.threads };
    const plan = layOnceSite(arena, parameters, shape);
    this.#desks = { arena, plan, site: crew.attach(plan), free: new Slots(shape.desks) };
    this.#used.push(this.#desks);
    return this.#desks;
  }

  /** Uploads and plaintexts onto the desk; returns where each upload is. @throws InputError `ERR_HE_OPERAND`. */
  #fill({ plan }: Desks, desk: number, uploads: readonly Uint8Array[], operand: OnceOperand): number[] {
    const { parameters } = this.#host;
    const { at } = deskBlocks(parameters, plan.uploads, plan.parts);
    const { buffer } = plan.ring.memory;
    const n = parameters.ringDegree;
    const words = new Int32Array(n);
    let nonzero = 0;
    const places = uploads.map((bytes, u) => {
      operand.fill(u, words.fill(0));
      nonzero += checkFilled(parameters, operand, words);
      new Int32Array(buffer, plan.desks[desk] + at.plains + 4 * n * u, n).set(words);
      // Shared memory is copied by words only where both sides stand alike in theirs.
      const place = plan.desks[desk] + at.uploads + u * deskUpload(parameters) + (bytes.byteOffset % 8);
      new Uint8Array(buffer, place, bytes.length).set(bytes);
      return place;
    });
    words.fill(0);
    checkTerms(operand, nonzero);
    return places;
  }

  async #run(desks: Desks, parts: readonly OncePart[], finish: Omit<FinishInput, 'key' | 'zero'>): Promise<Uint8Array> {
    const { crew, random, zeros, blinding, disposed } = this.#host;
    const several = parts.length > 1;
    if (several) await this.#multiplyParts(desks, parts);
    const key = randomBytes(random, STREAM_KEY_BYTES);
    const zero = zeros.take();
    const { desk } = parts[0];
    const input = { once: desks.site, blinding, desk, part: several ? undefined : parts[0], parts: parts.length };
    try {
      const { answer } = await crew.run('finishOnce', { ...input, finish: { ...finish, key, zero } }, { signal: disposed });
      return answer;
    } finally {
      key.fill(0);
      zeros.used(zero);
    }
  }

  async #multiplyParts({ site }: Desks, parts: readonly OncePart[]): Promise<void> {
    const jobs = new Jobs([this.#host.disposed]);
    for (const part of parts) jobs.add(this.#host.crew.run('multiplyOnce', { site, part }, { signal: jobs.signal }));
    await jobs.settle();
  }
}

function partsOf({ form }: OnceOperand, desk: number, uploads: readonly number[], threads: number): OncePart[] {
  const count = Math.min(threads, Math.ceil(uploads.length / PART));
  const border = (part: number): number => Math.round((part * uploads.length) / count);
  return Array.from({ length: count }, (_, part) => {
    return { desk, part, first: border(part), uploads: uploads.slice(border(part), border(part + 1)), form };
  });
}
