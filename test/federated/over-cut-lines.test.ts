/** Whole protocols over a line that breaks again and again: the results are those of a line that never broke. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { IncomingSession, Session } from '../../src/adapters/grpc/index.ts';
import { inlineExecutor, seededRandom } from '../../src/base/index.ts';
import { featureHolder, labelParty } from '../../src/federated/vertical/gbdt/index.ts';
import type { HeEngine } from '../../src/he/index.ts';
import { receiver, sender } from '../../src/psi/index.ts';
import { type CutLines, cutLines } from '../support/cut-lines.ts';
import { loadEngine } from '../support/engines.ts';
import { CONTRACT } from '../support/federation.ts';
import { SMALL, synthetic } from './gbdt/support.ts';
import { spyOn } from './spy-engine.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());
let running: CutLines | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** Both halves of a step over one session, closed in good order; whatever a half draws, it draws anew. */
async function step<T>(
  caller: (session: Session) => Promise<T>,
  callee: (session: Session) => Promise<unknown>,
  everyBytes?: number,
): Promise<{ readonly result: T; readonly cuts: number; readonly transcript: string }> {
  running = await cutLines(
    async (incoming: IncomingSession) => {
      const session = await incoming.accept();
      await callee(session);
      await session.close();
    },
    { everyBytes },
  );
  const session = await running.link.open({ jobId: 'job-1', step: 'echo', contract: CONTRACT });
  const result = await caller(session);
  const { sentTranscript, receivedTranscript } = await session.close();
  const cuts = running.proxy.cuts();
  await running.close();
  running = undefined;
  return { result, cuts, transcript: `${sentTranscript} ${receivedTranscript}` };
}

/** The holder's engine, telling of every product it computes. */
function countingProducts(inner: HeEngine, told: () => void): HeEngine {
  const { engine: plain } = spyOn(inner);
  return {
    ...plain,
    async seriesEvaluator(parameters, operand, wanted) {
      const evaluator = await plain.seriesEvaluator(parameters, operand, wanted);
      return {
        parameters,
        answer(questions) {
          told();
          return evaluator.answer(questions);
        },
        dispose: () => evaluator.dispose(),
      };
    },
    async evaluator(parameters, publicKey) {
      const evaluator = await plain.evaluator(parameters, publicKey);
      return {
        ...evaluator,
        multiply(vectors, operand, blinding) {
          told();
          return evaluator.multiply(vectors, operand, blinding);
        },
        multiplyOnce(uploads, operand, blinding) {
          told();
          return evaluator.multiplyOnce(uploads, operand, blinding);
        },
      };
    },
  };
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

describe('over a line that is cut every few hundred kilobytes', () => {
  it('boosted trees are trained to the same model, and no answer is computed twice', async () => {
    const { bank, platform, labels } = synthetic(300, 8);
    const params = { ...SMALL, n_estimators: 3, max_depth: 2 };
    const products: number[] = [];
    const train = (everyBytes?: number) => {
      products.push(0);
      const counted = countingProducts(engine, () => products.push((products.pop() ?? 0) + 1));
      return step(
        async (session) => {
          const link = { holder: 'holder-0', channel: session };
          return (await labelParty([link], { table: bank, labels, params }, { engine, random: seededRandom(50) })).model;
        },
        async (session) => {
          const ports = { engine: counted, random: seededRandom(51) };
          await featureHolder(session, { table: platform, options: { minSupport: 20 } }, ports);
        },
        everyBytes,
      );
    };
    const whole = await train();
    const cut = await train(400_000);
    expect(whole.cuts).toBe(0);
    expect(cut.cuts).toBeGreaterThan(5);
    expect(cut.result.trees).toHaveLength(3);
    expect(hashOf(cut.result)).toBe(hashOf(whole.result));
    expect(products[0]).toBeGreaterThan(3);
    expect(products[1]).toBe(products[0]);
  });

  it('rows are aligned to the same rows', async () => {
    const ids = (prefix: string, from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`);
    const ports = (seed: number) => ({ random: seededRandom(seed), executor: inlineExecutor });
    const align = (everyBytes?: number) =>
      step(
        (session) => receiver(session, { ids: ids('x', 0, 6_000), context: 'c' }, ports(1)),
        (session) => sender(session, { ids: ids('x', 2_000, 9_000), context: 'c' }, ports(2)),
        everyBytes,
      );
    const [whole, cut] = [await align(), await align(300_000)];
    expect(cut.cuts).toBeGreaterThan(1);
    expect([...cut.result.rows]).toEqual([...whole.result.rows]);
    expect(cut.result.rows).toHaveLength(4_000);
  });
});
