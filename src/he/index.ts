/** he: BFV parameters and their checker, wire format, packings, the masked product's interface. Engines: `he/seal`, `he/kernel`. */
export { type BlockPlan, type BlockQuestion, chooseBlock, DEFAULT_UNIT_COSTS, predictBlock, type UnitCosts } from './block-choice.ts';
export {
  type InnerProductsLayout,
  type InnerProductsPacking,
  innerProductsLayout,
  innerProductsUsage,
  itemFactors,
  itemsPerAnswer,
  MOST_PIECES,
  packItems,
  sumItems,
  sumMasks,
  wantedSums,
} from './inner-products.ts';
export { keptKey, keptSecretBytes } from './kept-key.ts';
export {
  type MatrixRow,
  type MatvecLayout,
  type MatvecShape,
  matrixOperand,
  matvecLayout,
  packVector,
  unpackAnswers,
  wantedCoefficients,
} from './matvec.ts';
export { type NegacyclicTransform, negacyclicTransform } from './negacyclic.ts';
export {
  assertUsage,
  checkUsage,
  chooseParameters,
  type NoiseBounds,
  noiseBounds,
  SHARE_FAILURE_BITS,
  STATISTICAL_BITS,
  type Usage,
  type Verdict,
} from './noise.ts';
export {
  answerModuli,
  assertHeParameters,
  dataModulus,
  type HeParametersLiteral,
  type HeProfile,
  heParameters,
  PROFILES,
  type ProfileName,
  profileByName,
  RING_DEGREE,
  type SecurityEstimate,
  SPECIAL_PRIMES,
} from './parameters.ts';
export { expandSeed, SEED_BYTES, type SeedUse } from './seed.ts';
export { seriesLength } from './series.ts';
export { SLOT_PLAIN_MODULI, SLOT_PLAIN_MODULUS, type SlotCodec, slotCodec, slotOperand } from './slots.ts';
export type {
  BlindedAnswers,
  Blinding,
  EngineName,
  EngineOptions,
  Evaluator,
  HeEngine,
  HeParameters,
  KeptKey,
  KeyHolder,
  KeyStart,
  KeyUse,
  Masks,
  OnceBlinding,
  OnceOperand,
  Operand,
  PlainForm,
  PreparedOperand,
  PrepareOptions,
  Residues,
  SeriesEvaluator,
  SeriesKeys,
  SeriesQuestion,
  SeriesReply,
  SeriesShape,
  Wanted,
} from './types.ts';
export {
  type AnswerWords,
  answerBytes,
  decodeAnswer,
  decodePublicKey,
  decodeUpload,
  encodeAnswer,
  encodePublicKey,
  encodeUpload,
  keyModuli,
  type PublicKeyWords,
  publicKeyBytes,
  type UploadWords,
  uploadBytes,
} from './wire.ts';
export { type Limbs, WIRE_VERSION } from './wire-frame.ts';
export {
  decodeHint,
  decodeOpening,
  decodePart,
  decodeSum,
  encodeHint,
  encodeOpening,
  encodePart,
  encodeSum,
  hintBytes,
  openingBytes,
  partBytes,
  sumBytes,
} from './wire-series.ts';
