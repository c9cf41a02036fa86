/**
 * The pre-credit limit by an encrypted table (credit.md §3.4): L's policy over (score band × capacity band) is compiled to whole steps; for
 * each firm L encrypts the row of its score band, H's one-hot capacity band picks one cell, L decrypts one banded amount. Any min, cap,
 * step or veto is exact because it is in the table.
 *
 * | | label party L | feature holder H |
 * |---|---|---|
 * | learns | one amount in steps a consenting firm | which firms were asked, the capacity form and its band edges (contract) |
 * | does not learn | the band, any field of H | the policy, the score, the limit |
 */
import { LocalProtocolError } from '../base/index.ts';
import { SLOT_PLAIN_MODULI } from '../he/index.ts';
import type { Channel } from '../protocol/index.ts';
import { type AnswererInput, answer, openAsker, type ScoringPorts, type SessionTerms } from './session.ts';

/** Units are below 2^20 / 2: t = 1,032,193 carries them with their sign. */
export const LIMIT_PLAIN_MODULUS = SLOT_PLAIN_MODULI[1];
/** Largest cell of a table, in steps. */
export const MAX_LIMIT_UNITS = Number(LIMIT_PLAIN_MODULUS >> 1n);

export interface LimitTerms {
  /** SHA-256 of the agreed capacity form: the part of the policy that is in the contract. */
  readonly planHash: Uint8Array;
  readonly capacityBands: number;
  /** `SessionTerms.answersEver` */
  readonly answersEver?: number;
}

export interface LimitQuestion extends LimitTerms {
  /** Positions in the alignment, rising. */
  readonly rows: Uint32Array;
  /** The policy row of a firm's score band: one cell per capacity band, in steps. */
  readonly cells: (row: number) => Uint32Array;
}

export interface LimitAnswers {
  /** Amount in steps, in the order of `rows`; 0 where refused by policy or by consent. */
  readonly units: Uint32Array;
  /** 1 where the holder answered: the firm consents. */
  readonly answered: Uint8Array;
}

export const limitTerms = ({ planHash, capacityBands, answersEver }: LimitTerms): SessionTerms => ({
  planHash,
  width: capacityBands,
  plainModulus: LIMIT_PLAIN_MODULUS,
  answersEver,
});

/** L's half. */
export async function askLimits(channel: Channel, question: LimitQuestion, ports: ScoringPorts): Promise<LimitAnswers> {
  const asker = await openAsker(channel, limitTerms(question), { rows: question.rows.length }, ports);
  const { values, answered } = await asker.ask(question.rows, (row) => checkedCells(question, row));
  await asker.close();
  return { units: values, answered };
}

export interface LimitHolderInput extends LimitTerms, Pick<AnswererInput, 'rows' | 'authorise' | 'maxCiphertexts'> {
  /** Capacity band of every aligned row. */
  readonly bands: Uint8Array;
}

/** H's half. Returns the number of firms answered. */
export function answerLimits(channel: Channel, input: LimitHolderInput, ports: ScoringPorts): Promise<number> {
  const vector = (row: number): Uint8Array => {
    const oneHot = new Uint8Array(input.capacityBands);
    oneHot[input.bands[row]] = 1;
    return oneHot;
  };
  return answer(channel, { ...input, ...limitTerms(input), vector }, ports);
}

function checkedCells(question: LimitQuestion, row: number): Uint32Array {
  const cells = question.cells(row);
  if (cells.length !== question.capacityBands || cells.some((cell) => cell > MAX_LIMIT_UNITS)) {
    throw new LocalProtocolError(
      'ERR_LOCAL_LIMIT_TABLE',
      `a policy row must hold ${question.capacityBands} cells of at most ${MAX_LIMIT_UNITS} steps`,
    );
  }
  return cells;
}
