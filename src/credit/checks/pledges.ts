/**
 * Pledges of one asset at several lenders (重复抵押): the shares of its value that the loans take are summed, and more than the whole is an alarm. A
 * second rank within the value is none. Between lenders the sum is what an intersection sum (`psi/`) opens, without who lent; here are the rows.
 */
import { assetKey } from './keys.ts';

/** A pledge as a lender has it. */
export interface PledgeRow {
  readonly lender: string;
  /** 不动产单元号 in any spelling. */
  readonly asset: string;
  /** Part of the asset's value that the loan takes, above 0. */
  readonly share: number;
}
/** An asset pledged for more than it is worth. */
export interface OverPledge {
  readonly asset: string;
  readonly lenders: readonly string[];
  /** Sum of the shares, above 1. */
  readonly share: number;
}
/** What the rows show. */
export interface PledgeReport {
  /** Largest share first. */
  readonly overPledged: readonly OverPledge[];
  /** Places in the rows whose number has not the shape of one, or whose share is no number above 0: they could not be checked. */
  readonly unreadable: readonly number[];
}

/** Sums the shares by asset over all lenders. */
export function overPledged(rows: readonly PledgeRow[]): PledgeReport {
  const assets = new Map<string, PledgeRow[]>();
  const unreadable: number[] = [];
  rows.forEach((row, i) => {
    const key = row.share > 0 && Number.isFinite(row.share) ? assetKey(row.asset) : undefined;
    if (key === undefined) unreadable.push(i);
    else assets.set(key, [...(assets.get(key) ?? []), row]);
  });
  const summed = [...assets].map(([asset, own]) => ({
    asset,
    lenders: [...new Set(own.map(({ lender }) => lender))],
    share: own.reduce((sum, { share }) => sum + share, 0),
  }));
  return { overPledged: summed.filter(({ share }) => share > 1).sort((a, b) => b.share - a.share), unreadable };
}
