/** scoring: encrypted tree scores and the encrypted limit table. Imports base, data, he, learn, protocol. */
export { limitDisclosure, scoreDisclosure } from './disclosure.ts';
export {
  answerLimits,
  askLimits,
  LIMIT_PLAIN_MODULUS,
  type LimitAnswers,
  type LimitHolderInput,
  type LimitQuestion,
  type LimitTerms,
  MAX_LIMIT_UNITS,
} from './limit.ts';
export {
  joinUnits,
  type OwnHalf,
  ownHalf,
  pathBits,
  plainUnits,
  planHash,
  type RegisteredModel,
  type RemotePath,
  registerModel,
  SCORE_PLAIN_MODULUS,
  type ScoringPlan,
  unitsToProbability,
} from './registration.ts';
export type { ScoringPorts } from './session.ts';
export { answerScores, askScores, openScores, type ScoreAsker, type ScoreHolderInput, type ScoreQuestion, type Scores } from './trees.ts';
