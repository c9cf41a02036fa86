/**
 * One pass over an operand for the vectors of a call: uploads are laid beside the plaintexts of every slab, then a few answers after the other are
 * multiplied with all of them. At most two tasks a thread are under way; a staged answer keeps its slot until the last task that reads it has ended.
 */
import type { Crew } from './crew.ts';
import type { KernelOperand } from './operand.ts';
import { ANSWERS_TOGETHER, type PlainSource, type WorkPlan } from './operand-site.ts';
import { Gate, type Jobs } from './pacing.ts';

export interface Pass {
  readonly operand: KernelOperand;
  readonly crew: Crew;
  readonly jobs: Jobs;
  readonly vectors: number;
}

/** Where the uploads of a pass are put: the first slab's work space, copied to the others. */
export interface Loading {
  readonly site: number;
  readonly work: WorkPlan;
}

/** Answers from `answer` on, as many as there are sources, for vectors `first` .. `first + count - 1` of the pass. */
export interface Turn extends Loading {
  readonly answer: number;
  readonly from: readonly PlainSource[];
  readonly first: number;
  readonly count: number;
}

/**
 * @param loads one task an upload
 * @param answer a task for a turn
 */
export async function passOver(
  { operand, crew, jobs, vectors }: Pass,
  loads: (to: Loading) => Iterable<() => Promise<void>>,
  answer: (turn: Turn) => Promise<void>,
): Promise<void> {
  const slabs = operand.layWork(vectors);
  const gate = new Gate(2 * crew.threads);
  for (const load of loads(slabs[0])) {
    await gate.enter();
    jobs.add(load().finally(() => gate.leave()));
  }
  await jobs.settle();
  operand.spreadUploads(
    slabs.map(({ work }) => work),
    vectors,
  );
  const { chunk, together } = sizeOfTasks(operand.answers, vectors, crew.threads);
  for (let index = 0; index < operand.answers; ) {
    jobs.check();
    const { slab, from, done } = await operand.source(index, together);
    const step = from[0].kind === 'staged' ? vectors : chunk;
    const turns: Promise<void>[] = [];
    for (let first = 0; first < vectors; first += step) {
      await gate.enter();
      const turn = { ...slabs[slab], answer: index, from, first, count: Math.min(step, vectors - first) };
      turns.push(answer(turn).finally(() => gate.leave()));
      jobs.add(turns[turns.length - 1]);
    }
    jobs.add(Promise.allSettled(turns).then(done));
    index += from.length;
  }
  await jobs.settle();
}

/** Some answers and all vectors where that leaves several tasks a thread, else one answer and fewer vectors. */
function sizeOfTasks(answers: number, vectors: number, threads: number): { readonly chunk: number; readonly together: number } {
  const room = Math.floor((answers * vectors) / (4 * threads));
  const chunk = Math.max(1, Math.min(vectors, room));
  return { chunk, together: Math.max(1, Math.min(ANSWERS_TOGETHER, Math.floor(room / vectors))) };
}
