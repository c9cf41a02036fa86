/**
 * Bytes of masks without end, for T16. A residue mod a prime of 30 bits gives its low byte, which is within 2^-22 of uniform.
 *
 *   answers      c0 of share-mode answers of the kernel engine, every residue: the key holder's view
 *   shares       the holder's shares, low bytes: round(t r / q) of the mask r alone, where c0 has an encryption of zero on top
 *   floods       floods of 100 bits as the kernel adds them, every residue
 *   seal-floods  the same of `sampling.ts`, for the SEAL engine
 *   system       the control: the system's own generator, to tell a fault of the masks from an approximation of the tests
 */
import { randomBytes, systemRandom } from '../../src/base/index.ts';
import { chooseParameters, decodeAnswer, RING_DEGREE } from '../../src/he/index.ts';
import { addFlood, FLOOD_CONSTANTS } from '../../src/he/kernel/flood.ts';
import { loadKernelEngine } from '../../src/he/kernel/index.ts';
import { NONCE, STREAM_KEY_BYTES } from '../../src/he/kernel/key-stream.ts';
import { SAMPLER_WORK } from '../../src/he/kernel/wasm-module.ts';
import { uniformFlood } from '../../src/he/sampling.ts';
import { polynomialOperand } from '../he/fixtures.ts';
import { bench } from '../he/kernel/lab.ts';

const N = RING_DEGREE;
const FLOOD = (1n << 100n) + 12_345n;
const ANSWERS_A_CALL = 32;
const lowBytes = (words: Uint32Array): Uint8Array => Uint8Array.from(words, (word) => word & 255);
const shareParameters = () => chooseParameters({ terms: 2 ** 17, maxAbs: 2 ** 12, outputs: 2 ** 20, mode: 'share' }, 1n << 40n);

/** Blinded answers to one question whose product is zero, and their shares. */
async function* blinded() {
  const parameters = shareParameters();
  const engine = await loadKernelEngine();
  const keyHolder = await engine.keyHolder(parameters);
  const evaluator = await engine.evaluator(parameters, keyHolder.publicKey);
  const nothing = polynomialOperand(
    Array.from({ length: ANSWERS_A_CALL }, () => [undefined]),
    1,
  );
  const prepared = await engine.prepare(parameters, nothing);
  const uploads = await keyHolder.encrypt([new BigUint64Array(N)]);
  for (;;) yield* await evaluator.multiply([uploads], prepared, { mode: 'share', wanted: 'all' });
}

async function* answers(): AsyncGenerator<Uint8Array> {
  const parameters = shareParameters();
  for await (const lane of blinded()) for (const bytes of lane.answers) yield lowBytes(decodeAnswer(parameters, N, bytes).c0);
}

async function* shares(): AsyncGenerator<Uint8Array> {
  for await (const lane of blinded()) for (const share of lane.shares ?? []) yield Uint8Array.from(share, (value) => Number(value & 255n));
}

async function* floods(): AsyncGenerator<Uint8Array> {
  const { ring, arena } = bench(shareParameters());
  const room = arena.allocate(ring.limbs * ring.limbBytes);
  const key = arena.allocate(STREAM_KEY_BYTES);
  const scratch = {
    work: arena.allocate(SAMPLER_WORK),
    drawn: arena.allocate(ring.limbs * ring.limbBytes),
    constants: arena.allocate(FLOOD_CONSTANTS),
  };
  for (;;) {
    ring.wipe(room, ring.limbs * ring.limbBytes);
    ring.bytes(key, STREAM_KEY_BYTES).set(randomBytes(systemRandom, STREAM_KEY_BYTES));
    addFlood(ring, FLOOD, room, N, key, NONCE.mask, scratch);
    yield lowBytes(ring.words(room, ring.limbs * N));
  }
}

async function* sealFloods(): AsyncGenerator<Uint8Array> {
  const { dataPrimes } = shareParameters();
  for (;;) yield lowBytes(uniformFlood(systemRandom, FLOOD, dataPrimes, N));
}

async function* system(): AsyncGenerator<Uint8Array> {
  for (;;) yield randomBytes(systemRandom, 65_536);
}

export const MASK_SOURCES: Readonly<Record<string, () => AsyncGenerator<Uint8Array>>> = Object.freeze({
  answers,
  shares,
  floods,
  'seal-floods': sealFloods,
  system,
});
