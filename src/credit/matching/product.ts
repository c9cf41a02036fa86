/**
 * Product catalogue (金融产品超市): each product with its region coverage (prefixes), industries, amounts, terms, eligibility rules, the
 * bank's risk appetite and how many firms it still takes. Appetite and quota are the bank's own: evaluate them at the bank.
 */
import { z } from 'zod';
import { checkNamedOnce, type DocumentSource, moneyField, nameField, ratioField, readLocated } from '../document/index.ts';
import { parseIndustry, parseRegion } from '../identity/index.ts';
import { toNumber } from '../money/index.ts';
import { rateField } from '../price/rate.ts';
import { catalogueSchema } from '../rules/fields.ts';
import {
  type Condition,
  checkedFirm,
  compileCondition,
  type FieldCatalogue,
  type Finding,
  type FirmFields,
  lintRules,
  type Predicate,
} from '../rules/index.ts';
import { readConditionAt } from '../rules/rule-set.ts';

const checked = (read: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'invalid' });
    }
  });

const productSchema = z
  .strictObject({
    name: nameField,
    bank: nameField,
    /** GB/T 2260 prefixes; "100000" is the whole country, 98xxxx the synthetic city. */
    regions: z.array(checked((text) => parseRegion(text, { synthetic: true }))).min(1),
    /** GB/T 4754 prefixes; none means every industry. */
    industries: z.array(checked(parseIndustry)).default([]),
    amount: z.strictObject({ min: moneyField, max: moneyField }),
    months: z.strictObject({ min: z.int().min(1), max: z.int().max(360) }),
    rate: rateField,
    /** Working days to a decision. */
    days: z.int().min(0).max(365),
    /** Largest PD the bank takes. */
    maxPd: ratioField.transform(toNumber).refine((pd) => pd <= 1, 'must be between 0 and 1'),
    /** Firms still taken; matching never exceeds it. */
    quota: z.int().min(0).max(1_000_000),
    eligibility: z.array(z.strictObject({ name: nameField, when: z.unknown(), reason: z.string().min(1) })).default([]),
  })
  .superRefine(({ amount, months }, context) => {
    if (amount.min > amount.max) context.addIssue({ code: 'custom', path: ['amount', 'min'], message: 'is above max' });
    if (months.min > months.max) context.addIssue({ code: 'custom', path: ['months', 'min'], message: 'is above max' });
  });
const catalogueDocument = z
  .strictObject({ fields: catalogueSchema, products: z.array(productSchema).max(10_000) })
  .superRefine(({ products }, context) => checkNamedOnce(products, 'product', ['products'], context));

/** A condition that a firm must meet. An unknown answer does not meet it. */
export interface Eligibility {
  readonly name: string;
  readonly reason: string;
  readonly condition: Condition;
  readonly test: Predicate;
}
/** A checked product: money in 分, `maxPd` in [0, 1], `days` in working days. */
export type Product = Omit<z.output<typeof productSchema>, 'eligibility'> & { readonly eligibility: readonly Eligibility[] };
/** Products and the fields their rules may read. */
export interface Catalogue {
  readonly fields: FieldCatalogue;
  readonly products: readonly Product[];
}

/** @throws InputError `ERR_CREDIT_CATALOGUE`, or `ERR_CREDIT_RULE` for an eligibility rule, with file and line. */
export function parseCatalogue(source: DocumentSource): Catalogue {
  const { value, locate } = readLocated(catalogueDocument, source, 'ERR_CREDIT_CATALOGUE');
  const products = value.products.map((product, i) => {
    const eligibility = product.eligibility.map(({ name, when, reason }, j) => {
      const condition = readConditionAt(
        when,
        value.fields,
        ['products', i, 'eligibility', j, 'when'],
        locate,
        `product "${product.name}", rule "${name}"`,
      );
      const test = compileCondition(condition);
      return { name, reason, condition, test: (firm: FirmFields) => test(checkedFirm(firm, value.fields)) };
    });
    return Object.freeze({ ...product, eligibility });
  });
  return Object.freeze({ fields: value.fields, products });
}

/** Static checks of the eligibility rules: those that nobody can meet, and those that everybody meets. */
export function lintCatalogue({ fields, products }: Catalogue): readonly Finding[] {
  return products.flatMap(({ name: product, eligibility }) => {
    const rules = eligibility.map(({ name, condition }) => ({ name, condition, effect: 'needed', where: `product "${product}"` }));
    return lintRules({ name: product, fields, rules }).filter(({ kind }) => kind === 'never-true' || kind === 'always-true');
  });
}
