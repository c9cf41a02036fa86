/**
 * Decision tables with DMN's hit policies: U (one row holds), F (the first row), A (several rows, same answer), C (all rows, optionally
 * summed, counted, smallest or largest). A table is checked when it is read: overlaps, gaps and unreachable rows are found before it runs.
 *
 * ```yaml
 * name: spread
 * hit: U
 * fields:
 *   grade: {type: text, values: [A, B, C]}
 *   months: {type: integer, min: 1, max: 36}
 * inputs: [grade, months]
 * outputs: {spread_bp: integer}
 * rows:
 *   - {when: [A, "-"], give: [20]}
 *   - {when: ["B, C", "< 12"], give: [45]}
 *   - {when: ["B, C", ">= 12"], give: [75]}
 * ```
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { type DocumentSource, type Locate, nameField, readLocated } from '../document/index.ts';
import { type Box, boxOf, type Constraint, describeBox, domain, everything, intersect, remainder } from './box.ts';
import { readCell, satisfies } from './cells.ts';
import { ExpressionProblem } from './expression.ts';
import { catalogueSchema, checkedFirm, type FieldCatalogue, type FirmFields } from './fields.ts';
import type { Finding, FindingKind } from './lint.ts';

/** More gaps than this are not listed. */
const MAX_GAPS = 5;

const cell = z.union([z.string(), z.number(), z.boolean()]);
const tableSchema = z
  .strictObject({
    name: nameField,
    /** DMN hit policy. */
    hit: z.enum(['U', 'F', 'A', 'C', 'C+', 'C#', 'C<', 'C>']),
    fields: catalogueSchema,
    inputs: z.array(nameField).min(1).max(32),
    outputs: z.record(nameField, z.enum(['number', 'integer', 'text', 'boolean'])),
    rows: z
      .array(z.strictObject({ when: z.array(cell), give: z.array(cell) }))
      .min(1)
      .max(5000),
  })
  .superRefine((table, context) => {
    const outputs = Object.keys(table.outputs);
    if (outputs.length === 0) context.addIssue({ code: 'custom', path: ['outputs'], message: 'a table needs an output' });
    if (table.hit.length > 1 && outputs.length !== 1)
      context.addIssue({ code: 'custom', path: ['outputs'], message: `hit policy ${table.hit} needs one output` });
    table.inputs.forEach((name, i) => {
      if (!Object.hasOwn(table.fields, name)) context.addIssue({ code: 'custom', path: ['inputs', i], message: `unknown field "${name}"` });
    });
    table.rows.forEach(({ when, give }, i) => {
      if (when.length !== table.inputs.length)
        context.addIssue({ code: 'custom', path: ['rows', i, 'when'], message: `needs ${table.inputs.length} cells` });
      if (give.length !== outputs.length)
        context.addIssue({ code: 'custom', path: ['rows', i, 'give'], message: `needs ${outputs.length} cells` });
      give.forEach((value, j) => {
        const type = table.outputs[outputs[j]];
        const ok = type === 'integer' ? Number.isSafeInteger(value) : typeof value === (type === 'text' ? 'string' : type);
        if (outputs[j] !== undefined && !ok)
          context.addIssue({ code: 'custom', path: ['rows', i, 'give', j], message: `"${outputs[j]}" must be ${type}` });
      });
    });
  });

/** DMN's unique, first, any, collect (all, sum, count, smallest, largest). */
export type HitPolicy = z.output<typeof tableSchema>['hit'];
/** A value a table gives. */
export type OutputValue = number | string | boolean;
/** The output cells of a row, by name. */
export type Outputs = Readonly<Record<string, OutputValue>>;

/** A row, read. */
export interface TableRow {
  /** 1 for the first. */
  readonly number: number;
  /** Constraint per input; undefined is "-". */
  readonly when: readonly (Constraint | undefined)[];
  /** undefined when the row can never hold. */
  readonly box: Box | undefined;
  readonly give: Outputs;
  /** File and line. */
  readonly where: string;
}

/** A table, read and checked. */
export interface DecisionTable {
  readonly name: string;
  readonly hit: HitPolicy;
  readonly fields: FieldCatalogue;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly rows: readonly TableRow[];
}

/** The answer of a table: outputs with the rows that gave them, or why there is none. */
export type TableAnswer =
  | { readonly kind: 'answer'; readonly outputs: Outputs; readonly rows: readonly number[] }
  | { readonly kind: 'all'; readonly outputs: readonly Outputs[]; readonly rows: readonly number[] }
  | { readonly kind: 'none'; readonly missing: readonly string[] };

/**
 * Reads and checks a table.
 * @throws InputError `ERR_CREDIT_TABLE` with file and line for a malformed cell; for every `error` of `lintTable` when `lint` is 'refuse'.
 */
export function parseDecisionTable(source: DocumentSource, lint: 'refuse' | 'later' = 'refuse'): DecisionTable {
  const { value, locate } = readLocated(tableSchema, source, 'ERR_CREDIT_TABLE');
  const outputs = Object.keys(value.outputs);
  const rows = value.rows.map((row, i) => readRow(row, i, value.inputs, outputs, value.fields, locate));
  const table: DecisionTable = Object.freeze({
    name: value.name,
    hit: value.hit,
    fields: value.fields,
    inputs: value.inputs,
    outputs,
    rows,
  });
  const errors = lint === 'refuse' ? lintTable(table, locate([])).filter((found) => found.severity === 'error') : [];
  if (errors.length > 0) {
    throw new InputError('ERR_CREDIT_TABLE', errors[0].message, {
      help: 'Correct the rows named.',
      details: { problems: errors.map((e) => e.message) },
    });
  }
  return table;
}

function readRow(
  row: { when: OutputValue[]; give: OutputValue[] },
  index: number,
  inputs: readonly string[],
  outputs: readonly string[],
  fields: FieldCatalogue,
  locate: Locate,
): TableRow {
  const when = row.when.map((value, j) => cellAt(value, inputs[j], fields, ['rows', index, 'when', j], locate));
  const box = when.reduce<Box | undefined>((all, constraint, j) => {
    const one = constraint ? boxOf(inputs[j], constraint, fields) : everything;
    return all && one && intersect(all, one, fields);
  }, everything);
  const give = Object.freeze(Object.fromEntries(outputs.map((name, j) => [name, row.give[j]])));
  return Object.freeze({ number: index + 1, when, box, give, where: locate(['rows', index]) });
}

function cellAt(
  value: OutputValue,
  name: string,
  fields: FieldCatalogue,
  path: readonly PropertyKey[],
  locate: Locate,
): Constraint | undefined {
  try {
    return readCell(value, name, fields, path);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    throw new InputError('ERR_CREDIT_TABLE', `${locate(path)}: ${error.message}`, {
      help: 'See the cell syntax in the documentation of `readCell`.',
    });
  }
}

/**
 * Looks a firm up.
 * @throws InputError `ERR_CREDIT_FIELD_VALUE`; `ERR_CREDIT_TABLE_CONFLICT` when policy U or A finds several rows that differ (only tables read with lint 'later').
 */
export function lookUp(table: DecisionTable, firm: FirmFields): TableAnswer {
  const known = checkedFirm(firm, table.fields);
  const holds = (row: TableRow): boolean => row.when.every((constraint, j) => !constraint || satisfies(known[table.inputs[j]], constraint));
  const rows = table.hit === 'F' ? table.rows.filter(holds).slice(0, 1) : table.rows.filter(holds);
  const numbers = rows.map((row) => row.number);
  if (table.hit.startsWith('C')) return collect(table, rows, numbers);
  if (rows.length === 0) return { kind: 'none', missing: table.inputs.filter((name) => known[name] === null) };
  const same = rows.every((row) => table.outputs.every((name) => row.give[name] === rows[0].give[name]));
  if (rows.length > 1 && (table.hit === 'U' || !same)) {
    throw new InputError(
      'ERR_CREDIT_TABLE_CONFLICT',
      `table "${table.name}": rows ${numbers.join(', ')} hold at once under hit policy ${table.hit}`,
    );
  }
  return { kind: 'answer', outputs: rows[0].give, rows: numbers };
}

function collect(table: DecisionTable, rows: readonly TableRow[], numbers: readonly number[]): TableAnswer {
  const [name] = table.outputs;
  if (table.hit === 'C') return { kind: 'all', outputs: rows.map((row) => row.give), rows: numbers };
  if (table.hit === 'C#') return { kind: 'answer', outputs: { [name]: rows.length }, rows: numbers };
  const values = rows.map((row) => Number(row.give[name]));
  if (table.hit === 'C+') return { kind: 'answer', outputs: { [name]: values.reduce((a, b) => a + b, 0) }, rows: numbers };
  if (values.length === 0) return { kind: 'none', missing: [] };
  return { kind: 'answer', outputs: { [name]: table.hit === 'C<' ? Math.min(...values) : Math.max(...values) }, rows: numbers };
}

/** Overlaps (U, A), gaps (U, F, A), rows no firm reaches (F), rows that can never hold. Gaps are looked for among firms with every input known. */
export function lintTable(table: DecisionTable, where = table.name): readonly Finding[] {
  const boxed = table.rows.flatMap((row) => (row.box ? [{ row, box: row.box }] : []));
  const findings: Finding[] = table.rows.filter((row) => !row.box).map((row) => problem('never-true', table, row, 'can never hold'));
  if (table.hit === 'U' || table.hit === 'A') findings.push(...overlaps(table, boxed));
  if (table.hit === 'F') findings.push(...unreachable(table, boxed));
  if (!table.hit.startsWith('C')) findings.push(...gaps(table, boxed, where));
  return findings;
}

interface BoxedRow {
  readonly row: TableRow;
  readonly box: Box;
}

function overlaps(table: DecisionTable, rows: readonly BoxedRow[]): readonly Finding[] {
  return rows.flatMap(({ row, box }, i) =>
    rows.slice(0, i).flatMap((earlier) => {
      const both = intersect(earlier.box, box, table.fields);
      const same = table.outputs.every((name) => earlier.row.give[name] === row.give[name]);
      if (!both || (table.hit === 'A' && same)) return [];
      return [problem('conflict', table, row, `overlaps row ${earlier.row.number}: ${describeBox(both)}`, earlier.row)];
    }),
  );
}

function unreachable(table: DecisionTable, rows: readonly BoxedRow[]): readonly Finding[] {
  return rows.flatMap(({ row, box }, i) => {
    const before = rows.slice(0, i).map((earlier) => earlier.box);
    return remainder([box], before, table.fields)?.length === 0
      ? [problem('unreachable', table, row, 'is never reached: earlier rows take all of it')]
      : [];
  });
}

function gaps(table: DecisionTable, rows: readonly BoxedRow[], where: string): readonly Finding[] {
  const known: Box = new Map(table.inputs.map((name) => [name, { known: domain(name, table.fields), missing: false }]));
  const left = remainder(
    [known],
    rows.map(({ box }) => box),
    table.fields,
  );
  const found = (kind: FindingKind, severity: Finding['severity'], text: string): Finding => {
    return { kind, severity, name: table.name, message: `${where}: table "${table.name}" ${text}`, where };
  };
  if (left === undefined) return [found('unchecked', 'warning', 'is too wide for the gap check')];
  return left.slice(0, MAX_GAPS).map((box) => found('gap', 'error', `has a gap: no row for ${describeBox(box)}`));
}

function problem(kind: FindingKind, table: DecisionTable, row: TableRow, text: string, other?: TableRow): Finding {
  const message = `${row.where}: table "${table.name}" row ${row.number} ${text}`;
  return {
    kind,
    severity: 'error',
    name: `row ${row.number}`,
    ...(other ? { other: `row ${other.number}` } : {}),
    message,
    where: row.where,
  };
}
