/**
 * The field catalogue: which fields rules may read, with their types. A rule or table that names another field, or uses one against its
 * type, is refused before it can run.
 */
import { z } from 'zod';
import { nameField } from '../document/index.ts';

const fieldSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('number'),
    label: z.string().max(64).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  z.strictObject({ type: z.literal('integer'), label: z.string().max(64).optional(), min: z.int().optional(), max: z.int().optional() }),
  /** With `values`, only these can occur, and tables can be checked for gaps. */
  z.strictObject({
    type: z.literal('text'),
    label: z.string().max(64).optional(),
    values: z.array(z.string()).min(1).max(1000).optional(),
  }),
  z.strictObject({ type: z.literal('boolean'), label: z.string().max(64).optional() }),
]);
/** Schema of a catalogue, for documents that hold one. */
export const catalogueSchema = z.record(nameField, fieldSchema);

/** Type, 中文名, range or values of one field. */
export type Field = z.output<typeof fieldSchema>;
/** Field name → type, 中文名, range or list of values. */
export type FieldCatalogue = Readonly<Record<string, Field>>;

/** A value of one field; null or undefined is missing. */
export type FieldValue = number | string | boolean | null | undefined;
/** One firm as rules see it. */
export type FirmFields = Readonly<Record<string, FieldValue>>;

/** The type that expressions reckon with: integer is a number. */
export type ValueType = 'number' | 'text' | 'boolean';
/** The type a field has in expressions. */
export const valueType = (field: Field): ValueType => (field.type === 'integer' ? 'number' : field.type);
