/**
 * The one spelling of a thing's number that two holders compare. These numbers are short and guessable: between parties they go into a private
 * set intersection (`psi/`) or an oblivious function of it, never out as a hash (design: a hash of 28 known characters is looked up in a table).
 */
import { normaliseUscc } from '../../data/index.ts';

/** A bill as it is written: 票据代码, 号码, 校验码, amount in 分, day YYYY-MM-DD. */
export interface BillRow {
  readonly code: string;
  readonly number: string;
  readonly check: string;
  /** Amount in 分, above 0. */
  readonly fen: number;
  readonly day: string;
}

/** 12 digits of region and cadastral district, 2 letters, 5 digits of parcel, a letter for the kind of building and 8 digits. */
const ASSET = /^\d{12}[A-Z]{2}\d{5}[A-Z]\d{8}$/;

/**
 * A 不动产单元号 (GB/T 37346, 28 characters) in one spelling: half width, capitals, no spaces or hyphens.
 * @returns undefined when it has not the shape of one.
 */
export function assetKey(written: string): string | undefined {
  const key = normaliseUscc(written);
  return ASSET.test(key) ? key : undefined;
}

/**
 * A medical bill as one text: 代码|号码|校验码|金额 in 分|日期. The check code makes it a secret of those who saw the bill.
 * @returns undefined when a part has not its shape.
 */
export function billKey({ code, number, check, fen, day }: BillRow): string | undefined {
  const parts = [normaliseUscc(code), normaliseUscc(number), normaliseUscc(check)];
  const shaped = /^\d{8}$/.test(parts[0]) && /^\d{10}$/.test(parts[1]) && /^[\dA-Z]{6}$/.test(parts[2]);
  if (!shaped || !Number.isSafeInteger(fen) || fen <= 0 || !/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  return [...parts, fen, day].join('|');
}
