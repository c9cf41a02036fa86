/**
 * From scores to probabilities of default: intercept shift to a central tendency (King and Zeng 2001), Platt's logistic fit (1999), and
 * isotonic regression by pooling adjacent violators (Ayer et al. 1955). A calibrator is a plain value; `calibrate` applies it.
 */
import { assertNever, InputError } from '../../base/index.ts';
import { fitLogisticRegression, sigmoid } from '../logistic-regression/index.ts';

/** A fitted calibration, a plain value: apply it with `calibrate`. */
export type Calibrator =
  | { readonly kind: 'shift'; readonly shift: number }
  | { readonly kind: 'platt'; readonly intercept: number; readonly slope: number }
  | { readonly kind: 'isotonic'; readonly upTo: Float64Array; readonly probability: Float64Array };

/**
 * Moves the log odds so that the portfolio's mean goes from the sample's event rate to the long-run one.
 * Scores given to `calibrate` are log odds.
 * @throws InputError `ERR_LEARN_OPTION` on a rate outside (0, 1).
 */
export function shiftCalibrator(sampleRate: number, longRunRate: number): Calibrator {
  for (const rate of [sampleRate, longRunRate]) {
    if (!(rate > 0 && rate < 1)) throw new InputError('ERR_LEARN_OPTION', `a default rate of ${rate} is not in (0, 1)`);
  }
  return { kind: 'shift', shift: logit(longRunRate) - logit(sampleRate) };
}

/** Logistic fit of the label on the score. @throws InputError as `fitLogisticRegression`. */
export function plattCalibrator(scores: Float64Array, labels: ArrayLike<number>): Calibrator {
  const { weights } = fitLogisticRegression([{ name: 'score', values: scores }], labels);
  return { kind: 'platt', intercept: weights[0], slope: weights[1] };
}

/**
 * Event rates that never fall as the score (a risk: higher is worse) rises. Negate a points score first.
 * @throws InputError `ERR_LEARN_LENGTH_MISMATCH` when scores and labels differ in number, or there are none.
 */
export function isotonicCalibrator(scores: Float64Array, labels: ArrayLike<number>): Calibrator {
  if (scores.length !== labels.length || scores.length === 0) {
    throw new InputError('ERR_LEARN_LENGTH_MISMATCH', `${scores.length} scores for ${labels.length} labels`);
  }
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  const blocks: { upTo: number; events: number; rows: number }[] = [];
  for (const i of order) {
    const tied = blocks.length > 0 && blocks[blocks.length - 1].upTo === scores[i] ? blocks.pop()! : { events: 0, rows: 0 };
    blocks.push({ upTo: scores[i], events: tied.events + labels[i], rows: tied.rows + 1 });
  }
  const pooled: typeof blocks = [];
  for (const block of blocks) {
    let joined = block;
    while (pooled.length > 0 && rate(pooled[pooled.length - 1]) >= rate(joined)) {
      const left = pooled.pop()!;
      joined = { upTo: joined.upTo, events: left.events + joined.events, rows: left.rows + joined.rows };
    }
    pooled.push(joined);
  }
  return {
    kind: 'isotonic',
    upTo: Float64Array.from(pooled, (block) => block.upTo),
    probability: Float64Array.from(pooled, rate),
  };
}

/** Probability of a score under a calibrator. */
export function calibrate(calibrator: Calibrator, score: number): number {
  switch (calibrator.kind) {
    case 'shift':
      return sigmoid(score + calibrator.shift);
    case 'platt':
      return sigmoid(calibrator.intercept + calibrator.slope * score);
    case 'isotonic': {
      const block = calibrator.upTo.findIndex((upTo) => score <= upTo);
      return calibrator.probability[block < 0 ? calibrator.probability.length - 1 : block];
    }
    default:
      return assertNever(calibrator);
  }
}

const logit = (p: number): number => Math.log(p / (1 - p));
const rate = ({ events, rows }: { events: number; rows: number }): number => events / rows;
