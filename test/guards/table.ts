/** All guards, room by room. */
import { FEDERATED_GUARDS } from './federated.ts';
import type { Guard } from './guard.ts';
import { HE_GUARDS } from './he.ts';
import { NODE_GUARDS } from './node.ts';
import { PSI_GUARDS } from './psi.ts';
import { SCORING_GUARDS } from './scoring.ts';
import { SERIES_GUARDS } from './series.ts';
import { TRANSPORT_GUARDS } from './transport.ts';

export const GUARDS: readonly Guard[] = Object.freeze([
  ...HE_GUARDS,
  ...SERIES_GUARDS,
  ...PSI_GUARDS,
  ...FEDERATED_GUARDS,
  ...SCORING_GUARDS,
  ...NODE_GUARDS,
  ...TRANSPORT_GUARDS,
]);
