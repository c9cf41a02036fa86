/** limit: capacity bands, the bank's policy, the banded table, the exact limit. */
export { type AssessedLimit, type AssessInput, assessLimit, netLimit } from './assess.ts';
export { capacityBand, capacityBandFloor, maxBands, scoreBand } from './bands.ts';
export { type Capacity, type CapacityForm, capacityBands, capacityColumns, firmCapacity, parseCapacityForm } from './capacity.ts';
export { type CapForm, capColumns, type FieldReader } from './caps.ts';
export { contractPart, type LimitPolicy, parseLimitPolicy, type ScoreBandPolicy, scoreEdges } from './policy.ts';
export { parseSeason, type SeasonProfile, seasonalLimit, seasonDueMonth, seasonExamples } from './season.ts';
export {
  bandedLimit,
  compileLimitTable,
  type LimitDecision,
  type LimitReason,
  type LimitTable,
  limitDisclosureBits,
  limitFromUnits,
  limitTableBits,
  plainLimit,
  tableRow,
} from './table.ts';
export { limitPolicyWarnings } from './warnings.ts';
