/** Scorecard: integer points from a logistic regression on weight of evidence. */
export {
  buildScorecard,
  defaultProbability,
  type Scorecard,
  type ScorecardFeature,
  type ScorecardTerm,
  type ScoreScale,
  scoreRows,
  scoreScale,
} from './scorecard.ts';
