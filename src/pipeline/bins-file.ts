/** bins.json: variables with their bins, of both parties, as `fedcredit bin` writes it and the report reads it. */
import { z } from 'zod';
import { InputError } from '../base/index.ts';
import type { Variable } from './variables.ts';

const fileSchema = z.object({
  format: z.literal('fedcredit/bins/1'),
  job: z.string(),
  variables: z.array(
    z.object({
      name: z.string(),
      zh: z.string().optional(),
      party: z.string(),
      own: z.boolean(),
      kind: z.enum(['numeric', 'categorical']),
      informationValue: z.number(),
      strength: z.string(),
      direction: z.enum(['ascending', 'descending', 'peak', 'valley', 'mixed', 'flat']),
      kept: z.boolean(),
      missing: z.number().optional(),
      bins: z.array(z.object({ label: z.string(), extra: z.boolean(), rows: z.int(), bads: z.int(), woe: z.number() })).min(1),
    }),
  ),
});
export type BinsFile = z.output<typeof fileSchema>;

export const binsFile = (
  job: string,
  variables: readonly Variable[],
): { readonly format: string; readonly job: string; readonly variables: readonly Variable[] } => ({
  format: 'fedcredit/bins/1',
  job,
  variables: [...variables].sort((a, b) => b.informationValue - a.informationValue),
});

/** @throws InputError `ERR_JOB_BINS_FILE` */
export function readBinsFile(text: string, shown: string): BinsFile {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError('ERR_JOB_BINS_FILE', `${shown} is no list of bins`, {
      cause,
      help: 'Give what "fedcredit bin" or "fedcredit run" wrote.',
    });
  }
}
