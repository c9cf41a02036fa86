/**
 * The step of the training on shares: the label party's preconditioner M meets every party's share of the gradient. A weight whose row and column of
 * M are zero stays where it began: so the label party leaves columns out without telling anybody which.
 */
import { ByteReader, InputError, randomBytes } from '../../../base/index.ts';
import {
  addConstant,
  addShares,
  decodeFixed,
  encodeIntegers,
  multiplyRows,
  type Share,
  sumShare,
  zeroShare,
} from '../../../sharing/index.ts';
import type { Committee } from './committee.ts';
import { KIND } from './messages.ts';
import type { LogisticPorts } from './moment-round.ts';
import type { OwnMatrix } from './pair-arithmetic.ts';
import { GRADIENT_BITS, PRECONDITIONER_ENTRY, type SharedPlan, VALUE_BITS, WEIGHT_BITS } from './shared-plan.ts';

/** Steps stay below 2^4. */
const STEP_RANGE = 4;
const RHO_BITS = 40;
const SQUARE_BITS = 40;
/** Largest scale of M a holder is told. */
const MOST_BITS = 58;

/** Largest error of a weight that the fixed point may cause. Default_credit: 4e-7. */
const WEIGHT_ERROR = 1e-3;
/** Residuals are off by about three units; over the rows this adds up as noise does. */
const gradientError = (rows: number): number => 3 * Math.sqrt(rows) * 2 ** -VALUE_BITS;

/** The label party's preconditioner at fixed point; all learn its scale. */
export interface StepMatrix {
  readonly bits: number;
  readonly rows: readonly Int32Array[] | undefined;
  readonly matrix: OwnMatrix | undefined;
}

/** The label party's matrix, and a bound on its entries that depends on columns only. */
interface PreparedStart {
  readonly preconditioner: Float64Array;
  readonly largestEntry: number;
}

/** @throws InputError `ERR_LEARN_COLLINEAR` at the label party. */
export async function prepareStep(committee: Committee, plan: SharedPlan, begin: PreparedStart | undefined): Promise<StepMatrix> {
  const low = WEIGHT_BITS - GRADIENT_BITS;
  if (!begin) return { bits: low + (await committee.told(MOST_BITS)), rows: undefined, matrix: undefined };
  const { preconditioner, largestEntry: largest } = begin;
  if (largest * gradientError(plan.rows) > WEIGHT_ERROR) throw nearlyCollinear();
  const bits = Math.min(Math.floor(Math.log2((PRECONDITIONER_ENTRY - 1) / largest)), low + MOST_BITS);
  if (bits < low) throw nearlyCollinear();
  await committee.tell(bits - low);
  const n = plan.columns;
  const rows = Array.from({ length: n }, (_, i) =>
    Int32Array.from({ length: n }, (_, j) => Math.round(preconditioner[i * n + j] * 2 ** bits)),
  );
  return { bits, rows, matrix: await committee.prepareMatrix(plan.step, (i) => rows[i], PRECONDITIONER_ENTRY) };
}

/** Shares of M·gradient at WEIGHT_BITS. */
export async function takeStep(
  committee: Committee,
  plan: SharedPlan,
  { bits, rows, matrix }: StepMatrix,
  gradient: Share,
): Promise<Share> {
  const crossed = await committee.multiplyByLabelParty(matrix, plan.step, gradient);
  const product = rows
    ? addShares(
        crossed,
        multiplyRows(plan.columns, gradient, (i) => rows[i]),
      )
    : crossed;
  return committee.truncate(product, GRADIENT_BITS + bits - WEIGHT_BITS, GRADIENT_BITS + bits + STEP_RANGE);
}

/**
 * Is ‖step‖² below tolerance²? Computed on shares; the label party opens only ρ·(‖step‖² − tolerance²), ρ a sum of factors of 40 bits, one of
 * each holder, and tells the holders the answer.
 */
export async function stepIsShort(committee: Committee, move: Share, tolerance: number, ports: LogisticPorts): Promise<boolean> {
  const moved = await committee.factor(move);
  const squares = await committee.truncate(
    await committee.multiply(moved, moved),
    2 * WEIGHT_BITS - SQUARE_BITS,
    2 * (WEIGHT_BITS + STEP_RANGE),
  );
  const excess = addConstant(sumShare(squares), -Math.round(tolerance ** 2 * 2 ** SQUARE_BITS), committee.party);
  const rho = committee.place === 0 ? zeroShare(1) : encodeIntegers([drawRho(ports)]);
  const masked = await committee.multiply(await committee.factor(excess), await committee.factor(rho));
  const opened = await committee.open(KIND.share, masked);
  if (!opened) return (await committee.told(1)) === 1;
  const [value] = decodeFixed(opened, 0);
  await committee.tell(value <= 0 ? 1 : 0);
  return value <= 0;
}

/** Log-uniform size, uniform below its leading bit. */
function drawRho({ random }: LogisticPorts): number {
  const reader = new ByteReader(randomBytes(random, 8), 'rho');
  const size = reader.u32('size') % RHO_BITS;
  return Math.floor((1 + reader.u32('digits') / 2 ** 32) * 2 ** size);
}

function nearlyCollinear(): InputError {
  return new InputError(
    'ERR_LEARN_COLLINEAR',
    'the columns are so nearly collinear that their preconditioner does not fit the fixed point',
    {
      help: 'Drop a column with a large VIF, or add a ridge penalty.',
    },
  );
}
