/** money: exact 分 and exact ratios. */
export {
  type Fen,
  fen,
  fenFromYuan,
  formatYuan,
  maxFen,
  maxOfFen,
  minFen,
  roundDown,
  sumFen,
  timesFloor,
  timesRound,
  yuan,
  zeroFen,
} from './fen.ts';
export { compareRatio, fraction, minusRatio, plusRatio, type Ratio, ratioOf, timesRatio, toNumber } from './ratio.ts';
export { splitExactly } from './split.ts';
