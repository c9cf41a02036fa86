/**
 * States to go on from after a crash, one per role, both plain JSON. A tree is a step: what a broken-off tree learned is void, its keys are
 * gone, and the next session starts at the first tree that is not in the label party's state.
 */
import { InputError, RefusedError } from '../../../base/index.ts';
import type { BoostState, GbdtConfig, HolderSplit } from '../../../learn/trees/index.ts';

/** The label party's state after a finished tree; holds margins, so it is as secret as the labels. */
export interface GbdtCheckpoint {
  readonly format: 'fedcredit-gbdt-checkpoint';
  readonly version: 1;
  readonly config: GbdtConfig;
  readonly state: BoostState;
  readonly nextSplitIds: Readonly<Record<string, number>>;
}

/** One split that a holder was asked. */
export interface AskedSplit extends HolderSplit {
  readonly tree: number;
}

/** What a holder must remember of a training under way: the splits behind the ids that the label party has. Its own thresholds, nothing else. */
export interface GbdtHolderCheckpoint {
  readonly format: 'fedcredit-gbdt-holder-checkpoint';
  readonly version: 2;
  readonly splits: readonly AskedSplit[];
}

export const checkpointOf = (asked: readonly AskedSplit[]): GbdtHolderCheckpoint => ({
  format: 'fedcredit-gbdt-holder-checkpoint',
  version: 2,
  splits: [...asked],
});

/** @throws InputError `ERR_GBDT_RESUME` when the state is of another job. */
export function resumeState(checkpoint: GbdtCheckpoint, config: GbdtConfig, links: readonly { readonly holder: string }[]): BoostState {
  const same = (a: GbdtConfig, b: GbdtConfig): boolean => JSON.stringify(a) === JSON.stringify(b);
  const known = links.every(({ holder }) => Number.isInteger(checkpoint.nextSplitIds[holder]));
  if (checkpoint.format !== 'fedcredit-gbdt-checkpoint' || checkpoint.version !== 1 || !known || !same(checkpoint.config, config)) {
    throw new InputError('ERR_GBDT_RESUME', 'the checkpoint is of another job: parameters or holders differ', {
      help: 'Start the training anew, or resume with the parameters and holders it was started with.',
    });
  }
  return checkpoint.state;
}

/**
 * Splits of the trees before `startTree`; those of a tree that the label party lost are dropped. The two parties stop at different points of
 * a tree, so trees are not compared: the label party says how many splits it has, and these must be all there.
 * @throws RefusedError `ERR_GBDT_RESUME` when this holder does not remember as many.
 */
export function resumeSplits(
  checkpoint: GbdtHolderCheckpoint | undefined,
  { startTree, startSplits }: { readonly startTree: number; readonly startSplits: number },
): AskedSplit[] {
  if (startTree === 0) return [];
  const kept = checkpoint?.splits.filter(({ tree }) => tree < startTree);
  if (kept?.length === startSplits) return kept;
  throw new RefusedError(
    'ERR_GBDT_RESUME',
    `the label party resumes at tree ${startTree} with ${startSplits} splits of this holder, which remembers ${kept?.length ?? 'no training'}`,
    { help: 'Start the training anew.' },
  );
}
