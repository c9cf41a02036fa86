/**
 * Policy: deny by default. A step runs only if some rule for this very peer allows the step, the asset, every column and every bound of the
 * contract. Decided when a session opens; the column list that comes out is what the handler may read, and nothing else.
 */
import { RefusedError } from '../base/index.ts';
import type { ContractTerms } from './contract.ts';

export interface PolicyRule {
  readonly peer: string;
  readonly steps: readonly string[];
  readonly asset: string;
  /** Columns the peer's jobs may use. */
  readonly columns: readonly string[];
  /** What its jobs may train. @default ['gbdt'] */
  readonly models?: readonly string[];
  /** Disclosures that only an explicit word permits (`allow` of the contract). @default none */
  readonly allow?: readonly string[];
  readonly maxRows: number;
  readonly maxTrees: number;
  readonly maxDepth: number;
  readonly minSupport: number;
}

/** What a rule without `models` lets a peer train. */
export const DEFAULT_MODELS: readonly string[] = ['gbdt'];

export interface Request {
  readonly party: string;
  readonly peer: string;
  readonly jobId: string;
  readonly step: string;
  readonly terms: ContractTerms;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * @returns the rule that allows it
 * @throws RefusedError `ERR_REFUSED_POLICY` with what exactly is not allowed, for our own log; the peer hears the code only.
 */
export function authorize(rules: readonly PolicyRule[], request: Request): PolicyRule {
  const problem = contractProblem(request);
  if (problem) throw refused(request, problem);
  const candidates = rules.filter(({ peer, asset }) => peer === request.peer && asset === request.terms.asset);
  if (candidates.length === 0) throw refused(request, `no rule lets ${request.peer} use the asset "${request.terms.asset}"`);
  const problems = candidates.map((rule) => ruleProblem(rule, request));
  const allowed = candidates.find((_, i) => problems[i] === undefined);
  if (!allowed) throw refused(request, problems[0] ?? 'no rule allows it');
  return allowed;
}

/** The contract must be about this session and nobody else's. */
function contractProblem({ party, peer, jobId, step, terms, now }: Request): string | undefined {
  if (terms.callee !== party) return `the contract is with "${terms.callee}"`;
  if (terms.caller !== peer) return `the contract names "${terms.caller}" as the one who asks`;
  if (terms.jobId !== jobId) return `the contract is for job "${terms.jobId}"`;
  if (!terms.steps.includes(step)) return `the contract does not include the step "${step}"`;
  if (terms.expires !== undefined && now > Date.parse(terms.expires)) return `the contract expired at ${terms.expires}`;
  return undefined;
}

function ruleProblem(rule: PolicyRule, { step, terms }: Request): string | undefined {
  if (!rule.steps.includes(step)) return `the step "${step}" is not allowed`;
  const column = terms.columns.find((name) => !rule.columns.includes(name));
  if (column !== undefined) return `the column "${column}" is not allowed`;
  const { models = DEFAULT_MODELS, allow = [] } = rule;
  if (terms.model !== undefined && !models.includes(terms.model)) return `the model "${terms.model}" is not allowed`;
  const disclosure = terms.allow?.find((one) => !allow.includes(one));
  if (disclosure !== undefined) return `the disclosure "${disclosure}" is not allowed`;
  if (terms.maxRows > rule.maxRows) return `maxRows is ${terms.maxRows}, allowed are ${rule.maxRows}`;
  if (terms.maxTrees > rule.maxTrees) return `maxTrees is ${terms.maxTrees}, allowed are ${rule.maxTrees}`;
  if (terms.maxDepth > rule.maxDepth) return `maxDepth is ${terms.maxDepth}, allowed is ${rule.maxDepth}`;
  if (terms.minSupport < rule.minSupport) return `minSupport is ${terms.minSupport}, at least ${rule.minSupport} is required`;
  return undefined;
}

function refused({ peer, jobId, step }: Request, problem: string): RefusedError {
  return new RefusedError('ERR_REFUSED_POLICY', `${peer}, job ${jobId}, step ${step}: ${problem}`, {
    help: 'Change the job, or the policy of this node if the request is right.',
    details: { peer, job: jobId, step, problem },
  });
}

/** What a peer may be told it can ask for. */
export function offersTo(rules: readonly PolicyRule[], peer: string): { assets: { name: string; columns: string[] }[]; steps: string[] } {
  const own = rules.filter((rule) => rule.peer === peer);
  const assets = [...new Set(own.map(({ asset }) => asset))].map((name) => ({
    name,
    columns: [...new Set(own.filter(({ asset }) => asset === name).flatMap(({ columns }) => columns))],
  }));
  return { assets, steps: [...new Set(own.flatMap(({ steps }) => steps))] };
}
