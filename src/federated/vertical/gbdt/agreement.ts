/**
 * What both parties agree on before the first tree. Everything that bounds a message or a leak is here, and both parties derive the
 * encryption parameters' demands from it themselves: the feature holder refuses parameters that are weaker, or a plaintext modulus that is
 * larger than the sums need (a larger one carries more bits an answer: security.md H5).
 */
import { InputError, RefusedError } from '../../../base/index.ts';
import {
  assertUsage,
  chooseParameters,
  DEFAULT_UNIT_COSTS,
  type HeParameters,
  type HeParametersLiteral,
  heParameters,
  type MatvecLayout,
  matvecLayout,
  type ProfileName,
  predictBlock,
  RING_DEGREE,
  SLOT_PLAIN_MODULUS,
  seriesLength,
  type UnitCosts,
  type Usage,
  wantedCoefficients,
} from '../../../he/index.ts';
import { type GradientLevels, SPLIT_ATTEMPTS } from '../../../learn/trees/index.ts';
import { sumPacking } from './sum-packing.ts';

export const PROTOCOL_VERSION = 4;

/** The label party's half of the contract. */
export interface GbdtProposal {
  /** Aligned rows, the same at both parties. */
  readonly rows: number;
  readonly trees: number;
  /** First tree of this session: above 0 when training is resumed. */
  readonly startTree: number;
  /** Splits of this holder's that the label party holds from the trees before: both must remember the same ones. */
  readonly startSplits: number;
  readonly maxDepth: number;
  /** Most bins of a holder's feature. */
  readonly maxBin: number;
  /** Largest |g| and h of a quantised gradient. */
  readonly levels: GradientLevels;
}

/** The feature holder's half. */
export interface GbdtOffer {
  /** Candidate splits, padded so that their exact number stays with the holder. */
  readonly candidates: number;
  /** Least rows in a bin. */
  readonly minSupport: number;
  /** Whether monotone signs are told per candidate. */
  readonly constrained: boolean;
}

/** The agreed part of the contract, complete: what `disclosure.ts` counts from. */
export interface GbdtAgreement extends GbdtProposal, GbdtOffer {
  /** Attempts a node has at remote splits. */
  readonly attempts: number;
  readonly histogram: HeParametersLiteral & { readonly answerPrimes: number };
  readonly slots: HeParametersLiteral & { readonly answerPrimes: number };
  /** B of the histogram products. */
  readonly block: number;
}

/** The agreement with everything that follows from it. */
export interface GbdtSetup {
  readonly agreement: GbdtAgreement;
  readonly histogram: HeParameters;
  readonly slots: HeParameters;
  /** Layout of the histogram product; `outputs` is the padded total of candidates. */
  readonly layout: MatvecLayout;
  /** Coefficients of an answer that carry sums. */
  readonly wanted: Uint32Array;
  /** Vectors of a tree that share their hints. */
  readonly seriesLength: number;
  /** Row blocks of a slot-packed membership vector. */
  readonly rowBlocks: number;
  /** Most nodes split at one level. */
  readonly maxNodes: number;
}

/** The holder's candidates are announced as a multiple of this. */
export const CANDIDATE_PADDING = 32;
/** Bounds that no agreement may leave; a party's own limits are tighter. */
export const MAX_ROWS = 2 ** 24;
export const MAX_CANDIDATES = 2 ** 17;
export const MAX_TREES = 10_000;
export const MAX_DEPTH = 10;
export const MAX_BIN = 1024;

/** Vectors whose sums are asked in one tree: the root and one child of each split above the last level. */
export const maxVectors = (maxDepth: number): number => 2 ** (maxDepth - 1);

/** Candidates as answered: the offer filled up to whole answers. */
export const paddedCandidates = (candidates: number, block: number): number =>
  Math.ceil(candidates / (RING_DEGREE / block)) * (RING_DEGREE / block);

/** What decides between more bytes and more computing: unit costs of the engine and bits a second of the link. */
export interface LinkCosts {
  readonly costs: UnitCosts;
  readonly bandwidth: number;
}
const LAN: LinkCosts = Object.freeze({ costs: DEFAULT_UNIT_COSTS.kernel, bandwidth: 1e9 });

/**
 * Label party: cheapest block and parameters for a proposal and an offer.
 * @throws InputError `ERR_GBDT_MODULUS` or `ERR_HE_NOISE` when nothing carries the sums.
 */
export function negotiate(proposal: GbdtProposal, offer: GbdtOffer, link: LinkCosts = LAN): GbdtSetup {
  const plainModulus = sumPacking(proposal.rows, proposal.levels).plainModulus;
  const blocks = [256, 512, 1024, 2048, 4096, 8192].filter((block) => block <= RING_DEGREE);
  const options = blocks.map((block) => {
    const layout = layoutOf(proposal, offer, block);
    const parameters = chooseParameters(histogramUsage(proposal, layout), plainModulus);
    const { rows, outputs } = layout;
    // The candidate matrix stays transformed for the whole job: transforms cost nothing here.
    const { seconds } = predictBlock(
      { rows, outputs, parameters, ...link, ...seriesOf(proposal, layout, parameters), transforms: 0 },
      block,
    );
    return { block, parameters, seconds };
  });
  const best = options.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  return setupOf({
    ...proposal,
    ...offer,
    attempts: SPLIT_ATTEMPTS,
    histogram: literal(best.parameters),
    slots: literal(chooseParameters(slotUsage(proposal), SLOT_PLAIN_MODULUS)),
    block: best.block,
  });
}

/**
 * Feature holder: the same demands, checked on what the label party chose.
 * @throws RefusedError `ERR_GBDT_WEAK_PARAMETERS`.
 */
export function acceptAgreement(agreement: GbdtAgreement): GbdtSetup {
  const { plainModulus } = sumPacking(agreement.rows, agreement.levels);
  if (agreement.histogram.plainModulus !== plainModulus || agreement.slots.plainModulus !== SLOT_PLAIN_MODULUS) {
    throw weak('the plaintext modulus is not the smallest one that holds the sums');
  }
  try {
    return setupOf(agreement);
  } catch (cause) {
    throw weak('the parameters do not hide what they must', cause);
  }
}

function setupOf(agreement: GbdtAgreement): GbdtSetup {
  const layout = layoutOf(agreement, agreement, agreement.block);
  const histogram = heParameters(agreement.histogram);
  const slots = heParameters(agreement.slots);
  assertUsage(histogram, histogramUsage(agreement, layout));
  assertUsage(slots, slotUsage(agreement));
  return Object.freeze({
    agreement: Object.freeze(agreement),
    histogram,
    slots,
    layout,
    wanted: wantedCoefficients(layout),
    seriesLength: seriesOf(agreement, layout, histogram).series,
    rowBlocks: Math.ceil(agreement.rows / RING_DEGREE),
    maxNodes: maxVectors(agreement.maxDepth),
  });
}

/** The sums of a tree come as series (`he/series.ts`), anew for every tree. */
function seriesOf({ maxDepth }: GbdtProposal, layout: MatvecLayout, parameters: HeParameters): { vectors: number; series: number } {
  return { vectors: maxVectors(maxDepth), series: seriesLength(parameters, wantedCoefficients(layout).length) };
}

function layoutOf({ rows }: GbdtProposal, { candidates }: GbdtOffer, block: number): MatvecLayout {
  return matvecLayout({ rows, outputs: paddedCandidates(candidates, block), block });
}

/** All sums of the contract together. */
function histogramUsage({ trees, maxDepth }: GbdtProposal, layout: MatvecLayout): Usage {
  return { terms: layout.terms, maxAbs: 1, outputs: trees * maxVectors(maxDepth) * layout.outputs, mode: 'reveal', series: true };
}

/** All split bits of the contract together: every attempt of every level answers each row once. */
function slotUsage({ rows, trees, maxDepth }: GbdtProposal): Usage {
  const slots = Math.ceil(rows / RING_DEGREE) * RING_DEGREE;
  return {
    terms: maxVectors(maxDepth) * RING_DEGREE,
    maxAbs: Number(SLOT_PLAIN_MODULUS >> 1n),
    outputs: trees * maxDepth * SPLIT_ATTEMPTS * slots,
    mode: 'reveal',
  };
}

function literal({ profile, plainModulus, answerPrimes }: HeParameters): GbdtAgreement['histogram'] {
  return { profile: profile as ProfileName, plainModulus, answerPrimes };
}

function weak(problem: string, cause?: unknown): RefusedError {
  return new RefusedError('ERR_GBDT_WEAK_PARAMETERS', `the label party's encryption parameters are refused: ${problem}`, {
    help: 'Both parties must run the same release; ask the other party which parameters it uses.',
    cause,
  });
}

/** What a feature holder is willing to answer at most. */
export interface GbdtLimits {
  /** @default 500 */
  readonly maxTrees: number;
  /** @default 8 */
  readonly maxDepth: number;
  /** @default 256 */
  readonly maxBin: number;
  /** Bits of a quantised gradient: more bits make rows of a small node solvable (security.md H7). @default 8 */
  readonly maxGradientBits: number;
}

export const DEFAULT_LIMITS: GbdtLimits = Object.freeze({ maxTrees: 500, maxDepth: 8, maxBin: 256, maxGradientBits: 8 });

/** @throws InputError `ERR_GBDT_OPTION` on unknown keys or values out of range. */
export function gbdtLimits(limits: Partial<GbdtLimits> = {}): GbdtLimits {
  for (const [key, value] of Object.entries(limits)) {
    if (!(key in DEFAULT_LIMITS)) {
      throw new InputError('ERR_GBDT_OPTION', `unknown limit "${key}"`, {
        help: `The limits are: ${Object.keys(DEFAULT_LIMITS).join(', ')}.`,
      });
    }
    if (!(Number.isInteger(value) && value >= 1)) throw new InputError('ERR_GBDT_OPTION', `limit ${key} must be a positive integer`);
  }
  return Object.freeze({ ...DEFAULT_LIMITS, ...limits });
}

/** @throws RefusedError `ERR_GBDT_LIMIT` naming the limit that the proposal passes. */
export function checkLimits({ trees, maxDepth, maxBin, levels }: GbdtProposal, limits: GbdtLimits): void {
  const gradientBits = Math.ceil(Math.log2(Math.max(2 * levels.g + 2, levels.h + 1)));
  const asked = { maxTrees: trees, maxDepth, maxBin, maxGradientBits: gradientBits };
  for (const key of Object.keys(asked) as (keyof GbdtLimits)[]) {
    if (asked[key] > limits[key]) {
      throw new RefusedError('ERR_GBDT_LIMIT', `the label party asks for ${asked[key]}, the limit ${key} is ${limits[key]}`, {
        help: `Agree on a smaller job, or raise ${key} in this holder's configuration.`,
        details: { limit: key, asked: asked[key], allowed: limits[key] },
      });
    }
  }
}
