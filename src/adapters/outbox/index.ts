/** outbox: delivery of notices with exactly-once effect. A journal, an inbox folder, a webhook, mail; SMS needs a provider: implement `deliver`. */
export { type FileOutbox, openFileOutbox } from './file-outbox.ts';
export { type InboxFolder, inboxFolder } from './inbox-folder.ts';
export type { Delivery, Notice } from './notice.ts';
export { openSentJournal, type SentJournal } from './sent-journal.ts';
export { type SmtpChannel, type SmtpOptions, smtp } from './smtp.ts';
export { type Webhook, type WebhookOptions, webhook } from './webhook.ts';
