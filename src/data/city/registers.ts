/**
 * Registers with planted wrongs, for detectors that are no credit models: assets pledged beyond their value at two lenders, and operators who
 * look up firms without an application. Every wrong is listed in the truth, and so is what only looks like one: a second rank within the value,
 * a loan refinanced whose old pledge nobody struck off, a clerk who forgot to name the application.
 */
import { type SeededRandom, seededRandom } from '../../base/index.ts';
import { drawBernoulli, drawLogNormal, drawPoisson } from '../../math/index.ts';
import type { BankHolding, City } from './city.ts';
import { otherDigit, respell } from './spelling.ts';

/** A loan against an asset, as its lender has it. */
export interface Pledge {
  /** 28 characters shaped like a 不动产单元号 (GB/T 37346), in a region that no place has. */
  readonly asset: string;
  /** As the lender's file has it: some in another spelling, some with a wrong digit. */
  readonly written: string;
  /** Place of the owner in `city.truth.firms`. */
  readonly firm: number;
  /** 元 */
  readonly amount: number;
  /** Part of the asset's value that the loan takes, (0, 1). */
  readonly share: number;
}

/** A look-up of public data by an operator of a bank. */
export interface AccessEvent {
  readonly bank: string;
  readonly operator: string;
  /** Minutes since the log began. */
  readonly minute: number;
  /** Place of the firm in `city.truth.firms`. */
  readonly firm: number;
  /** The application it serves; `undefined` is what an honest operator forgets now and then. */
  readonly application: string | undefined;
}

export interface CityRegisters {
  readonly synthetic: true;
  readonly pledges: Readonly<Record<string, readonly Pledge[]>>;
  /** In time order. */
  readonly accesses: readonly AccessEvent[];
  readonly truth: {
    /** Assets pledged at two lenders for more than they are worth. */
    readonly pledgedTwice: readonly string[];
    /** Assets with a second rank within their value. */
    readonly secondRank: readonly string[];
    /** Assets whose first loan is paid back and whose first pledge still stands. */
    readonly refinanced: readonly string[];
    /** Operators who misuse data, as `bank/operator`. */
    readonly misusers: readonly string[];
  };
}

const PLEDGE_RATE = 0.09;
const AGAIN = { pledgedTwice: 0.01, secondRank: 0.03, refinanced: 0.005 } as const;
const MISTYPED = 0.02;
const OPERATORS = 20;
const DAYS = 30;
const FORGOTTEN = 0.003;

type Again = keyof typeof AGAIN;

/** The registers of a city with at least one bank. Adding a bank changes no other bank's pledges or log, save for assets that both hold. */
export function syntheticRegisters(city: City): CityRegisters {
  const root = seededRandom(city.seed, 'city').split('registers');
  const pledges = new Map<string, Pledge[]>(
    city.banks.map((bank) => [bank.name, ownPledges(root.split(`pledges/${bank.name}`), bank, city)]),
  );
  const again = pledgeAgain(root, city, pledges);
  const logs = city.banks.map((bank) => accessLog(root.split(`access/${bank.name}`), bank));
  return {
    synthetic: true,
    pledges: Object.fromEntries(pledges),
    accesses: logs.flatMap(({ events }) => events).sort((a, b) => a.minute - b.minute),
    truth: { ...again, misusers: logs.flatMap(({ misusers }) => misusers) },
  };
}

function ownPledges(stream: SeededRandom, bank: BankHolding, city: City): Pledge[] {
  return Array.from(bank.firms).flatMap((firm) => {
    const random = stream.split(city.truth.firms[firm].uscc);
    if (!drawBernoulli(random, PLEDGE_RATE)) return [];
    const asset = assetNumber(random, city.truth.firms[firm].region6);
    const amount = 10_000 * Math.round(drawLogNormal(random, 120, 0.7));
    return [{ asset, written: written(random, asset), firm, amount, share: 0.3 + 0.4 * random.uniform() }];
  });
}

function written(random: SeededRandom, asset: string): string {
  if (drawBernoulli(random, MISTYPED)) return otherDigit(random, asset);
  return drawBernoulli(random, 0.1) ? respell(random, asset) : asset;
}

/** Region, cadastral unit and parcel, house: 12 + 7 + 9 characters. */
function assetNumber(random: SeededRandom, region6: string): string {
  const digits = (count: number): string => Array.from({ length: count }, () => random.u32() % 10).join('');
  return `${region6}${digits(6)}GB${digits(5)}F${digits(8)}`;
}

/** Some assets turn up at the next bank too, each for one of three reasons; at least one is pledged twice. */
function pledgeAgain(root: SeededRandom, city: City, pledges: Map<string, Pledge[]>): Readonly<Record<Again, readonly string[]>> {
  const found: Record<Again, string[]> = { pledgedTwice: [], secondRank: [], refinanced: [] };
  const added: [string, Pledge][] = [];
  for (const [b, { name }] of city.banks.entries()) {
    if (city.banks.length < 2) break;
    const next = city.banks[(b + 1) % city.banks.length].name;
    for (const pledge of pledges.get(name) ?? []) {
      const random = root.split(`twice/${pledge.asset}`);
      const drawn = (Object.keys(AGAIN) as Again[]).find((kind) => drawBernoulli(random, AGAIN[kind]));
      const kind = drawn ?? (found.pledgedTwice.length === 0 && b === city.banks.length - 1 ? 'pledgedTwice' : undefined);
      if (kind === undefined) continue;
      found[kind].push(pledge.asset);
      added.push([next, { ...pledge, written: written(random, pledge.asset), share: secondShare(random, kind, pledge.share) }]);
    }
  }
  for (const [name, pledge] of added) pledges.get(name)?.push(pledge);
  return found;
}

/** A second rank stays within nine tenths of the value; a fraud and a new loan take what a first loan takes. */
function secondShare(random: SeededRandom, kind: Again, first: number): number {
  if (kind === 'secondRank') return (0.9 - first) * (0.4 + 0.6 * random.uniform());
  return Math.max(0.3 + 0.4 * random.uniform(), 1.02 - first);
}

/**
 * Thirty working days of look-ups. One operator in twenty browses firms that never applied, some a few times a month, some daily, mostly after
 * hours and at times under the number of an application of somebody else.
 */
function accessLog(stream: SeededRandom, bank: BankHolding): { events: AccessEvent[]; misusers: string[] } {
  const events: AccessEvent[] = [];
  const misuser = Math.floor(stream.split('misuser').uniform() * OPERATORS);
  const appetite = 0.1 * 20 ** stream.split('appetite').uniform();
  for (let k = 0; k < OPERATORS; k++) {
    const operator = `op-${String(k + 1).padStart(2, '0')}`;
    const random = stream.split(operator);
    const firmAt = (): number => bank.firms[random.u32() % bank.firms.length];
    for (let day = 0; day < DAYS; day++) {
      const at = (hour: number): number => Math.floor(day * 1440 + hour * 60);
      const honest = 3 + (random.u32() % 6);
      let last = '';
      for (let i = 0; i < honest; i++) {
        const application = `${bank.name}-${operator}-${day}-${i}`;
        const forgotten = drawBernoulli(random, FORGOTTEN);
        const hour = drawBernoulli(random, 0.05) ? 18 + 2 * random.uniform() : 9 + 8 * random.uniform();
        events.push({ bank: bank.name, operator, minute: at(hour), firm: firmAt(), application: forgotten ? undefined : application });
        last = application;
      }
      const browsed = k === misuser ? drawPoisson(random, appetite) : 0;
      for (let i = 0; i < browsed; i++) {
        const application = drawBernoulli(random, 0.4) ? last : undefined;
        events.push({ bank: bank.name, operator, minute: at(18 + 4 * random.uniform()), firm: firmAt(), application });
      }
    }
  }
  return { events, misusers: [`${bank.name}/op-${String(misuser + 1).padStart(2, '0')}`] };
}
