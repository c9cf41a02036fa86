/** adapters/duckdb: a holder's CSV and Parquet files in, result files out. */
export type { ReadLimits, ReadTableOptions } from './read-options.ts';
export { type LoadedTable, readTable } from './read-table.ts';
export type { EngineOptions } from './session.ts';
export type { TextEncoding } from './text-file.ts';
export { type CityFiles, writeCity } from './write-city.ts';
export { type CsvCell, type WriteTableOptions, writeTable, writeWhole } from './write-table.ts';
