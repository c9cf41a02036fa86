/**
 * A series: vectors multiplied by one operand one after the other, each under a secret key of its own, all over the same public polynomials.
 * c1 of an answer, Σ_i a_i·P_i, then depends on no vector: H sends it once (the "hint" of SimplePIR, Henzinger et al., USENIX Security 2023, here
 * over rings and blinded), and from then on an answer is the few wanted words of its c0.
 *
 *   L, a series     seeds of a_0 .. a_{k-1} and of a_z                                                    opening
 *   L, a vector     fresh s;  c_i = round(q·v_i/t) + e_i - a_i·s;  z = e_z - a_z·s, an encryption of zero     parts
 *   H, a series     per answer fresh ternary u, error e1:  hint = Σ a_i·P_i + a_z·u + e1
 *   H, a vector     per answer fresh flood f:              sum  = Σ c_i·P_i + z·u + f, wanted coefficients
 *   L               sum + hint·s = round(q·v·P/t) + (Σ e_i·P_i + e_z·u + e1·s) + f
 *
 * What L learns: nothing but sums. The bracket is drowned by f, fresh for every coefficient, so all of L's view can be made from the sums and the
 * hints; and the hint of an answer is one RLWE sample (a_z, a_z·u + e1) with a secret u that H used for this answer alone, whatever the
 * vectors were. Keys: the same a_i under many fresh secrets is RLWE many times (the "amortised" LWE of Peikert, Vaikuntanathan, Waters, CRYPTO
 * 2008), as with p1 and the many u of ordinary answers.
 *
 * A dishonest L can print u into sums by a z that is no encryption of zero (security.md H8). Each wanted coefficient then gives it log2 t bits of u,
 * and u serves a whole series: so a series ends before they could matter (`seriesLength`), and the next has fresh polynomials and a fresh u.
 */
import { PeerProtocolError } from '../base/index.ts';
import { profileByName } from './parameters.ts';
import type { HeParameters, SeriesQuestion } from './types.ts';

/**
 * Most vectors of a series with `wanted` coefficients an answer: all that they could tell a dishonest L of one u stays within the profile's
 * reserve. At least one: that is what an answer on its own tells.
 */
export function seriesLength({ profile, plainModulus }: HeParameters, wanted: number): number {
  // bitLength(t) is above log2(q/(2F + 1)), the most that one coefficient tells (README §1).
  const bits = wanted * plainModulus.toString(2).length;
  return Math.max(1, Math.floor(profileByName(profile).reserve / bits));
}

/** H: where series begin and end among the vectors it is asked. */
export class SeriesCount {
  readonly #most: number;
  #vectors = 0;

  constructor(parameters: HeParameters, wanted: number) {
    this.#most = seriesLength(parameters, wanted);
  }

  /**
   * Counts questions in turn; nothing is counted unless all are in order.
   * @throws PeerProtocolError `ERR_PEER_SERIES` where a series begins without an opening, or opens anew before it has ended.
   */
  admit(questions: readonly SeriesQuestion[]): void {
    questions.forEach(({ opening }, i) => {
      const begins = (this.#vectors + i) % this.#most === 0;
      if (begins === (opening !== undefined)) return;
      throw new PeerProtocolError(
        'ERR_PEER_SERIES',
        begins ? 'a series must be opened here' : 'a series is opened before the last one has ended',
        {
          help: 'Both parties must run the same release; if they do, the peer is not honest.',
        },
      );
    });
    this.#vectors += questions.length;
  }
}
