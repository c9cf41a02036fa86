/** Helpers of the psi tests: integers and bytes, runs of both roles, reference curve arithmetic in BigInt. */
import { type ChannelPairOptions, channelPair } from '../../src/adapters/memory/index.ts';
import { type Executor, inlineExecutor, seededRandom } from '../../src/base/index.ts';
import { type Alignment, type PsiOptions, receiver, sender } from '../../src/psi/index.ts';

export const P = 2n ** 255n - 19n;

export function toBytes(u: bigint, length = 32): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((u >> BigInt(8 * i)) & 0xffn));
}

export function toInt(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = ((base % P) + P) % P;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** 1 when u is on the curve, p - 1 when on the twist, 0 when v = 0. */
export function curveClass(u: bigint): bigint {
  return power(u * u * u + 486662n * u * u + u, (P - 1n) / 2n);
}

/** Points of a flat array. */
export function pointsOf(flat: Uint8Array): Uint8Array[] {
  return Array.from({ length: flat.length / 32 }, (_, i) => flat.slice(32 * i, 32 * i + 32));
}

export interface RunOptions {
  readonly seed?: number;
  readonly executor?: Executor;
  readonly context?: readonly [string, string];
  readonly options?: readonly [PsiOptions?, PsiOptions?];
  readonly channel?: ChannelPairOptions;
}

/** Both roles over a channel pair; seeded, so that runs repeat. */
export async function align(bank: readonly string[], platform: readonly string[], run: RunOptions = {}): Promise<[Alignment, Alignment]> {
  const { parties, close } = start(bank, platform, run);
  try {
    return await Promise.all(parties);
  } finally {
    close();
  }
}

/** The error of one party ("a" the bank, "b" the platform); the link is cut once it has settled. */
export async function errorOf(
  party: 'a' | 'b',
  bank: readonly string[],
  platform: readonly string[],
  run: RunOptions = {},
): Promise<unknown> {
  const { parties, close } = start(bank, platform, run);
  const errors = parties.map((outcome) =>
    outcome.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  const error = await errors[party === 'a' ? 0 : 1];
  close();
  await Promise.all(errors);
  return error;
}

function start(bank: readonly string[], platform: readonly string[], run: RunOptions) {
  const pair = channelPair(run.channel);
  const random = seededRandom(run.seed ?? 1);
  const executor = run.executor ?? inlineExecutor;
  const [bankContext, platformContext] = run.context ?? ['job 1', 'job 1'];
  const [bankOptions, platformOptions] = run.options ?? [];
  const parties: [Promise<Alignment>, Promise<Alignment>] = [
    receiver(pair.a, { ids: bank, context: bankContext, options: bankOptions }, { random: random.split('bank'), executor }),
    sender(pair.b, { ids: platform, context: platformContext, options: platformOptions }, { random: random.split('platform'), executor }),
  ];
  return { parties, close: () => pair.close() };
}
