/**
 * Capacity: what both parties agree on in the contract. The platform evaluates the declared caps on its own fields and keeps only the
 * band of the result; the bank's policy over these bands never reaches it. The platform learns the forms and the edges, nothing else.
 */
import { z } from 'zod';
import { column, type FeatureTable } from '../../data/index.ts';
import { checkNamedOnce, checkRising, type DocumentSource, moneyField, readDocument } from '../document/index.ts';
import { type Fen, fen, zeroFen } from '../money/index.ts';
import { capacityBand, maxBands } from './bands.ts';
import { type CapForm, capAmount, capColumns, capSchema, type FieldReader } from './caps.ts';

/** Schema of the contract part, shared by policies and contracts. */
export const capacitySchema = z
  .strictObject({
    /** `min`: the weakest evidence decides; `sum`: the caps add up (a weighted sum). */
    combine: z.enum(['min', 'sum']),
    caps: z.array(capSchema).min(1).max(32),
    /** Lower edges of capacity bands 1, 2, …, in 元, rising. */
    edges: z
      .array(moneyField)
      .min(1)
      .max(maxBands - 1),
  })
  .superRefine((form, context) => {
    checkRising(form.edges, (a, b) => a < b, ['edges'], context);
    if (form.edges[0] === 0n)
      context.addIssue({ code: 'custom', path: ['edges', 0], message: 'the first edge must be positive: band 0 is "no capacity"' });
    checkNamedOnce(form.caps, 'cap', ['caps'], context);
  });

/** The agreed definition of capacity: caps, how they combine, band edges in 分. */
export type CapacityForm = z.output<typeof capacitySchema>;

/** One firm's capacity, with the cap that decided it. */
export interface Capacity {
  /** In 分, never negative. */
  readonly amount: Fen;
  /** Name of the deciding cap (`min`: the smallest; `sum`: the largest part); undefined when none could be evaluated. */
  readonly binding: string | undefined;
  /** Every cap by name in 分; undefined where a field was missing. */
  readonly caps: ReadonlyMap<string, Fen | undefined>;
  /** Names of the caps whose missing field made the capacity zero. */
  readonly refusedFor: readonly string[];
}

/** @throws InputError `ERR_CREDIT_CAPACITY_FORM` with file and line. */
export function parseCapacityForm(source: DocumentSource): CapacityForm {
  return readDocument(capacitySchema, source, 'ERR_CREDIT_CAPACITY_FORM');
}

/** Columns that the holder must have, each once. */
export function capacityColumns(form: CapacityForm): readonly string[] {
  return [...new Set(form.caps.flatMap(capColumns))];
}

/** Exact capacity of one firm. */
export function firmCapacity(form: CapacityForm, read: FieldReader): Capacity {
  const caps = new Map(form.caps.map((cap) => [cap.name, capAmount(cap, read)]));
  const refusedFor = form.caps
    .filter((cap: CapForm) => cap.missing === 'refuse' && caps.get(cap.name) === undefined)
    .map((cap) => cap.name);
  const known = [...caps].flatMap(([name, amount]) => (amount === undefined ? [] : [{ name, amount }]));
  if (refusedFor.length > 0 || known.length === 0) return { amount: zeroFen, binding: refusedFor[0], caps, refusedFor };
  const decisive = known.reduce((a, b) => ((form.combine === 'min' ? b.amount < a.amount : b.amount > a.amount) ? b : a));
  const amount = form.combine === 'min' ? decisive.amount : fen(known.reduce((sum, cap) => sum + cap.amount, 0n));
  return { amount, binding: decisive.name, caps, refusedFor };
}

/**
 * Capacity band of every row, as the holder of the fields computes it before an encrypted limit.
 * @throws InputError `ERR_DATA_MISSING_COLUMN`; `ERR_CREDIT_MONEY` when a cell is not an amount.
 */
export function capacityBands(form: CapacityForm, table: FeatureTable): Uint8Array {
  const columns = new Map(capacityColumns(form).map((name) => [name, column(table, name)]));
  const bands = new Uint8Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    bands[row] = capacityBand(form.edges, firmCapacity(form, (name) => (columns.get(name) as Float64Array)[row]).amount);
  }
  return bands;
}
