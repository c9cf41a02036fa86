/** data: schema, columnar tables, record ids, splits, synthetic city. Imports base and math. */
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
