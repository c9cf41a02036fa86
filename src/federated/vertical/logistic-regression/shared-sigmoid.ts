/** The polynomial sigmoid on shares: entry-wise products of shared vectors, each truncated and range-checked. */
import { SIGMOID_BITS, SIGMOID_COEFFICIENTS } from '../../../learn/logistic-regression/index.ts';
import { addConstant, addShares, type Share, scaleShare } from '../../../sharing/index.ts';
import type { Committee } from './committee.ts';
import type { LogisticTerms } from './contract.ts';
import { PRODUCT_BOUND, VALUE_BITS } from './shared-plan.ts';

/** Shares of σ̃(8u) − ½ at VALUE_BITS. Four products for degree 9 (Paterson and Stockmeyer 1973), three for 5, none for 1. */
export async function sigmoidOf(committee: Committee, u: Share, degree: LogisticTerms['degree']): Promise<Share> {
  const c = SIGMOID_COEFFICIENTS[degree];
  const { party } = committee;
  const multiply = (x: Factor, y: Factor): Promise<Share> => committee.multiplyFixed(x, y, VALUE_BITS, PRODUCT_BOUND);
  const sum = async (constant: number, ...parts: readonly (readonly [number, Share])[]): Promise<Share> => {
    const scaled = parts.map(([factor, share]) => scaleShare(share, factor)).reduce(addShares);
    return committee.truncate(addConstant(scaled, constant * 2 ** VALUE_BITS, party), SIGMOID_BITS, PRODUCT_BOUND);
  };
  if (degree === 1) return sum(0, [c[0], u]);
  const uu = await committee.factor(u);
  const q = await multiply(uu, uu);
  const uq = await committee.factor(q);
  const inner = await (degree === 5 ? tailOfFive() : tailOfNine());
  return multiply(uu, await committee.factor(inner));

  async function tailOfFive(): Promise<Share> {
    const high = await multiply(uq, await committee.factor(await sum(c[1], [c[2], q])));
    return addConstant(high, c[0] * 2 ** (VALUE_BITS - SIGMOID_BITS), party);
  }
  async function tailOfNine(): Promise<Share> {
    const v = await multiply(uq, uq);
    const high = await multiply(await committee.factor(v), await committee.factor(await sum(c[2], [c[3], q], [c[4], v])));
    return addShares(high, await sum(c[0], [c[1], q]));
  }
}

type Factor = Awaited<ReturnType<Committee['factor']>>;
