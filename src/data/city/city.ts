/**
 * A seeded synthetic city: firms, a government credit platform, banks, and the truth that nobody in it sees. Everything is invented;
 * wherever it is shown it is called synthetic. One 32-bit seed gives the same city on every machine, and adding a bank changes
 * neither a firm nor another bank. Firms register in region 98xxxx (and, beyond the platform's reach, 97xxxx), which GB/T 2260
 * assigns to no place.
 */
import { InputError, type SeededRandom, seededRandom } from '../../base/index.ts';
import { refuseUnknownKeys } from '../options.ts';
import type { Schema } from '../schema.ts';
import type { FeatureTable } from '../table.ts';
import { BANK_FIELDS, BANK_SCHEMA, type BankSight, bankSight, isCustomer } from './bank.ts';
import { type DirtyId, type DirtyKind, spellIds } from './dirty.ts';
import { drawTable } from './field.ts';
import { type Firm, makeFirm, sigmoid, solveIntercept } from './firms.ts';
import { PLATFORM_FIELDS, PLATFORM_SCHEMA, platformSight } from './platform.ts';

export interface CityBankOptions {
  /** Lower-case name for files and streams, e.g. `bank-a`. */
  readonly name: string;
  readonly zh: string;
  /** Part of the platform's firms that bank here, (0, 0.9]. */
  readonly reach: number;
  /** Customers the platform does not know, as a part of the city's firms. @default 0.03 */
  readonly outside?: number;
  /** Part of customers with a consent for joint scoring. @default 0.85 */
  readonly consentRate?: number;
  /** Part of customers the old policy refused: features without an outcome. @default 0.1 */
  readonly rejectRate?: number;
}

export interface CityOptions {
  readonly seed: number;
  /** Firms the platform knows. @default 20,000 */
  readonly firms?: number;
  /** Mean PD of the platform's firms. The market's is 2 to 4 %; a demo of few firms may use 0.06 to 0.08 and says so. @default 0.03 */
  readonly badRate?: number;
  /** Noise of the platform's sight, against latents of standard deviation 1; a bank's is 1.4 times that. @default 0.4 */
  readonly noise?: number;
  /** Part of ids spelt or typed wrong. @default 0.005 */
  readonly dirtyRate?: number;
  /** @default three banks that reach 25, 18 and 12 % */
  readonly banks?: readonly CityBankOptions[];
}

/** One party's table. */
export interface Holding {
  readonly name: string;
  readonly zh: string;
  readonly schema: Schema;
  /** Ids normalised, as `readTable` gives them in `warn` mode. */
  readonly table: FeatureTable;
  /** Ids as the party wrote them: some in full width, lower case, with spaces or hyphens, some with a wrong character. */
  readonly writtenIds: readonly string[];
  /** For each row its firm's place in `truth`. */
  readonly firms: Uint32Array;
}

export interface BankHolding extends Holding {
  /** bad_12m: 90 or more days past due within twelve months. */
  readonly label: Uint8Array;
  /** 1 where the firm consents to joint scoring with the platform. */
  readonly consent: Uint8Array;
  /** Customers refused by the old policy: no outcome was ever seen. */
  readonly rejected: Holding & { readonly consent: Uint8Array };
}

/** What really is: the platform's firms first, then each bank's outside customers. */
export interface CityTruth {
  readonly firms: readonly Firm[];
  readonly pd: Float64Array;
  readonly bad: Uint8Array;
  readonly dirty: readonly (DirtyId & { readonly holder: string })[];
}

export interface City {
  readonly seed: number;
  readonly synthetic: true;
  readonly badRate: number;
  readonly platform: Holding;
  readonly banks: readonly BankHolding[];
  readonly truth: CityTruth;
}

export const DEFAULT_BANKS: readonly CityBankOptions[] = [
  { name: 'bank-a', zh: '甲银行', reach: 0.25 },
  { name: 'bank-b', zh: '乙银行', reach: 0.18 },
  { name: 'bank-c', zh: '丙银行', reach: 0.12 },
];
/** With 0.4 at the platform this puts a bank's own AUC just above the platform's, as the market has it. */
const BANK_NOISE = 1.4;
const OUTSIDE_REGIONS = ['970101', '970201'];

interface Config {
  readonly seed: number;
  readonly firms: number;
  readonly badRate: number;
  readonly noise: number;
  readonly dirtyRate: number;
  readonly banks: readonly Required<CityBankOptions>[];
}

/**
 * Makes the city.
 * @throws InputError `ERR_DATA_OPTION` for an unknown key or a value out of range.
 */
export function syntheticCity(options: CityOptions): City {
  const config = normalise(options);
  const root = seededRandom(config.seed, 'city');
  const taken = new Set<string>();
  const population = root.split('population');
  const known = Array.from({ length: config.firms }, (_, k) => makeFirm(population, k, taken));
  const intercept = solveIntercept(
    Float64Array.from(known, ({ logOddsShift }) => logOddsShift),
    config.badRate,
  );
  const firms = [...known];
  const customers = config.banks.map((bank) => customersOf(root.split(`bank/${bank.name}`), bank, known, firms, taken));
  const pd = Float64Array.from(firms, ({ logOddsShift }) => sigmoid(intercept + logOddsShift));
  const bad = Uint8Array.from(firms, ({ fate }, k) => Number(fate < pd[k]));
  const dirty: (DirtyId & { holder: string })[] = [];
  const speller: Speller = (name, firmIndices) => {
    const spelt = spellIds(
      root.split(`spelling/${name}`),
      Array.from(firmIndices, (k) => firms[k].uscc),
      config.dirtyRate,
    );
    dirty.push(...spelt.dirty.map((entry) => ({ ...entry, holder: name })));
    return spelt;
  };
  const platform = platformHolding(root.split('platform'), known, config.noise, speller);
  const banks = config.banks.map((bank, b) =>
    bankHolding(root.split(`bank/${bank.name}`), bank, customers[b], firms, bad, BANK_NOISE * config.noise, speller),
  );
  return { seed: config.seed, synthetic: true, badRate: config.badRate, platform, banks, truth: { firms, pd, bad, dirty } };
}

type Speller = (name: string, firmIndices: Uint32Array) => { readonly ids: readonly string[]; readonly written: readonly string[] };

function normalise(options: CityOptions): Config {
  refuseUnknownKeys('syntheticCity', options, ['seed', 'firms', 'badRate', 'noise', 'dirtyRate', 'banks']);
  const banks = (options.banks ?? DEFAULT_BANKS).map((bank) => {
    refuseUnknownKeys('syntheticCity bank', bank, ['name', 'zh', 'reach', 'outside', 'consentRate', 'rejectRate']);
    return { outside: 0.03, consentRate: 0.85, rejectRate: 0.1, ...bank };
  });
  const config = {
    seed: options.seed,
    firms: options.firms ?? 20_000,
    badRate: options.badRate ?? 0.03,
    noise: options.noise ?? 0.4,
    dirtyRate: options.dirtyRate ?? 0.005,
    banks,
  };
  within('seed', config.seed, 0, 2 ** 32 - 1);
  within('firms', config.firms, 10, 5_000_000);
  within('badRate', config.badRate, 0.001, 0.5);
  within('noise', config.noise, 0, 10);
  within('dirtyRate', config.dirtyRate, 0, 0.5);
  for (const bank of banks) {
    within(`${bank.name}: reach`, bank.reach, 0.001, 0.9);
    within(`${bank.name}: outside`, bank.outside, 0, 1);
    within(`${bank.name}: consentRate`, bank.consentRate, 0, 1);
    within(`${bank.name}: rejectRate`, bank.rejectRate, 0, 0.9);
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(bank.name) || bank.name === 'platform')
      throw option(`bank name "${bank.name}" is not lower-case letters, digits and hyphens`);
  }
  if (new Set(banks.map(({ name }) => name)).size !== banks.length) throw option('two banks have the same name');
  return config;
}

function within(name: string, value: number, low: number, high: number): void {
  const whole = name === 'seed' || name === 'firms';
  if (!(value >= low && value <= high) || (whole && !Number.isInteger(value)))
    throw option(`${name} must be ${whole ? 'a whole number ' : ''}in ${low}..${high}`);
}

const option = (what: string): InputError => new InputError('ERR_DATA_OPTION', `syntheticCity: ${what}`, { help: 'Correct the option.' });

/** Places in `firms` of a bank's customers; its outside customers are appended to `firms`. */
function customersOf(
  stream: SeededRandom,
  bank: Required<CityBankOptions>,
  known: readonly Firm[],
  firms: Firm[],
  taken: Set<string>,
): Uint32Array {
  const inside = known.flatMap((firm, k) => (isCustomer(stream, k, firm, bank.reach) ? [k] : []));
  const outside = Array.from({ length: Math.round(bank.outside * known.length) }, (_, k) => {
    firms.push(makeFirm(stream.split('outside'), k, taken, OUTSIDE_REGIONS, [0.7, 0.3]));
    return firms.length - 1;
  });
  return shuffled(stream.split('order'), [...inside, ...outside]);
}

function shuffled(random: SeededRandom, items: readonly number[]): Uint32Array {
  const order = Uint32Array.from(items);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function platformHolding(stream: SeededRandom, known: readonly Firm[], noise: number, spell: Speller): Holding {
  const firms = shuffled(stream.split('order'), [...known.keys()]);
  const { ids, written } = spell('platform', firms);
  const sights = Array.from(firms, (k) => platformSight(stream, k, known[k], noise));
  return {
    name: 'platform',
    zh: '信用信息平台',
    schema: PLATFORM_SCHEMA,
    table: drawTable(ids, sights, PLATFORM_FIELDS),
    writtenIds: written,
    firms,
  };
}

function bankHolding(
  stream: SeededRandom,
  bank: Required<CityBankOptions>,
  customers: Uint32Array,
  firms: readonly Firm[],
  bad: Uint8Array,
  noise: number,
  spell: Speller,
): BankHolding {
  const rows = Array.from(customers, (k) => ({ k, sight: bankSight(stream, firms[k].uscc, firms[k], noise, bank.consentRate) }));
  const cut = [...rows].map(({ sight }) => sight.policyScore).sort((a, b) => a - b)[Math.floor(bank.rejectRate * rows.length)];
  const accepted = holdingOf(
    bank,
    rows.filter(({ sight }) => sight.policyScore >= cut),
    spell,
    bank.name,
  );
  const refused = rows.filter(({ sight }) => sight.policyScore < cut);
  return {
    ...accepted,
    label: Uint8Array.from(accepted.firms, (k) => bad[k]),
    rejected: holdingOf(bank, refused, spell, `${bank.name}-rejected`),
  };
}

function holdingOf(
  bank: Required<CityBankOptions>,
  rows: readonly { readonly k: number; readonly sight: BankSight }[],
  spell: Speller,
  name: string,
) {
  const firms = Uint32Array.from(rows, ({ k }) => k);
  const { ids, written } = spell(name, firms);
  return {
    name: bank.name,
    zh: bank.zh,
    schema: BANK_SCHEMA,
    table: drawTable(
      ids,
      rows.map(({ sight }) => sight),
      BANK_FIELDS,
    ),
    writtenIds: written,
    firms,
    consent: Uint8Array.from(rows, ({ sight }) => Number(sight.consents)),
  };
}

export type { DirtyId, DirtyKind };
