/** Binning: cells without labels, the exact optimum from counts, weight of evidence. */
export { type Cells, cellCodes, cellOf, cutCategorical, cutNumeric, NEUTRAL, quantileEdges } from './cells.ts';
export { classTotals, describeBin, type FeatureBinning, fitBinning, woeColumn } from './fit.ts';
export { type CellCounts, type ClassTotals, informationValue, type Merge, optimalMerge } from './optimal.ts';
export { type BinningOptions, type BinningRules, binningRules, cellFloor, type Trend } from './options.ts';
export { type Bin, binOf, type CellShape, countCells, mapBins, type WoeTable, woeTable } from './woe.ts';
