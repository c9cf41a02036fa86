/** What both parties of federated binning must agree on before the first message, and the parameters that follow from it. */
import { InputError, RefusedError } from '../../../base/index.ts';
import { chooseParameters, type HeParameters, type MatvecLayout, matvecLayout } from '../../../he/index.ts';
import { type BinningOptions, type BinningRules, binningRules } from '../../../learn/binning/index.ts';
import type { Disclosure } from '../../../protocol/index.ts';

export interface BinningContract {
  /** Aligned rows. */
  readonly rows: number;
  /** Upper bound of the holder's features. The parameters carry this many. @default 512 */
  readonly maxFeatures?: number;
  /** As for a single party, with the floors of a federation: at least 3 bins a feature and 5 events a bin unless stated higher. */
  readonly options?: BinningOptions;
  /**
   * May the holder have each kept feature's weight of evidence up to an affine map it does not know? It needs that to train a scorecard on
   * its columns; it learns how its bins are spaced, not which end is risky. @default true
   */
  readonly disguisedWoe?: boolean;
}

export interface BinningTerms {
  readonly rows: number;
  readonly maxFeatures: number;
  readonly rules: BinningRules;
  readonly disguisedWoe: boolean;
  readonly parameters: HeParameters;
}

const MIN_BINS = 3;
const MIN_EVENTS = 5;
const KEYS: ReadonlySet<string> = new Set(['rows', 'maxFeatures', 'options', 'disguisedWoe']);

/**
 * @throws InputError `ERR_BINNING_OPTION`, `ERR_LEARN_OPTION`, `ERR_HE_NOISE`; RefusedError `ERR_BINNING_FLOOR` where the options go below
 * the floors of a federation.
 */
export function binningTerms(contract: BinningContract): BinningTerms {
  for (const key of Object.keys(contract)) if (!KEYS.has(key)) throw refusedOption(`unknown option "${key}"`);
  const { rows, maxFeatures = 512, disguisedWoe = true, options = {} } = contract;
  if (!(Number.isInteger(rows) && rows >= 1 && rows < 2 ** 26)) throw refusedOption('rows must be an integer from 1 to 2^26');
  if (!(Number.isInteger(maxFeatures) && maxFeatures >= 1 && maxFeatures <= 4096)) throw refusedOption('maxFeatures must be in 1..4096');
  const maxBins = Math.max(options.maxBins ?? 6, MIN_BINS);
  const rules = binningRules({ minBins: MIN_BINS, minEvents: MIN_EVENTS, ...options, maxBins });
  if (rules.minBins < MIN_BINS || rules.minEvents < MIN_EVENTS) {
    throw new RefusedError('ERR_BINNING_FLOOR', `federated bins need at least ${MIN_BINS} bins a feature and ${MIN_EVENTS} events a bin`, {
      help: 'Two-bin features and near-empty bins pin down single labels; raise minBins and minEvents.',
    });
  }
  return Object.freeze({ rows, maxFeatures, rules, disguisedWoe, parameters: parametersFor(rows, maxFeatures, rules) });
}

/** Cells an answer carries rows for: B trades uploads (rows / B) against answers (cells · B / N). */
export function binningLayout(rows: number, cells: number): MatvecLayout {
  const cost = (layout: MatvecLayout): number => layout.uploads + 2 * layout.answers;
  const layouts = [8192, 4096, 2048, 1024, 512, 256].map((block) => matvecLayout({ rows, outputs: cells, block }));
  return layouts.reduce((best, layout) => (cost(layout) < cost(best) ? layout : best));
}

/** A power of two above the number of rows: counts fit, and an answer carries no more bits than a count has. */
function parametersFor(rows: number, maxFeatures: number, rules: BinningRules): HeParameters {
  const cells = maxFeatures * (rules.preBins + rules.specialValues.length + 1);
  const terms = Math.max(...[8192, 4096, 2048, 1024, 512, 256].map((block) => rows * (8192 / block)));
  return chooseParameters({ terms, maxAbs: 1, outputs: cells, mode: 'reveal' }, 1n << BigInt(Math.max(2, Math.ceil(Math.log2(rows + 1)))));
}

/** What each party learns, for the contract and the summary. */
export function binningDisclosure(terms: BinningTerms, features: number): Disclosure {
  const cells = features * (terms.rules.preBins + terms.rules.specialValues.length + 1);
  const bits = Math.ceil(Math.log2(terms.rows + 1));
  const plan = Math.ceil(Math.log2(terms.rules.maxBins + 1));
  const entries: Disclosure = [
    { party: 'label party', protocol: 'binning', what: 'rows in each cell of each unnamed feature', count: cells, bitsEach: bits },
    { party: 'label party', protocol: 'binning', what: 'events in each of these cells', count: cells, bitsEach: bits },
    { party: 'feature holder', protocol: 'binning', what: 'which cells were merged into one bin', count: cells, bitsEach: plan },
  ];
  if (!terms.disguisedWoe) return entries;
  const spaced = features * terms.rules.maxBins;
  const what = 'spacing of the weights of evidence of its own bins (not their sign, level or scale)';
  return [...entries, { party: 'feature holder', protocol: 'binning', what, count: spaced, bitsEach: 52 }];
}

function refusedOption(message: string): InputError {
  return new InputError('ERR_BINNING_OPTION', `binning contract: ${message}`);
}
