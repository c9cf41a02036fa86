/** report: the validation report as one HTML file, scorecards as PMML, decision tables as DMN. */
export { tableDmn } from './dmn.ts';
export {
  type Language,
  type OpenItem,
  openItems,
  type ReportBin,
  type ReportInput,
  type ReportSample,
  type ReportVariable,
} from './input.ts';
export { runReport } from './page.ts';
export { type PmmlFeature, type PmmlOptions, type PmmlPartner, scorecardPmml } from './pmml.ts';
export { cardPmml, runCardPmml } from './run-card.ts';
export { type LabelFile, readRun } from './scores-file.ts';
