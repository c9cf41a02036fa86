/**
 * Industry codes of GB/T 4754: a section letter and up to four digits ("C", "C15", "1530"). A prefix names the wider class, so a product
 * for 15 covers 1530. Sections and divisions are checked against the table; groups and classes (digits 3 and 4) are taken as given.
 */
import { InputError } from '../../base/index.ts';
import { industryTable } from './industries.ts';

/** A code read and named. */
export interface Industry {
  /** 门类, A to T. */
  readonly section: string;
  readonly sectionName: string;
  /** 大类, two digits; undefined when only the section is given. */
  readonly division: string | undefined;
  readonly divisionName: string | undefined;
  /** The digits given: '' to four. */
  readonly digits: string;
}

const DIVISIONS: ReadonlyMap<string, { readonly section: string; readonly name: string }> = new Map(
  Object.entries(industryTable.rows).flatMap(([section, { divisions }]) =>
    [...divisions.matchAll(/(\d\d) (\S+)/g)].map(([, code, name]) => [code, { section, name }] as const),
  ),
);

/** The 97 division codes with section and name. */
export const industryDivisions = DIVISIONS;

/**
 * Reads "C", "C15", "15" or "1530".
 * @throws InputError `ERR_CREDIT_INDUSTRY` for a code GB/T 4754-2017 does not have, or a letter that contradicts the digits.
 */
export function parseIndustry(code: string): Industry {
  const match = /^([A-T])?(\d{2}\d{0,2})?$/.exec(code);
  const digits = match?.[2] ?? '';
  const division = digits.slice(0, 2);
  const found = DIVISIONS.get(division);
  const section = match?.[1] ?? found?.section;
  if (!match || section === undefined || (digits !== '' && found?.section !== section)) {
    throw new InputError('ERR_CREDIT_INDUSTRY', `"${code.slice(0, 8)}" is no industry of GB/T 4754-2017`, {
      help: 'Give the section letter, the two-digit division, or up to four digits, e.g. C, C15, 1530.',
    });
  }
  const sectionName = industryTable.rows[section].name;
  return { section, sectionName, division: found ? division : undefined, divisionName: found?.name, digits };
}

/**
 * Whether industry `code` lies inside `area`: a section letter or a digit prefix. Both are checked.
 * @throws InputError `ERR_CREDIT_INDUSTRY` when either is no code of GB/T 4754.
 */
export function industryCovers(area: string, code: string): boolean {
  const outer = parseIndustry(area);
  const inner = parseIndustry(code);
  return outer.section === inner.section && inner.digits.startsWith(outer.digits);
}
