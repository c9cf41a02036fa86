/** What the unit costs of `he/block-choice.ts` and the memory plan say a training will cost, before it is measured. */
import { totalmem } from 'node:os';
import type { GbdtAgreement } from '../../src/federated/vertical/gbdt/index.ts';
import {
  DEFAULT_UNIT_COSTS,
  type EngineName,
  heParameters,
  matvecLayout,
  predictBlock,
  RING_DEGREE,
  seriesLength,
} from '../../src/he/index.ts';
import { defaultCaps, planMemory } from '../../src/he/kernel/memory-plan.ts';

export interface TrainingPrediction {
  /** Wall-clock seconds before the first tree: the candidate matrix is transformed once. */
  readonly prepareSeconds: number;
  readonly secondsPerTree: number;
  readonly processorSecondsPerTree: number;
  readonly megabytesPerTree: number;
  readonly residentMB: number;
  /** What it consists of, in words. */
  readonly bound: string;
}

const GIB = 1024 ** 3;

/** Sums only: bits of chosen splits and keys come on top. Both parties share `threads` cores. */
export function predictTraining(agreement: GbdtAgreement, engine: EngineName, threads: number, memory = totalmem()): TrainingPrediction {
  const { rows, maxDepth, block, candidates } = agreement;
  const parameters = heParameters(agreement.histogram);
  const costs = DEFAULT_UNIT_COSTS[engine];
  const perAnswer = RING_DEGREE / block;
  const outputs = Math.ceil(candidates / perAnswer) * perAnswer;
  const { uploads, answers } = matvecLayout({ rows, outputs, block });
  const vectors = 2 ** (maxDepth - 1);
  const series = seriesLength(parameters, Math.min(perAnswer, outputs));
  const pairs = Math.ceil((vectors + Math.ceil(vectors / series)) / 2);
  const plan = planMemory(
    parameters,
    { answers, uploads, vectors: Math.max(1, Math.ceil(vectors / 4)) },
    { ...defaultCaps(memory), threads },
  );
  const { bytes, computeSeconds } = predictBlock(
    { rows, outputs, parameters, costs, bandwidth: 1e9, vectors, series, transforms: 0 },
    block,
  );
  const streamed = maxDepth * plan.streamedAnswers * uploads * costs.operand;
  const products = pairs * answers * uploads * costs.multiply;
  const all = computeSeconds + streamed;
  const share = (part: number): string => `${Math.round((100 * part) / all)} %`;
  return {
    prepareSeconds: (plan.residentAnswers * uploads * costs.operand) / threads,
    secondsPerTree: all / threads,
    processorSecondsPerTree: all,
    megabytesPerTree: bytes / 1e6,
    residentMB: plan.totalBytes / 1e6,
    bound: `a tree: products ${share(products)}, streamed transforms ${share(streamed)} (${plan.streamedAnswers} of ${answers} answers, ${(plan.streamedBytes / GIB).toFixed(1)} GiB), uploads and answers ${share(all - products - streamed)}`,
  };
}
