/**
 * Medical bills (医疗票据核验): was the bill issued as it is shown, and is more claimed on it than it says. The issuer's answer needs the whole key,
 * so that nobody can list its bills by counting through numbers; the sum over insurers is what an intersection sum (`psi/`) opens.
 *
 * | party   | learns                                              |
 * |---------|-----------------------------------------------------|
 * | insurer | for its own claims: genuine, differs, not issued, over-claimed |
 * | issuer  | nothing when the keys met in an intersection        |
 */
import { type BillRow, billKey } from './keys.ts';

/** A claim on a bill, in 分. */
export interface BillClaimRow {
  readonly bill: BillRow;
  /** 分 asked of this insurer, above 0. */
  readonly claimedFen: number;
}
/** What an issuer answers from. */
export interface BillRegister {
  /** Whole keys of the bills issued. */
  readonly keys: ReadonlySet<string>;
  /** Their numbers alone: to tell another amount from a number never issued. */
  readonly numbers: ReadonlySet<string>;
}
/**
 * - `genuine`      issued as shown, and claims on it so far are within its amount.
 * - `over-claimed` issued as shown, but this claim takes the sum of claims above its amount.
 * - `differs`      the number was issued with another check code, amount or day.
 * - `not-issued`   no bill of this number.
 * - `unreadable`   it has not the shape of a bill.
 */
export type ClaimVerdict = 'genuine' | 'over-claimed' | 'differs' | 'not-issued' | 'unreadable';

/** The register of an issuer; malformed bills are left out. */
export function billRegister(bills: Iterable<BillRow>): BillRegister {
  const keys = new Set<string>();
  for (const bill of bills) {
    const key = billKey(bill);
    if (key !== undefined) keys.add(key);
  }
  return Object.freeze({ keys, numbers: new Set([...keys].map(numberOf)) });
}

/**
 * Judges claims in the order given, which is the order they came in: the claim that exceeds a bill is told, the ones before it are not.
 * @param claims of all insurers that take part.
 */
export function checkClaims(register: BillRegister, claims: readonly BillClaimRow[]): readonly ClaimVerdict[] {
  const claimed = new Map<string, number>();
  return claims.map(({ bill, claimedFen }) => {
    const key = billKey(bill);
    if (key === undefined || !Number.isSafeInteger(claimedFen) || claimedFen <= 0) return 'unreadable';
    if (!register.keys.has(key)) return register.numbers.has(numberOf(key)) ? 'differs' : 'not-issued';
    const sum = (claimed.get(key) ?? 0) + claimedFen;
    if (sum > bill.fen) return 'over-claimed';
    claimed.set(key, sum);
    return 'genuine';
  });
}

const numberOf = (key: string): string => key.split('|', 2).join('|');
