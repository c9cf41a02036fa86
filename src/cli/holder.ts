/** What a feature holder's node needs beside its configuration: the columns its files really have, and its half of every step. */
import type { Logger, Progress } from '../base/index.ts';
import { type AssetConfig, type LoadedConfig, type PolicyRule, resolveRules, type StepHandlers } from '../node/index.ts';

export interface Holder {
  readonly rules: readonly PolicyRule[];
  readonly handlers: StepHandlers;
  /** Ends workers. */
  close(): Promise<void>;
}

export async function prepareHolder(
  loaded: LoadedConfig,
  _ports: { readonly logger: Logger; readonly progress: Progress },
): Promise<Holder> {
  return { rules: await resolveRules(loaded, listedColumns), handlers: {}, close: async () => {} };
}

/** Columns that the configuration lists by name. */
async function listedColumns({ columns }: AssetConfig): Promise<readonly string[]> {
  return Array.isArray(columns) ? columns : [];
}
