/**
 * The exact limit of a firm whose fields the bank itself holds:
 *   L = clamp(roundDown(min_j cap_j × multiplier(score band), caps) − exposure, step), floor, max) · veto,
 * with the binding cap named. It is never below the banded limit of the same firm under a multiplier policy: banding only rounds down.
 */
import { type Fen, fen, formatYuan, minFen, roundDown, timesFloor, zeroFen } from '../money/index.ts';
import { capacityBand, scoreBand } from './bands.ts';
import { type Capacity, firmCapacity } from './capacity.ts';
import type { FieldReader } from './caps.ts';
import { type LimitPolicy, scoreEdges } from './policy.ts';
import { bandedLimit } from './table.ts';

/** What the bank has already lent or promised to the firm, in 分. */
export interface AssessInput {
  readonly read: FieldReader;
  /** PD in (0,1) or score, as `policy.score.on` says. */
  readonly score: number;
  readonly exposure: Fen;
}

/** A limit with the cap that bound it. */
export interface AssessedLimit {
  /** In 分; 0 when refused. */
  readonly amount: Fen;
  /** "tax", "invoice", … (a cap's name), "band-max", "policy-max", or "refused:…". */
  readonly binding: string;
  /** One sentence for the file. */
  readonly explanation: string;
  readonly scoreBand: string;
  readonly capacity: Capacity;
}

/** @throws InputError `ERR_CREDIT_SCORE`, `ERR_CREDIT_MONEY`. */
export function assessLimit(policy: LimitPolicy, input: AssessInput): AssessedLimit {
  const index = scoreBand(scoreEdges(policy), input.score);
  const band = policy.score.bands[index];
  const capacity = firmCapacity(policy.capacity, input.read);
  const finish = (amount: Fen, binding: string, explanation: string): AssessedLimit => ({
    amount,
    binding,
    explanation,
    scoreBand: band.name,
    capacity,
  });
  if (band.veto) return finish(zeroFen, 'refused:veto', `score band ${band.name} is vetoed by the policy`);
  if (capacity.amount === 0n) return finish(zeroFen, 'refused:no-capacity', whyNoCapacity(capacity));
  const wanted = band.times
    ? timesFloor(capacity.amount, band.times)
    : bandedLimit(policy, index, capacityBand(policy.capacity.edges, capacity.amount)).amount;
  const before = minFen(wanted, band.max ?? policy.max, policy.max);
  const binding = before === wanted ? (capacity.binding ?? 'capacity') : before === policy.max ? 'policy-max' : 'band-max';
  const amount = netLimit(policy, before, input.exposure);
  if (amount === 0n) {
    const reason = input.exposure > 0n ? 'refused:exposure' : 'refused:below-floor';
    return finish(
      amount,
      reason,
      `${formatYuan(before)} 元 less exposure ${formatYuan(input.exposure)} 元 is below the floor ${formatYuan(policy.floor)} 元`,
    );
  }
  return finish(
    amount,
    binding,
    `bound by ${binding}: ${formatYuan(before)} 元 less exposure ${formatYuan(input.exposure)} 元, in steps of ${formatYuan(policy.step)} 元`,
  );
}

/** A limit less what is already lent, in steps; 0 when below the floor. The same function follows the encrypted limit at the bank. */
export function netLimit(policy: Pick<LimitPolicy, 'step' | 'floor'>, limit: Fen, exposure: Fen): Fen {
  if (limit <= exposure) return zeroFen;
  const net = roundDown(fen(limit - exposure), policy.step);
  return net < policy.floor ? zeroFen : net;
}

function whyNoCapacity(capacity: Capacity): string {
  if (capacity.refusedFor.length > 0) return `a field of ${capacity.refusedFor.join(', ')} is missing`;
  return capacity.binding ? `${capacity.binding} gives no capacity` : 'no cap could be evaluated';
}
