/**
 * What one thread can do: the sites attached to it, and the operations on them. The same table runs on the caller's thread and in
 * `worker.ts`; inputs and outputs are structured-cloneable.
 */
import { LocalProtocolError } from '../../base/index.ts';
import type { Residues } from '../types.ts';
import { BlindingSite, type BlindingSitePlan, type FinishInput, type FinishOutput } from './blinding-site.ts';
import { type DecryptInput, type EncryptInput, KeySite, type KeySitePlan } from './key-site.ts';
import { type OncePart, OnceSite, type OnceSitePlan } from './once-site.ts';
import { OperandSite, type OperandSitePlan, type PlainSource, type WorkPlan } from './operand-site.ts';

export type SitePlan = KeySitePlan | BlindingSitePlan | OperandSitePlan | OnceSitePlan;
type Site = KeySite | BlindingSite | OperandSite | OnceSite;

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
  }
}

interface AnswerInput {
  readonly operand: number;
  readonly blinding: number;
  readonly work: WorkPlan;
  readonly from: PlainSource;
  readonly groups: readonly number[];
  readonly firstVector: number;
  /** One a vector. */
  readonly finish: readonly FinishInput[];
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
  decrypt(sites: Sites, input: { site: number; decrypt: DecryptInput }): Residues {
    return sites.get(input.site, KeySite).decrypt(input.decrypt);
  },
  decryptSlots(sites: Sites, input: { site: number; decrypt: DecryptInput }): Uint32Array {
    return sites.get(input.site, KeySite).decryptSlots(input.decrypt);
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
  makeResident(sites: Sites, input: { site: number; slot: number; index: number; groups: readonly number[] }): void {
    sites.get(input.site, OperandSite).makeResident(input.slot, input.index, input.groups);
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
  /** Products and the whole way to the wire for some vectors of one answer. */
  answer(sites: Sites, input: AnswerInput): FinishOutput[] {
    const operand = sites.get(input.operand, OperandSite);
    const blinding = sites.get(input.blinding, BlindingSite);
    operand.multiply(input.work, input.from, input.groups, input.firstVector, input.finish.length);
    return input.finish.map((finish, v) => {
      blinding.loadSums(operand.sums(input.work, v, 0), operand.sums(input.work, v, 1));
      return blinding.finish(finish);
    });
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
