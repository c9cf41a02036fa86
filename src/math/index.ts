/** math: special functions, distributions. Imports base. */
export { drawBernoulli, drawBeta, drawGamma, drawIndex, drawLogNormal, drawPoisson } from './distributions.ts';
export {
  betaCdf,
  binomialCdf,
  chiSquaredCdf,
  chiSquaredTail,
  erfc,
  gammaP,
  gammaQ,
  logGamma,
  normalCdf,
  normalQuantile,
  normalTwoSided,
} from './special.ts';
