/**
 * The bank's limit policy, one YAML file: the agreed capacity, and per score band a multiplier, a row of amounts, or a veto.
 * The capacity part is the contract's; the rest is the bank's secret and never leaves it.
 *
 * ```yaml
 * version: 2026-01
 * capacity:
 *   combine: min
 *   caps:
 *     - {kind: linear, name: tax, terms: [{column: vat_12m, times: 7}, {column: cit_12m, times: 8}]}
 *     - {kind: linear, name: invoice, terms: [{column: sales_invoice_12m, times: 0.15}]}
 *   edges: [5万, 10万, 20万, 50万, 100万, 200万]
 * score:
 *   on: pd                                       # bands from the lowest PD up; the last has no `below`
 *   bands:
 *     - {name: A, below: 1%, times: 1, max: 300万}
 *     - {name: B, below: 4%, times: 0.6, max: 100万}
 *     - {name: C, veto: true}
 * floor: 3万
 * step: 1万
 * max: 300万
 * ```
 */
import { z } from 'zod';
import { type DocumentSource, moneyField, nameField, ratioField, readDocument, signedRatioField } from '../document/index.ts';
import { toNumber } from '../money/index.ts';
import { maxBands } from './bands.ts';
import { type CapacityForm, capacitySchema } from './capacity.ts';

const bandSchema = z
  .strictObject({
    name: nameField,
    /** Upper edge (exclusive) of the PD or score; absent in the last band alone. */
    below: signedRatioField.transform(toNumber).optional(),
    /** Limit = times × lower edge of the capacity band. */
    times: ratioField.optional(),
    /** Limit per capacity band, band 0 first. */
    amounts: z.array(moneyField).max(maxBands).optional(),
    veto: z.literal(true).optional(),
    /** Cap of this score band. */
    max: moneyField.optional(),
  })
  .refine(
    (band) => [band.times, band.amounts, band.veto].filter((way) => way !== undefined).length === 1,
    'give exactly one of times, amounts, veto',
  )
  .refine((band) => !(band.veto && band.max !== undefined), 'a vetoed band has no max');

const policySchema = z
  .strictObject({
    version: z.string().min(1).max(64),
    capacity: capacitySchema,
    score: z.strictObject({ on: z.enum(['pd', 'score']), bands: z.array(bandSchema).min(1).max(maxBands) }),
    /** A limit below this is refused. */
    floor: moneyField,
    /** Limits are multiples of this. */
    step: moneyField,
    /** Largest limit to anyone. */
    max: moneyField,
  })
  .superRefine((policy, context) => {
    checkScoreEdges(policy.score.bands, policy.score.on, context);
    const issue = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (policy.step === 0n) issue(['step'], 'the step must be positive');
    if (policy.floor > policy.max) issue(['floor'], 'the floor is above the max: every limit would be refused');
    if (policy.max < policy.step) issue(['max'], 'the max is below one step: every limit would be zero');
    policy.score.bands.forEach((band, i) => {
      const width = policy.capacity.edges.length + 1;
      if (band.amounts && band.amounts.length !== width)
        issue(['score', 'bands', i, 'amounts'], `needs ${width} amounts, one a capacity band`);
    });
  });

/** A checked policy; amounts in 分, multipliers exact. */
export type LimitPolicy = z.output<typeof policySchema>;
/** What the policy says for one score band. */
export type ScoreBandPolicy = LimitPolicy['score']['bands'][number];

/** @throws InputError `ERR_CREDIT_LIMIT_POLICY` with file, line and path of the first wrong value. */
export function parseLimitPolicy(source: DocumentSource): LimitPolicy {
  return readDocument(policySchema, source, 'ERR_CREDIT_LIMIT_POLICY');
}

/** The part of the policy that the other party is told: forms and capacity edges. */
export function contractPart(policy: LimitPolicy): CapacityForm {
  return policy.capacity;
}

/** Inner edges of the score bands, rising. */
export function scoreEdges(policy: LimitPolicy): readonly number[] {
  return policy.score.bands.flatMap((band) => (band.below === undefined ? [] : [band.below]));
}

function checkScoreEdges(bands: readonly { readonly below?: number }[], on: 'pd' | 'score', context: z.RefinementCtx): void {
  const issue = (i: number, message: string): void => context.addIssue({ code: 'custom', path: ['score', 'bands', i, 'below'], message });
  bands.forEach((band, i) => {
    const last = i === bands.length - 1;
    if (last !== (band.below === undefined))
      issue(i, last ? 'the last band must be open above: leave out `below`' : 'only the last band may leave out `below`');
    const before = bands[i - 1]?.below;
    if (band.below !== undefined && before !== undefined && band.below <= before)
      issue(i, 'edges must rise strictly: a band would be empty or overlap');
    if (on === 'pd' && band.below !== undefined && !(band.below > 0 && band.below < 1)) issue(i, 'a PD edge must be between 0 and 1');
  });
}
