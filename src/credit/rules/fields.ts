/**
 * The field catalogue: which fields rules may read, with their types. A rule or table that names another field, or uses one against its
 * type, is refused before it can run.
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
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

/**
 * A value as rules may see it: null when missing (also NaN), otherwise of the field's type, range and list. The static checks rest on this:
 * a "5" in a number field, or a grade outside the list, would make them worthless.
 * @throws InputError `ERR_CREDIT_FIELD_VALUE` naming the field, never the value.
 */
export function checkedValue(name: string, value: FieldValue, field: Field): number | string | boolean | null {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (!fits(value, field)) {
    throw new InputError('ERR_CREDIT_FIELD_VALUE', `the field "${name}" has a value outside its catalogue entry (${field.type})`, {
      help: 'Correct the value, or the type, range or list of the field.',
      details: { field: name },
    });
  }
  return value;
}

function fits(value: number | string | boolean, field: Field): boolean {
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string' && (field.values?.includes(value) ?? true);
    default:
      if (typeof value !== 'number' || !Number.isFinite(value) || (field.type === 'integer' && !Number.isInteger(value))) return false;
      return value >= (field.min ?? value) && value <= (field.max ?? value);
  }
}

/** The firm's fields that the catalogue knows, checked. @throws InputError `ERR_CREDIT_FIELD_VALUE`. */
export function checkedFirm(firm: FirmFields, fields: FieldCatalogue): FirmFields {
  const checked: Record<string, FieldValue> = {};
  for (const name of Object.keys(fields)) checked[name] = checkedValue(name, Object.hasOwn(firm, name) ? firm[name] : null, fields[name]);
  return checked;
}
