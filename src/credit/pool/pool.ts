/**
 * 风险补偿资金池: loans are enrolled, losses claimed and split, recoveries given back pro rata. Every payment is a posting; what the pool pays
 * is min(γ·loss, loan cap, rest of the bank's cap, pool), the rest of the loss stays with the bank, so the parts always sum to the loss.
 */
import { type ErrorCode, InputError, RefusedError } from '../../base/index.ts';
import { compareRatio, type Fen, fen, fraction, minFen, splitExactly, timesFloor, zeroFen } from '../money/index.ts';
import { Ledger } from './ledger.ts';
import type { PoolPolicy } from './policy.ts';

/** A loan the pool stands behind. */
export interface EnrolledLoan {
  readonly id: string;
  readonly bank: string;
  /** Still owed, in 分. */
  readonly balance: Fen;
  /** How the loss was borne, less what came back; zero before a claim. */
  readonly borne: LossShares;
}
/** Parts of a loss; they sum to it. */
export interface LossShares {
  readonly government: Fen;
  readonly guarantor: Fen;
  readonly bank: Fen;
}
/** A bank in the books of the pool; amounts in 分. */
export interface BankStanding {
  readonly enrolled: Fen;
  /** Loss of claimed loans not yet recovered. */
  readonly bad: Fen;
  readonly paidByPool: Fen;
  /** True while bad/enrolled is above the stop-loss: no new loans. */
  readonly stopped: boolean;
}

const nothing: LossShares = Object.freeze({ government: zeroFen, guarantor: zeroFen, bank: zeroFen });
const total = (shares: LossShares): Fen => fen(shares.government + shares.guarantor + shares.bank);
const account = { cash: 'pool:cash', fund: 'pool:fund', guarantor: 'guarantor:cash', bank: (name: string) => `bank:${name}:compensation` };

const refuse = (code: ErrorCode, message: string): never => {
  throw new RefusedError(code, message, { help: 'Nothing was posted.' });
};

/** The books of one pool. Amounts given must be positive. */
export class CompensationPool {
  readonly policy: PoolPolicy;
  readonly ledger = new Ledger([account.cash]);
  readonly #loans = new Map<string, EnrolledLoan>();
  readonly #banks = new Map<string, { enrolled: Fen; bad: Fen; paid: Fen }>();

  constructor(policy: PoolPolicy) {
    this.policy = policy;
  }

  /** Money in the pool. */
  get cash(): Fen {
    return this.ledger.balance(account.cash);
  }

  /** What may still be enrolled: leverage × cash − enrolled balances. */
  get capacity(): Fen {
    const enrolled = [...this.#banks.values()].reduce((sum, bank) => sum + bank.enrolled, 0n);
    return fen(timesFloor(this.cash, this.policy.leverage) - enrolled);
  }

  /** Money from the treasury. @throws InputError `ERR_CREDIT_MONEY` unless it is positive. */
  fund(amount: Fen, day: string): void {
    positive(amount);
    this.ledger.post(day, 'funding', [
      { account: account.cash, amount },
      { account: account.fund, amount: fen(-amount) },
    ]);
  }

  /** @throws RefusedError `ERR_CREDIT_POOL_STOPPED`, `ERR_CREDIT_POOL_CAPACITY`; InputError `ERR_CREDIT_POOL_LOAN` for an id used before. */
  enrol(id: string, bank: string, principal: Fen): EnrolledLoan {
    positive(principal);
    if (this.#loans.has(id)) throw new InputError('ERR_CREDIT_POOL_LOAN', 'the loan is enrolled already');
    if (this.standing(bank).stopped) refuse('ERR_CREDIT_POOL_STOPPED', `the bad rate of "${bank}" is above the stop-loss`);
    if (principal > this.capacity) refuse('ERR_CREDIT_POOL_CAPACITY', 'the pool cannot carry the loan');
    this.#change(bank, { enrolled: principal });
    return this.#keep({ id, bank, balance: principal, borne: nothing });
  }

  /**
   * The borrower pays; only before a claim (afterwards it is a recovery).
   * @throws InputError `ERR_CREDIT_POOL_LOAN`; `ERR_CREDIT_MONEY` unless the amount is positive.
   */
  repay(id: string, amount: Fen): EnrolledLoan {
    const loan = this.loan(id);
    positive(amount);
    if (amount > loan.balance || total(loan.borne) > 0n)
      throw new InputError('ERR_CREDIT_POOL_LOAN', 'the repayment is above the balance, or the loan was claimed');
    this.#change(loan.bank, { enrolled: fen(-amount) });
    return this.#keep({ ...loan, balance: fen(loan.balance - amount) });
  }

  /**
   * Pays out a loss: the whole balance of a loan that is overdue long enough.
   * @throws RefusedError `ERR_CREDIT_POOL_TOO_EARLY`, `ERR_CREDIT_POOL_CLAIMED`.
   */
  claim(id: string, daysOverdue: number, day: string): LossShares {
    const loan = this.loan(id);
    if (!(daysOverdue >= this.policy.claimAfterDays))
      refuse('ERR_CREDIT_POOL_TOO_EARLY', `a claim needs ${this.policy.claimAfterDays} days overdue`);
    if (total(loan.borne) > 0n || loan.balance === 0n) refuse('ERR_CREDIT_POOL_CLAIMED', 'the loan was claimed or repaid already');
    const borne = this.#shares(loan);
    const paid = fen(borne.government + borne.guarantor);
    if (paid > 0n) {
      this.ledger.post(day, `claim ${id}`, [
        { account: account.bank(loan.bank), amount: paid },
        { account: account.cash, amount: fen(-borne.government) },
        { account: account.guarantor, amount: fen(-borne.guarantor) },
      ]);
    }
    this.#change(loan.bank, { bad: loan.balance, paid: borne.government });
    this.#keep({ ...loan, borne });
    return borne;
  }

  /**
   * Money collected after a claim, less costs, goes back to those who bore the loss, pro rata to what they still bear.
   * @returns the parts; costs above the amount and collections above the loss stay with the bank.
   * @throws InputError `ERR_CREDIT_POOL_LOAN` before a claim; `ERR_CREDIT_MONEY` unless the amount is positive.
   */
  recover(id: string, amount: Fen, costs: Fen, day: string): LossShares {
    const loan = this.loan(id);
    positive(amount);
    const outstanding = total(loan.borne);
    if (outstanding === 0n || costs < 0n)
      throw new InputError('ERR_CREDIT_POOL_LOAN', 'there is no claimed loss to recover, or the costs are negative');
    const net = costs >= amount ? zeroFen : minFen(fen(amount - costs), outstanding);
    const [government, guarantor, bank] = splitExactly(net, [loan.borne.government, loan.borne.guarantor, loan.borne.bank]);
    const returned = fen(government + guarantor);
    if (returned > 0n) {
      this.ledger.post(day, `recovery ${id}`, [
        { account: account.bank(loan.bank), amount: fen(-returned) },
        { account: account.cash, amount: government },
        { account: account.guarantor, amount: guarantor },
      ]);
    }
    this.#change(loan.bank, { bad: fen(-net), enrolled: fen(-net), paid: fen(-government) });
    const left = {
      government: fen(loan.borne.government - government),
      guarantor: fen(loan.borne.guarantor - guarantor),
      bank: fen(loan.borne.bank - bank),
    };
    this.#keep({ ...loan, balance: fen(loan.balance - net), borne: left });
    return { government, guarantor, bank };
  }

  /** @throws InputError `ERR_CREDIT_POOL_LOAN`. */
  loan(id: string): EnrolledLoan {
    const loan = this.#loans.get(id);
    if (!loan) throw new InputError('ERR_CREDIT_POOL_LOAN', 'no such loan is enrolled');
    return loan;
  }

  /** What the books say of a bank; all zero for one that never enrolled. */
  standing(bank: string): BankStanding {
    const { enrolled, bad, paid } = this.#banks.get(bank) ?? { enrolled: zeroFen, bad: zeroFen, paid: zeroFen };
    const stopped = enrolled > 0n && compareRatio(fraction(bad, enrolled), this.policy.stopLoss) > 0;
    return { enrolled, bad, paidByPool: paid, stopped };
  }

  #shares(loan: EnrolledLoan): LossShares {
    const { shares, perLoan, perBank } = this.policy;
    const loss = loan.balance;
    const [wanted, guarantor] = splitExactly(loss, wholeWeights([shares.government, shares.guarantor, shares.bank]));
    const capLeft = fen(perBank - this.standing(loan.bank).paidByPool);
    const government = minFen(wanted, perLoan, capLeft < 0n ? zeroFen : capLeft, this.cash);
    return { government, guarantor, bank: fen(loss - government - guarantor) };
  }

  #keep(loan: EnrolledLoan): EnrolledLoan {
    this.#loans.set(loan.id, Object.freeze(loan));
    return loan;
  }

  #change(bank: string, by: { enrolled?: Fen; bad?: Fen; paid?: Fen }): void {
    const old = this.#banks.get(bank) ?? { enrolled: zeroFen, bad: zeroFen, paid: zeroFen };
    this.#banks.set(bank, {
      enrolled: fen(old.enrolled + (by.enrolled ?? 0n)),
      bad: fen(old.bad + (by.bad ?? 0n)),
      paid: fen(old.paid + (by.paid ?? 0n)),
    });
  }
}

/** Shares over a common denominator. */
function wholeWeights(shares: readonly { numerator: bigint; denominator: bigint }[]): readonly bigint[] {
  const common = shares.reduce((product, share) => product * share.denominator, 1n);
  return shares.map((share) => (share.numerator * common) / share.denominator);
}

function positive(amount: Fen): void {
  if (amount <= 0n) throw new InputError('ERR_CREDIT_MONEY', 'an amount must be positive', { help: 'Give amounts without a sign.' });
}
