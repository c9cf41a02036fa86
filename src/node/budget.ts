/**
 * Information budget: how many bits each peer may still learn this month (UTC). Bits are debited, and the debit is on the disk, before an
 * answer leaves: a crash can lose an answer, never a debit. Debits of one peer wait for each other, so two sessions cannot spend the same bits.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { privateFolder, readIfPresent, writeFileAtomic } from '../adapters/files/index.ts';
import { type Clock, InputError, LocalProtocolError, RefusedError } from '../base/index.ts';

export interface PeerBudget {
  /**
   * Takes bits before an answer is given.
   * @param bits upper bound of what the answer discloses; finite, not negative
   * @throws RefusedError `ERR_REFUSED_BUDGET` when fewer are left; nothing is taken then
   */
  debit(bits: number): Promise<void>;
  /** Bits left this month. */
  left(): Promise<number>;
}

export interface BudgetBook {
  of(peer: string): PeerBudget;
}

export interface BudgetOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Bits a month; a peer without an entry has none. */
  readonly bitsPerMonth: ReadonlyMap<string, number>;
}

const accountSchema = z.strictObject({ month: z.string().regex(/^\d{4}-\d{2}$/), spentBits: z.number().nonnegative() });
type Account = z.infer<typeof accountSchema>;

export function fileBudgets(options: BudgetOptions): BudgetBook {
  const peers = new Map<string, PeerBudget>();
  return {
    of(peer) {
      const budget = peers.get(peer) ?? peerBudget(peer, options);
      peers.set(peer, budget);
      return budget;
    },
  };
}

function peerBudget(peer: string, { folder, clock, bitsPerMonth }: BudgetOptions): PeerBudget {
  const limit = bitsPerMonth.get(peer) ?? 0;
  const path = join(folder, `${encodeURIComponent(peer)}.json`);
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  };
  const current = async (): Promise<Account> => {
    const month = new Date(clock.now()).toISOString().slice(0, 7);
    const account = await readAccount(path);
    // A clock set back must not open a month again.
    if (account && account.month >= month) return account;
    return { month, spentBits: 0 };
  };
  return {
    debit(bits) {
      if (!(Number.isFinite(bits) && bits >= 0))
        return Promise.reject(new LocalProtocolError('ERR_INTERNAL_RANGE', `a debit of ${bits} bits`));
      return inTurn(async () => {
        const { month, spentBits } = await current();
        if (spentBits + bits > limit) throw usedUp(peer, bits, limit - spentBits, month);
        await privateFolder(folder);
        await writeFileAtomic(path, JSON.stringify({ month, spentBits: spentBits + bits }));
      });
    },
    left: () => inTurn(async () => limit - (await current()).spentBits),
  };
}

async function readAccount(path: string): Promise<Account | undefined> {
  const bytes = await readIfPresent(path);
  if (bytes === undefined) return undefined;
  try {
    return accountSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    // Starting again from zero would hand out the month's bits twice.
    throw new InputError('ERR_BUDGET_FILE', 'an information budget file is damaged', {
      cause,
      help: 'Restore it from a backup, or work out the spent bits from the audit log and write them in.',
    });
  }
}

function usedUp(peer: string, bits: number, left: number, month: string): RefusedError {
  return new RefusedError('ERR_REFUSED_BUDGET', `${peer} asks for ${bits} bits and has ${left} left in ${month}`, {
    help: 'Wait for the next month, ask for less, or have the budget in the policy raised by whoever is responsible for it.',
    details: { peer, bits, left, month },
  });
}
