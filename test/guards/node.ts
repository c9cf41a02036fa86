/** Guards of node/: contract, policy, budget, job state, audit log. */
import { AUDIT_GUARDS } from './audit.ts';
import { type Guard, guard } from './guard.ts';

const DAEMON = 'test/node/daemon.test.ts';
const MATRIX = 'test/node/authorisation-guard.test.ts';
const BUDGET = 'test/node/budget.test.ts';
const STATE = 'test/node/job-state.test.ts';

const policy = (what: string, protects: string, text: string, name: string): Guard =>
  guard(
    `T59 policy: ${what}`,
    protects,
    ['src/node/policy.ts', text, text.replace(/^if \(.*?\) return/, 'if (step === undefined) return')],
    [DAEMON, name],
  );

const authorisation: readonly Guard[] = [
  policy(
    'the contract is with us',
    'a contract with somebody else opens our data',
    'if (terms.callee !== party) return',
    'a contract with somebody else',
  ),
  policy(
    'the contract is the caller’s',
    'one bank uses another’s contract',
    'if (terms.caller !== peer) return',
    'a contract of somebody else',
  ),
  policy(
    'the job is the contract’s',
    'a contract serves another job’s counters',
    'if (terms.jobId !== jobId) return',
    'refuses a contract for another job than the session names',
  ),
  policy(
    'the step is in the contract',
    'a step nobody agreed on',
    'if (!terms.steps.includes(step)) return',
    'a step the contract does not list',
  ),
  policy(
    'the contract has not expired',
    'a contract for ever',
    'if (terms.expires !== undefined && now > Date.parse(terms.expires)) return',
    'an expired contract',
  ),
  policy(
    'the step is allowed',
    'a step the policy does not list',
    'if (!rule.steps.includes(step)) return',
    'a step the policy does not list',
  ),
  policy('the columns are allowed', 'columns beyond the policy', 'if (column !== undefined) return', 'a column that is not allowed'),
  policy('rows', 'more rows than the policy allows', 'if (terms.maxRows > rule.maxRows) return', 'more rows than allowed'),
  policy('trees', 'more trees', 'if (terms.maxTrees > rule.maxTrees) return', 'more trees than allowed'),
  policy('depth', 'deeper trees', 'if (terms.maxDepth > rule.maxDepth) return', 'deeper trees than allowed'),
  policy('support', 'smaller nodes', 'if (terms.minSupport < rule.minSupport) return', 'smaller nodes than allowed'),
  guard(
    'T59 policy: rules of this peer alone',
    'one peer lives by the rules of another',
    [
      'src/node/policy.ts',
      'rules.filter(({ peer, asset }) => peer === request.peer && asset === request.terms.asset)',
      'rules.filter(({ asset }) => asset === request.terms.asset)',
    ],
    [DAEMON, 'lends no peer the rules of another'],
  ),
  guard(
    'T59 policy: the asset',
    'rules for one table open another',
    [
      'src/node/policy.ts',
      'rules.filter(({ peer, asset }) => peer === request.peer && asset === request.terms.asset)',
      'rules.filter(({ peer }) => peer === request.peer)',
    ],
    [DAEMON, 'an asset without a rule'],
  ),
  guard(
    'T59 policy is asked at all',
    'everything is allowed',
    [
      'src/node/daemon.ts',
      'authorize(rules, { party: party.id, peer, jobId, step, terms: contract.terms, now: clock.now() });',
      'void [authorize, rules, party, clock];',
    ],
    [MATRIX, 'is asked by the node for every session before its handler runs'],
  ),
  guard(
    'T57 the contract of a job is on the disk',
    'a restart, or nine other jobs, open a job to another contract',
    ['src/node/daemon.ts', 'if (begunUnder !== undefined && begunUnder !== contract.hash) throw', "if (begunUnder === '') throw"],
    ['test/node/one-contract-guard.test.ts', 'keeps its contract when the node starts again'],
  ),
  guard(
    'T33 a job under way is not forgotten',
    'two sessions of one job count the same answers',
    [
      'src/node/job-memory.ts',
      'if (sessions === 0 && oldest !== jobId) jobs.delete(oldest);',
      'if (oldest !== jobId) jobs.delete(oldest);',
    ],
    ['test/node/one-contract-guard.test.ts', 'is not forgotten while a session of it is under way'],
  ),
  guard(
    'T59 policy: the model',
    'a model the policy does not name',
    ['src/node/policy.ts', 'if (terms.model !== undefined && !models.includes(terms.model)) return', 'if (step === undefined) return'],
    [MATRIX, 'models and disclosures that no rule names are refused (T59)'],
  ),
  guard(
    'T59 policy: disclosures beyond the usual',
    'partial scores in the clear without anybody’s explicit word',
    ['src/node/policy.ts', 'if (disclosure !== undefined) return', 'if (step === undefined) return'],
    [MATRIX, 'models and disclosures that no rule names are refused (T59)'],
  ),
  guard(
    'T59 offers',
    'a stranger reads what others may ask',
    ['src/node/policy.ts', 'const own = rules.filter((rule) => rule.peer === peer);', 'const own = rules;'],
    [DAEMON, 'tells a peer only what its policy allows that peer'],
  ),
  guard(
    'T57 contracts are canonical',
    'two parties hash one contract differently, or one hash has two meanings',
    ['src/node/contract.ts', "if (Buffer.compare(canonical, bytes) !== 0) throw unreadable('it is not written canonically');", ''],
    [DAEMON, 'refuses a contract that is not written canonically'],
  ),
  guard(
    'T57 one contract a job',
    'a job changes its terms between two steps',
    ['src/node/job-memory.ts', 'if (job.contractHash !== contractHash) {', 'if (contractHash.length === 0) {'],
    ['test/node/one-contract-guard.test.ts', 'begun twice at once under two contracts is one of them'],
  ),
];

const bookkeeping: readonly Guard[] = [
  guard(
    'T33 H5 the budget is a limit',
    'bits without end',
    ['src/node/budget.ts', 'if (spentBits + bits > limit) throw', 'if (limit < 0) throw'],
    [BUDGET, 'refuses with what is left, and takes nothing'],
  ),
  guard(
    'T33 debits take turns',
    'two sessions spend the same bits',
    ['src/node/budget.ts', 'const result = turn.then(work);', 'const result = work();'],
    [BUDGET, 'gives out its bits and not one more, however many ask at once'],
  ),
  guard(
    'T33 debits are on the disk',
    'a restart gives the bits back',
    ['src/node/budget.ts', 'await writeFileAtomic(path, JSON.stringify({ month, spentBits: spentBits + bits }));', ''],
    [BUDGET, 'remembers after a restart'],
  ),
  guard(
    'T55 a clock set back',
    'a month opened twice',
    [
      'src/node/budget.ts',
      'if (account && account.month >= month) return account;',
      'if (account && account.month === month) return account;',
    ],
    [BUDGET, 'starts anew with the month, and not when the clock is set back'],
  ),
  guard(
    'no entry, no bits',
    'a peer without a budget',
    ['src/node/budget.ts', 'const limit = bitsPerMonth.get(peer) ?? 0;', 'const limit = bitsPerMonth.get(peer) ?? 1e9;'],
    [BUDGET, 'has nothing for a peer without an entry'],
  ),
  guard(
    'a damaged budget stops',
    'a cut file starts the month again',
    [
      'src/node/budget.ts',
      "throw new InputError('ERR_BUDGET_FILE',",
      "if (path) return undefined;\n    throw new InputError('ERR_BUDGET_FILE',",
    ],
    [BUDGET, 'stops rather than start again when its file is damaged'],
  ),
  guard(
    'debits are numbers of bits',
    'a negative debit fills the account',
    ['src/node/budget.ts', 'if (!(Number.isFinite(bits) && bits >= 0))', 'if (bits === undefined)'],
    [BUDGET, 'refuses a debit that is no number of bits'],
  ),
  guard(
    'keys of a store are names',
    'a key that is a path',
    ['src/node/job-store.ts', 'if (!KEY.test(key)) throw', 'if (key.length > 1e6) throw'],
    [STATE, '../escape'],
  ),
  guard(
    'a store is one peer’s and one job’s',
    'a bank reads another’s alignment',
    [
      'src/node/job-store.ts',
      'const home = join(folder, encodeURIComponent(peer), encodeURIComponent(jobId));',
      'const home = join(folder, encodeURIComponent(jobId));',
    ],
    [STATE, 'keeps bytes by peer, job and key'],
  ),
  guard(
    'names are no paths',
    'a peer called ../x writes beside the folder',
    [
      'src/node/job-store.ts',
      'const home = join(folder, encodeURIComponent(peer), encodeURIComponent(jobId));',
      'const home = join(folder, peer, jobId);',
    ],
    [STATE, 'does not let names of peers and jobs become paths, and is closed to others'],
  ),
  guard(
    'state of a job is bounded',
    'one job fills the disk',
    ['src/node/job-store.ts', 'if (value.length > maxBytesPerJob) {', 'if (value.length < 0) {'],
    [STATE, 'refuses a job that would keep more than its share'],
  ),
  guard(
    'one node a state folder',
    'two nodes spend one budget',
    ['src/node/folder-lock.ts', 'if (owner !== undefined && isAlive(owner)) throw', 'if (owner === -1) throw'],
    [DAEMON, 'refuses to share its state folder with a second node'],
  ),
  guard(
    'an answer that was not written down is not given',
    'a session without a line in the log',
    ['src/node/daemon.ts', "await this.#audit.log.append('session-opened', facts);", ''],
    [DAEMON, 'writes every session down, with contract, bytes and bits'],
  ),
];

export const NODE_GUARDS: readonly Guard[] = [...authorisation, ...bookkeeping, ...AUDIT_GUARDS];
