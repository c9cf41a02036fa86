/**
 * What one thread can do: the sites attached to it, and the operations on them. The same table runs on the caller's thread and in
 * `worker.ts`; inputs and outputs are structured-cloneable.
 */
import { LocalProtocolError } from '../../base/index.ts';
import type { Residues, Wanted } from '../types.ts';
import { BlindingSite, type BlindingSitePlan, type FinishInput, type FinishOutput } from './blinding-site.ts';
import { type EncryptInput, KeySite, type KeySitePlan } from './key-site.ts';
import { type OncePart, OnceSite, type OnceSitePlan } from './once-site.ts';
import { OperandSite, type OperandSitePlan, type Place, type PlainSource, type WorkPlan } from './operand-site.ts';
import { type PartInput, SeriesKeySite, type SeriesKeySitePlan } from './series-key-site.ts';
import { type SeriesFinish, SeriesSite, type SeriesSitePlan } from './series-site.ts';

export type SitePlan = KeySitePlan | BlindingSitePlan | OperandSitePlan | OnceSitePlan | SeriesKeySitePlan | SeriesSitePlan;
type Site = KeySite | BlindingSite | OperandSite | OnceSite | SeriesKeySite | SeriesSite;

export class Sites {
  readonly #thread: number;
  readonly #sites = new Map<number, Site>();

  constructor(thread: number) {
    this.#thread = thread;
  }

  attach(id: number, plan: SitePlan): void {
    this.#sites.set(id, open(plan, this.#thread));
  }

  detach(id: number): void {
    this.#sites.delete(id);
  }

  get<S extends Site>(id: number, kind: new (...args: never[]) => S): S {
    const site = this.#sites.get(id);
    if (site instanceof kind) return site;
    throw new LocalProtocolError('ERR_HE_DISPOSED', 'the key, evaluator or operand of this task was disposed');
  }
}

function open(plan: SitePlan, thread: number): Site {
  switch (plan.kind) {
    case 'key':
      return new KeySite(plan, thread);
    case 'blinding':
      return new BlindingSite(plan, thread);
    case 'operand':
      return new OperandSite(plan, thread);
    case 'once':
      return new OnceSite(plan, thread);
    case 'series-key':
      return new SeriesKeySite(plan, thread);
    case 'series':
      return new SeriesSite(plan, thread);
  }
}

interface AnswerInput {
  readonly operand: number;
  readonly blinding: number;
  readonly work: WorkPlan;
  readonly from: readonly PlainSource[];
  readonly firstVector: number;
  /** One an answer and vector. */
  readonly finish: readonly (readonly FinishInput[])[];
}

interface SeriesAnswerInput {
  readonly operand: number;
  readonly series: number;
  readonly work: WorkPlan;
  readonly from: readonly PlainSource[];
  readonly firstVector: number;
  /** One an answer, pair of polynomials and polynomial. */
  readonly finish: readonly (readonly (readonly SeriesFinish[])[])[];
}

interface FinishOnceInput {
  readonly once: number;
  readonly blinding: number;
  readonly desk: number;
  /** The only part, multiplied here; undefined where all parts have been. */
  readonly part: OncePart | undefined;
  readonly parts: number;
  readonly finish: FinishInput;
}

const OPERATIONS = {
  makeKey(sites: Sites, input: { site: number; secret: Uint8Array; error: Uint8Array; seed: Uint8Array }): Uint8Array {
    const site = sites.get(input.site, KeySite);
    site.generate(input.secret);
    return site.publicKey(input.error, input.seed);
  },
  encrypt(sites: Sites, input: { site: number; encrypts: readonly EncryptInput[] }): Uint8Array[] {
    const site = sites.get(input.site, KeySite);
    return input.encrypts.map((encrypt) => site.encrypt(encrypt));
  },
  fillUpload(sites: Sites, input: { site: number; entry: number; key: Uint8Array; seed: Uint8Array }): void {
    sites.get(input.site, KeySite).fillUpload(input.entry, input.key, input.seed);
  },
  decrypt(sites: Sites, { site, answers, wanted }: { site: number; answers: readonly Uint8Array[]; wanted: Wanted }): Residues[] {
    const key = sites.get(site, KeySite);
    return answers.map((answer) => key.decrypt({ answer, wanted }));
  },
  decryptSlots(sites: Sites, { site, answers }: { site: number; answers: readonly Uint8Array[] }): Uint32Array[] {
    const key = sites.get(site, KeySite);
    return answers.map((answer) => key.decryptSlots({ answer, wanted: 'all' }));
  },
  loadPublicKey(sites: Sites, input: { site: number; bytes: Uint8Array }): void {
    sites.get(input.site, BlindingSite).loadPublicKey(input.bytes);
  },
  fillZero(sites: Sites, input: { site: number; entry: number; key: Uint8Array }): void {
    sites.get(input.site, BlindingSite).fillZero(input.entry, input.key);
  },
  loadUpload(sites: Sites, input: { site: number; work: WorkPlan; vector: number; upload: number; bytes: Uint8Array }): void {
    sites.get(input.site, OperandSite).loadUpload(input.work, input.vector, input.upload, input.bytes);
  },
  makeResident(sites: Sites, input: { site: number; slot: number; index: number }): void {
    sites.get(input.site, OperandSite).makeResident(input.slot, input.index);
  },
  multiplyOnce(sites: Sites, input: { site: number; part: OncePart }): void {
    sites.get(input.site, OnceSite).multiply(input.part);
  },
  /** The rest of an answer from plaintexts used once: its sums, and the whole way to the wire. */
  finishOnce(sites: Sites, input: FinishOnceInput): FinishOutput {
    const once = sites.get(input.once, OnceSite);
    const blinding = sites.get(input.blinding, BlindingSite);
    if (input.part) once.multiply(input.part);
    blinding.loadSums(once.sums(input.desk, input.parts, 0), once.sums(input.desk, input.parts, 1));
    return blinding.finish(input.finish);
  },
  /** Products and the whole way to the wire for some vectors of some answers. */
  answer(sites: Sites, input: AnswerInput): FinishOutput[][] {
    const operand = sites.get(input.operand, OperandSite);
    const blinding = sites.get(input.blinding, BlindingSite);
    operand.multiply(input.work, input.from, input.firstVector, input.finish[0].length);
    return input.finish.map((vectors, a) =>
      vectors.map((finish, v) => {
        blinding.loadSums(operand.sums(input.work, a, v, 0), operand.sums(input.work, a, v, 1));
        return blinding.finish(finish);
      }),
    );
  },
  expandSeed(sites: Sites, input: { site: number; work: WorkPlan; place: Place; seed: Uint8Array }): void {
    sites.get(input.site, OperandSite).expand(input.work, input.place, input.seed);
  },
  loadPart(sites: Sites, input: { site: number; work: WorkPlan; place: Place; bytes: Uint8Array }): void {
    sites.get(input.site, OperandSite).loadPart(input.work, input.place, input.bytes);
  },
  /** Products and the whole way to the wire for some pairs of polynomials of some answers of a series. */
  seriesAnswer(sites: Sites, input: SeriesAnswerInput): Uint8Array[][] {
    const operand = sites.get(input.operand, OperandSite);
    const series = sites.get(input.series, SeriesSite);
    operand.multiply(input.work, input.from, input.firstVector, input.finish[0].length);
    return input.finish.map((pairs, a) =>
      pairs.flatMap((pair, v) =>
        pair.map((finish, component) => series.finish(operand.sums(input.work, a, v, component as 0 | 1), finish)),
      ),
    );
  },
  drawTernaries(sites: Sites, input: { site: number; ternaries: readonly { readonly to: number; readonly key: Uint8Array }[] }): void {
    const site = sites.get(input.site, SeriesSite);
    for (const { to, key } of input.ternaries) site.drawTernary(to, key);
  },
  expandZero(sites: Sites, input: { site: number; to: number; seed: Uint8Array }): void {
    sites.get(input.site, SeriesSite).expandZero(input.to, input.seed);
  },
  loadZero(sites: Sites, input: { site: number; to: number; bytes: Uint8Array }): void {
    sites.get(input.site, SeriesSite).loadZero(input.to, input.bytes);
  },
  drawSeriesSecret(sites: Sites, input: { site: number; secret: number; key: Uint8Array }): void {
    sites.get(input.site, SeriesKeySite).drawSecret(input.secret, input.key);
  },
  encryptParts(sites: Sites, input: { site: number; secret: number; parts: readonly PartInput[] }): Uint8Array[] {
    const site = sites.get(input.site, SeriesKeySite);
    return input.parts.map((part) => site.encrypt(input.secret, part));
  },
  keepHints(sites: Sites, input: { site: number; hints: readonly { readonly to: number; readonly bytes: Uint8Array }[] }): void {
    const site = sites.get(input.site, SeriesKeySite);
    for (const { to, bytes } of input.hints) site.keepHint(to, bytes);
  },
  decryptSums(
    sites: Sites,
    input: { site: number; secret: number; sums: readonly { readonly hint: number; readonly bytes: Uint8Array }[] },
  ): Residues[] {
    const site = sites.get(input.site, SeriesKeySite);
    return input.sums.map(({ hint, bytes }) => site.decrypt(input.secret, hint, bytes));
  },
} as const;

export type Operation = keyof typeof OPERATIONS;
export type InputOf<O extends Operation> = Parameters<(typeof OPERATIONS)[O]>[1];
export type OutputOf<O extends Operation> = ReturnType<(typeof OPERATIONS)[O]>;

/** Runs an operation by name. */
export function perform<O extends Operation>(sites: Sites, operation: O, input: InputOf<O>): OutputOf<O> {
  const run = OPERATIONS[operation] as (sites: Sites, input: InputOf<O>) => OutputOf<O>;
  return run(sites, input);
}
