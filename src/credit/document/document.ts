/**
 * Documents: policies, rules, products and reference tables written by people in YAML or JSON. A document is checked against a strict
 * schema; an error names the file, the line, the column and the path of the first wrong value, and lists the rest.
 */
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type ErrorCode, InputError } from '../../base/index.ts';

/** A document as text from a named file, or as a value already parsed. */
export type DocumentSource = { readonly file: string; readonly text: string } | { readonly name: string; readonly value: unknown };

type Path = readonly PropertyKey[];
/** "policy.yaml:12:5" of a path, or just the name when the document came as a value. */
export type Locate = (path: Path) => string;

interface Parsed {
  readonly value: unknown;
  readonly locate: Locate;
}

/** More problems than this are counted, not listed. */
const MAX_LISTED = 10;

/**
 * Reads a document and checks it against `schema` (zod; unknown keys are refused by strict objects).
 * @param code the stable code of the room that asks, e.g. `ERR_CREDIT_LIMIT_POLICY`.
 * @throws InputError `code`, message "file:line:column: path: problem".
 */
export function readDocument<S extends z.ZodType>(schema: S, source: DocumentSource, code: ErrorCode): z.output<S> {
  return readLocated(schema, source, code).value;
}

/** As `readDocument`, and keeps the way from a path to its line for checks that come later. @throws InputError as `readDocument`. */
export function readLocated<S extends z.ZodType>(
  schema: S,
  source: DocumentSource,
  code: ErrorCode,
): { readonly value: z.output<S>; readonly locate: Locate } {
  const { value, locate } =
    'text' in source ? parseText(source.file, source.text, code) : { value: source.value, locate: () => source.name };
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, locate };
  const problems = result.error.issues.map((issue) => `${locate(issuePath(issue))}: ${describe(issue)}`);
  const listed = problems.slice(0, MAX_LISTED);
  throw new InputError(code, problems.length === 1 ? problems[0] : `${problems[0]} (and ${problems.length - 1} more)`, {
    help: 'Correct the document at the place named and read it again; nothing was changed.',
    details: { problems: listed },
  });
}

function parseText(file: string, text: string, code: ErrorCode): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [error] = document.errors;
  if (error)
    throw new InputError(code, `${at(error.pos[0])}: ${error.message.split('\n')[0]}`, { help: 'The file is not valid YAML or JSON.' });
  const locate: Locate = (path) => at(offsetOf(document, path));
  try {
    return { value: document.toJS({ maxAliasCount: 50 }), locate };
  } catch (cause) {
    throw new InputError(code, `${file}:1:1: the document refers to itself too often`, { cause });
  }
}

/** Offset of the deepest node of `path` that exists. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = (length === 0 ? document.contents : document.getIn(path.slice(0, length), true)) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

function issuePath(issue: z.core.$ZodIssue): Path {
  return issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
  return `${path}${issue.message}`;
}
