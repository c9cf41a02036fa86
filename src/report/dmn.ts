/**
 * Decision tables as DMN 1.3 (OMG formal/2021-02-01), cells in FEEL. A missing value fails every test but "-" and `null`, here as there; `not(…)`
 * is therefore written as the values that remain, or with `? != null`, because FEEL's own `not` would let null pass.
 */
import { InputError } from '../base/index.ts';
import type { DecisionTable, OutputValue } from '../credit/index.ts';
import { type XmlNode, xml, xmlDocument } from './markup.ts';

const POLICY: Readonly<Record<string, readonly [hitPolicy: string, aggregation?: string]>> = {
  U: ['UNIQUE'],
  F: ['FIRST'],
  A: ['ANY'],
  C: ['COLLECT'],
  'C+': ['COLLECT', 'SUM'],
  'C#': ['COLLECT', 'COUNT'],
  'C<': ['COLLECT', 'MIN'],
  'C>': ['COLLECT', 'MAX'],
};

type Constraint = NonNullable<DecisionTable['rows'][number]['when'][number]>;

/**
 * The XML document: one decision with its inputs.
 * @param namespace of the model. @default urn:fedcredit:decision-tables
 */
export function tableDmn(table: DecisionTable, namespace = 'urn:fedcredit:decision-tables'): string {
  const [hitPolicy, aggregation] = POLICY[table.hit];
  const type = (name: string): string =>
    ({ number: 'number', integer: 'number', text: 'string', boolean: 'boolean' })[table.fields[name].type];
  return xmlDocument(
    xml(
      'definitions',
      { xmlns: 'https://www.omg.org/spec/DMN/20191111/MODEL/', id: 'definitions', name: table.name, namespace, exporter: 'fedcredit' },
      ...table.inputs.map((name, j) =>
        xml('inputData', { id: `data_${j + 1}`, name }, xml('variable', { id: `data_variable_${j + 1}`, name, typeRef: type(name) })),
      ),
      xml(
        'decision',
        { id: 'decision', name: table.name },
        xml('variable', { id: 'decision_variable', name: table.name }),
        ...table.inputs.map((_, j) =>
          xml('informationRequirement', { id: `requires_${j + 1}` }, xml('requiredInput', { href: `#data_${j + 1}` })),
        ),
        xml(
          'decisionTable',
          { id: 'table', hitPolicy, aggregation },
          ...table.inputs.map((name, j) => inputClause(table, name, j, type(name))),
          ...table.outputs.map((name, j) => xml('output', { id: `output_${j + 1}`, name, typeRef: outputType(table, name) })),
          ...table.rows.map((row) =>
            xml(
              'rule',
              { id: `row_${row.number}` },
              ...row.when.map((constraint, j) =>
                entry('inputEntry', `row_${row.number}_in_${j + 1}`, constraint ? unaryTest(constraint, table, table.inputs[j]) : '-'),
              ),
              ...table.outputs.map((name, j) => entry('outputEntry', `row_${row.number}_out_${j + 1}`, literal(row.give[name]))),
            ),
          ),
        ),
      ),
    ),
  );
}

function inputClause(table: DecisionTable, name: string, j: number, typeRef: string): XmlNode {
  const field = table.fields[name];
  const values =
    field.type === 'text' && field.values ? xml('inputValues', {}, xml('text', {}, field.values.map(literal).join(', '))) : undefined;
  const expression = xml('inputExpression', { id: `expression_${j + 1}`, typeRef }, xml('text', {}, name));
  return xml('input', { id: `input_${j + 1}`, label: field.label ?? name }, expression, values);
}

const entry = (kind: string, id: string, text: string): XmlNode => xml(kind, { id }, xml('text', {}, text));
const outputType = (table: DecisionTable, name: string): string => {
  const value = table.rows[0].give[name];
  return typeof value === 'string' ? 'string' : typeof value;
};

/** FEEL of a constant. */
function literal(value: OutputValue): string {
  if (typeof value !== 'string') return String(value);
  return `"${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;
}

/** FEEL of a cell. @throws InputError `ERR_REPORT_DMN` on a cell that no value passes. */
function unaryTest({ known, missing }: Constraint, table: DecisionTable, name: string): string {
  if (!known) return 'null';
  const tested = 'values' in known ? oneOf([...known.values], known.complement, table, name) : interval(known);
  return missing ? `null, ${tested}` : tested;
}

function oneOf(values: readonly string[], complement: boolean, table: DecisionTable, name: string): string {
  const field = table.fields[name];
  if (field.type === 'boolean') return (complement ? ['true', 'false'].filter((value) => !values.includes(value)) : values).join(', ');
  if (!complement) return values.map(literal).join(', ');
  if (field.type === 'text' && field.values) {
    const left = field.values.filter((value) => !values.includes(value));
    if (left.length === 0) throw new InputError('ERR_REPORT_DMN', `a cell of "${name}" lets no value pass`, { help: 'Remove the row.' });
    return left.map(literal).join(', ');
  }
  return `? != null and ${values.map((value) => `? != ${literal(value)}`).join(' and ')}`;
}

function interval({ low, high, lowOpen, highOpen }: Exclude<NonNullable<Constraint['known']>, { values: unknown }>): string {
  if (low === high) return String(low);
  if (low === Number.NEGATIVE_INFINITY) return `${highOpen ? '<' : '<='} ${high}`;
  if (high === Number.POSITIVE_INFINITY) return `${lowOpen ? '>' : '>='} ${low}`;
  return `${lowOpen ? '(' : '['}${low}..${high}${highOpen ? ')' : ']'}`;
}
