/** The hard filter: may this firm have this product, and if not, every reason why not. One firm with reasons, or a market at once. */
import { industryCovers, regionCoverage } from '../identity/index.ts';
import type { Fen } from '../money/index.ts';
import { evaluateColumn, type FirmFields, portfolioOf, TRUE } from '../rules/index.ts';
import type { Catalogue, Product } from './product.ts';

/** What a firm asks for and what is known of it. */
export interface Applicant {
  readonly id: string;
  /** Six digits of GB/T 2260. */
  readonly region: string;
  /** GB/T 4754 code. */
  readonly industry: string;
  readonly ask: Fen;
  /** Months asked for, 1 or more. */
  readonly months: number;
  /** In [0, 1]. */
  readonly pd: number;
  readonly fields: FirmFields;
}
/** One reason against a product, in words for the firm. */
export interface WhyNot {
  readonly check: 'region' | 'industry' | 'amount' | 'months' | 'appetite' | 'quota' | 'rule';
  readonly reason: string;
}

/** Every reason against, in a fixed order; none means eligible. */
export function whyNot(firm: Applicant, product: Product): readonly WhyNot[] {
  const reasons: WhyNot[] = [];
  const against = (check: WhyNot['check'], holds: boolean, reason: string): void => {
    if (!holds) reasons.push({ check, reason });
  };
  against('region', covers(product).region(firm.region) >= 0, 'the product does not cover the region');
  against('industry', covers(product).industry(firm.industry), 'the product does not cover the industry');
  against('amount', firm.ask >= product.amount.min, 'the amount asked is below the product');
  against('months', firm.months >= product.months.min && firm.months <= product.months.max, 'the term asked is outside the product');
  against('appetite', firm.pd <= product.maxPd, 'the risk is above what the bank takes');
  against('quota', product.quota > 0, 'the product takes no more firms');
  for (const { name, reason, test } of product.eligibility) {
    const truth = test(firm.fields);
    against('rule', truth === 'true', truth === 'unknown' ? `${name}: ${reason} (a field is missing)` : `${name}: ${reason}`);
  }
  return reasons;
}

/** Row-major firm × product: 1 where eligible. Agrees with `whyNot` on every pair. */
export function eligibilityMask(firms: readonly Applicant[], catalogue: Catalogue): Uint8Array {
  const width = catalogue.products.length;
  const mask = new Uint8Array(firms.length * width);
  const portfolio = portfolioOf(
    firms.map((firm) => firm.fields),
    catalogue.fields,
  );
  catalogue.products.forEach((product, p) => {
    const { region, industry } = covers(product);
    const rules = product.eligibility.map(({ condition }) => evaluateColumn(condition, portfolio));
    const open = product.quota > 0;
    firms.forEach((firm, f) => {
      const fits =
        open &&
        firm.ask >= product.amount.min &&
        firm.months >= product.months.min &&
        firm.months <= product.months.max &&
        firm.pd <= product.maxPd &&
        rules.every((truth) => truth[f] === TRUE) &&
        region(firm.region) >= 0 &&
        industry(firm.industry);
      mask[f * width + p] = fits ? 1 : 0;
    });
  });
  return mask;
}

/** How closely a product covers a region: digits of the longest prefix (0, 2, 4, 6), −1 when not at all. */
export const regionSpecificity = (product: Product, region: string): number => covers(product).region(region);

/** Products whose coverage of the firm's region is at least as close as a level asks (`poolSpecificity` of escalation.ts). */
export function coveringProducts(products: readonly Product[], region: string, leastDigits: number): readonly Product[] {
  return products.filter((product) => regionSpecificity(product, region) >= leastDigits);
}

interface Coverage {
  readonly region: (code: string) => number;
  readonly industry: (code: string) => boolean;
}
const coverages = new WeakMap<Product, Coverage>();

/** Coverage of a product with every code it has seen remembered: firms share few regions and industries. */
function covers(product: Product): Coverage {
  const known = coverages.get(product);
  if (known) return known;
  const set = regionCoverage(product.regions, { synthetic: true });
  const fresh: Coverage = {
    region: remembered((code) => set.specificity(code)),
    industry: remembered((code) => product.industries.length === 0 || product.industries.some((area) => industryCovers(area, code))),
  };
  coverages.set(product, fresh);
  return fresh;
}

function remembered<T>(compute: (code: string) => T): (code: string) => T {
  const answers = new Map<string, T>();
  return (code) => {
    if (!answers.has(code)) answers.set(code, compute(code));
    return answers.get(code) as T;
  };
}
