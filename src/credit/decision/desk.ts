/**
 * The desk: the documents a decision rests on, read once and pinned by the hashes of their texts. Change a letter of a policy and the desk
 * has another hash, so a record says exactly which texts decided.
 */
import type { DocumentSource } from '../document/index.ts';
import { type LimitPolicy, parseLimitPolicy } from '../limit/index.ts';
import { type LprTable, type PricePolicy, parseLprTable, parsePricePolicy } from '../price/index.ts';
import { type MasterScale, parseMasterScale } from '../rating/index.ts';
import { parseRuleSet, type RuleSet } from '../rules/index.ts';
import { contentHash, textHash } from './canonical.ts';

/** The documents of a desk. */
export const deskDocuments = ['rules', 'scale', 'limit', 'price', 'lpr'] as const;
/** One of the documents. */
export type DeskDocument = (typeof deskDocuments)[number];
/** The five texts, as files. */
export type DeskTexts = Readonly<Record<DeskDocument, Extract<DocumentSource, { text: string }>>>;

/** Parsed documents and their fingerprints. */
export interface Desk {
  readonly rules: RuleSet;
  readonly scale: MasterScale;
  readonly limit: LimitPolicy;
  readonly price: PricePolicy;
  readonly lpr: LprTable;
  /** SHA-256 of each text. */
  readonly hashes: Readonly<Record<DeskDocument, string>>;
  /** Hash of the hashes. */
  readonly hash: string;
}

/**
 * Reads the five documents of a desk.
 * @throws InputError of the document that cannot be read, with file and line: `ERR_CREDIT_RULE`, `ERR_CREDIT_MASTER_SCALE`,
 *   `ERR_CREDIT_LIMIT_POLICY`, `ERR_CREDIT_PRICE_POLICY`, `ERR_CREDIT_LPR_TABLE`.
 */
export function openDesk(texts: DeskTexts): Desk {
  const hashes = Object.fromEntries(deskDocuments.map((name) => [name, textHash(texts[name].text)])) as Record<DeskDocument, string>;
  return Object.freeze({
    rules: parseRuleSet(texts.rules),
    scale: parseMasterScale(texts.scale),
    limit: parseLimitPolicy(texts.limit),
    price: parsePricePolicy(texts.price),
    lpr: parseLprTable(texts.lpr),
    hashes: Object.freeze(hashes),
    hash: contentHash(hashes),
  });
}
