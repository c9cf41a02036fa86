/** checks (联合核验, 用数合规): bills, pledges and look-ups, each against what others hold. */
export { type AccessFinding, type AccessLookup, type AccessOptions, accessFindings } from './access.ts';
export { type BillClaimRow, type BillRegister, billRegister, type ClaimVerdict, checkClaims } from './claims.ts';
export { assetKey, type BillRow, billKey } from './keys.ts';
export { type OverPledge, overPledged, type PledgeReport, type PledgeRow } from './pledges.ts';
