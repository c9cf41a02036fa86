/**
 * What both roles do with points: blind one's own ids and send them, receive and multiply the peer's.
 */
import type { Channel } from '../protocol/index.ts';
import { inOrder } from './pipeline.ts';
import type { PointTable } from './point-table.ts';
import type { PsiInput, PsiPorts, Session } from './session.ts';
import { blindIds, multiplyPoints } from './tasks.ts';
import { badPoint, batches, checkPointCount } from './wire.ts';

/** What a stage needs besides its own data. */
export interface StageContext {
  readonly channel: Channel;
  readonly input: PsiInput;
  readonly ports: PsiPorts;
  readonly session: Session;
  /** Aborted as soon as any stage of the run fails. */
  readonly signal: AbortSignal;
}

/** One batch more than the executor can work on, so that no thread waits for the link. */
export function width(context: StageContext): number {
  return context.ports.executor.concurrency + 1;
}

/** Sends [scalar]·H(id) for every own row, in the order of `order`. */
export async function sendOwnPoints(context: StageContext, order: Uint32Array): Promise<void> {
  const { channel, input, ports, session, signal } = context;
  const plan = batches(order.length);
  const start = (i: number): Promise<Uint8Array> => {
    const ids = Array.from(order.subarray(plan[i].from, plan[i].from + plan[i].count), (row) => input.ids[row]);
    return ports.executor.run(blindIds, { ids, dst: session.dst, scalar: session.scalar }, { signal });
  };
  await inOrder(plan.length, width(context), start, async (i, points) => {
    await channel.send('psi/points', points);
    session.progress({ stage: 'psi: blind own ids', done: plan[i].from + plan[i].count, total: order.length, unit: 'ids' });
  });
}

/**
 * Receives the peer's points and hands on [scalar]·P batch by batch, in order; `doubled` then holds them all. Bad points are refused before
 * the multiplication, repeated ones after it and before any use: so a point that differs from another by one of low order, which a clamped
 * scalar clears, is caught too.
 * @throws PeerProtocolError `ERR_PSI_BAD_POINT`.
 */
export async function multiplyPeerPoints(context: StageContext, doubled: PointTable, use: (points: Uint8Array) => unknown): Promise<void> {
  const { ports, session, signal } = context;
  const plan = batches(session.peerRows);
  const receive = batchReceiver(context, 'psi/points');
  const start = async (i: number): Promise<Uint8Array | undefined> => {
    const points = await receive(plan[i].count);
    return ports.executor.run(multiplyPoints, { points, scalar: session.scalar }, { signal });
  };
  await inOrder(plan.length, width(context), start, (i, products) => {
    if (!products || !doubled.addAll(products)) throw badPoint();
    use(products);
    session.progress({ stage: 'psi: blind peer points', done: plan[i].from + plan[i].count, total: session.peerRows, unit: 'ids' });
  });
}

/** Receives batch after batch, one receive at a time however many are asked for, and checks each count. */
export function batchReceiver({ channel }: StageContext, kind: string): (count: number) => Promise<Uint8Array> {
  let last: Promise<unknown> = Promise.resolve();
  return async (count) => {
    const received = last.then(() => channel.receive(kind));
    last = received;
    return checkPointCount(await received, count);
  };
}

/**
 * Runs the stages of one party side by side; the first failure stops the others and is the one reported. The scalar is wiped at the end.
 */
export async function runStages(
  base: Omit<StageContext, 'signal'>,
  stages: readonly ((context: StageContext) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const signal = base.ports.signal ? AbortSignal.any([base.ports.signal, failed.signal]) : failed.signal;
  try {
    await Promise.all(stages.map((stage) => stage({ ...base, signal })));
  } catch (error) {
    failed.abort(error);
    throw error;
  } finally {
    base.session.scalar.fill(0);
  }
}
