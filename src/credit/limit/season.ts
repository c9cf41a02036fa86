/**
 * Seasons by trade (一行一品): a limit that follows the year, limit(m) = L·s[m]/mean(s), and repayment when the money has come in.
 * The built-in profiles are illustrations of the four trades of the Guangzhou practice, to be replaced by a bank's own counts.
 */
import { z } from 'zod';
import { InputError } from '../../base/index.ts';
import { type DocumentSource, nameField, readDocument } from '../document/index.ts';
import { type Fen, fraction, minFen, roundDown, timesFloor } from '../money/index.ts';

const seasonSchema = z.strictObject({
  name: nameField,
  source: z.string().min(1),
  /** Turnover by month, January first, in any unit; whole numbers, at least one positive. */
  months: z
    .array(z.int().min(0).max(1_000_000))
    .length(12)
    .refine((s) => s.some((x) => x > 0), 'a season needs turnover in some month'),
});
/** Turnover of a trade by month. */
export type SeasonProfile = z.output<typeof seasonSchema>;

/** @throws InputError `ERR_CREDIT_SEASON` with file and line. */
export function parseSeason(source: DocumentSource): SeasonProfile {
  return readDocument(seasonSchema, source, 'ERR_CREDIT_SEASON');
}

const illustration = (name: string, months: readonly number[]): SeasonProfile => ({ name, source: 'illustration', months: [...months] });

/** 海味干果 (before the Spring Festival), 服装 (spring and autumn collections), 茶叶 (spring tea, autumn tea), 花卉 (festival flowers). */
export const seasonExamples: readonly SeasonProfile[] = [
  illustration('海味干果', [190, 120, 60, 60, 65, 70, 70, 85, 110, 100, 120, 150]),
  illustration('服装', [90, 70, 110, 110, 95, 80, 75, 95, 125, 130, 120, 100]),
  illustration('茶叶', [70, 60, 130, 190, 150, 90, 70, 75, 110, 115, 75, 65]),
  illustration('花卉', [210, 170, 90, 80, 90, 65, 60, 70, 90, 85, 80, 110]),
];

/**
 * The limit of a month, in steps and at most `max`.
 * @param month 1 to 12. @throws InputError `ERR_CREDIT_SEASON`.
 */
export function seasonalLimit(limit: Fen, season: SeasonProfile, month: number, bounds: { readonly step: Fen; readonly max: Fen }): Fen {
  if (!(Number.isInteger(month) && month >= 1 && month <= 12)) throw new InputError('ERR_CREDIT_SEASON', 'a month must be 1 to 12');
  const total = season.months.reduce((a, b) => a + b, 0);
  return minFen(
    roundDown(timesFloor(limit, fraction(12 * season.months[month - 1], total)), bounds.step),
    roundDown(bounds.max, bounds.step),
  );
}

/** The month (1 to 12) in which a seasonal loan falls due: the first below average after the yearly peak, when stock has turned to cash. */
export function seasonDueMonth(season: SeasonProfile): number {
  const { months } = season;
  const mean = months.reduce((a, b) => a + b, 0) / 12;
  const peak = months.indexOf(Math.max(...months));
  for (let i = 1; i < 12; i++) if (months[(peak + i) % 12] < mean) return ((peak + i) % 12) + 1;
  return ((peak + 11) % 12) + 1;
}
