/**
 * Blinding of an answer at full level, on residues (limb after limb, one word a wanted coefficient). Engine-independent: both engines add
 * these words to c0 before anything is switched down.
 *
 * - reveal: c0 += f, f uniform in [-F, F], F to the brim of what decrypts under the worst-case bound (`noise.ts`). What L decrypts is the
 *   function value; the noise, which depends on H's data, is drowned.
 * - share:  c0 -= r, r uniform in R_q. c0 is then uniform whatever L sent; H keeps round(t·r/q) mod t.
 */
import { InputError, type SecureRandom } from '../base/index.ts';
import { invmod, mulmod } from './modular.ts';
import { noiseBounds } from './noise.ts';
import { dataModulus } from './parameters.ts';
import { uniformFlood, uniformRns } from './sampling.ts';
import type { Blinding, HeParameters, Residues, Wanted } from './types.ts';

/** What one answer gets: words to add to the wanted coefficients of c0, and in share mode H's share. */
export interface BlindingWords {
  readonly words: Uint32Array;
  readonly share: Residues | undefined;
}

/** F for an operand, for answers on their own or of a series. @throws InputError `ERR_HE_NOISE` when not even unflooded answers would decrypt. */
export function floodBound(parameters: HeParameters, operand: { readonly terms: number; readonly maxAbs: number }, series = false): bigint {
  const { flood } = noiseBounds(parameters, operand.terms, operand.maxAbs, series);
  if (flood >= 1n) return flood;
  throw new InputError(
    'ERR_HE_NOISE',
    `an answer with ${operand.terms} terms of |P| ≤ ${operand.maxAbs} would not decrypt under ${parameters.profile}`,
    {
      help: 'Choose the parameters from the usage with chooseParameters().',
    },
  );
}

/** Fresh blinding for one answer with `count` wanted coefficients. `flood` is `floodBound` of the operand. */
export function drawBlinding(
  parameters: HeParameters,
  mode: Blinding['mode'],
  flood: bigint,
  count: number,
  random: SecureRandom,
): BlindingWords {
  const moduli = parameters.dataPrimes;
  if (mode === 'reveal') return { words: uniformFlood(random, flood, moduli, count), share: undefined };
  const mask = uniformRns(random, moduli, count);
  return { words: negate(mask, moduli, count), share: roundedShare(parameters, mask, count) };
}

/** round(t·r/q) mod t, exactly; q is odd, so there are no ties. */
export function roundedShare(parameters: HeParameters, mask: Uint32Array, count: number): Residues {
  const { dataPrimes, plainModulus: t } = parameters;
  const q = dataModulus(parameters);
  const half = q >> 1n;
  const cofactors = dataPrimes.map((prime) => q / BigInt(prime));
  const inverses = dataPrimes.map((prime, i) => invmod(Number(cofactors[i] % BigInt(prime)), prime));
  const share = new BigUint64Array(count);
  for (let c = 0; c < count; c++) {
    let lifted = 0n;
    for (let i = 0; i < dataPrimes.length; i++) lifted += BigInt(mulmod(mask[i * count + c], inverses[i], dataPrimes[i])) * cofactors[i];
    share[c] = ((t * lifted + half) / q) % t;
  }
  return share;
}

const all = new Map<number, Uint32Array>();

/** Every index, in order; made once. */
function allIndices(ringDegree: number): Uint32Array {
  const known = all.get(ringDegree) ?? Uint32Array.from({ length: ringDegree }, (_, i) => i);
  all.set(ringDegree, known);
  return known;
}

/** The indices that `wanted` names, for reading. @throws InputError `ERR_HE_WANTED` unless they are strictly increasing and below N. */
export function wantedIndices(parameters: HeParameters, wanted: Wanted): Uint32Array {
  if (wanted === 'all') return allIndices(parameters.ringDegree);
  const ordered = wanted.every((index, i) => index < parameters.ringDegree && (i === 0 || wanted[i - 1] < index));
  if (wanted.length > 0 && ordered) return wanted;
  throw new InputError(
    'ERR_HE_WANTED',
    `wanted coefficients must be at least one, strictly increasing and below ${parameters.ringDegree}`,
    {
      help: 'Use wantedCoefficients() of the layout, or "all".',
    },
  );
}

function negate(mask: Uint32Array, moduli: readonly number[], count: number): Uint32Array {
  return mask.map((word, i) => (word === 0 ? 0 : moduli[Math.floor(i / count)] - word));
}
