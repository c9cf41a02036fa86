/**
 * Registers with planted wrongs, for detectors that are no credit models: pledges of one asset at two lenders, and operators who look up
 * firms without an application. Every wrong is listed in the truth.
 */
import { type SeededRandom, seededRandom } from '../../base/index.ts';
import { drawBernoulli, drawLogNormal } from '../../math/index.ts';
import type { BankHolding, City } from './city.ts';

/** A loan against an asset, as its lender has it. */
export interface Pledge {
  /** 28 characters shaped like a 不动产单元号 (GB/T 37346), in a region that no place has. */
  readonly asset: string;
  /** Written form of the asset number: some lenders put spaces or hyphens in. */
  readonly written: string;
  /** Place of the owner in `city.truth.firms`. */
  readonly firm: number;
  /** 元 */
  readonly amount: number;
}

/** A look-up of public data by an operator of a bank. */
export interface AccessEvent {
  readonly bank: string;
  readonly operator: string;
  /** Minutes since the log began. */
  readonly minute: number;
  /** Place of the firm in `city.truth.firms`. */
  readonly firm: number;
  /** The application it serves; `undefined` is what an honest operator never does. */
  readonly application: string | undefined;
}

export interface CityRegisters {
  readonly synthetic: true;
  readonly pledges: Readonly<Record<string, readonly Pledge[]>>;
  /** In time order. */
  readonly accesses: readonly AccessEvent[];
  readonly truth: {
    /** Assets pledged at two lenders. */
    readonly pledgedTwice: readonly string[];
    /** Operators who misuse data, as `bank/operator`. */
    readonly misusers: readonly string[];
  };
}

const PLEDGE_RATE = 0.09;
const TWICE_RATE = 0.01;
const OPERATORS = 20;
const DAYS = 30;

/** The registers of a city with at least one bank. Adding a bank changes no other bank's pledges or log, save for assets pledged twice. */
export function syntheticRegisters(city: City): CityRegisters {
  const root = seededRandom(city.seed, 'city').split('registers');
  const pledges = new Map<string, Pledge[]>(
    city.banks.map((bank) => [bank.name, ownPledges(root.split(`pledges/${bank.name}`), bank, city)]),
  );
  const pledgedTwice = pledgeAgain(root, city, pledges);
  const logs = city.banks.map((bank) => accessLog(root.split(`access/${bank.name}`), bank));
  return {
    synthetic: true,
    pledges: Object.fromEntries(pledges),
    accesses: logs.flatMap(({ events }) => events).sort((a, b) => a.minute - b.minute),
    truth: { pledgedTwice, misusers: logs.flatMap(({ misusers }) => misusers) },
  };
}

function ownPledges(stream: SeededRandom, bank: BankHolding, city: City): Pledge[] {
  return Array.from(bank.firms).flatMap((firm) => {
    const random = stream.split(city.truth.firms[firm].uscc);
    if (!drawBernoulli(random, PLEDGE_RATE)) return [];
    const asset = assetNumber(random, city.truth.firms[firm].region6);
    return [{ asset, written: asset, firm, amount: 10_000 * Math.round(drawLogNormal(random, 120, 0.7)) }];
  });
}

/** Region, cadastral unit and parcel, house: 12 + 7 + 9 characters. */
function assetNumber(random: SeededRandom, region6: string): string {
  const digits = (count: number): string => Array.from({ length: count }, () => random.u32() % 10).join('');
  return `${region6}${digits(6)}GB${digits(5)}F${digits(8)}`;
}

/** One pledge in a hundred (at least one) turns up at the next bank too, in another spelling. */
function pledgeAgain(root: SeededRandom, city: City, pledges: Map<string, Pledge[]>): string[] {
  if (city.banks.length < 2) return [];
  const twice: string[] = [];
  const again: [string, Pledge][] = [];
  for (const [b, { name }] of city.banks.entries()) {
    const next = city.banks[(b + 1) % city.banks.length].name;
    for (const pledge of pledges.get(name) ?? []) {
      if (!drawBernoulli(root.split(`twice/${pledge.asset}`), TWICE_RATE) && !(twice.length === 0 && b === city.banks.length - 1)) continue;
      twice.push(pledge.asset);
      again.push([next, { ...pledge, written: `${pledge.asset.slice(0, 12)}-${pledge.asset.slice(12, 19)} ${pledge.asset.slice(19)}` }]);
    }
  }
  for (const [name, pledge] of again) pledges.get(name)?.push(pledge);
  return twice;
}

/** Thirty working days of look-ups; one operator in twenty browses firms that never applied, mostly after hours. */
function accessLog(stream: SeededRandom, bank: BankHolding): { events: AccessEvent[]; misusers: string[] } {
  const events: AccessEvent[] = [];
  const misuser = Math.floor(stream.split('misuser').uniform() * OPERATORS);
  for (let k = 0; k < OPERATORS; k++) {
    const operator = `op-${String(k + 1).padStart(2, '0')}`;
    const random = stream.split(operator);
    for (let day = 0; day < DAYS; day++) {
      const honest = 3 + (random.u32() % 6);
      const browsed = k === misuser ? 2 + (random.u32() % 8) : 0;
      for (let i = 0; i < honest + browsed; i++) {
        const own = i < honest;
        const hour = own ? 9 + 8 * random.uniform() : 18 + 4 * random.uniform();
        const firm = bank.firms[random.u32() % bank.firms.length];
        const application = own ? `${bank.name}-${operator}-${day}-${i}` : undefined;
        events.push({ bank: bank.name, operator, minute: Math.floor(day * 1440 + hour * 60), firm, application });
      }
    }
  }
  return { events, misusers: [`${bank.name}/op-${String(misuser + 1).padStart(2, '0')}`] };
}
