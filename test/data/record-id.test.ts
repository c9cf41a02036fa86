import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/index.ts';
import {
  organisationCheckCharacter,
  organisationTypeName,
  parseRecordId,
  parseRecordIds,
  randomUscc,
  splitUscc,
  USCC_ALPHABET,
  usccCheckCharacter,
  usccProblem,
} from '../../src/data/index.ts';

const KNOWN = ['91440300708461136T', '91110108551385082Q', '914403001922038216'];
const IRREGULAR = '91350100M0001TGQXM';
const codes = (count: number, region6 = '980101'): string[] => {
  const random = seededRandom(7, 'uscc');
  return Array.from({ length: count }, () => randomUscc(random, { region6 }));
};
const strict = (text: string) => parseRecordId(text, { mode: 'strict' });

describe('统一社会信用代码 (GB 32100-2015)', () => {
  it.each(KNOWN)('accepts the published code %s on both check characters', (code) => {
    expect(usccProblem(code)).toBeUndefined();
    expect(usccCheckCharacter(code)).toBe(code[17]);
    expect(organisationCheckCharacter(code.slice(8, 16))).toBe(code[16]);
  });

  it('computes 1 for the early code that was issued with M', () => {
    expect(usccCheckCharacter(IRREGULAR)).toBe('1');
    expect(usccProblem(IRREGULAR)).toBe('check-character');
  });

  it('generates valid codes', () => {
    for (const code of codes(2_000)) expect(usccProblem(code)).toBeUndefined();
  });

  it('catches every wrong single character', () => {
    for (const code of codes(60)) {
      for (let i = 0; i < 18; i++) {
        for (const other of USCC_ALPHABET) {
          if (other === code[i]) continue;
          expect(usccProblem(code.slice(0, i) + other + code.slice(i + 1))).toBeDefined();
        }
      }
    }
  });

  it('catches every swap of two neighbours, by the 18th character alone', () => {
    for (const code of codes(2_000)) {
      for (let i = 0; i < 16; i++) {
        if (code[i] === code[i + 1]) continue;
        const swapped = code.slice(0, i) + code[i + 1] + code[i] + code.slice(i + 2);
        expect(usccCheckCharacter(swapped)).not.toBe(swapped[17]);
      }
      if (code[16] !== code[17]) expect(usccProblem(code.slice(0, 16) + code[17] + code[16])).toBeDefined();
    }
  });

  it('knows a false organisation code under a right 18th character', () => {
    const [code] = codes(1);
    const wrong = code.slice(0, 16) + (code[16] === '5' ? '6' : '5');
    expect(usccProblem(wrong + usccCheckCharacter(wrong))).toBe('organisation-check-character');
  });

  it('splits a code into authority, type, region and organisation', () => {
    expect(splitUscc(KNOWN[0])).toEqual({
      registrationAuthority: '9',
      organisationType: '1',
      region6: '440300',
      organisationCode: '708461136',
      checkCharacter: 'T',
    });
    expect(splitUscc('9144030X708461136T')).toBeUndefined();
    expect(organisationTypeName('9', '2')).toBe('个体工商户');
    expect(organisationTypeName('5', '9')).toBe('其他');
    expect(organisationTypeName('9', '9')).toBeUndefined();
  });
});

describe('record ids', () => {
  const fullWidth = (text: string) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));

  it('spells one customer one way whatever the width, case, spaces and hyphens', () => {
    const noise = fc.constantFrom('', ' ', '-', '\u3000', '\u00a0', '\u2013', '\uff0d', '\u200b', '\ufeff');
    const spelling = fc.record({ noise: fc.array(noise, { minLength: 19, maxLength: 19 }), wide: fc.boolean(), lower: fc.boolean() });
    fc.assert(
      fc.property(fc.constantFrom(...KNOWN, ...codes(20)), spelling, (code, { noise, wide, lower }) => {
        const spaced = noise[0].replace(/[-\u2013\uff0d]/, '') + [...code].map((c, i) => c + noise[i + 1]).join('');
        const cased = lower ? spaced.toLowerCase() : spaced;
        expect(strict(wide ? fullWidth(cased) : cased)).toEqual({ ok: true, id: code, warning: undefined });
      }),
    );
  });

  it('is idempotent in every mode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('warn' as const, 'any' as const), (text, mode) => {
        const once = parseRecordId(text, { mode });
        if (!once.ok) return;
        const twice = parseRecordId(once.id, { mode });
        expect(twice.ok && twice.id).toBe(once.id);
      }),
    );
  });

  it('strict refuses what warn keeps and reports', () => {
    expect(strict(IRREGULAR)).toEqual({ ok: false, problem: 'check-character' });
    expect(parseRecordId(IRREGULAR, { mode: 'warn' })).toEqual({ ok: true, id: IRREGULAR, warning: 'check-character' });
    expect(parseRecordIds([KNOWN[0], IRREGULAR], { mode: 'warn', column: 'uscc' }).warningRows).toEqual([2]);
  });

  it('any only folds width and trims', () => {
    expect(parseRecordId(' ２５115 ', { mode: 'any' })).toEqual({ ok: true, id: '25115', warning: undefined });
    expect(parseRecordId('a-b c', { mode: 'any' })).toEqual({ ok: true, id: 'a-b c', warning: undefined });
    expect(parseRecordId('-5', { mode: 'any' })).toMatchObject({ ok: true });
  });

  it.each([
    ['', 'empty'],
    [' - ', 'formula'],
    ['=1+1', 'formula'],
    ['@SUM(A1)', 'formula'],
    ['a\u0000b', 'control-character'],
    ['x'.repeat(129), 'too-long'],
  ])('no mode takes %j', (text, problem) => {
    for (const mode of ['strict', 'warn', 'any'] as const) expect(parseRecordId(text, { mode })).toEqual({ ok: false, problem });
  });

  it('names rows and the column of bad ids, never the id', () => {
    const canary = '91440300708461137T';
    const run = () => parseRecordIds([KNOWN[0], canary, KNOWN[1], IRREGULAR], { mode: 'strict', column: '代码' });
    expect(run).toThrowError(
      expect.objectContaining({ code: 'ERR_DATA_RECORD_ID', details: expect.objectContaining({ rows: ['2', '4'] }) }),
    );
    try {
      run();
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain(canary);
      expect(String(error)).toContain('代码');
    }
  });

  it('finds duplicates after normalisation and names both rows', () => {
    const run = () => parseRecordIds([KNOWN[0], KNOWN[1], KNOWN[0].toLowerCase()], { mode: 'strict', column: 'uscc' });
    expect(run).toThrowError(
      expect.objectContaining({ code: 'ERR_DATA_DUPLICATE_ID', details: expect.objectContaining({ rows: ['1 and 3'] }) }),
    );
  });
});
