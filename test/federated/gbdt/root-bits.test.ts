/** The bits of the root travel in the clear, and the last node of a level without a membership: what follows from what was asked, no more. */
import { describe, expect, it } from 'vitest';
import { bitsOperand, blockBits } from '../../../src/federated/vertical/gbdt/candidates.ts';
import { impliedRest, readRootBits, writeRootBits } from '../../../src/federated/vertical/gbdt/messages.ts';
import { binFeatures, candidateSplits } from '../../../src/learn/trees/index.ts';
import { tableOf } from './support.ts';

describe('bits of the root', () => {
  it.each([1, 7, 8, 9, 300])('of %i rows arrive as they were', (rows) => {
    const bits = Uint8Array.from({ length: rows }, (_, row) => ((row * row + 1) % 3) & 1);
    expect(readRootBits(writeRootBits(bits), rows)).toEqual(bits);
  });

  it('are refused with padding that says something, or of another number of rows', () => {
    const malformed = expect.objectContaining({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
    const body = writeRootBits(new Uint8Array(300));
    body[37] |= 0x80;
    expect(() => readRootBits(body, 300)).toThrow(malformed);
    expect(() => readRootBits(new Uint8Array(39), 300)).toThrow(malformed);
    expect(() => readRootBits(new Uint8Array(37), 300)).toThrow(malformed);
  });
});

describe('the node that is left over', () => {
  it('is implied only where every node of the level is asked', () => {
    expect([1, 2, 4].map((splits, depth) => impliedRest(splits, depth))).toEqual([true, true, true]);
    expect([impliedRest(1, 1), impliedRest(3, 2), impliedRest(2, 2)]).toEqual([false, false, false]);
  });

  it('gives each row the bit of its own node', () => {
    const rows = 100;
    const t = 65_537;
    const table = tableOf({
      x: Float64Array.from({ length: rows }, (_, i) => i),
      y: Float64Array.from({ length: rows }, (_, i) => (i * 37) % rows),
    });
    const features = binFeatures(table, { maxBin: 8, minSupport: 1 });
    const splits = candidateSplits(features);
    const [a, b, rest] = [splits[1], splits[splits.length - 2], splits[splits.length >> 1]].map((split) =>
      blockBits(features[split.feature], split, 0, rows),
    );
    const operand = bitsOperand(t, [a, b], rest);
    const factors = [0, 1].map((upload) => {
      const out = new Int32Array(8192);
      operand.fill(upload, out);
      return out;
    });
    for (let row = 0; row < rows; row++) {
      const node = row % 3;
      const sum = (node < 2 ? factors[node][row] : 0) + rest[row];
      expect(sum % t).toBe([a, b, rest][node][row]);
    }
  });
});
