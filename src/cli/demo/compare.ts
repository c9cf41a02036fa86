/** Boosted trees and limits beside the same computation in the clear. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { capacityBands, compileLimitTable, formatYuan, limitFromUnits, parseLimitPolicy, tableRow } from '../../credit/index.ts';
import { selectRows } from '../../data/index.ts';
import { fitGbdt, predict } from '../../learn/trees/index.ts';
import {
  bankModel,
  capacityOf,
  HOLDER_MODEL,
  LIMITS,
  MODEL,
  type ModelQuality,
  need,
  qualityOf,
  SCORES,
  scoreBandOf,
} from '../../pipeline/index.ts';
import { ownHalf, pathBits, plainUnits, registerModel, unitsToProbability } from '../../scoring/index.ts';
import { type BothSides, bothSides, type ComparisonInput, pooledTable } from './both-sides.ts';

export interface Comparison {
  /** The same learner on both parties' columns in one table. */
  readonly pooled: ModelQuality;
  readonly scoredFirms: number;
  /** Encrypted scores that differ from the same score in the clear; must be 0. */
  readonly differentScores: number;
  readonly limitedFirms: number;
  /** Encrypted limits that differ from the policy read in the clear; must be 0. */
  readonly differentLimits: number;
  /** A handful of firms, ids shortened. */
  readonly examples: readonly { readonly firm: string; readonly pd: number; readonly encrypted: string; readonly plain: string }[];
}

const EXAMPLES = 6;

export async function compareInTheClear(input: ComparisonInput): Promise<Comparison> {
  const sides = await bothSides(input);
  const { job, parameters, bankStore, platformStore, ownRows, heldRows } = sides;
  const registered = registerModel(await need(bankStore, MODEL));
  const half = ownHalf(registered, ownRows);
  const bits = pathBits(registered.plan, await need(platformStore, HOLDER_MODEL), heldRows);
  const scores = await need(bankStore, SCORES);
  const differentScores = scores.rows.reduce(
    (count, row, i) => count + (plainUnits(registered, half, bits, row) === scores.values[i] ? 0 : 1),
    0,
  );
  const base = { pooled: await pooledQuality(sides), scoredFirms: scores.rows.length, differentScores };

  const capacity = capacityOf(parameters);
  if (!job.limit || !capacity) return { ...base, limitedFirms: 0, differentLimits: 0, examples: [] };
  const file = join(input.job, '..', job.limit.policy);
  const policy = parseLimitPolicy({ file, text: await readFile(file, 'utf8') });
  const table = compileLimitTable(policy);
  const limits = await need(bankStore, LIMITS);
  const bands = capacityBands(capacity.form, heldRows);
  const bandOf = scoreBandOf(policy, await bankModel(job.model).reader({ store: bankStore, job }), scores);
  const plain = (i: number): number => tableRow(table, bandOf(i))[bands[limits.rows[i]]];
  const differentLimits = limits.rows.reduce((count, _row, i) => count + (plain(i) === limits.values[i] ? 0 : 1), 0);
  const shown = (units: number): string => formatYuan(limitFromUnits(table, units));
  const examples = spread(limits.values, EXAMPLES).map((i) => ({
    firm: shortened(ownRows.ids[limits.rows[i]]),
    pd: unitsToProbability(registered, scores.values[i]),
    encrypted: shown(limits.values[i]),
    plain: shown(plain(i)),
  }));
  return { ...base, limitedFirms: limits.rows.length, differentLimits, examples };
}

async function pooledQuality(sides: BothSides): Promise<ModelQuality> {
  const { job, labels, split } = sides;
  const table = pooledTable(sides);
  const pick = (chosen: Uint32Array): Uint8Array => Uint8Array.from(chosen, (row) => labels[row]);
  const { model } = await fitGbdt({ table: selectRows(table, split.train), labels: pick(split.train), params: job.train });
  const heldOut = split.test.length > 0;
  const on = heldOut ? split.test : split.train;
  return qualityOf(Array.from(predict(model, selectRows(table, on))), Array.from(pick(on)), heldOut);
}

/** Rows over the whole range of limits, lowest first. */
function spread(values: Int32Array, count: number): number[] {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
  const wanted = Array.from(
    { length: Math.min(count, order.length) },
    (_, k) => order[Math.floor((k * (order.length - 1)) / Math.max(1, count - 1))],
  );
  return [...new Set(wanted)];
}

/** Enough to tell rows apart on a screen; the codes are synthetic. */
const shortened = (id: string): string => (id.length > 10 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id);
