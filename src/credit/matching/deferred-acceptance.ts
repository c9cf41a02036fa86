/**
 * Deferred acceptance with quotas (Gale and Shapley 1962; Roth 1984 for quotas), firms proposing: the result is stable (no firm and bank
 * would rather have each other) and the best stable one for every firm, so no firm gains by misstating what it wants.
 * Ties: a firm prefers the earlier product, a bank the earlier firm.
 */
import { type Before, heapify, pop, push } from './heap.ts';
import { choices, type Market, ranked } from './market.ts';

/** Product of each firm, −1 for none. */
export type Assignment = Int32Array;

/** Quotas are never exceeded. A firm's list is a heap: only as much of it is ordered as the firm proposes. */
export function deferredAcceptance(market: Market): Assignment {
  const { products, firmUtility, bankUtility, quotas } = market;
  const assignment = new Int32Array(market.firms).fill(-1);
  const likes = Array.from({ length: market.firms }, (_, firm): Before => {
    const row = firm * products;
    return (a, b) => firmUtility[row + a] > firmUtility[row + b] || (firmUtility[row + a] === firmUtility[row + b] && a < b);
  });
  const worseFor = Array.from({ length: products }, (_, product): Before => {
    return (a, b) => bankPrefers(bankUtility, products, product, b, a);
  });
  const lists = likes.map((before, firm) => heapify(choices(market, firm), before));
  const held = Array.from({ length: products }, () => [] as number[]);
  const waiting = Array.from({ length: market.firms }, (_, i) => market.firms - 1 - i);
  while (waiting.length > 0) {
    const firm = waiting.pop() as number;
    const product = pop(lists[firm], likes[firm]);
    if (product === undefined) continue;
    push(held[product], firm, worseFor[product]);
    assignment[firm] = product;
    if (held[product].length <= quotas[product]) continue;
    const rejected = pop(held[product], worseFor[product]) as number;
    assignment[rejected] = -1;
    waiting.push(rejected);
  }
  return assignment;
}

/** Pairs that would both rather have each other; a stable assignment has none. */
export function blockingPairs(market: Market, assignment: Assignment): readonly (readonly [firm: number, product: number])[] {
  const holders = Array.from(market.quotas, () => [] as number[]);
  assignment.forEach((product, firm) => {
    if (product >= 0) holders[product].push(firm);
  });
  const pairs: [number, number][] = [];
  for (let firm = 0; firm < market.firms; firm++) {
    for (const product of ranked(market, firm)) {
      if (product === assignment[firm]) break;
      const free = holders[product].length < market.quotas[product];
      if (
        market.quotas[product] > 0 &&
        (free || holders[product].some((other) => bankPrefers(market.bankUtility, market.products, product, firm, other)))
      )
        pairs.push([firm, product]);
    }
  }
  return pairs;
}

function bankPrefers(utility: Float64Array, products: number, product: number, a: number, b: number): boolean {
  const [va, vb] = [utility[a * products + product], utility[b * products + product]];
  return va > vb || (va === vb && a < b);
}
