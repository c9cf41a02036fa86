/** data: schema, columnar tables, record ids, splits, synthetic city. Imports base and math. */
export { column, type FeatureTable, featureTable, selectColumns, selectRows } from './table.ts';
