/** protocol: the contract of a protocol. Imports base. */
export {
  type Channel,
  type MeteredChannel,
  meter,
  type Traffic,
  type TrafficEntry,
  type TranscriptEntry,
  totalBytes,
} from './channel.ts';
export { type Disclosure, type DisclosureEntry, disclosureBits } from './disclosure.ts';
