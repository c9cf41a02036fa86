/** What the protocol tells each party, for the contract and the run summary. */
import type { Disclosure } from '../protocol/index.ts';

/**
 * Disclosure of one run: the receiver is the label party (bank), the sender the feature holder (platform).
 * @param receiverRows rows the receiver brings. @param senderRows rows the sender brings.
 */
export function psiDisclosure(receiverRows: number, senderRows: number): Disclosure {
  return [
    { party: 'label party', protocol: 'psi', what: 'the number of rows of the feature holder', count: 1, bitsEach: 32 },
    {
      party: 'label party',
      protocol: 'psi',
      what: 'which of its own records the feature holder also holds',
      count: receiverRows,
      bitsEach: 1,
    },
    { party: 'feature holder', protocol: 'psi', what: 'the number of rows of the label party', count: 1, bitsEach: 32 },
    {
      party: 'feature holder',
      protocol: 'psi',
      what: 'which of its own records the label party also holds',
      count: senderRows,
      bitsEach: 1,
    },
  ];
}
