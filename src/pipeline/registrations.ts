/**
 * The registered model of a job. Weights of a regression and points of a card come to the platform encrypted: it cannot see whether they are the
 * trained ones, so a job has one registration, for good (security.md 1.5, T31, T32), and with it one linear functional of a firm's columns. It
 * belongs to the halves of one training; from the first score step on the job is therefore neither aligned nor binned nor trained again: another
 * model is another job, under a contract of its own.
 */
import { InputError } from '../base/index.ts';
import { type AskDesk, type HolderPorts, KEPT_REGISTRATION } from '../federated/vertical/registered-vector/index.ts';
import type { HeEngine } from '../he/index.ts';
import { jobSlot, type StepContext } from '../node/index.ts';
import { type AlignedRows, counted, inTurn, type Turns } from './platform-desk.ts';
import type { BankDesk } from './step.ts';

/** Questions of one job are answered one after the other, whatever the session: the same one at once would be computed twice. */
const QUESTIONS = jobSlot<Turns>('registered-questions');

/** @param half the platform's half of the model, as it is stored */
export const holderPorts = (engine: HeEngine, context: StepContext, half: Uint8Array): HolderPorts => ({
  engine,
  store: context.store,
  half,
  inTurn: (work) => inTurn(context, work, QUESTIONS),
});

/** Counts and debits fresh answers, and knows a firm by its row of the asset: aligned in another order it is still the same question. */
export function askDesk(context: StepContext, { ownRows, fingerprint }: AlignedRows, bits: number): AskDesk {
  return {
    authorise: counted(context, 'scores', ownRows, bits),
    identify: (rows) => new TextEncoder().encode(JSON.stringify([fingerprint, ...Array.from(rows, (row) => ownRows[row])])),
  };
}

/**
 * At the bank, before anything is thrown away. The platform would go along, and refuse the scores of what comes out.
 * @param cause why the job was to start anew
 * @throws InputError `ERR_JOB_REGISTERED`
 */
export async function assertUnregistered({ store, job }: Pick<BankDesk, 'store' | 'job'>, cause?: unknown): Promise<void> {
  if (!(await store.keys()).includes(KEPT_REGISTRATION)) return;
  throw new InputError('ERR_JOB_REGISTERED', `the model of job "${job.job}" is registered with ${job.peer}: a job has one, for good`, {
    cause,
    help: 'Go on with "score", "evaluate" and "limit"; another training is another job: give it another name under "job:".',
  });
}
