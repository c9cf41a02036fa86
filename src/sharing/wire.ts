/** Shares as bytes: the words of each lane, u32 little-endian; the reader knows the length and checks every word against its modulus. */
import type { ByteReader, ByteWriter } from '../base/index.ts';
import { LANE_MODULI } from './ring.ts';
import type { Share } from './shares.ts';

export function writeShare(writer: ByteWriter, share: Share): ByteWriter {
  for (const lane of share) for (const word of lane) writer.u32(word);
  return writer;
}

/** @throws PeerProtocolError on a word that is not a residue. */
export function readShare(reader: ByteReader, field: string, length: number): Share {
  return LANE_MODULI.map((t) => {
    const lane = new Uint32Array(length);
    for (let i = 0; i < length; i++) lane[i] = reader.u32(field, t - 1);
    return lane;
  });
}
