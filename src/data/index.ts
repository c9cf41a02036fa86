/** data: schema, columnar tables, record ids, splits, synthetic city. Imports base and math. */
export { type BillClaim, CITY_INSURERS, type CityBills, type ClaimStory, type MedicalBill, syntheticBills } from './city/bills.ts';
export {
  type BankHolding,
  type City,
  type CityBankOptions,
  type CityOptions,
  type CityTruth,
  DEFAULT_BANKS,
  type DirtyId,
  type DirtyKind,
  type Holding,
  syntheticCity,
} from './city/city.ts';
export type { Firm } from './city/firms.ts';
export { CITY_INDUSTRIES, CITY_REGIONS, type CityIndustry } from './city/industries.ts';
export {
  type CityPanel,
  PANEL_EVENTS,
  PANEL_MONTHS,
  PANEL_OUTCOME_MONTH,
  PANEL_SERIES,
  type PanelEvent,
  type PanelEventKind,
  type PanelSeries,
  syntheticPanel,
} from './city/panel.ts';
export { type AccessEvent, type CityRegisters, type Pledge, syntheticRegisters } from './city/registers.ts';
export { nearestNames } from './nearest.ts';
export { refuseUnknownKeys } from './options.ts';
export {
  MAX_RECORD_ID_LENGTH,
  normaliseUscc,
  type ParsedRecordId,
  type ParsedRecordIds,
  type ParseRecordIdsOptions,
  parseRecordId,
  parseRecordIds,
  RECORD_ID_MODES,
  type RecordIdMode,
  type RecordIdProblem,
} from './record-id.ts';
export { PROVINCES, provinceName, type RegionLevel, regionCovers, regionLevel } from './region.ts';
export { type ColumnKind, type ColumnSchema, cellText, columnSchema, type Schema, type SensitivityLevel, schema } from './schema.ts';
export { holdoutMask, type SplitOptions, type SplitParts, splitRows } from './split.ts';
export { column, type FeatureTable, featureTable, selectColumns, selectRows } from './table.ts';
export {
  organisationCheckCharacter,
  organisationTypeName,
  type RandomUsccOptions,
  REGISTRATION_AUTHORITIES,
  randomUscc,
  splitUscc,
  USCC_ALPHABET,
  type Uscc,
  type UsccProblem,
  usccCheckCharacter,
  usccProblem,
} from './uscc.ts';
