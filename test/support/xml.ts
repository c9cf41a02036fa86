/** A strict reader for the XML that tests look into: elements, attributes, text, the five entities. No comments, no DTD. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

export function parseXml(source: string): XmlElement {
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`XML at ${at}: ${why}`);
  };
  const take = (pattern: RegExp): string => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = at;
    const match = sticky.exec(source);
    if (!match) return fail(`expected ${pattern.source}`);
    at = sticky.lastIndex;
    return match[1] ?? match[0];
  };
  const decode = (text: string): string =>
    text.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d+));/g, (_, name?: string, code?: string) =>
      name ? { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[name as 'lt'] : String.fromCodePoint(Number(code)),
    );
  const element = (): XmlElement => {
    take(/</);
    const name = take(/[A-Za-z_][\w.:-]*/);
    const attributes: Record<string, string> = {};
    while (/\s/.test(source[at])) {
      take(/\s+/);
      const key = take(/[A-Za-z_][\w.:-]*/);
      take(/="/);
      if (key in attributes) fail(`attribute ${key} twice`);
      attributes[key] = decode(take(/([^"<]*)"/));
    }
    const children: XmlElement[] = [];
    let text = '';
    if (source.startsWith('/>', at)) {
      at += 2;
      return { name, attributes, children, text };
    }
    take(/>/);
    while (!source.startsWith('</', at)) {
      if (source[at] === '<') children.push(element());
      else text += decode(take(/[^<]+/));
    }
    take(new RegExp(`</${name}>`));
    return { name, attributes, children, text: text.trim() };
  };
  take(/<\?xml version="1\.0" encoding="UTF-8"\?>\n/);
  const root = element();
  take(/\s*$/);
  return root;
}

/** Descendants of a name, in document order. */
export function all(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}
