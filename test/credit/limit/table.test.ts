import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/index.ts';
import {
  assessLimit,
  bandedLimit,
  capacityBand,
  capacityBandFloor,
  capacityBands,
  compileLimitTable,
  contractPart,
  firmCapacity,
  limitDisclosureBits,
  limitFromUnits,
  limitPolicyWarnings,
  limitTableBits,
  netLimit,
  parseLimitPolicy,
  plainLimit,
  scoreBand,
  scoreEdges,
  tableRow,
} from '../../../src/credit/limit/index.ts';
import { fen, yuan, zeroFen } from '../../../src/credit/money/index.ts';
import { featureTable } from '../../../src/data/index.ts';
import { policyYaml } from './policy.yaml.ts';

const policy = parseLimitPolicy({ file: 'policy.yaml', text: policyYaml });
const table = compileLimitTable(policy);

/** 100,000 firms with missing fields, zeros and amounts on the edges. */
function firms(n: number) {
  const random = seededRandom(20260101);
  const draw = (make: () => number, missing: number): Float64Array =>
    Float64Array.from({ length: n }, () => (random.uniform() < missing ? Number.NaN : make()));
  const money = (scale: number): number =>
    random.uniform() < 0.1 ? Math.round(random.uniform() * 10) * 50_000 : Math.exp(random.normal()) * scale;
  const columns = new Map([
    ['vat_12m', draw(() => money(50_000), 0.05)],
    ['cit_12m', draw(() => money(20_000), 0.05)],
    ['sales_invoice_12m', draw(() => money(4_600_000), 0.02)],
    ['void_rate', draw(() => random.uniform() * 0.2, 0)],
    ['ss_headcount', draw(() => Math.floor(random.uniform() * 60), 0.3)],
  ]);
  const table = featureTable(
    Array.from({ length: n }, (_, i) => String(i)),
    columns,
  );
  return { table, pd: Float64Array.from({ length: n }, () => 0.1 * random.uniform() ** 3) };
}

describe('the limit table', () => {
  it('holds the plain limit in every cell, in steps, within the encrypted width', () => {
    for (let s = 0; s < table.scoreBands; s++) {
      for (let c = 0; c < table.capacityBands; c++) {
        const units = table.units[s * table.capacityBands + c];
        const plain = bandedLimit(policy, s, c);
        expect(BigInt(units) * table.step).toBe(plain.amount);
        expect(units).toBeLessThan(2 ** limitTableBits);
        expect(plain.amount === 0n).toBe(plain.reason.startsWith('refused:'));
        expect(plain.amount === 0n || (plain.amount >= policy.floor && plain.amount <= policy.max)).toBe(true);
      }
    }
  });

  it('agrees with the plain limit on 100,000 firms, and never exceeds the exact limit of a multiplier band', () => {
    const { table: rows, pd } = firms(100_000);
    const bands = capacityBands(contractPart(policy), rows);
    const reasons = new Map<string, number>();
    let above = 0;
    let differ = 0;
    for (let i = 0; i < rows.rows; i++) {
      const plain = plainLimit(policy, pd[i], bands[i]);
      const row = tableRow(table, scoreBand(scoreEdges(policy), pd[i]));
      if (limitFromUnits(table, row[bands[i]]) !== plain.amount) differ++;
      reasons.set(plain.reason, (reasons.get(plain.reason) ?? 0) + 1);
      if (i % 20 === 0) {
        const read = (name: string): number => (rows.columns.get(name) as Float64Array)[i];
        if (plain.amount > assessLimit(policy, { read, score: pd[i], exposure: zeroFen }).amount) above++;
      }
    }
    expect({ differ, above }).toEqual({ differ: 0, above: 0 });
    expect([...reasons.values()].reduce((a, b) => a + b)).toBe(100_000);
    expect([...reasons.keys()].sort()).toEqual([
      'band-max',
      'capacity',
      'policy-max',
      'refused:below-floor',
      'refused:no-capacity',
      'refused:veto',
    ]);
  });

  it('names why: veto, floor, band max, policy max', () => {
    expect(plainLimit(policy, 0.2, 8).reason).toBe('refused:veto');
    expect(plainLimit(policy, 0.001, 0).reason).toBe('refused:no-capacity');
    expect(plainLimit(policy, 0.001, 8)).toMatchObject({ amount: yuan('200万'), reason: 'policy-max' });
    expect(plainLimit(policy, 0.01, 8)).toMatchObject({ amount: yuan('150万'), reason: 'band-max' });
    expect(plainLimit(policy, 0.01, 2)).toMatchObject({ amount: yuan('7万'), reason: 'capacity' });
    expect(plainLimit(policy, 0.01, 1).reason).toBe('refused:below-floor');
  });

  it('refuses a decrypted number that is no cell, and a score that is no number', () => {
    expect(() => limitFromUnits(table, 7_777)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_LIMIT_UNITS' }));
    expect(() => plainLimit(policy, Number.NaN, 1)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_SCORE' }));
    expect(() => plainLimit(policy, 0.01, 99)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_BAND' }));
  });

  it('refuses a table wider than the encrypted answer', () => {
    expect(() => compileLimitTable({ ...policy, step: fen(1) })).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_LIMIT_TABLE_RANGE' }));
  });

  it('warns of a worse band with more, and of more capacity with less', () => {
    expect(limitPolicyWarnings(policy)).toEqual([]);
    const [a, b, c, d] = policy.score.bands;
    const swapped = { ...policy, score: { ...policy.score, bands: [{ ...b, below: a.below }, { ...a, below: b.below }, c, d] } };
    expect(limitPolicyWarnings(swapped)[0]).toBe('band A gets 60000.00 元 in capacity band 1, the better band B only 0.00 元');
    const falling = { ...policy, score: { ...policy.score, bands: [a, b, { ...c, amounts: c.amounts?.toReversed() }, d] } };
    expect(limitPolicyWarnings(falling).some((warning) => warning.includes('less than in the band below'))).toBe(true);
  });

  it('bounds what one answer tells: log2 of the different amounts in the row', () => {
    expect(limitDisclosureBits(table, 3)).toBe(0);
    expect(limitDisclosureBits(table, 1)).toBeLessThanOrEqual(Math.log2(9));
  });
});

describe('bands', () => {
  it('put an amount on an edge into the upper band, and every band floor into its own band', () => {
    const { edges } = policy.capacity;
    expect(capacityBand(edges, fen(yuan('5万') - 1n))).toBe(0);
    expect(capacityBand(edges, yuan('5万'))).toBe(1);
    for (let band = 0; band <= edges.length; band++) expect(capacityBand(edges, capacityBandFloor(edges, band))).toBe(band);
  });
});

describe('capacity and the exact limit', () => {
  const firm: Record<string, number> = {
    vat_12m: 100_000.01,
    cit_12m: 0,
    sales_invoice_12m: 1e7,
    void_rate: 0.1,
    ss_headcount: Number.NaN,
  };
  const read = (name: string): number => firm[name];

  it('is the smallest cap to the 分, with its name; an ignorable gap leaves a cap out', () => {
    const capacity = firmCapacity(policy.capacity, read);
    expect(capacity.amount).toBe(70_000_007n);
    expect(capacity.binding).toBe('tax');
    expect(capacity.caps.get('invoice')).toBe(yuan('135万'));
    expect(capacity.caps.get('staff')).toBeUndefined();
  });
  it('is zero when a field that must be there is missing, and says which', () => {
    const capacity = firmCapacity(policy.capacity, (name) => (name === 'void_rate' ? Number.NaN : firm[name]));
    expect(capacity).toMatchObject({ amount: 0n, refusedFor: ['invoice'] });
    const limit = assessLimit(policy, {
      read: (name) => (name === 'void_rate' ? Number.NaN : firm[name]),
      score: 0.001,
      exposure: zeroFen,
    });
    expect(limit).toMatchObject({ amount: 0n, binding: 'refused:no-capacity' });
    expect(limit.explanation).toContain('invoice');
  });
  it('takes the exposure off before rounding, and refuses below the floor', () => {
    expect(assessLimit(policy, { read, score: 0.01, exposure: yuan('10.5万') })).toMatchObject({ amount: yuan('42万'), binding: 'tax' });
    expect(assessLimit(policy, { read, score: 0.01, exposure: yuan('50万') })).toMatchObject({ amount: 0n, binding: 'refused:exposure' });
    expect(netLimit(policy, yuan('10万'), yuan('11万'))).toBe(0n);
  });
  it('evaluates headcount, peer and turnover forms as written', () => {
    const form = parseLimitPolicy({
      name: 'forms',
      value: {
        version: '1',
        capacity: {
          combine: 'sum',
          caps: [
            { kind: 'count', name: 'staff', column: 'n', each: 30_000 },
            { kind: 'peer', name: 'peer', column: 'line', times: 2, whenZero: '30万' },
            {
              kind: 'turnover',
              name: 'need',
              sales: 'sales',
              margin: 'margin',
              growth: 'growth',
              days: { inventory: 'inv', receivable: 'rec', payable: 'pay', prepaid: 'pre', advance: 'adv' },
              less: ['own', 'loans'],
            },
          ],
          edges: [1],
        },
        score: { on: 'score', bands: [{ name: 'all', times: 1 }] },
        floor: 0,
        step: 1,
        max: '1亿',
      },
    }).capacity;
    const fields: Record<string, number> = {
      n: 4,
      line: 0,
      sales: 7.2e6,
      margin: 0.1,
      growth: 0.2,
      inv: 60,
      rec: 45,
      pay: 30,
      pre: 5,
      adv: 20,
      own: 3e5,
      loans: 2e5,
    };
    const { caps, amount } = firmCapacity(form, (name) => fields[name]);
    expect(caps.get('staff')).toBe(yuan('12万'));
    expect(caps.get('peer')).toBe(yuan('30万'));
    // 7.2e6 × 0.9 × 1.2 × 60/360 − 50万 = 79.6 万
    expect(caps.get('need')).toBe(yuan('79.6万'));
    expect(amount).toBe(yuan('121.6万'));
  });
});
