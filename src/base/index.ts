/** base: errors and their codes, bytes, randomness, ports. Imports nothing. */
export { ByteReader, ByteWriter, concatBytes, equalBytes, type LengthBounds, toHex } from './bytes.ts';
export {
  assertNever,
  type Blame,
  type ErrorCode,
  FedcreditError,
  type FedcreditErrorOptions,
  InputError,
  LocalProtocolError,
  PeerProtocolError,
  RefusedError,
  TransportError,
} from './errors.ts';
export {
  type Clock,
  defineTask,
  type Executor,
  type ExecutorRunOptions,
  inlineExecutor,
  type LogFields,
  type Logger,
  noProgress,
  type Progress,
  type ProgressEvent,
  silentLogger,
  type Task,
} from './ports.ts';
export {
  permutation,
  randomBytes,
  type SecureRandom,
  type SeededRandom,
  seededRandom,
  systemRandom,
  uniformBigInt,
  uniformInt,
} from './random.ts';
