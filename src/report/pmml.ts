/**
 * A scorecard as PMML 4.4 (Data Mining Group, Scorecard element), so that a bank's own engine can run it. Attributes are written in the order in
 * which the first true one wins: special codes, missing, bins, and last "anything else" with the neutral points. Reason codes are by
 * `pointsBelow` against each characteristic's best bin (credit.md §2.8 a).
 */
import { InputError } from '../base/index.ts';
import { NEUTRAL } from '../learn/binning/index.ts';
import type { FeatureBinning, Scorecard } from '../learn/index.ts';
import { type XmlNode, xml, xmlDocument } from './markup.ts';

export interface PmmlFeature {
  /** As in the scorecard. */
  readonly name: string;
  readonly binning: FeatureBinning;
  /** @default the name */
  readonly reasonCode?: string;
  /** Text of each category code, for a categorical column: the engine then takes texts. */
  readonly levels?: readonly string[];
}
export interface PmmlOptions {
  readonly modelName: string;
  /** Reason codes put out. @default 3 */
  readonly reasons?: number;
  /**
   * A party whose features are on the card and whose bins only it knows: the engine takes the sum of its points, as encrypted scoring gives it,
   * as a field of its own.
   */
  readonly partner?: PmmlPartner;
}
export interface PmmlPartner {
  /** Field that carries its points, e.g. "platform_points". */
  readonly field: string;
  /** Most points it can give; reasons are measured from it. */
  readonly highest: number;
  /** @default the field */
  readonly reasonCode?: string;
}

/**
 * The XML document.
 * @throws InputError `ERR_REPORT_PMML` when scorecard and features do not fit each other.
 */
export function scorecardPmml(
  scorecard: Pick<Scorecard, 'features'>,
  features: readonly PmmlFeature[],
  { modelName, reasons = 3, partner }: PmmlOptions,
): string {
  if (features.length !== scorecard.features.length)
    throw refused(`${features.length} features for a scorecard of ${scorecard.features.length}`);
  if (partner && features.some(({ name }) => name === partner.field)) throw refused(`"${partner.field}" is a feature already`);
  if (!(Number.isInteger(reasons) && reasons >= 0 && reasons <= 20)) throw refused('reasons must be a whole number from 0 to 20');
  const parts = scorecard.features.map((points) => {
    const feature = features.find(({ name }) => name === points.name);
    if (!feature) throw refused(`the scorecard has a feature "${points.name}" without a binning`);
    if (feature.binning.table.bins.length !== points.points.length) throw refused(`"${points.name}": bins and points differ in number`);
    return { feature, points };
  });
  return xmlDocument(
    xml(
      'PMML',
      { version: '4.4', xmlns: 'http://www.dmg.org/PMML-4_4' },
      xml('Header', { description: 'scorecard: higher is safer' }, xml('Application', { name: 'fedcredit' })),
      xml(
        'DataDictionary',
        { numberOfFields: parts.length + (partner ? 2 : 1) },
        ...parts.map(({ feature }) => dataField(feature)),
        ...(partner ? [xml('DataField', { name: partner.field, optype: 'continuous', dataType: 'double' })] : []),
        xml('DataField', { name: 'score', optype: 'continuous', dataType: 'double' }),
      ),
      xml(
        'Scorecard',
        {
          modelName,
          functionName: 'regression',
          initialScore: 0,
          useReasonCodes: String(reasons > 0),
          reasonCodeAlgorithm: 'pointsBelow',
          baselineMethod: 'max',
        },
        xml(
          'MiningSchema',
          {},
          ...parts.map(({ feature }) => xml('MiningField', { name: feature.name, usageType: 'active', invalidValueTreatment: 'asIs' })),
          ...(partner ? [xml('MiningField', { name: partner.field, usageType: 'active' })] : []),
          xml('MiningField', { name: 'score', usageType: 'target' }),
        ),
        xml(
          'Output',
          {},
          xml('OutputField', { name: 'points', optype: 'continuous', dataType: 'double', feature: 'predictedValue' }),
          ...Array.from({ length: reasons }, (_, i) =>
            xml('OutputField', { name: `reason_${i + 1}`, optype: 'categorical', dataType: 'string', feature: 'reasonCode', rank: i + 1 }),
          ),
        ),
        xml(
          'Characteristics',
          {},
          ...parts.map(({ feature, points }) => characteristic(feature, points.points, points.neutralPoints)),
          ...(partner ? [partnerCharacteristic(partner)] : []),
        ),
      ),
    ),
  );
}

function dataField({ name, binning, levels }: PmmlFeature): XmlNode {
  if (binning.cells.kind === 'numeric') return xml('DataField', { name, optype: 'continuous', dataType: 'double' });
  return xml('DataField', { name, optype: 'categorical', dataType: levels ? 'string' : 'double' });
}

function characteristic(feature: PmmlFeature, points: Int32Array, neutral: number): XmlNode {
  const { name, binning, reasonCode = name } = feature;
  const { cells, table } = binning;
  const pointsOf = (cell: number): number => (cell === NEUTRAL ? neutral : points[table.binOfCell[cell]]);
  const attribute = (partialScore: number, predicate: XmlNode): XmlNode => xml('Attribute', { partialScore }, predicate);
  const simple = (operator: string, value?: string): XmlNode => xml('SimplePredicate', { field: name, operator, value });
  const specials = [...cells.specials].map(([code, cell]) => attribute(pointsOf(cell), simple('equal', String(code))));
  const missing = cells.missing === NEUTRAL ? [] : [attribute(pointsOf(cells.missing), simple('isMissing'))];
  const ordered = table.bins.flatMap((bin, b) => {
    if (bin.kind === 'extra') return [];
    return [attribute(points[b], cells.kind === 'numeric' ? interval(name, bin.cells, cells.edges, simple) : members(feature, bin.cells))];
  });
  const best = points.reduce((most, value) => Math.max(most, value), neutral);
  return xml(
    'Characteristic',
    { name, reasonCode, baselineScore: best },
    ...specials,
    ...missing,
    ...ordered,
    attribute(neutral, xml('True')),
  );
}

/** The partner's points as they are: a partial score that is the field's own value. */
function partnerCharacteristic({ field, highest, reasonCode = field }: PmmlPartner): XmlNode {
  return xml(
    'Characteristic',
    { name: field, reasonCode, baselineScore: highest },
    xml(
      'Attribute',
      {},
      xml('SimplePredicate', { field, operator: 'isNotMissing' }),
      xml('ComplexPartialScore', {}, xml('FieldRef', { field })),
    ),
  );
}

/** [edge of the first cell, edge behind the last). A bin of every cell still asks for a value. */
function interval(
  name: string,
  cells: readonly number[],
  edges: Float64Array,
  simple: (operator: string, value?: string) => XmlNode,
): XmlNode {
  const [first, last] = [cells[0], cells[cells.length - 1]];
  const low = first === 0 ? undefined : simple('greaterOrEqual', String(edges[first - 1]));
  const high = last < edges.length ? simple('lessThan', String(edges[last])) : undefined;
  if (low && high) return xml('CompoundPredicate', { booleanOperator: 'and' }, low, high);
  return low ?? high ?? xml('SimplePredicate', { field: name, operator: 'isNotMissing' });
}

function members({ name, binning, levels }: PmmlFeature, cells: readonly number[]): XmlNode {
  const codes = [...binning.cells.categories].flatMap(([code, cell]) => (cells.includes(cell) ? [code] : []));
  const texts = codes.map((code) => {
    if (!levels) return String(code);
    const level = levels[code];
    if (level === undefined) throw refused(`"${name}" has no level for category ${code}`);
    return `"${level.replace(/"/g, '\\"')}"`;
  });
  return xml(
    'SimpleSetPredicate',
    { field: name, booleanOperator: 'isIn' },
    xml('Array', { type: levels ? 'string' : 'real', n: codes.length }, texts.join(' ')),
  );
}

const refused = (message: string): InputError =>
  new InputError('ERR_REPORT_PMML', message, { help: 'Give the binnings the scorecard was built from.' });
