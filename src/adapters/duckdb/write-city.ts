/**
 * A synthetic city as files: each party's folder holds what that party would have, `truth/` what nobody would. Read the tables back
 * with the id mode `warn`: a few ids are wrong on purpose.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BankHolding, CITY_INDUSTRIES, type City, type Holding } from '../../data/index.ts';
import { writeTable, writeWhole } from './write-table.ts';

/** Paths of what was written. A schema file is a `Schema` as JSON. */
export interface CityFiles {
  readonly platform: { readonly table: string; readonly schema: string };
  /** By bank: customers with their outcome (`bad_12m`), and those the old policy refused. Both have a `consent` column. */
  readonly banks: Readonly<Record<string, { readonly customers: string; readonly rejected: string; readonly schema: string }>>;
  readonly truth: string;
  readonly readme: string;
}

/** Writes the city below `folder`, which is made when it is absent. */
export async function writeCity(folder: string, city: City): Promise<CityFiles> {
  const home = await partyFolder(folder, city.platform);
  const platform = { table: join(home.path, 'platform.csv'), schema: home.schema };
  await writeHolding(platform.table, city.platform, []);
  const banks: Record<string, { customers: string; rejected: string; schema: string }> = {};
  for (const bank of city.banks) banks[bank.name] = await writeBank(folder, bank);
  await mkdir(join(folder, 'truth'), { recursive: true });
  const truth = join(folder, 'truth', 'firms.csv');
  await writeTruth(truth, city);
  const readme = join(folder, 'README.md');
  await writeWhole(readme, [readmeText(city)]);
  return { platform, banks, truth, readme };
}

async function partyFolder(folder: string, party: Holding): Promise<{ path: string; schema: string }> {
  const path = join(folder, party.name);
  await mkdir(path, { recursive: true });
  const schema = join(path, 'schema.json');
  await writeWhole(schema, [`${JSON.stringify(party.schema, undefined, 2)}\n`]);
  return { path, schema };
}

async function writeBank(folder: string, bank: BankHolding): Promise<{ customers: string; rejected: string; schema: string }> {
  const { path, schema } = await partyFolder(folder, bank);
  const customers = join(path, 'customers.csv');
  await writeHolding(customers, bank, [
    ['bad_12m', bank.label],
    ['consent', bank.consent],
  ]);
  const rejected = join(path, 'rejected.csv');
  await writeHolding(rejected, bank.rejected, [['consent', bank.rejected.consent]]);
  return { customers, rejected, schema };
}

const writeHolding = (path: string, holding: Holding, before: readonly (readonly [string, ArrayLike<number>])[]): Promise<void> =>
  writeTable({
    path,
    idColumn: holding.schema.idColumn,
    ids: holding.writtenIds,
    columns: [...before, ...holding.table.columns],
    schema: holding.schema,
  });

async function writeTruth(path: string, { truth }: City): Promise<void> {
  const { firms, pd, bad } = truth;
  await writeTable({
    path,
    idColumn: 'uscc',
    ids: firms.map(({ uscc }) => uscc),
    columns: [
      ['pd', pd],
      ['bad_12m', bad],
      ['health', firms.map(({ health }) => health)],
      ['compliance', firms.map(({ compliance }) => compliance)],
      ['liquidity', firms.map(({ liquidity }) => liquidity)],
      ['industry', firms.map(({ industry }) => CITY_INDUSTRIES[industry].zh)],
    ],
  });
}

function readmeText(city: City): string {
  const percent = (city.badRate * 100).toFixed(1);
  const banks = city.banks.map(
    (bank) =>
      `- \`${bank.name}/\` ${bank.zh}: ${bank.table.rows} customers with an outcome, ${bank.rejected.table.rows} refused by its old policy`,
  );
  return `# Synthetic city (合成数据)
Every firm, code and figure here is invented by fedcredit from seed ${city.seed}. No code can belong to a real firm: the regions 97xxxx and
98xxxx are assigned to no place. Do not draw conclusions about any market from it.

- \`platform/\` ${city.platform.zh}: ${city.platform.table.rows} firms, mean probability of default ${percent} % (the market's is 2 to 4 %)
${banks.join('\n')}
- \`truth/\` what no party would have: true probability of default, outcome and latents
- \`*/schema.json\` names (English and 中文), kinds, levels, units and sensitivity of the columns

About ${city.truth.dirty.length} ids are spelt differently or mistyped on purpose; read the tables with the id mode \`warn\`.
`;
}
