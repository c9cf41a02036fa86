/** Ledger: double entry in 分. A posting whose entries do not sum to zero, or that would overdraw a guarded account, changes nothing. */
import { InputError, RefusedError } from '../../base/index.ts';
import { type Fen, fen, zeroFen } from '../money/index.ts';

/** One side of a posting. */
export interface Entry {
  readonly account: string;
  /** Positive debits, negative credits; the accounts of one posting sum to zero. */
  readonly amount: Fen;
}
/** Entries that sum to zero. */
export interface Posting {
  /** 1, 2, 3, … */
  readonly number: number;
  readonly day: string;
  readonly memo: string;
  readonly entries: readonly Entry[];
}

/** Append-only; balances are kept beside the postings and can be recomputed from them. */
export class Ledger {
  readonly #postings: Posting[] = [];
  readonly #balances = new Map<string, Fen>();
  readonly #guarded: ReadonlySet<string>;

  /** @param guarded accounts that must never be negative. */
  constructor(guarded: readonly string[] = []) {
    this.#guarded = new Set(guarded);
  }

  /** @throws InputError `ERR_CREDIT_LEDGER_UNBALANCED`; RefusedError `ERR_CREDIT_LEDGER_OVERDRAWN`. */
  post(day: string, memo: string, entries: readonly Entry[]): Posting {
    const sum = entries.reduce((total, entry) => total + entry.amount, 0n);
    if (sum !== 0n || entries.length < 2) throw new InputError('ERR_CREDIT_LEDGER_UNBALANCED', 'the entries of a posting must sum to zero');
    const after = new Map<string, Fen>();
    for (const { account, amount } of entries) after.set(account, fen((after.get(account) ?? this.balance(account)) + amount));
    for (const [account, balance] of after) {
      if (balance < 0n && this.#guarded.has(account))
        throw new RefusedError('ERR_CREDIT_LEDGER_OVERDRAWN', `the posting would overdraw "${account}"`);
    }
    for (const [account, balance] of after) this.#balances.set(account, balance);
    const posting = Object.freeze({ number: this.#postings.length + 1, day, memo, entries: Object.freeze([...entries]) });
    this.#postings.push(posting);
    return posting;
  }

  /** Balance of an account in 分, debits positive; 0 for one never used. */
  balance(account: string): Fen {
    return this.#balances.get(account) ?? zeroFen;
  }

  /** Every posting, oldest first. */
  get postings(): readonly Posting[] {
    return this.#postings;
  }

  /** Every account with its balance; the balances sum to zero. */
  trialBalance(): ReadonlyMap<string, Fen> {
    return new Map(this.#balances);
  }
}
