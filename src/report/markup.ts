/**
 * Text that is safe to put into HTML and XML. Values put into the `html` tag are escaped unless they are markup themselves, so a variable named
 * `<script>` is a name and nothing else.
 */
import { InputError } from '../base/index.ts';

/** Text that is markup already. */
export interface Markup {
  readonly markup: string;
}
export type Part = Markup | string | number | undefined | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** What XML 1.0 cannot hold: controls but tab and line breaks, lone surrogates, U+FFFE and U+FFFF. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Escapes text for element content and quoted attributes; characters that XML 1.0 cannot hold become U+FFFD. */
export function escapeMarkup(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (c) => ESCAPES[c]);
}

/** Markup from a template: what is put in is escaped, markup is kept, lists are joined, undefined is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.reduce((all, text, i) => all + text + (i < parts.length ? render(parts[i]) : ''), '') };
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (Array.isArray(part)) return part.map(render).join('');
  return typeof part === 'object' ? (part as Markup).markup : escapeMarkup(String(part));
}

/** An XML element. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: readonly (XmlNode | string)[];
}

const NAME = /^[A-Za-z_][\w.:-]*$/;

/** An element; undefined attributes and children are left out. @throws InputError `ERR_REPORT_XML` on a name that is none. */
export function xml(name: string, attributes: XmlNode['attributes'] = {}, ...children: readonly (XmlNode | string | undefined)[]): XmlNode {
  if (![name, ...Object.keys(attributes)].every((part) => NAME.test(part)))
    throw new InputError('ERR_REPORT_XML', 'an element has no valid name');
  return { name, attributes, children: children.filter((child) => child !== undefined) };
}

/** Writes an XML 1.0 document, UTF-8, indented by two. */
export function xmlDocument(root: XmlNode): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, '')}\n`;
}

function element({ name, attributes, children }: XmlNode, indent: string): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeAttribute(String(value))}"`],
  );
  const open = `${indent}<${name}${written.join('')}`;
  if (children.length === 0) return `${open}/>`;
  const texts = children.filter((child) => typeof child === 'string');
  if (texts.length === children.length) return `${open}>${texts.map(escapeMarkup).join('')}</${name}>`;
  const inner = children.map((child) => (typeof child === 'string' ? `${indent}  ${escapeMarkup(child)}` : element(child, `${indent}  `)));
  return `${open}>\n${inner.join('\n')}\n${indent}</${name}>`;
}

/** Line breaks in attributes would be read back as spaces. */
const escapeAttribute = (text: string): string => escapeMarkup(text).replace(/[\t\n\r]/g, (c) => `&#${c.charCodeAt(0)};`);
