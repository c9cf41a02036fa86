/**
 * Score points of a PD: points = A − B·ln(odds), B = PDO/ln 2, A = P0 + B·ln(θ0); by default 600 points at odds 1:50 (bad:good) and 20
 * points to double them (credit.md §2.4).
 */
import { type ScoreScale, scoreScale } from '../learn/scorecard/index.ts';

/** Whole points; more is better. @param pd in (0, 1) */
export function scorePoints(pd: number, scale: ScoreScale = {}): number {
  const { offset, factor } = scoreScale(scale);
  return Math.round(offset - factor * Math.log(pd / (1 - pd)));
}
