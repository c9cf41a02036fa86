/** What a credit modeller reads on the terminal, and the option that picks a model. */
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { showFigures, showQuality, showVariables } from '../../src/cli/tables.ts';
import { createUi, displayWidth } from '../../src/cli/ui.ts';
import type { Variable } from '../../src/pipeline/index.ts';
import { directionOf, strengthOf } from '../../src/pipeline/variables.ts';

function shown(show: (ui: ReturnType<typeof createUi>) => void): string {
  let out = '';
  show(createUi({ json: false, quiet: true, debug: false }, { out: { write: (text) => (out += text) }, err: { write: () => true } }));
  return out;
}

const bin = (rows: number, bads: number, extra = false) => ({ label: 'bin', extra, rows, bads, woe: 0.1 });
const variable = (changes: Partial<Variable>): Variable => ({
  name: 'tax_grade',
  party: 'platform',
  own: false,
  kind: 'numeric',
  informationValue: 0.2166,
  strength: strengthOf(0.2166),
  direction: 'descending',
  kept: true,
  bins: [bin(100, 3), bin(200, 20), bin(50, 5, true)],
  ...changes,
});

describe('the table of variables', () => {
  it('is sorted by information value, says strength, direction and the missing bin, and names what is left out in one line', () => {
    const weak = variable({ name: 'vat_12m', informationValue: 0.004, kept: false });
    const strong = variable({
      name: 'util_rate',
      zh: '授信使用率',
      party: 'bank',
      own: true,
      informationValue: 0.38,
      strength: strengthOf(0.38),
      direction: 'ascending',
      missing: 0,
      bins: [bin(1, 1), bin(1, 0)],
    });
    const text = shown((ui) => showVariables(ui, [variable({}), weak, strong]));
    const lines = text.split('\n');
    expect(lines.findIndex((line) => line.includes('util_rate 授信使用率'))).toBeLessThan(
      lines.findIndex((line) => line.includes('tax_grade')),
    );
    expect(text).toMatch(/tax_grade .* platform .* 3 .* 0\.2166 .* medium 中 .* ↘ falls 降 .* 50 rows, 10\.0 % bad/);
    expect(text).toMatch(/left out, too little information \(1\): vat_12m 0\.004/);
    const box = lines.filter((line) => /^[┌│├└]/.test(line));
    expect(new Set(box.map(displayWidth)).size).toBe(1);
  });

  it('tells shapes and strengths as the trade does', () => {
    expect(
      [
        [1, 2, 3],
        [3, 2, 2],
        [1, 3, 2],
        [2, 1, 3],
        [1, 2, 1, 2],
        [1, 1],
      ].map(directionOf),
    ).toEqual(['ascending', 'descending', 'peak', 'valley', 'mixed', 'flat']);
    expect([0.019, 0.02, 0.1, 0.3, 0.5].map((value) => strengthOf(value).split(' ')[0])).toEqual([
      'none',
      'weak',
      'medium',
      'strong',
      'check',
    ]);
  });
});

describe('the tables of a model', () => {
  it('show coefficients, points of every bin, and a dash where there is no number', () => {
    const row = { name: 'tax_grade', party: 'platform', coefficient: 0.7, standardError: 0.2, z: 3.5, pValue: 0.0000004, vif: 1.2 };
    const held = { ...row, name: 'held', standardError: Number.NaN, z: Number.NaN, pValue: null as unknown as number };
    const scale = { pdo: 20, baseScore: 600, baseOdds: 1 / 50, lowest: 401, highest: 720, roundingBound: 1 };
    const points = [
      { name: 'tax_grade', party: 'platform', neutralPoints: 27, bins: [{ label: 'bin 1', rows: 100, bads: 10, woe: 0.5, points: 16 }] },
    ];
    const text = shown((ui) =>
      showFigures(ui, { on: 'weight of evidence', coefficients: [row, held], points, dropped: ['bank: inflow'], scale }),
    );
    expect(text).toMatch(/tax_grade .* 0\.7000 .* 0\.2000 .* 3\.50 .* <0\.0001 .* 1\.20 .* \+/);
    expect(text).toMatch(/held .* – .* – .* –/);
    expect(text).toMatch(/bin 1 .* 100 .* 10\.0 % .* 0\.500 .* 16/);
    expect(text).toContain('600 points at 50:1 good:bad, 20 points double the odds');
    expect(text).toContain('wrong sign: bank: inflow');
  });

  it('show quality with its interval, whether a run knows it or not', () => {
    const metrics = { auc: 0.7252, ks: 0.3793 };
    const known = {
      ...metrics,
      gini: 0.4504,
      interval: { lower: 0.679, upper: 0.772 },
      hosmerLemeshow: { statistic: 1, degreesOfFreedom: 10, pValue: 0.1 },
    };
    const text = shown((ui) =>
      showQuality(ui, { on: 'held-out rows', joint: { rows: 2027, metrics: known }, bankOnly: { rows: 2027, metrics } }),
    );
    expect(text).toMatch(/bank alone .* 0\.7252 .* 0\.4504/);
    expect(text).toMatch(/joint, encrypted .* 0\.679 – 0\.772 .* 0\.1000/);
  });
});

describe('--model', () => {
  it('is gbdt, lr or scorecard', async () => {
    let out = '';
    const status = await run(['train', 'job.yaml', '--model', 'forest', '--json'], {
      out: { write: (text) => (out += text) },
      err: { write: () => true },
    });
    expect([status, JSON.parse(out)]).toMatchObject([
      2,
      { code: 'ERR_CLI_USAGE', message: expect.stringContaining('gbdt, lr, scorecard') },
    ]);
  });
});
