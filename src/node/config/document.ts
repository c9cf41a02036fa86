/**
 * YAML with a schema: the first wrong value is named by file, line and column, an unknown key by the nearest one that exists.
 */
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type ErrorCode, InputError } from '../../base/index.ts';
import { nearestNames } from '../../data/index.ts';

type Document = ReturnType<typeof parseDocument>;
type Path = readonly PropertyKey[];

const MAX_LISTED = 10;

/** @throws InputError `code`, message "file:line:column: path: problem" */
export function readYaml<S extends z.ZodType>(schema: S, file: string, text: string, code: ErrorCode): z.output<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [syntax] = document.errors;
  if (syntax) throw new InputError(code, `${at(syntax.pos[0])}: ${firstLine(syntax.message)}`, { help: 'The file is not valid YAML.' });
  const result = schema.safeParse(toValue(document, file, code));
  if (result.success) return result.data;
  // A mistyped key makes its right name "missing" too: say the typing error first.
  const issues = [...result.error.issues].sort((a, b) => Number(b.code === 'unrecognized_keys') - Number(a.code === 'unrecognized_keys'));
  const problems = issues.map((issue) => `${at(placeOf(document, issue))}: ${describe(issue, schema)}`);
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new InputError(code, problems[0] + more, {
    help: `Correct ${file} at the place named; nothing was changed.`,
    details: { file, problems: problems.slice(0, MAX_LISTED) },
  });
}

function toValue(document: Document, file: string, code: ErrorCode): unknown {
  try {
    // Few aliases: a document that unfolds itself is an attack or a mistake.
    return document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    throw new InputError(code, `${file}:1:1: the document refers to itself too often`, { cause });
  }
}

/** A wrong key is shown at the key, a wrong value at the value. */
function placeOf(document: Document, issue: z.core.$ZodIssue): number {
  if (issue.code !== 'unrecognized_keys') return offsetOf(document, issue.path);
  const parent: unknown = issue.path.length === 0 ? document.contents : document.getIn(issue.path, true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === issue.keys[0]) : undefined;
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : offsetOf(document, issue.path);
}

/** Offset of the value at the end of `path`, or of the deepest part of it that exists. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) return Number(node.range[0]);
  }
  return 0;
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return path ? `${path}: ${issue.message}` : issue.message;
  const [key] = issue.keys;
  const nearest = nearestNames(key, keysAt(schema, issue.path), 1)[0];
  const known = keysAt(schema, issue.path).join(', ');
  return `unknown key "${path ? `${path}.` : ''}${key}"; ${nearest ? `did you mean "${nearest}"? ` : ''}Known here: ${known}`;
}

/** The keys a strict object at `path` knows. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let here: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  for (const part of path) here = typeof part === 'number' ? member(here, 'items') : member(member(here, 'properties'), String(part));
  const properties = member(here, 'properties');
  if (typeof properties === 'object' && properties !== null) return Object.keys(properties);
  const options = member(here, 'anyOf');
  return Array.isArray(options) ? options.flatMap((option) => Object.keys(Object(member(option, 'properties')))) : [];
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

const firstLine = (text: string): string => text.split('\n')[0];
