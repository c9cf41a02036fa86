/** decision: from an application to a record that replays to the same bytes. */
export { parseApplication } from './application.ts';
export { canonicalJson, contentHash, textHash } from './canonical.ts';
export {
  type Application,
  type DecisionRecord,
  type DecisionStep,
  decide,
  firstRecord,
  type Outcome,
  recordHash,
  recordText,
} from './decide.ts';
export { type Desk, type DeskDocument, type DeskTexts, deskDocuments, openDesk } from './desk.ts';
export { replay, verifyChain } from './replay.ts';
