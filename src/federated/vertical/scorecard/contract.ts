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

/** How often the shared method may leave out columns and fit again; the bounded moments leave little to do. */
export const SCORECARD_REFITS = 4;

/**
 * Binned columns are bounded by their bins: nothing is clipped. Signs are held in the regression itself.
 * @param holderColumns columns of the holder, or of each of several
 */
export function logisticPart(
  contract: ScorecardContract,
  labelColumns: number,
  holderColumns: LogisticContract['holderColumns'],
): LogisticContract {
  const { rows, method = 'shared', degree, iterations, ridge, discloseLinearPredictor } = contract;
  const optional = Object.fromEntries(
    Object.entries({ degree, iterations, ridge, discloseLinearPredictor }).filter(([, value]) => value !== undefined),
  );
  return { rows, labelColumns, holderColumns, method, clip: null, ...(method === 'shared' && { refits: SCORECARD_REFITS }), ...optional };
}

/** Which columns the regression uses; `fit: false` ends, with those that are on the card. */
export interface ColumnChoice {
  readonly fit: boolean;
  readonly labelColumns: number;
  /** Columns of every holder. */
  readonly widths: readonly number[];
  /** One flag a feature of this holder, in the order of the binning. */
  readonly holder: readonly boolean[];
}

const MAX_COLUMNS = 4096;
const MAX_HOLDERS = 16;

export async function sendChoice(channel: Channel, { fit, labelColumns, widths, holder }: ColumnChoice): Promise<void> {
  const writer = new ByteWriter()
    .u8(fit ? 1 : 0)
    .u32(labelColumns)
    .u32s(widths);
  for (const flag of holder) writer.u8(flag ? 1 : 0);
  await channel.send(KIND.columns, writer.finish());
}

/** @param place of this holder among the holders */
export async function receiveChoice(channel: Channel, kept: readonly boolean[], place: number): Promise<ColumnChoice> {
  const reader = new ByteReader(await channel.receive(KIND.columns), KIND.columns);
  const fit = reader.bool('fit');
  const labelColumns = reader.u32('label columns', MAX_COLUMNS);
  const widths = Array.from(reader.u32s('widths', { min: 1, max: MAX_HOLDERS }, MAX_COLUMNS));
  const holder = kept.map((possible) => {
    const chosen = reader.bool('column');
    return chosen && !possible ? reader.fail('column', 'names a feature that was not kept') : chosen;
  });
  reader.end();
  if (fit && widths[place] !== holder.filter(Boolean).length) reader.fail('widths', 'do not match the columns');
  return { fit, labelColumns, widths, holder };
}
