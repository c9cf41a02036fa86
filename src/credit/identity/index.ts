/** identity: what a code says about a firm: registration, region, industry, size. */
export { cityTable } from './cities.ts';
export { countyTable } from './counties.ts';
export { type FirmIdentity, firmIdentity } from './firm.ts';
export { industryTable } from './industries.ts';
export { type Industry, industryCovers, industryDivisions, parseIndustry } from './industry.ts';
export type { Reference } from './reference.ts';
export { parseRegion, type Region, type RegionCoverage, regionCoverage, regionName } from './region.ts';
export { classifySme, type SmeClass, type SmeInput, smeRow } from './sme.ts';
export { type SmeIndex, type SmeRow, smeStandard } from './sme-standard.ts';
