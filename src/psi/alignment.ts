/**
 * Alignment: what private set intersection leaves behind. Row numbers of one's own table, never ids.
 */

/** Row `rows[k]` of one party and row `rows[k]` of the other belong to the same record, for every k. */
export interface Alignment {
  /** Zero-based row numbers in this party's own input, in the common order of both parties (a random one). */
  readonly rows: Uint32Array;
  /** How many rows the peer brought: part of what the protocol discloses. */
  readonly peerRows: number;
}
