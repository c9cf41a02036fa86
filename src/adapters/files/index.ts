/** files: whole files, lines that stay, run folders. */
export { type AtomicWriteOptions, appendLine, isMissing, privateFolder, readIfPresent, syncFolder, writeFileAtomic } from './atomic.ts';
export { lastJournalLine, readJournalLines, turnstile } from './journal.ts';
export { createRunFolder, type RunFolder } from './run-folder.ts';
