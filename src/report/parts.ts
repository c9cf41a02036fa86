/** What a part of the report is made of, and the small pieces all parts share. */
import type { MasterScale } from '../credit/index.ts';
import type { Plotter } from './charts.ts';
import type { Labelled } from './figures.ts';
import type { OpenItem, ReportInput } from './input.ts';
import { html, type Markup, type Part } from './markup.ts';

/** Everything a part may look at. */
export interface Facts {
  readonly input: ReportInput;
  readonly say: (zh: string, en: string) => string;
  readonly plot: Plotter;
  readonly scale: MasterScale;
  /** Samples with both classes, in the order given. */
  readonly labelled: readonly Labelled[];
  /** The sample that carries the headline. */
  readonly main: Labelled | undefined;
}
/** A part: what is known, and the items that are open unless answered. */
export interface Draft {
  readonly title: string;
  readonly body: readonly Markup[];
  readonly open: readonly OpenItem[];
}

/** Cells of a number column stand right; the first column is text unless `numeric` says otherwise. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Part | undefined)[])[],
  numeric: readonly number[] = [],
): Markup {
  const right = (i: number): boolean => numeric.includes(i) || (rows.length > 0 && rows.every((row) => typeof row[i] === 'number'));
  const cell = (value: Part | undefined): Part => (value === undefined || value === '' ? '—' : value);
  return html`<table>${caption === '' ? undefined : html`<caption>${caption}</caption>`}<thead><tr>${head.map((name, i) =>
    right(i) ? html`<th class="num" scope="col">${name}</th>` : html`<th scope="col">${name}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((value, i) => (right(i) ? html`<td class="num">${cell(typeof value === 'number' ? number(value) : value)}</td>` : html`<td>${cell(value)}</td>`))}</tr>`,
  )}</tbody></table>`;
}

/** Per cent with two places. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
/** Thousands apart, the same on every machine. */
export const number = (value: number): string => {
  const [whole, rest] = String(Number.isInteger(value) ? value : Number(value.toPrecision(6))).split('.');
  return `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}${rest === undefined ? '' : `.${rest}`}`;
};
/** A p-value. */
export const pValue = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toFixed(4));
