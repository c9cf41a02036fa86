/**
 * Repayment: what a loan costs, to the 分. 等额本息 level payments, 等额本金 level principal, 先息后本 interest first, 随借随还 on daily
 * balances; interest by act/360 or by months of 1/12 year; each interest is rounded once, half up; the last payment settles the rest, so
 * principal parts sum to the loan exactly. The disclosed yearly rate is the monthly internal rate × 12 (人民银行公告〔2021〕第3号).
 */
import { InputError } from '../../base/index.ts';
import { addMonths, dayNumber } from '../calendar/index.ts';
import { type Fen, fen, fraction, type Ratio, timesRatio, timesRound, zeroFen } from '../money/index.ts';
import { type Rate, rateNumber, rateRatio } from './rate.ts';

/** 等额本息, 等额本金, 先息后本. */
export type RepaymentKind = 'level-payment' | 'level-principal' | 'interest-first';
/** What is lent. */
export interface Loan {
  readonly principal: Fen;
  readonly rate: Rate;
  /** 1 to 360. */
  readonly months: number;
  /** Day of disbursement. */
  readonly from: string;
}
/** One instalment; amounts in 分. */
export interface Payment {
  readonly due: string;
  readonly principal: Fen;
  readonly interest: Fen;
  /** Principal still owed after the payment. */
  readonly balance: Fen;
}

/** Monthly payments; interest-first counts act/360, the others twelfths of a year. @throws InputError `ERR_CREDIT_LOAN`. */
export function repaymentPlan(loan: Loan, kind: RepaymentKind): readonly Payment[] {
  checkLoan(loan);
  const monthly = timesRatio(rateRatio(loan.rate), fraction(1, 12));
  const level = kind === 'level-payment' ? levelPayment(loan, monthly) : zeroFen;
  const part = kind === 'level-principal' ? loan.principal / BigInt(loan.months) : 0n;
  const plan: Payment[] = [];
  let balance = loan.principal;
  for (let month = 1; month <= loan.months; month++) {
    const [from, due] = [addMonths(loan.from, month - 1), addMonths(loan.from, month)];
    const interest =
      kind === 'interest-first' ? dailyInterest(balance, loan.rate, dayNumber(due) - dayNumber(from)) : timesRound(balance, monthly);
    const wanted = kind === 'level-payment' ? level - interest : part;
    const principal = month === loan.months ? balance : fen(wanted < 0n ? 0n : wanted > balance ? balance : wanted);
    balance = fen(balance - principal);
    plan.push({ due, principal, interest, balance });
  }
  return plan;
}

/**
 * Interest on a balance for some days, act/360, rounded half up to the 分.
 * @throws InputError `ERR_CREDIT_LOAN` for days that are negative or not whole.
 */
export function dailyInterest(balance: Fen, rate: Rate, days: number): Fen {
  if (!(Number.isInteger(days) && days >= 0)) throw new InputError('ERR_CREDIT_LOAN', 'a number of days must be whole and not negative');
  return timesRound(balance, timesRatio(rateRatio(rate), fraction(days, 360)));
}

/** A·r(1+r)ⁿ/((1+r)ⁿ−1) in exact fractions, rounded to the 分. */
function levelPayment({ principal, months, rate }: Loan, { numerator, denominator }: Ratio): Fen {
  if (rate === 0) return timesRound(principal, fraction(1, months));
  const n = BigInt(months);
  const grown = (denominator + numerator) ** n;
  return timesRound(principal, fraction(numerator * grown, denominator * (grown - denominator ** n)));
}

/**
 * The yearly rate to disclose: monthly internal rate of `received` against equal-spaced monthly payments, times 12. In (−1, 12).
 * @throws InputError `ERR_CREDIT_IRR` when the payments do not return what was received.
 */
export function disclosedRate(received: Fen, payments: readonly Fen[]): number {
  const total = payments.reduce((sum, payment) => sum + payment, 0n);
  if (received <= 0n || total < received) throw new InputError('ERR_CREDIT_IRR', 'the payments must return at least what was received');
  const value = (r: number): number =>
    payments.reduce((sum, payment, i) => sum + Number(payment) / (1 + r) ** (i + 1), 0) - Number(received);
  let [low, high] = [0, 1];
  for (let i = 0; i < 200 && high - low > 1e-15; i++) {
    const middle = (low + high) / 2;
    if (value(middle) > 0) low = middle;
    else high = middle;
  }
  return 6 * (low + high);
}

/**
 * Rate with the largest expected profit (1 − churn)·[(1−PD)·r − PD·LGD − cost] on a grid; ties go to the lower rate.
 * @throws InputError `ERR_CREDIT_EMPTY` without candidate rates.
 */
export function bestRate(
  grid: readonly Rate[],
  churn: (rate: Rate) => number,
  risk: { readonly pd: number; readonly lgd: number; readonly cost: Rate },
): { readonly rate: Rate; readonly profit: number } {
  if (grid.length === 0) throw new InputError('ERR_CREDIT_EMPTY', 'a price needs candidate rates');
  const profit = (rate: Rate): number =>
    (1 - churn(rate)) * ((1 - risk.pd) * rateNumber(rate) - risk.pd * risk.lgd - rateNumber(risk.cost));
  return [...grid]
    .sort((a, b) => a - b)
    .map((rate) => ({ rate, profit: profit(rate) }))
    .reduce((a, b) => (b.profit > a.profit ? b : a));
}

function checkLoan({ principal, months, rate }: Loan): void {
  if (principal <= 0n || !Number.isInteger(months) || months < 1 || months > 360 || rate < 0) {
    throw new InputError('ERR_CREDIT_LOAN', 'a loan needs a positive principal, 1 to 360 months and a rate that is not negative');
  }
}
