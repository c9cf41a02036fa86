/** The demo's two parties: a development federation (`fedcredit init`) whose data folders hold a seeded synthetic city. */
import { readFile, writeFile } from 'node:fs/promises';
import { writeTable } from '../../adapters/duckdb/index.ts';
import { type Clock, seededRandom } from '../../base/index.ts';
import { type City, syntheticCity } from '../../data/index.ts';
import { type WrittenFederation, writeFederation } from '../init/write-federation.ts';
import { PLACEHOLDER_ADDRESS } from './local-federation.ts';

export interface CityFederation extends WrittenFederation {
  readonly city: City;
}

export interface CityFederationOptions {
  readonly folder: string;
  readonly seed: number;
  readonly firms: number;
  /** Mean probability of default of the city; the demo's is above the market's, so that a small city has enough events. */
  readonly badRate: number;
  /** Share of the firms that bank here. */
  readonly reach: number;
  readonly clock: Clock;
}

export async function writeCityFederation(options: CityFederationOptions): Promise<CityFederation> {
  const { folder, seed, firms, badRate, reach, clock } = options;
  const written = await writeFederation({
    folder,
    platformName: '城市信用信息共享平台',
    bankName: '甲银行',
    listen: PLACEHOLDER_ADDRESS,
    clock,
  });
  const city = syntheticCity({ seed, firms, badRate, banks: [{ name: 'bank-a', zh: '甲银行', reach, outside: 0.05 }] });
  const { platform, banks } = city;
  const [bank] = banks;
  const idColumn = 'uscc';
  await writeTable({
    path: written.platformData,
    idColumn,
    ids: platform.writtenIds,
    columns: [['consent', platformConsent(city)], ...platform.table.columns],
    schema: platform.schema,
  });
  await writeTable({
    path: written.bankData,
    idColumn,
    ids: bank.writtenIds,
    columns: [['bad_12m', bank.label], ['consent', bank.consent], ...bank.table.columns],
    schema: bank.schema,
  });
  await addLines(written.platformConfig, 'path: data/firms.csv', '    consent: consent\n    schema: data/schema.json\n');
  await addLines(written.bankConfig, 'path: data/loans.csv', '    schema: data/schema.json\n');
  await writeFile(written.platformData.replace(/[^/]+$/, 'schema.json'), JSON.stringify(platform.schema));
  await writeFile(written.bankData.replace(/[^/]+$/, 'schema.json'), JSON.stringify(bank.schema));
  return { ...written, city };
}

/** The platform has its own receipts: a customer's consent is the same on both sides, 85 % of the others have given one too. */
function platformConsent({ seed, platform, banks: [bank] }: City): Uint8Array {
  const random = seededRandom(seed, 'demo/consent');
  const given = new Map(Array.from(bank.firms, (firm, row) => [firm, bank.consent[row]]));
  return Uint8Array.from(platform.firms, (firm) => {
    const other = random.uniform() < 0.85 ? 1 : 0;
    return given.get(firm) ?? other;
  });
}

/** Adds lines behind the one that holds `anchor`. */
async function addLines(file: string, anchor: string, lines: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const end = text.indexOf('\n', text.indexOf(anchor)) + 1;
  await writeFile(file, text.slice(0, end) + lines + text.slice(end));
}
