/**
 * Disclosure: what a party learns from a job beyond its own input, as the contract states it before the job and the run summary
 * counts it afterwards. The unit is bits: an answer that can take 2^k values discloses at most k bits.
 */
export interface DisclosureEntry {
  /** Who learns it. */
  readonly party: 'label party' | 'feature holder';
  /** Which protocol it comes from: "psi", "gbdt", "scoring", "limit". */
  readonly protocol: string;
  /** What is learned, in words a compliance officer can sign. */
  readonly what: string;
  /** How many values. */
  readonly count: number;
  /** Upper bound of the bits in one value. */
  readonly bitsEach: number;
}
export type Disclosure = readonly DisclosureEntry[];

/** Upper bound in bits of what one party learns. */
export function disclosureBits(disclosure: Disclosure, party: DisclosureEntry['party']): number {
  return disclosure.filter((entry) => entry.party === party).reduce((sum, entry) => sum + entry.count * entry.bitsEach, 0);
}
