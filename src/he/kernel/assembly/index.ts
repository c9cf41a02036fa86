/** The kernel's exports. Pointers, lengths and constants come from the caller; the module has no state and no data of its own. */
export { chacha20 } from './chacha20';
export { wipe } from './memory';
export { addDrawn, drawUpTo } from './flood';
export { forward, inverse } from './ntt';
export { pack, unpack } from './packing';
export {
  accumulate,
  add,
  addError,
  countWithin,
  dyadic,
  liftSmall,
  negateWithError,
  reduceSigned,
  subtract,
  subtractProduct,
  tilePlain,
  tileUpload,
  toMontgomery,
} from './product';
export { addScaled, gather, roundLast, roundLastBegin, scaleDown, scaleRest } from './rounding';
export { centredBinomial, ternary, uniform } from './sampling';
export { addScaledWords, centre, closeRuns, multiplyAdd } from './slots';
export { blockSums, wantedOfSums } from './wanted';
