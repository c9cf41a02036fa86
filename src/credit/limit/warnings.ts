/** What a limit policy allows and a human eye should see before it is released: a worse firm with more, or more capacity with less. */
import { formatYuan } from '../money/index.ts';
import type { LimitPolicy } from './policy.ts';
import { bandedLimit } from './table.ts';

/** One sentence per cell that is larger than its better neighbour; none for a monotone policy. Score order is only known when it is on pd. */
export function limitPolicyWarnings(policy: LimitPolicy): readonly string[] {
  const { bands, on } = policy.score;
  const warnings: string[] = [];
  for (let s = 0; s < bands.length; s++) {
    for (let c = 0; c <= policy.capacity.edges.length; c++) {
      const { amount } = bandedLimit(policy, s, c);
      const better = on === 'pd' && s > 0 ? bandedLimit(policy, s - 1, c).amount : undefined;
      const smaller = c > 0 ? bandedLimit(policy, s, c - 1).amount : undefined;
      if (better !== undefined && amount > better) {
        warnings.push(
          `band ${bands[s].name} gets ${formatYuan(amount)} 元 in capacity band ${c}, the better band ${bands[s - 1].name} only ${formatYuan(better)} 元`,
        );
      }
      if (smaller !== undefined && amount < smaller) {
        warnings.push(
          `band ${bands[s].name} gets ${formatYuan(amount)} 元 in capacity band ${c}, less than in the band below (${formatYuan(smaller)} 元)`,
        );
      }
    }
  }
  return warnings;
}
