/**
 * Score points of a PD: points = A − B·ln(odds), B = PDO/ln 2, A = P0 + B·ln(θ0), with 600 points at odds 1:50 (bad:good) and 20 points to
 * double them (credit.md §2.4).
 */
const PDO = 20;
const BASE_POINTS = 600;
const BASE_ODDS = 1 / 50;
const B = PDO / Math.LN2;
const A = BASE_POINTS + B * Math.log(BASE_ODDS);

/** Whole points; more is better. @param pd in (0, 1) */
export const scorePoints = (pd: number): number => Math.round(A - B * Math.log(pd / (1 - pd)));
