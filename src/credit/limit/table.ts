/**
 * The limit table: the policy over (score band × capacity band) in whole steps. Any min, cap, floor, rounding or veto is exact because it
 * is in the table; the encrypted limit picks one cell, `plainLimit` reads the same cell from the policy, and both agree on every cell.
 */
import { InputError } from '../../base/index.ts';
import { type Fen, fen, minFen, roundDown, timesFloor, zeroFen } from '../money/index.ts';
import { capacityBandFloor, checkBand, scoreBand } from './bands.ts';
import { type LimitPolicy, scoreEdges } from './policy.ts';

/** Cells must fit this many bits, so that one fits an encrypted answer. */
export const limitTableBits = 20;

/** Why a limit is what it is; a refusal names its reason. */
export type LimitReason = 'capacity' | 'band-max' | 'policy-max' | 'refused:veto' | 'refused:no-capacity' | 'refused:below-floor';

/** A limit in 分 (0 when refused) and the rule that bound it. */
export interface LimitDecision {
  readonly amount: Fen;
  readonly reason: LimitReason;
  /** 0 is the best. */
  readonly scoreBand: number;
  /** 0 is no capacity. */
  readonly capacityBand: number;
}

/** The compiled policy: small non-negative integers, ready to be encrypted. */
export interface LimitTable {
  readonly policyVersion: string;
  /** Rows, 1 to 256. */
  readonly scoreBands: number;
  /** Columns, 1 to 256. */
  readonly capacityBands: number;
  /** One unit in 分. */
  readonly step: Fen;
  /** Row-major by score band: `units[scoreBand * capacityBands + capacityBand]`; 0 is a refusal. Below 2^`limitTableBits`. */
  readonly units: Uint32Array;
}

/**
 * @throws InputError `ERR_CREDIT_LIMIT_TABLE_RANGE` when max/step does not fit `limitTableBits`.
 */
export function compileLimitTable(policy: LimitPolicy): LimitTable {
  if (policy.max / policy.step >= 1n << BigInt(limitTableBits)) {
    throw new InputError('ERR_CREDIT_LIMIT_TABLE_RANGE', `max/step does not fit ${limitTableBits} bits`, { help: 'Use a larger step.' });
  }
  const scoreBands = policy.score.bands.length;
  const capacityBands = policy.capacity.edges.length + 1;
  const units = new Uint32Array(scoreBands * capacityBands);
  for (let s = 0; s < scoreBands; s++) {
    for (let c = 0; c < capacityBands; c++) units[s * capacityBands + c] = Number(bandedLimit(policy, s, c).amount / policy.step);
  }
  return Object.freeze({ policyVersion: policy.version, scoreBands, capacityBands, step: policy.step, units });
}

/** The policy read in the clear for one cell. */
export function bandedLimit(policy: LimitPolicy, score: number, capacity: number): LimitDecision {
  checkBand(score, policy.score.bands.length);
  const lower = capacityBandFloor(policy.capacity.edges, capacity);
  const band = policy.score.bands[score];
  const decide = (amount: Fen, reason: LimitReason): LimitDecision => ({ amount, reason, scoreBand: score, capacityBand: capacity });
  if (band.veto) return decide(zeroFen, 'refused:veto');
  const wanted = band.times ? timesFloor(lower, band.times) : (band.amounts as readonly Fen[])[capacity];
  if (wanted === 0n) return decide(zeroFen, 'refused:no-capacity');
  const capped = minFen(wanted, band.max ?? policy.max, policy.max);
  const amount = roundDown(capped, policy.step);
  if (amount < policy.floor || amount === 0n) return decide(zeroFen, 'refused:below-floor');
  return decide(amount, capped === wanted ? 'capacity' : capped === policy.max ? 'policy-max' : 'band-max');
}

/** The limit of a firm from its PD or score (as the policy says) and its capacity band. */
export function plainLimit(policy: LimitPolicy, score: number, capacity: number): LimitDecision {
  return bandedLimit(policy, scoreBand(scoreEdges(policy), score), capacity);
}

/** The units over all capacity bands for one score band: what the bank encrypts for firms of that band. */
export function tableRow(table: LimitTable, score: number): Uint32Array {
  checkBand(score, table.scoreBands);
  return table.units.slice(score * table.capacityBands, (score + 1) * table.capacityBands);
}

/**
 * Units (a decrypted answer) → 分.
 * @throws InputError `ERR_CREDIT_LIMIT_UNITS` when no cell of the table holds that number: the answer is damaged or dishonest.
 */
export function limitFromUnits(table: LimitTable, units: number): Fen {
  if (!table.units.includes(units)) {
    throw new InputError('ERR_CREDIT_LIMIT_UNITS', 'the answer is no cell of the limit table', {
      help: 'Discard it; run the limit again with the agreed policy.',
    });
  }
  return fen(BigInt(units) * table.step);
}

/** Upper bound of what one answer tells about the firm, in bits: log2 of the number of different amounts in the firm's row. */
export function limitDisclosureBits(table: LimitTable, score: number): number {
  return Math.log2(new Set(tableRow(table, score)).size);
}
