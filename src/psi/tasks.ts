/**
 * The two kernels of the protocol as tasks for the Executor port. Inputs hold ids or the scalar: they stay in this process.
 */
import { defineTask } from '../base/index.ts';
import { hashToCurve } from './curve25519/hash-to-curve.ts';
import { areUsablePoints } from './curve25519/points.ts';
import { x25519Batch } from './curve25519/x25519.ts';

export interface BlindIdsInput {
  readonly ids: readonly string[];
  readonly dst: Uint8Array;
  readonly scalar: Uint8Array;
}

/** [scalar]·H(id) for every id, 32 bytes each. */
export const blindIds = defineTask(import.meta.url, 'blindIds', ({ ids, dst, scalar }: BlindIdsInput): Uint8Array => {
  const blinded = x25519Batch(hashToCurve(ids, dst), scalar);
  // A hash of order 1, 2, 4 or 8 happens with probability 2^-250 and would break the contributory property.
  if (!blinded) throw new Error('an id hashed to a point of low order');
  return blinded;
});

export interface MultiplyPointsInput {
  readonly points: Uint8Array;
  readonly scalar: Uint8Array;
}

/** [scalar]·P for every point of the peer's, or undefined when one of them is not allowed or gives zero. */
export const multiplyPoints = defineTask(
  import.meta.url,
  'multiplyPoints',
  ({ points, scalar }: MultiplyPointsInput): Uint8Array | undefined => (areUsablePoints(points) ? x25519Batch(points, scalar) : undefined),
);

/** Whether every point may be looked at: the checks of `multiplyPoints` for points that are only compared. */
export const checkPoints = defineTask(import.meta.url, 'checkPoints', (points: Uint8Array): boolean => areUsablePoints(points));
