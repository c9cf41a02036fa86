/** The kernel's exports. Pointers, lengths and constants come from the caller; the module has no state and no data of its own. */
export { expandSeed } from './blake2xb';
export { chacha20 } from './chacha20';
export { forward, inverse } from './ntt';
export { pack, unpack } from './packing';
export {
  accumulate,
  add,
  addError,
  dyadic,
  liftSmall,
  negateWithError,
  outOfRange,
  reduceSigned,
  subtract,
  tilePlain,
  tileUpload,
  toMontgomery,
} from './product';
export { addScaled, gather, reduceWords, roundLast, roundLastBegin, scaleDown, scaleFix } from './rounding';
export { centredBinomial, reduceUniform, ternary, uniform, uniformLimit } from './sampling';
