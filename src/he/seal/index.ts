/** he/seal: the node-seal engine, and SEAL's serialisation for the kernel's conformance tests. */
export { loadSealEngine } from './engine.ts';
export {
  type CiphertextShape,
  ciphertextBytes,
  ciphertextWords,
  type ParmsId,
  plaintextBytes,
  plaintextWords,
  residuePairs,
  secretKeyBytes,
  secretKeyWords,
} from './serialization.ts';
