/** Messages shared by the steps of the logistic regression: agreement, ciphertext lists, small vectors. */
import { ByteReader, ByteWriter, RefusedError } from '../../../base/index.ts';
import { answerBytes, type HeParameters, publicKeyBytes, uploadBytes } from '../../../he/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import { type LogisticTerms, termsText } from './contract.ts';
import type { Seat } from './seats.ts';

export const KIND = Object.freeze({
  terms: 'lr/terms',
  key: 'lr/key',
  uploads: 'lr/uploads',
  answers: 'lr/answers',
  gram: 'lr/gram',
  moments: 'lr/moments',
  check: 'lr/check',
  open: 'lr/open',
  zero: 'lr/zero',
  share: 'lr/share',
  control: 'lr/control',
});

/** Every two parties send their terms and places and compare. @throws RefusedError `ERR_LR_CONTRACT`. */
export async function agree({ place, holders, channels }: Seat, terms: LogisticTerms): Promise<void> {
  if (holders !== terms.holders.length) throw otherContract(`${holders} feature holders, the contract names ${terms.holders.length}`);
  const own = termsText(terms);
  await Promise.all(
    [...channels].map(async ([other, channel]) => {
      await channel.send(KIND.terms, new ByteWriter().text(own).u32(place).u32(other).finish());
      const reader = new ByteReader(await channel.receive(KIND.terms), KIND.terms);
      const theirs = reader.text('terms', { max: 4096 });
      const [theirPlace, myPlace] = [reader.u32('place'), reader.u32('place')];
      reader.end();
      if (theirs !== own) throw otherContract('two parties hold different contracts');
      if (theirPlace !== other || myPlace !== place) throw otherContract('two parties number the feature holders differently');
    }),
  );
}

function otherContract(message: string): RefusedError {
  return new RefusedError('ERR_LR_CONTRACT', message, {
    help: 'Compare holders and their order, rows, columns, method, degree, iterations, tolerance, ridge, clip, refits and consent.',
  });
}

export async function sendKeys(channel: Channel, keys: readonly Uint8Array[]): Promise<void> {
  await channel.send(KIND.key, new ByteWriter().blobs(keys).finish());
}

export async function receiveKeys(channel: Channel, parameters: readonly HeParameters[]): Promise<Uint8Array[]> {
  const reader = new ByteReader(await channel.receive(KIND.key), KIND.key);
  reader.u32('keys', parameters.length, parameters.length);
  const keys = parameters.map((p) => {
    const size = publicKeyBytes(p);
    return reader.blob('key', { min: size, max: size });
  });
  reader.end();
  return keys;
}

export async function sendBlobs(channel: Channel, kind: string, blobs: readonly Uint8Array[]): Promise<void> {
  await channel.send(kind, new ByteWriter(16 + blobs.length * (4 + (blobs[0]?.length ?? 0))).blobs(blobs).finish());
}

export async function receiveUploads(channel: Channel, parameters: HeParameters, count: number): Promise<Uint8Array[]> {
  return receiveBlobs(channel, KIND.uploads, count, uploadBytes(parameters));
}

export async function receiveAnswers(channel: Channel, parameters: HeParameters, count: number, wanted: number): Promise<Uint8Array[]> {
  return receiveBlobs(channel, KIND.answers, count, answerBytes(parameters, wanted));
}

async function receiveBlobs(channel: Channel, kind: string, count: number, size: number): Promise<Uint8Array[]> {
  const reader = new ByteReader(await channel.receive(kind), kind);
  const blobs = reader.blobs('ciphertexts', { min: count, max: count }, { min: size, max: size });
  reader.end();
  return blobs;
}

export async function sendReals(channel: Channel, kind: string, values: Float64Array): Promise<void> {
  const writer = new ByteWriter(8 * values.length);
  for (const value of values) writer.f64(value + 0);
  await channel.send(kind, writer.finish());
}

export async function receiveReals(channel: Channel, kind: string, length: number): Promise<Float64Array> {
  const reader = new ByteReader(await channel.receive(kind), kind);
  const values = Float64Array.from({ length }, () => reader.f64('value'));
  reader.end();
  return values;
}

/** Residues mod 2^64, as they are. */
export async function sendResidues(channel: Channel, kind: string, values: BigUint64Array): Promise<void> {
  const writer = new ByteWriter(8 * values.length);
  for (const value of values) writer.u64(value);
  await channel.send(kind, writer.finish());
}

export async function receiveResidues(channel: Channel, kind: string, length: number, max: bigint): Promise<BigUint64Array> {
  const reader = new ByteReader(await channel.receive(kind), kind);
  const values = BigUint64Array.from({ length }, () => reader.u64('residue', max));
  reader.end();
  return values;
}

export async function sendNumber(channel: Channel, value: number): Promise<void> {
  await channel.send(KIND.control, new ByteWriter().u32(value).finish());
}

export async function receiveNumber(channel: Channel, max: number): Promise<number> {
  const reader = new ByteReader(await channel.receive(KIND.control), KIND.control);
  const value = reader.u32('number', max);
  reader.end();
  return value;
}
