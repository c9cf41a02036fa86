import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from '../../../src/base/index.ts';
import {
  binningDisclosure,
  binningTerms,
  disguisedColumn,
  featureHolder,
  labelParty,
} from '../../../src/federated/vertical/binning/index.ts';
import type { HeEngine } from '../../../src/he/index.ts';
import { fitBinning, woeColumn } from '../../../src/learn/binning/index.ts';
import { disclosureBits } from '../../../src/protocol/index.ts';
import { readHeld } from '../../support/credit-data.ts';
import { describeWithData } from '../../support/data.ts';
import { loadEngine } from '../../support/engines.ts';
import { runPair } from '../pair.ts';

let engine: HeEngine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.dispose());

function city(rows: number, seed = 3) {
  const random = seededRandom(seed, 'binning');
  const risk = Float64Array.from({ length: rows }, () => random.normal());
  const columns = new Map([
    ['noisy', risk.map((r) => r + random.normal())],
    ['gappy', risk.map((r) => (random.uniform() < 0.2 ? Number.NaN : random.uniform() < 0.1 ? -999 : Math.round(2 * r)))],
    ['sector', risk.map((r) => Math.floor(Math.abs(r + 0.5 * random.normal()) * 2) % 5)],
    ['noise', risk.map(() => random.uniform())],
  ]);
  const labels = Uint8Array.from(risk, (r) => (random.uniform() < 1 / (1 + Math.exp(1.2 - r)) ? 1 : 0));
  return { columns, labels };
}

describe('federated binning', () => {
  const { columns, labels } = city(1500);
  const options = { specialValues: [-999], minBins: 3, minEvents: 5, maxBins: 5 };
  const contract = { rows: 1500, maxFeatures: 8, options };

  it('gives the same bins and information value as pooled data, bit for bit', async () => {
    const { a: label, b: holder } = await runPair(
      (channel) => labelParty(channel, { contract, labels }, { engine, random: systemRandom }),
      (channel) => featureHolder(channel, { contract, columns, categorical: ['sector'] }, { engine, random: systemRandom }),
    );
    expect(holder.features.map((f) => f.name).sort()).toEqual([...columns.keys()].sort());
    holder.features.forEach((feature, f) => {
      const values = columns.get(feature.name)!;
      const pooled = fitBinning(values, labels, options, feature.name === 'sector' ? 'categorical' : 'numeric');
      expect(label.features[f].table).toEqual(pooled.table);
      expect(feature.binOfCell).toEqual(pooled.table.binOfCell);
      expect(feature.cells).toEqual(pooled.cells);
      const { kept, map } = label.features[f];
      expect(kept).toBe(pooled.table.informationValue >= 0.02);
      if (!kept) return;
      const undone = disguisedColumn(feature, values).map((x) => map!.offset + map!.slope * x);
      const far = woeColumn(pooled, values).map((woe, i) => Math.abs(woe - undone[i]));
      expect(Math.max(...far)).toBeLessThan(1e-12);
    });
  });

  it('shows every disguised scale from 0 to 1, whichever end is risky', async () => {
    const slopes = new Set<number>();
    for (let run = 0; run < 6; run++) {
      const only = new Map([['noisy', columns.get('noisy')!]]);
      const { a: label, b: holder } = await runPair(
        (channel) => labelParty(channel, { contract, labels }, { engine, random: seededRandom(run, 'coin') }),
        (channel) => featureHolder(channel, { contract, columns: only }, { engine, random: systemRandom }),
      );
      const { perBin } = holder.features[0].scale!;
      expect([Math.min(...perBin), Math.max(...perBin)]).toEqual([0, 1]);
      slopes.add(Math.sign(label.features[0].map!.slope));
    }
    expect(slopes.size).toBe(2);
  });

  it('sends messages whose number and length do not depend on labels or on values inside the cells', async () => {
    const shapes: unknown[] = [];
    for (const flip of [false, true]) {
      const seen: unknown[] = [];
      const moved = labels.map((y, i) => (flip && i < 300 ? 1 - y : y));
      const only = new Map([['noisy', columns.get('noisy')!]]);
      await runPair(
        (channel) => labelParty(channel, { contract, labels: moved }, { engine, random: systemRandom }),
        (channel) => featureHolder(channel, { contract, columns: only }, { engine, random: systemRandom }),
        { onMessageA: (entry) => seen.push([entry.direction, entry.kind, entry.kind === 'binning/plan' ? 0 : entry.bytes]) },
      );
      shapes.push(seen);
    }
    expect(shapes[0]).toEqual(shapes[1]);
  });

  it('refuses a thin cell, another contract, one class, and floors below those of a federation', async () => {
    const run = (
      labelContract: object,
      holderContract: object,
      y: ArrayLike<number> = labels,
      tap?: (kind: string, body: Uint8Array) => Uint8Array,
    ) => {
      const only = new Map([['noisy', columns.get('noisy')!]]);
      return runPair(
        (channel) => labelParty(channel, { contract: { ...contract, ...labelContract }, labels: y }, { engine, random: systemRandom }),
        (channel) =>
          featureHolder(channel, { contract: { ...contract, ...holderContract }, columns: only }, { engine, random: systemRandom }),
        { tap: (m) => ({ kind: m.kind, body: tap && m.from === 'b' ? tap(m.kind, m.body) : m.body }) },
      );
    };
    await expect(run({}, {}, new Uint8Array(1500))).rejects.toMatchObject({ code: 'ERR_LEARN_ONE_CLASS' });
    await expect(run({}, { options: { ...options, maxBins: 4 } })).rejects.toMatchObject({ code: 'ERR_BINNING_CONTRACT' });
    expect(() => binningTerms({ ...contract, options: { minBins: 2 } })).toThrow(expect.objectContaining({ code: 'ERR_BINNING_FLOOR' }));
    expect(() => binningTerms({ ...contract, bins: 3 } as never)).toThrow(expect.objectContaining({ code: 'ERR_BINNING_OPTION' }));
    let first = true;
    const thin = (kind: string, body: Uint8Array): Uint8Array => {
      if (kind !== 'binning/counts' || !first) return body;
      first = false;
      new DataView(body.buffer).setUint32(13, 3, true);
      return body;
    };
    await expect(run({}, {}, labels, thin)).rejects.toMatchObject({ code: 'ERR_PEER_MALFORMED_MESSAGE' });
  });

  it('states its disclosure in bits', () => {
    const disclosure = binningDisclosure(binningTerms(contract), 4);
    expect(disclosureBits(disclosure, 'label party')).toBe(4 * 22 * 11 * 2);
    expect(disclosureBits(disclosure, 'feature holder')).toBeGreaterThan(0);
  });
});

describeWithData('federated binning of default_credit', (path) => {
  it('LIMIT_BAL .1763, PAY_0 .8612 as in the clear, PAY_AMT1 .1683 when the holder has it', async () => {
    const data = readHeld(path, 'default_credit');
    const columns = new Map([
      ...['host_x0', 'host_x5'].map((name) => [name, data.host.get(name)!] as const),
      ['guest_x7', data.guest.get('guest_x7')!] as const,
    ]);
    const contract = { rows: data.labels.length, maxFeatures: 32 };
    const { a: label, b: holder } = await runPair(
      (channel) => labelParty(channel, { contract, labels: data.labels }, { engine, random: systemRandom }),
      (channel) => featureHolder(channel, { contract, columns }, { engine, random: systemRandom }),
    );
    const values = Object.fromEntries(holder.features.map((f, i) => [f.name, label.features[i].table.informationValue.toFixed(4)]));
    expect(values).toEqual({ host_x0: '0.1763', host_x5: '0.8612', guest_x7: '0.1683' });
  });
});
