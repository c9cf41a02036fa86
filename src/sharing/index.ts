/** sharing: additive shares over Z_Q, truncation, range checks. Imports base. */

export { maskBits, maskForTruncation, type TruncationMask, truncateMasked, truncationLeakLog2 } from './masked-truncation.ts';
export { MASK_BITS, MAX_CHECK_BITS, maskedSum, sumInRange } from './range-check.ts';
export { LANE_MODULI, LANES, multiplyModulo, RING_BITS, RING_MODULUS } from './ring.ts';
export {
  addConstant,
  addShares,
  decodeFixed,
  encodeFixed,
  encodeIntegers,
  joinShares,
  multiplyColumns,
  multiplyEntries,
  multiplyRows,
  negateShare,
  randomShare,
  type Share,
  type ShareParty,
  scaleShare,
  shareLength,
  sliceShare,
  subtractShares,
  sumShare,
  zeroShare,
} from './shares.ts';
export { floorShare, truncateShare, truncationFailureLog2 } from './truncation.ts';
export { readShare, writeShare } from './wire.ts';
