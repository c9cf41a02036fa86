import { describe, expect, it } from 'vitest';
import { chinaCalendar } from '../../../src/credit/calendar/index.ts';
import { AlertBook, exampleWarningPolicy, judgeWarnings, lintWarnings, parseWarningPolicy } from '../../../src/credit/monitoring/index.ts';

const text = `name: after-loan
version: 1
fields:
  enforced: {type: integer, min: 0}
  sales_change: {type: number}
escalation:
  red: {afterWorkdays: 1, to: [支行行长, 分行风险部]}
rules:
  - {name: enforced, when: {">": [{"var": enforced}, 0]}, severity: red, reason: 新增被执行, windowDays: 30}
  - {name: sales, when: {"<": [{"var": sales_change}, -0.3]}, severity: blue, reason: 开票额下降}
  - {name: trial, when: {">": [{"var": enforced}, 5]}, severity: red, reason: 试行, shadow: true}
`;
const policy = parseWarningPolicy({ file: 'warn.yaml', text });
const bad = { enforced: 1, sales_change: 0 };
const refused = expect.objectContaining({ code: 'ERR_CREDIT_ALERT' });

describe('a warning policy', () => {
  it('speaks the rule language and refuses with file and line', () => {
    const broken = (from: string, to: string) => () => parseWarningPolicy({ file: 'warn.yaml', text: text.replace(from, to) });
    expect(broken('"var": sales_change', '"var": sale_change')).toThrow(/warn\.yaml:10:.*unknown field "sale_change"/);
    expect(broken('severity: blue', 'severity: pink')).toThrow(
      expect.objectContaining({ code: 'ERR_CREDIT_WARNING', message: expect.stringMatching(/^warn\.yaml:10:/) }),
    );
    expect(broken('name: sales,', 'name: enforced,')).toThrow(/exists twice/);
    expect(broken('windowDays: 30', 'windowDays: 0')).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_WARNING' }));
  });
  it('is checked before it warns anybody: what can never hold, and what tells nothing new', () => {
    const found = (of: string) =>
      lintWarnings(parseWarningPolicy({ file: 'warn.yaml', text: of })).map((f) => [f.severity, f.kind, f.name, f.other]);
    expect(found(text)).toEqual([['warning', 'unreachable', 'trial', 'enforced']]);
    expect(found(text.replace('[{"var": enforced}, 5]', '[{"var": enforced}, -1]').replace('">"', '"<"'))).toContainEqual([
      'error',
      'never-true',
      'enforced',
      undefined,
    ]);
    expect(lintWarnings(exampleWarningPolicy)).toEqual([]);
  });
});

describe('an alert', () => {
  it('is raised once per loan, rule and window', () => {
    const book = new AlertBook(policy);
    const told = ['2026-03-02', '2026-03-10', '2026-03-31', '2026-04-01'].map((day) => book.observe('loan-1', day, bad).length);
    expect(told).toEqual([1, 0, 0, 1]);
    expect(book.observe('loan-2', '2026-04-01', bad)).toHaveLength(1);
    expect(book.alerts.map(({ id, hits }) => [id, hits])).toEqual([
      ['loan-1/enforced/2026-03-02', 3],
      ['loan-1/enforced/2026-04-01', 1],
      ['loan-2/enforced/2026-04-01', 1],
    ]);
  });
  it('is not raised by a missing field', () => {
    expect(new AlertBook(policy).observe('loan-1', '2026-03-02', { enforced: null, sales_change: null })).toEqual([]);
  });
  it('of a suppressed or trial rule is recorded and not sent', () => {
    const book = new AlertBook(policy);
    book.suppress({ day: '2026-03-01', loan: 'loan-1', rule: 'enforced', until: '2026-06-01', by: '张三', reason: '已和解' });
    expect(book.observe('loan-1', '2026-03-02', { enforced: 9, sales_change: -0.5 }).map(({ subject }) => subject)).toEqual(['开票额下降']);
    expect(book.alerts.map(({ rule, suppressed, shadow }) => [rule, suppressed, shadow])).toEqual([
      ['enforced', true, false],
      ['sales', false, false],
      ['trial', false, true],
    ]);
    expect(book.escalate('2026-03-31', chinaCalendar)).toEqual([]);
    expect(book.notices()).toHaveLength(1);
    expect(book.observe('loan-1', '2026-06-01', { ...bad })).toHaveLength(1);
    expect(() => book.suppress({ day: '2026-06-02', loan: 'x', until: '2026-06-02', by: '张三', reason: 'r' })).toThrow(refused);
    expect(() => book.suppress({ day: '2026-06-02', loan: 'x', until: '2026-07-02', by: '', reason: 'r' })).toThrow(refused);
  });
  it('climbs by working days until somebody acknowledges it', () => {
    const book = new AlertBook(policy);
    book.observe('loan-1', '2026-03-06', bad); // a Friday
    book.observe('loan-2', '2026-03-06', bad);
    expect(book.escalate('2026-03-08', chinaCalendar)).toEqual([]);
    expect(book.escalate('2026-03-09', chinaCalendar).map(({ to, key }) => [to, key])).toEqual([
      ['支行行长', 'loan-1/enforced/2026-03-06/1'],
      ['支行行长', 'loan-2/enforced/2026-03-06/1'],
    ]);
    expect(book.escalate('2026-03-09', chinaCalendar)).toEqual([]);
    book.acknowledge('loan-2/enforced/2026-03-06', '李四', '2026-03-09');
    expect(book.escalate('2026-03-10', chinaCalendar).map(({ to }) => to)).toEqual(['分行风险部']);
    expect(book.escalate('2026-04-10', chinaCalendar)).toEqual([]);
    expect(() => book.acknowledge('loan-2/enforced/2026-03-06', '李四', '2026-04-10')).toThrow(refused);
  });
  it('that is closed counts for or against its rule', () => {
    const book = new AlertBook(policy);
    ['a', 'b', 'c'].forEach((loan) => {
      book.observe(loan, '2026-03-02', bad);
    });
    book.close('a/enforced/2026-03-02', 'true-alarm', '李四', '2026-03-03');
    book.close('b/enforced/2026-03-02', 'false-alarm', '李四', '2026-03-03');
    expect(book.feedback()).toEqual([
      { rule: 'enforced', closed: 2, precision: 0.5 },
      { rule: 'sales', closed: 0, precision: undefined },
      { rule: 'trial', closed: 0, precision: undefined },
    ]);
    expect(() => book.close('a/enforced/2026-03-02', 'true-alarm', '李四', '2026-03-04')).toThrow(refused);
    expect(() => book.close('nobody', 'true-alarm', '李四', '2026-03-04')).toThrow(refused);
  });
  it('book replays from its events, with the same notices and keys', () => {
    const book = new AlertBook(policy);
    const sent = [...book.observe('loan-1', '2026-03-06', bad), ...book.observe('loan-2', '2026-03-06', bad)];
    sent.push(...book.escalate('2026-03-10', chinaCalendar));
    book.acknowledge('loan-1/enforced/2026-03-06', '李四', '2026-03-10');
    const again = AlertBook.replay(policy, JSON.parse(JSON.stringify(book.events)));
    expect(again.alerts).toEqual(book.alerts);
    expect(
      again
        .notices()
        .map(({ key }) => key)
        .sort(),
    ).toEqual(sent.map(({ key }) => key).sort());
    expect(new Set(sent.map(({ key }) => key)).size).toBe(sent.length);
  });
  it('book refuses days that run backwards or do not exist', () => {
    const book = new AlertBook(policy);
    book.observe('loan-1', '2026-03-06', bad);
    expect(() => book.observe('loan-1', '2026-03-05', bad)).toThrow(refused);
    expect(() => book.observe('loan-1', '2026-02-30', bad)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_DAY' }));
    expect(() => book.observe('', '2026-03-07', bad)).toThrow(refused);
  });
});

describe('the judge', () => {
  it('counts lead, precision and recall as they are defined', () => {
    const defaults = [10, -1, 5, -1];
    const alert = (row: number, month: number, rule = 'r') => ({ row, month, rule });
    const judged = judgeWarnings([alert(0, 4), alert(0, 9), alert(0, 10), alert(0, 1), alert(1, 3), alert(2, 5)], defaults);
    // months 10 and 5 are the defaults themselves: left out; month 1 is nine months early: false.
    expect(judged.overall).toEqual({ rule: 'all', alerts: 4, trueAlerts: 2, precision: 0.5, warned: 1, recall: 0.5, medianLead: 6 });
    expect(judged.loans).toEqual({ warned: 2, truly: 1, precision: 0.5 });
    expect(judgeWarnings([], defaults).overall).toMatchObject({ precision: undefined, recall: 0 });
    expect(() => judgeWarnings([alert(9, 1)], defaults)).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_JUDGE' }));
    expect(() => judgeWarnings([], defaults, { minLead: 3, horizon: 2 })).toThrow(expect.objectContaining({ code: 'ERR_CREDIT_JUDGE' }));
  });
});
