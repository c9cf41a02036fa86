/**
 * Encrypted tree scoring (protocols.md §6): Σ value · allowed_L · allowed_H over all leaves of all trees in one product, one round trip a
 * batch. L's vector holds, per distinct path of H's conditions, the sum of leaf units its own conditions allow; H's holds the path bits.
 *
 * | | label party L | feature holder H |
 * |---|---|---|
 * | learns | one integer score a row (20 bits at most) | rows asked, the paths over its own splits |
 * | does not learn | which paths, any field of H | leaf values, L's conditions, the score |
 */
import { RefusedError } from '../base/index.ts';
import type { FeatureTable } from '../data/index.ts';
import type { GbdtHolderModel } from '../learn/trees/index.ts';
import type { Channel } from '../protocol/index.ts';
import {
  decodePlan,
  encodePlan,
  joinUnits,
  ownHalf,
  pathBits,
  planHash,
  type RegisteredModel,
  type ScoringPlan,
  scoreTerms,
} from './registration.ts';
import { type AnswererInput, answer, openAsker, type ScoringPorts } from './session.ts';

const PLAN = 'scoring/plan';

export interface ScoreQuestion {
  readonly registered: RegisteredModel;
  /** L's own columns, rows in the order of the alignment. */
  readonly table: FeatureTable;
  /** Positions in the alignment, rising. */
  readonly rows: Uint32Array;
  /** `SessionTerms.answersEver` */
  readonly answersEver?: number;
}

export interface Scores {
  /** Score units in the order of `rows`; meaningless where not answered. */
  readonly units: Int32Array;
  /** 1 where the holder answered. */
  readonly answered: Uint8Array;
}

/** A scoring service at L: ask any number of batches, then close. */
export interface ScoreAsker {
  ask(rows: Uint32Array): Promise<Scores>;
  close(): Promise<void>;
}

/** L: registers the model's plan and opens a session for `size`. */
export async function openScores(
  channel: Channel,
  question: Omit<ScoreQuestion, 'rows'>,
  size: { readonly rows: number; readonly calls?: number },
  ports: ScoringPorts,
): Promise<ScoreAsker> {
  const { registered } = question;
  const own = ownHalf(registered, question.table);
  await channel.send(PLAN, encodePlan(registered.plan));
  if (registered.plan.paths.length === 0) {
    const units = (rows: Uint32Array): Int32Array => Int32Array.from(rows, (row) => joinUnits(registered, own.local(row), 0));
    return { ask: async (rows) => ({ units: units(rows), answered: new Uint8Array(rows.length).fill(1) }), close: async () => {} };
  }
  const terms = { ...scoreTerms(registered.plan, registered.planHash), answersEver: question.answersEver };
  const asker = await openAsker(channel, terms, size, ports);
  return {
    async ask(rows) {
      const locals = new Float64Array(rows.length);
      const { values, answered } = await asker.ask(rows, (row, place) => {
        locals[place] = own.local(row);
        return own.vector(row);
      });
      return { units: Int32Array.from(values, (remote, i) => joinUnits(registered, locals[i], remote)), answered };
    },
    close: () => asker.close(),
  };
}

/** L's half for one batch. */
export async function askScores(channel: Channel, question: ScoreQuestion, ports: ScoringPorts): Promise<Scores> {
  const asker = await openScores(channel, question, { rows: question.rows.length }, ports);
  const scores = await asker.ask(question.rows);
  await asker.close();
  return scores;
}

export interface ScoreHolderInput extends Pick<AnswererInput, 'authorise' | 'maxCiphertexts' | 'answersEver'> {
  readonly model: GbdtHolderModel;
  /** H's columns, rows in the order of the alignment. */
  readonly table: FeatureTable;
  /** The hash pinned by an earlier registration of this model, if any. */
  readonly pinned?: Uint8Array;
  /** Keeps the hash of the first registration. */
  readonly pin: (hash: Uint8Array, plan: ScoringPlan) => Promise<void>;
}

/**
 * H's half. Returns the number of rows answered.
 * @throws RefusedError `ERR_SCORING_PLAN_CHANGED` when another plan is already pinned for this model.
 */
export async function answerScores(channel: Channel, input: ScoreHolderInput, ports: ScoringPorts): Promise<number> {
  const plan = decodePlan(await channel.receive(PLAN), input.model);
  const hash = planHash(plan);
  if (input.pinned && !input.pinned.every((byte, i) => byte === hash[i])) {
    throw new RefusedError('ERR_SCORING_PLAN_CHANGED', 'another scoring plan is registered for this model', {
      help: 'Train again to register another plan: one model has one plan, so that no secret functional can be asked through it.',
    });
  }
  await input.pin(hash, plan);
  if (plan.paths.length === 0) return 0;
  const vector = pathBits(plan, input.model, input.table);
  return answer(channel, { ...input, ...scoreTerms(plan, hash), rows: input.table.rows, vector }, ports);
}
