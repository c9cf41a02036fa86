/** What a feature holder's node needs beside its configuration: the columns its files really have, and its half of every step. */
import { workerExecutor } from '../adapters/workers/index.ts';
import { type Logger, type Progress, systemRandom } from '../base/index.ts';
import { type LoadedConfig, type PolicyRule, resolveRules, type StepHandlers } from '../node/index.ts';
import { assetLibrary, loadEngine, platformHandlers } from '../pipeline/index.ts';

export interface Holder {
  readonly rules: readonly PolicyRule[];
  readonly handlers: StepHandlers;
  /** Ends workers. */
  close(): Promise<void>;
}

/** Reads the assets once: an operator hears of a bad file when the node starts, not when a bank calls. */
export async function prepareHolder(
  loaded: LoadedConfig,
  { logger, progress, threads }: { readonly logger: Logger; readonly progress: Progress; readonly threads: number },
): Promise<Holder> {
  const assets = assetLibrary(loaded);
  const rules = await resolveRules(loaded, assets.columnsOf);
  const engine = await loadEngine('auto', { threads, logger });
  const executor = workerExecutor({ threads });
  return {
    rules,
    handlers: platformHandlers({ assets, engine, executor, random: systemRandom, progress }),
    async close() {
      await executor.dispose();
      await engine.dispose();
    },
  };
}
