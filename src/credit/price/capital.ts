/**
 * Capital of a loan under the internal-ratings formula (Basel III CRE31; 商业银行资本管理办法 2023, annex 3), for the floor of a price.
 * Other retail covers small firms within the retail limit (单户≤1000万); corporate has the size term and the maturity adjustment.
 */
import { InputError } from '../../base/index.ts';
import { normalCdf, normalQuantile } from '../../math/index.ts';

/** Risk of one exposure. */
export interface RiskInput {
  /** In (0, 1). */
  readonly pd: number;
  /** In [0, 1]. */
  readonly lgd: number;
}

const CONFIDENCE = normalQuantile(0.999);

/**
 * Unexpected loss per unit of exposure, other retail: R = .03w + .16(1−w), w = (1−e^(−35PD))/(1−e^(−35)).
 * @throws InputError `ERR_CREDIT_PROBABILITY` for a PD outside (0, 1) or an LGD outside [0, 1].
 */
export function retailCapital(input: RiskInput): number {
  check(input);
  const w = (1 - Math.exp(-35 * input.pd)) / (1 - Math.exp(-35));
  return unexpectedLoss(input, 0.03 * w + 0.16 * (1 - w));
}

/**
 * Corporate: R = .12w + .24(1−w) − .04(1 − (S−5)/45), w with −50PD; maturity b = (.11852 − .05478 ln PD)².
 * @param sales the size term's sales in million euro (the Chinese rule restates it in 万元), kept within 5..50; 50 for no relief.
 * @param maturity in years, 1 to 5.
 * @throws InputError `ERR_CREDIT_PROBABILITY` for a PD outside (0, 1) or an LGD outside [0, 1].
 */
export function corporateCapital(input: RiskInput, sales: number, maturity: number): number {
  check(input);
  const w = (1 - Math.exp(-50 * input.pd)) / (1 - Math.exp(-50));
  const relief = 0.04 * (1 - (Math.min(50, Math.max(5, sales)) - 5) / 45);
  const b = (0.11852 - 0.05478 * Math.log(input.pd)) ** 2;
  const years = Math.min(5, Math.max(1, maturity));
  return (unexpectedLoss(input, 0.12 * w + 0.24 * (1 - w) - relief) * (1 + (years - 2.5) * b)) / (1 - 1.5 * b);
}

function unexpectedLoss({ pd, lgd }: RiskInput, correlation: number): number {
  return lgd * (normalCdf((normalQuantile(pd) + Math.sqrt(correlation) * CONFIDENCE) / Math.sqrt(1 - correlation)) - pd);
}

function check({ pd, lgd }: RiskInput): void {
  if (!(pd > 0 && pd < 1 && lgd >= 0 && lgd <= 1)) throw new InputError('ERR_CREDIT_PROBABILITY', 'PD must be in (0, 1) and LGD in [0, 1]');
}
