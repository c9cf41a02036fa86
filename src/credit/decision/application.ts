/** Applications from documents: strictly checked before anything is decided on them. */
import { z } from 'zod';
import { type DocumentSource, dayField, moneyField, nameField, ratioField, readDocument } from '../document/index.ts';
import type { Application } from './decide.ts';

const person = z.string().min(1).max(128);
const applicationSchema = z.strictObject({
  id: z.string().min(1).max(128),
  day: dayField,
  fields: z.record(z.string().min(1).max(128), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  pd: z.number().min(0).max(1),
  /** Checked as money, kept as written: the record's hash is over what was written. */
  exposure: z
    .string()
    .refine((text) => moneyField.safeParse(text).success, 'expected decimal 元 that are not negative, as text, e.g. "10万"'),
  months: z.int().min(1).max(360),
  product: nameField,
  voucher: z
    .string()
    .refine((text) => ratioField.safeParse(text).success, 'expected a rate as text, e.g. "1%"')
    .optional(),
  downgrades: z.array(z.strictObject({ rule: nameField, notAbove: nameField })).optional(),
  override: z.strictObject({ grade: nameField, reason: nameField, maker: person, checker: person, day: dayField }).optional(),
});

/** @throws InputError `ERR_CREDIT_APPLICATION` with file and line. */
export function parseApplication(source: DocumentSource): Application {
  return readDocument(applicationSchema, source, 'ERR_CREDIT_APPLICATION') as Application;
}
