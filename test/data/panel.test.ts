import { describe, expect, it } from 'vitest';
import {
  PANEL_MONTHS,
  PANEL_OUTCOME_MONTH,
  syntheticBills,
  syntheticCity,
  syntheticPanel,
  syntheticRegisters,
} from '../../src/data/index.ts';

const city = syntheticCity({ seed: 7, badRate: 0.06 });
const [bank] = city.banks;
const panel = syntheticPanel(city, 'bank-a');
const { defaultMonth, distressMonth, lgd } = panel.truth;
const rowsWhere = (test: (row: number) => boolean): number[] => Array.from({ length: panel.rows }, (_, row) => row).filter(test);
const bads = rowsWhere((row) => defaultMonth[row] >= 0);

describe('monthly panel', () => {
  it('defaults exactly where bad_12m says, inside the outcome year, and then falls silent', () => {
    expect(bads).toEqual(rowsWhere((row) => bank.label[row] === 1));
    for (const row of bads) {
      expect(defaultMonth[row]).toBeGreaterThanOrEqual(PANEL_OUTCOME_MONTH);
      expect(panel.series.days_past_due[row * PANEL_MONTHS + defaultMonth[row]]).toBeGreaterThanOrEqual(90);
      if (defaultMonth[row] + 1 < PANEL_MONTHS) expect(panel.series.sales_invoice[row * PANEL_MONTHS + defaultMonth[row] + 1]).toBeNaN();
      expect(lgd[row]).toBeGreaterThan(0);
      expect(lgd[row]).toBeLessThan(1);
    }
    expect(panel.events.every(({ row, month }) => defaultMonth[row] < 0 || month <= defaultMonth[row])).toBe(true);
  });

  it('announces most defaults two to six months ahead, and not all', () => {
    const announced = bads.filter((row) => distressMonth[row] >= 0);
    expect(announced.length / bads.length).toBeGreaterThan(0.78);
    expect(announced.length / bads.length).toBeLessThan(0.92);
    for (const row of announced) {
      expect(defaultMonth[row] - distressMonth[row]).toBeGreaterThanOrEqual(2);
      expect(defaultMonth[row] - distressMonth[row]).toBeLessThanOrEqual(6);
    }
  });

  it('lets a plain rule warn of 60 % of defaults a month ahead, with 30 % of its warnings right', () => {
    const alarm = new Map<number, number>();
    const serious = new Map<number, Set<string>>();
    for (const { row, month, kind } of panel.events) {
      if (kind === 'legal_rep_change' || month < PANEL_OUTCOME_MONTH - 6) continue;
      const kinds = serious.get(row) ?? new Set();
      serious.set(row, kinds.add(`${kind}${month}`));
      if (kinds.size >= 2 && !alarm.has(row)) alarm.set(row, month);
    }
    const warned = bads.filter((row) => (alarm.get(row) ?? 99) <= defaultMonth[row] - 1);
    expect(warned.length / bads.length).toBeGreaterThan(0.6);
    expect(warned.length / alarm.size).toBeGreaterThan(0.3);
    expect(warned.length / alarm.size).toBeLessThan(0.98);
  });

  it('is the same for the same seed, and refuses a bank that is not there', () => {
    const again = syntheticPanel(syntheticCity({ seed: 7, badRate: 0.06 }), 'bank-a');
    expect(again.events).toEqual(panel.events);
    expect(again.series).toEqual(panel.series);
    expect(() => syntheticPanel(city, 'bank-x')).toThrowError(expect.objectContaining({ code: 'ERR_DATA_OPTION' }));
  });
});

describe('registers', () => {
  const registers = syntheticRegisters(city);

  it('list every asset that two lenders hold, with the reason', () => {
    const lenders = new Map<string, number>();
    for (const pledges of Object.values(registers.pledges)) {
      for (const { asset, share } of pledges) {
        expect(asset).toMatch(/^9[78]\d{10}GB\d{5}F\d{8}$/);
        expect(share).toBeGreaterThan(0);
        expect(share).toBeLessThan(1);
        lenders.set(asset, (lenders.get(asset) ?? 0) + 1);
      }
    }
    const twice = [...lenders].filter(([, count]) => count > 1).map(([asset]) => asset);
    const { pledgedTwice, secondRank, refinanced } = registers.truth;
    expect(twice.sort()).toEqual([...pledgedTwice, ...secondRank, ...refinanced].sort());
    expect(pledgedTwice.length).toBeGreaterThan(0);
  });

  it('name one misuser a bank, who looks up more without an application of its own than anybody honest forgets', () => {
    expect(registers.truth.misusers.length).toBe(city.banks.length);
    const without = registers.accesses.filter(({ application }) => application === undefined);
    const honest = without.filter(({ bank: b, operator }) => !registers.truth.misusers.includes(`${b}/${operator}`));
    expect(honest.length).toBeGreaterThan(0);
    expect(honest.length / registers.accesses.length).toBeLessThan(0.006);
    expect(registers.accesses.every(({ minute }, i) => i === 0 || minute >= registers.accesses[i - 1].minute)).toBe(true);
  });
});

describe('medical bills', () => {
  const { issued, claims, truth } = syntheticBills(city);
  const story = (wanted: string) => truth.filter((one) => one === wanted).length / truth.length;

  it('are issued once each, and claimed honestly but for a few in a hundred', () => {
    expect(new Set(issued.map(({ code, number }) => code + number)).size).toBe(issued.length);
    expect(issued.every(({ code, number, check, fen }) => /^98\d{6}\d{10}[\da-f]{6}$/.test(code + number + check) && fen > 0)).toBe(true);
    expect(claims.length).toBe(truth.length);
    expect(story('honest')).toBeGreaterThan(0.95);
    for (const wrong of ['forged', 'raised', 'again', 'mistyped']) expect(story(wrong), wrong).toBeGreaterThan(0.001);
  });
  it('are the same for the same seed, whatever the banks', () => {
    const other = syntheticCity({ seed: 7, firms: 100, banks: [{ name: 'bank-x', zh: '甲', reach: 0.2 }] });
    expect(syntheticBills(other)).toEqual({ synthetic: true, issued, claims, truth });
  });
});
