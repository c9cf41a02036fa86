/**
 * A notice as a mail: one plain part, nothing from the notice in a header but its severity and day. Subjects are kept in the logs of every mail
 * server on the way (and read on locked telephones), so the loan and the reason stand in the body only.
 */

import type { Notice } from './notice.ts';
import { keyFingerprint } from './sent-journal.ts';

/** What goes into headers and body, checked. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** The same for the same key, so that a mail that was accepted twice after all is one to whoever suppresses duplicates. */
  readonly messageId: string;
}

const SEVERITIES: ReadonlyMap<string, string> = new Map([
  ['blue', '蓝'],
  ['yellow', '黄'],
  ['orange', '橙'],
  ['red', '红'],
]);
/** RFC 5321 dot-string and host name in ASCII: no quotes, no comments, no second address, no line end, no way out of a header. */
const ADDRESS = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i;

/** Whether a text is one mail address and nothing else: at most 254 characters, the part before @ at most 64 (RFC 5321 §4.5.3). */
export const isMailAddress = (text: string): boolean => text.length <= 254 && text.indexOf('@') <= 64 && ADDRESS.test(text);

/** The mail of a notice; undefined when its severity or day is none. @param domain right part of the Message-ID. */
export function mailOf(notice: Notice, domain: string): Mail | undefined {
  const severity = SEVERITIES.get(notice.severity);
  if (severity === undefined || !/^\d{4}-\d\d-\d\d$/.test(notice.day)) return undefined;
  const lines = [
    `等级 severity: ${severity} ${notice.severity}`,
    `事项 reason: ${oneLine(notice.subject)}`,
    `预警 alert: ${oneLine(notice.alert)}`,
    `日期 day: ${notice.day}`,
    `收件 for: ${oneLine(notice.to)}`,
  ];
  return {
    subject: `贷后预警 ${severity} ${notice.day}`,
    text: `${lines.join('\n')}\n`,
    messageId: `<${keyFingerprint(notice.key).slice(0, 40)}@${domain}>`,
  };
}

/** A line end in a loan id or a reason must not look like a further line of ours. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
