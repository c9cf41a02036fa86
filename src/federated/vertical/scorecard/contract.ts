/** What both parties of a federated scorecard agree on, and the messages between its two protocols. */
import { ByteReader, ByteWriter, InputError } from '../../../base/index.ts';
import type { Channel } from '../../../protocol/index.ts';
import type { BinningContract } from '../binning/index.ts';
import type { LogisticContract, LogisticMethod } from '../logistic-regression/index.ts';

export interface ScorecardContract {
  /** Aligned rows. */
  readonly rows: number;
  /** Bins; the holder must be allowed its disguised weight of evidence. */
  readonly binning?: Omit<BinningContract, 'rows' | 'disguisedWoe'>;
  /** @default 'shared' */
  readonly method?: Exclude<LogisticMethod, 'moments'>;
  readonly degree?: LogisticContract['degree'];
  readonly iterations?: number;
  readonly ridge?: number;
  readonly discloseLinearPredictor?: boolean;
}

const KEYS: ReadonlySet<string> = new Set(['rows', 'binning', 'method', 'degree', 'iterations', 'ridge', 'discloseLinearPredictor']);

export const KIND = Object.freeze({ columns: 'scorecard/columns' });

/** @throws InputError `ERR_SCORECARD_OPTION` on an unknown key. */
export function binningPart(contract: ScorecardContract): BinningContract {
  for (const key of Object.keys(contract)) {
    if (!KEYS.has(key)) throw new InputError('ERR_SCORECARD_OPTION', `scorecard contract: unknown option "${key}"`);
  }
  return { rows: contract.rows, ...contract.binning, disguisedWoe: true };
}

/** Binned columns are bounded by their bins: nothing is clipped. */
export function logisticPart(
  contract: ScorecardContract,
  fit: Exclude<NextFit, 'end'>,
  labelColumns: number,
  holderColumns: number,
): LogisticContract {
  const { rows, method = 'shared', degree, iterations, ridge, discloseLinearPredictor } = contract;
  if (fit === 'screen') return { rows, labelColumns, holderColumns, method: 'moments', clip: null, ...(ridge !== undefined && { ridge }) };
  const optional = Object.fromEntries(
    Object.entries({ degree, iterations, ridge, discloseLinearPredictor }).filter(([, value]) => value !== undefined),
  );
  return { rows, labelColumns, holderColumns, method, clip: null, ...optional };
}

/**
 * What comes next. `screen` is one round of moments: its signs say which columns go, at a small part of the price of a `final` fit by the
 * method of the contract. `end` ends.
 */
export type NextFit = 'end' | 'screen' | 'final';
const NEXT: readonly NextFit[] = ['end', 'screen', 'final'];

/** Which columns the next regression uses. */
export interface ColumnChoice {
  readonly fit: NextFit;
  readonly labelColumns: number;
  /** One flag a feature of the holder, in the order of the binning. */
  readonly holder: readonly boolean[];
}

export async function sendChoice(channel: Channel, { fit, labelColumns, holder }: ColumnChoice): Promise<void> {
  const writer = new ByteWriter().u8(NEXT.indexOf(fit)).u32(labelColumns);
  for (const flag of holder) writer.u8(flag ? 1 : 0);
  await channel.send(KIND.columns, writer.finish());
}

export async function receiveChoice(channel: Channel, kept: readonly boolean[]): Promise<ColumnChoice> {
  const reader = new ByteReader(await channel.receive(KIND.columns), KIND.columns);
  const fit = NEXT[reader.u8('fit', NEXT.length - 1)];
  const labelColumns = reader.u32('label columns', 4096);
  const holder = kept.map((possible) => {
    const chosen = reader.bool('column');
    return chosen && !possible ? reader.fail('column', 'names a feature that was not kept') : chosen;
  });
  reader.end();
  return { fit, labelColumns, holder };
}
