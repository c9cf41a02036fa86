/**
 * One pass over an operand for the vectors of a call: uploads are laid beside the plaintexts of every slab, then answer after answer is multiplied
 * with all of them. At most two tasks a thread are under way; a staged answer keeps its slot until the last task that reads it has ended.
 */
import type { Crew } from './crew.ts';
import type { AnswerSource, KernelOperand } from './operand.ts';
import type { PlainSource, WorkPlan } from './operand-site.ts';
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

/** One answer for vectors `first` .. `first + count - 1` of the pass. */
export interface Turn extends Loading {
  readonly answer: number;
  readonly from: PlainSource;
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
  const chunk = vectorsATask(operand.answers, vectors, crew.threads);
  for (let index = 0; index < operand.answers; index++) {
    jobs.check();
    const source: AnswerSource = await operand.source(index);
    const step = source.from.kind === 'staged' ? vectors : chunk;
    const turns: Promise<void>[] = [];
    for (let first = 0; first < vectors; first += step) {
      await gate.enter();
      const turn = { ...slabs[source.slab], answer: index, from: source.from, first, count: Math.min(step, vectors - first) };
      turns.push(answer(turn).finally(() => gate.leave()));
      jobs.add(turns[turns.length - 1]);
    }
    jobs.add(Promise.allSettled(turns).then(source.done));
  }
  await jobs.settle();
}

/** All vectors where answers alone keep the threads busy, fewer where there are few answers. */
function vectorsATask(answers: number, vectors: number, threads: number): number {
  return Math.max(1, Math.min(vectors, Math.floor((answers * vectors) / (4 * threads))));
}
