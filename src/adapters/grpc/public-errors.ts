/**
 * What a peer may hear of our errors: a code and a sentence from this table, nothing else. Messages, causes, stacks, file names and counts
 * stay here. A code that is not in the table crosses as the general one of its family, so that a new error is private until someone
 * decides otherwise. The receiver shows its own sentence for a code it knows; an unknown code is shown as reported.
 */
import { status } from '@grpc/grpc-js';
import { type Blame, FedcreditError, PeerProtocolError, RefusedError, TransportError } from '../../base/index.ts';

export interface PublicError {
  readonly code: `ERR_${string}`;
  readonly sentence: string;
}

interface CatalogEntry {
  readonly status: status;
  readonly blame: Blame;
  readonly sentence: string;
}

export const PUBLIC_ERRORS = Object.freeze({
  ERR_PEER_VERSION: entry(status.FAILED_PRECONDITION, 'peer', 'the parties speak different protocol versions'),
  ERR_PEER_MALFORMED_FRAME: entry(status.INVALID_ARGUMENT, 'peer', 'a frame was malformed or altered'),
  ERR_PEER_MALFORMED_MESSAGE: entry(status.INVALID_ARGUMENT, 'peer', 'a message was malformed'),
  ERR_PEER_UNEXPECTED_MESSAGE: entry(status.FAILED_PRECONDITION, 'peer', 'a message came out of the order of the protocol'),
  ERR_PEER_ALTERED: entry(status.DATA_LOSS, 'peer', 'messages were lost, repeated, reordered or altered on their way'),
  ERR_PEER_TOO_LARGE: entry(status.RESOURCE_EXHAUSTED, 'peer', 'a message was longer than the agreed limit'),
  ERR_PEER_CONTRACT: entry(status.FAILED_PRECONDITION, 'peer', 'the parties do not hold the same contract'),
  ERR_PEER_AUDIT_SIGNATURE: entry(
    status.UNAUTHENTICATED,
    'peer',
    'the head of an audit log, or its counter-signature, is not signed by the pinned key',
  ),
  ERR_PEER_AUDIT_FORKED: entry(status.DATA_LOSS, 'peer', 'the audit log shown does not continue the one witnessed before'),
  ERR_PEER_AUDIT_ROLLED_BACK: entry(status.DATA_LOSS, 'peer', 'the audit log shown is shorter than the one witnessed before'),
  ERR_PEER_PROTOCOL: entry(status.FAILED_PRECONDITION, 'peer', 'the protocol was broken'),
  ERR_REFUSED_OWN_CERTIFICATE: entry(status.UNAUTHENTICATED, 'refused', 'the certificate of the caller is not pinned here'),
  ERR_REFUSED_POLICY: entry(status.PERMISSION_DENIED, 'refused', 'the policy does not allow this step, asset, column or parameter'),
  ERR_REFUSED_AUDIT: entry(status.PERMISSION_DENIED, 'refused', 'heads of the audit log of the other side contradict each other'),
  ERR_REFUSED_BUDGET: entry(status.RESOURCE_EXHAUSTED, 'refused', 'the information budget of this month is used up'),
  ERR_REFUSED_BUSY: entry(status.RESOURCE_EXHAUSTED, 'refused', 'too many sessions are under way; try again later'),
  ERR_REFUSED_REATTACH: entry(status.NOT_FOUND, 'refused', 'that session cannot be taken up again here'),
  ERR_REFUSED_UNKNOWN_STEP: entry(status.UNIMPLEMENTED, 'refused', 'this node does not serve that step'),
  ERR_REFUSED_JOB_STATE: entry(status.FAILED_PRECONDITION, 'refused', 'an earlier step of this job must be run first'),
  ERR_REFUSED_ROW_BUDGET: entry(status.RESOURCE_EXHAUSTED, 'refused', 'a firm has been answered as often as one job allows'),
  ERR_REFUSED_REGISTRATION: entry(
    status.FAILED_PRECONDITION,
    'refused',
    'other encrypted weights are registered for this job, for good; use the stored scores, or a job under a new contract',
  ),
  ERR_REFUSED_REGISTERED_ANSWERS: entry(
    status.RESOURCE_EXHAUSTED,
    'refused',
    'as many answers as one registration allows have been given; use the stored scores, or a job under a new contract',
  ),
  ERR_SCORING_PLAN_CHANGED: entry(status.FAILED_PRECONDITION, 'refused', 'another scoring plan is registered for this model'),
  ERR_JOB_STEP_MISSING: entry(status.FAILED_PRECONDITION, 'refused', 'an earlier step of this job must be run first'),
  ERR_JOB_DATA_CHANGED: entry(status.FAILED_PRECONDITION, 'refused', 'the data at the peer changed since the alignment; align again'),
  ERR_GBDT_TOO_FEW_ROWS: entry(status.FAILED_PRECONDITION, 'refused', 'too few aligned rows for a split with the agreed minimum support'),
  ERR_GBDT_RESUME: entry(status.FAILED_PRECONDITION, 'refused', 'the holder does not remember the trees the training would go on from'),
  ERR_GBDT_LIMIT: entry(status.PERMISSION_DENIED, 'refused', 'a parameter of the training is above the limit of the holder'),
  ERR_REFUSED_OTHER_HALF: entry(
    status.FAILED_PRECONDITION,
    'refused',
    'the parties hold halves of different runs; run the step that made them again, and those behind it',
  ),
  ERR_REFUSED_ROWS: entry(status.PERMISSION_DENIED, 'refused', 'the holder has more rows than the contract counts with; raise maxPeerRows'),
  ERR_LR_FEW_ROWS: entry(status.FAILED_PRECONDITION, 'refused', 'too few aligned rows for so many columns'),
  ERR_LR_CONSENT: entry(status.PERMISSION_DENIED, 'refused', 'the exact method needs linear-predictor in the contract'),
  ERR_LR_SPARSE_COLUMN: entry(status.PERMISSION_DENIED, 'refused', 'a column of the holder differs from its usual value in too few rows'),
  ERR_LR_RARE_PAIR: entry(status.PERMISSION_DENIED, 'refused', 'two columns of the holder meet in too few rows'),
  ERR_LEARN_MISSING: entry(
    status.FAILED_PRECONDITION,
    'input',
    'a column of the holder has missing cells; name other peerColumns, or bin them in a scorecard',
  ),
  ERR_LEARN_CONSTANT: entry(status.FAILED_PRECONDITION, 'input', 'a column of the holder is constant; name other peerColumns'),
  ERR_JOB_CATEGORICAL: entry(
    status.FAILED_PRECONDITION,
    'input',
    'a column of the holder is categorical; name other peerColumns, or bin it in a scorecard',
  ),
  ERR_REFUSED_SHUTDOWN: entry(status.UNAVAILABLE, 'refused', 'the node is shutting down'),
  ERR_REFUSED: entry(status.PERMISSION_DENIED, 'refused', 'the request was refused'),
  ERR_PSI_EMPTY_INTERSECTION: entry(status.FAILED_PRECONDITION, 'input', 'the parties have no record in common'),
  ERR_INPUT: entry(status.FAILED_PRECONDITION, 'input', 'the data or configuration at the peer cannot be used; its operator sees why'),
  ERR_TRANSPORT_TIMEOUT: entry(status.DEADLINE_EXCEEDED, 'transport', 'a message did not come in time'),
  ERR_TRANSPORT: entry(status.UNAVAILABLE, 'transport', 'the link failed'),
  ERR_INTERNAL: entry(status.INTERNAL, 'local', 'the peer stopped on an error of its own; its log has the session'),
});

export type PublicCode = keyof typeof PUBLIC_ERRORS;

function entry(grpcStatus: status, blame: Blame, sentence: string): CatalogEntry {
  return Object.freeze({ status: grpcStatus, blame, sentence });
}

const FAMILY: Readonly<Record<Blame, PublicCode>> = Object.freeze({
  input: 'ERR_INPUT',
  peer: 'ERR_PEER_PROTOCOL',
  local: 'ERR_INTERNAL',
  transport: 'ERR_TRANSPORT',
  refused: 'ERR_REFUSED',
});

export const isPublicCode = (code: string): code is PublicCode => Object.hasOwn(PUBLIC_ERRORS, code);

/** What may be said to the peer about an error of ours. */
export function publicError(error: unknown): PublicError {
  const code = publicCode(error);
  return { code, sentence: PUBLIC_ERRORS[code].sentence };
}

function publicCode(error: unknown): PublicCode {
  if (!(error instanceof FedcreditError)) return 'ERR_INTERNAL';
  return isPublicCode(error.code) ? error.code : FAMILY[error.blame];
}

export const grpcStatusOf = (error: unknown): status => PUBLIC_ERRORS[publicCode(error)].status;

/**
 * The peer's report as an error of ours. `code` is the peer's when we know it, else `ERR_PEER_REPORTED`; `details.peerCode` and
 * `details.peerSentence` hold what was said.
 */
export function reportedError(peer: string, report: { code: string; sentence: string }): FedcreditError {
  const known = isPublicCode(report.code) ? PUBLIC_ERRORS[report.code] : undefined;
  const code = known ? (report.code as PublicCode) : 'ERR_PEER_REPORTED';
  const message = `${peer} reports: ${known?.sentence ?? report.sentence} [${report.code}]`;
  const options = { details: { peer, peerCode: report.code, peerSentence: report.sentence }, help: HELP[known?.blame ?? 'local'] };
  switch (known?.blame) {
    case 'refused':
      return new RefusedError(code, message, options);
    case 'transport':
      return new TransportError(code, message, options);
    default:
      return new PeerProtocolError(code, message, options);
  }
}

const HELP: Readonly<Record<Blame, string>> = Object.freeze({
  input: 'Ask the operator of the peer to look at its log.',
  peer: 'The peer says that this side broke the protocol: check that both run the same version, then run the step again.',
  local: 'Ask the operator of the peer to look at its log, then run the step again.',
  transport: 'Run the step again.',
  refused: 'Ask the operator of the peer what its policy allows, or change the job.',
});
