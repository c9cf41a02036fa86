/**
 * Medical bills (医疗收费电子票据) and the claims on them at several insurers, with forged bills, raised amounts and bills claimed beyond what they
 * say, and with the honest trouble a detector must live with: other spellings, wrong digits, and bills that two insurers rightly share. Every
 * claim's story is in the truth. Bill codes begin with 98, which no finance department issues.
 */
import { type SeededRandom, seededRandom } from '../../base/index.ts';
import { drawBernoulli, drawIndex, drawLogNormal } from '../../math/index.ts';
import type { City } from './city.ts';
import { otherDigit, respell } from './spelling.ts';

/** What stands on a bill, as its issuer has it: 票据代码, 票据号码, 校验码, 金额, 开票日期. */
export interface MedicalBill {
  /** 8 digits. */
  readonly code: string;
  /** 10 digits, running in each code. */
  readonly number: string;
  /** 6 characters that the issuer draws: who has not seen the bill cannot guess them. */
  readonly check: string;
  /** 分 */
  readonly fen: number;
  /** YYYY-MM-DD */
  readonly day: string;
}

/** A claim, with the bill as the insurer's clerk typed it. */
export interface BillClaim {
  readonly insurer: string;
  readonly bill: MedicalBill;
  /** 分 asked of this insurer. */
  readonly claimedFen: number;
  /** Day it came in; later claims have larger numbers. */
  readonly filed: number;
}

/**
 * - `honest`   a bill that was issued, claimed once or shared within its amount.
 * - `mistyped` honest, but a digit is wrong: it looks like a forgery until somebody asks for the paper.
 * - `forged`   no such bill was ever issued.
 * - `raised`   an issued bill with a higher amount written on it.
 * - `again`    claimed in full at a second insurer.
 */
export type ClaimStory = 'honest' | 'mistyped' | 'forged' | 'raised' | 'again';

/** Bills of the city's hospitals and the claims on them. */
export interface CityBills {
  readonly synthetic: true;
  readonly issued: readonly MedicalBill[];
  /** In the order they came in. */
  readonly claims: readonly BillClaim[];
  /** A story for each claim. */
  readonly truth: readonly ClaimStory[];
}

/** The insurers of every city. */
export const CITY_INSURERS: readonly string[] = Object.freeze(['insurer-a', 'insurer-b', 'insurer-c']);

const ISSUERS = 4;
const BILLS_PER_ISSUER = 2000;
const CLAIMED = 0.6;
const RATES = { shared: 0.08, again: 0.01, raised: 0.007, forged: 0.01, mistyped: 0.004, spelling: 0.05 } as const;
const CHECK_CHARACTERS = '0123456789abcdef';

/** The bills of a city; they depend on its seed only. */
export function syntheticBills(city: City): CityBills {
  const root = seededRandom(city.seed, 'city').split('bills');
  const issued = Array.from({ length: ISSUERS }, (_, issuer) => issuedBy(root.split(`issuer/${issuer}`), issuer)).flat();
  const told = issued.flatMap((bill) => claimsOn(root.split(`claim/${bill.code}${bill.number}`), bill));
  const forged = Array.from({ length: Math.round(RATES.forged * told.length) }, (_, k) => forgedClaim(root.split(`forged/${k}`)));
  const all = [...told, ...forged].sort((a, b) => order(a.claim, b.claim));
  return { synthetic: true, issued, claims: all.map(({ claim }) => claim), truth: all.map(({ story }) => story) };
}

interface Told {
  readonly claim: BillClaim;
  readonly story: ClaimStory;
}

const order = (a: BillClaim, b: BillClaim): number =>
  a.filed - b.filed || CITY_INSURERS.indexOf(a.insurer) - CITY_INSURERS.indexOf(b.insurer) || (a.bill.number < b.bill.number ? -1 : 1);

const issuedBy = (random: SeededRandom, issuer: number): MedicalBill[] =>
  Array.from({ length: BILLS_PER_ISSUER }, (_, k) => drawBill(random, issuer, k));

function drawBill(random: SeededRandom, issuer: number, k: number): MedicalBill {
  return {
    code: `9801${String(issuer + 1).padStart(2, '0')}26`,
    number: String(1_000_000 + 3 * k + (random.u32() % 3)).padStart(10, '0'),
    check: checkCode(random),
    fen: Math.max(500, Math.round(drawLogNormal(random, 60_000, 1.3))),
    day: dayOf(random),
  };
}

/** None, one or two claims on an issued bill, the second some days after the first. */
function claimsOn(random: SeededRandom, bill: MedicalBill): Told[] {
  if (!drawBernoulli(random, CLAIMED)) return [];
  const filed = dayNumberOf(bill.day) + 1 + (random.u32() % 60);
  const later = filed + 1 + (random.u32() % 60);
  const first = random.u32() % CITY_INSURERS.length;
  const second = (first + 1 + (random.u32() % (CITY_INSURERS.length - 1))) % CITY_INSURERS.length;
  const kinds = ['shared', 'again', 'raised', 'honest'] as const;
  const kind = kinds[drawIndex(random, [RATES.shared, RATES.again, RATES.raised, 1 - RATES.shared - RATES.again - RATES.raised])];
  switch (kind) {
    case 'shared': {
      const part = Math.round(bill.fen * (0.3 + 0.4 * random.uniform()));
      return [typed(random, first, bill, part, filed, 'honest'), typed(random, second, bill, bill.fen - part, later, 'honest')];
    }
    case 'again':
      return [typed(random, first, bill, bill.fen, filed, 'honest'), typed(random, second, bill, bill.fen, later, 'again')];
    case 'raised': {
      const fen = Math.round(bill.fen * (1.2 + 3 * random.uniform()));
      return [typed(random, first, { ...bill, fen }, fen, filed, 'raised')];
    }
    default:
      return [typed(random, first, bill, bill.fen, filed, 'honest')];
  }
}

/** The claim as a clerk enters it: mostly right, at times spelt otherwise, rarely with a wrong digit. */
function typed(random: SeededRandom, insurer: number, bill: MedicalBill, claimedFen: number, filed: number, story: ClaimStory): Told {
  const wrong = story === 'honest' && drawBernoulli(random, RATES.mistyped);
  const number = wrong
    ? otherDigit(random, bill.number)
    : drawBernoulli(random, RATES.spelling)
      ? respell(random, bill.number)
      : bill.number;
  const check = drawBernoulli(random, RATES.spelling) ? bill.check.toUpperCase() : bill.check;
  return {
    claim: { insurer: CITY_INSURERS[insurer], bill: { ...bill, number, check }, claimedFen, filed },
    story: wrong ? 'mistyped' : story,
  };
}

/** A number that may or may not have been issued, with a check code that was not. */
function forgedClaim(random: SeededRandom): Told {
  const bill = drawBill(random, random.u32() % ISSUERS, 0);
  const number = String(1_000_000 + (random.u32() % (3 * BILLS_PER_ISSUER))).padStart(10, '0');
  const fen = 4 * bill.fen;
  return {
    claim: {
      insurer: CITY_INSURERS[random.u32() % CITY_INSURERS.length],
      bill: { ...bill, number, fen },
      claimedFen: fen,
      filed: dayNumberOf(bill.day) + 1 + (random.u32() % 60),
    },
    story: 'forged',
  };
}

const checkCode = (random: SeededRandom): string =>
  Array.from({ length: 6 }, () => CHECK_CHARACTERS[random.u32() % CHECK_CHARACTERS.length]).join('');

/** A day of 2026, 28 to a month. */
const dayOf = (random: SeededRandom): string =>
  `2026-${String(1 + (random.u32() % 12)).padStart(2, '0')}-${String(1 + (random.u32() % 28)).padStart(2, '0')}`;

/** Days from 1 January, months of 28 days as `dayOf` draws them. */
const dayNumberOf = (day: string): number => 28 * (Number(day.slice(5, 7)) - 1) + Number(day.slice(8));
