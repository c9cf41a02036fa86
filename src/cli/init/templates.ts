/** The commented files of `fedcredit init`. They are read back by the tests: what is written here works. */

export function platformYaml({
  name,
  listen,
  bankName,
  bankPin,
}: {
  name: string;
  listen: string;
  bankName: string;
  bankPin: string;
}): string {
  return `# The platform's side (特征方, feature holder). Read by: fedcredit node -c platform.yaml
# Paths are relative to this file.
party:
  id: platform                       # must be the name in the certificate
  name: ${quote(name)}
  role: feature-holder

listen: ${quote(listen)}             # 0.0.0.0:7443 to be reached from other machines

# TLS 1.3 on both sides, certificates of this federation's own authority.
tls: {cert: tls/platform.crt, key: tls/platform.key, ca: tls/ca.crt}

# Who may connect at all. The pin is the fingerprint of the party's key; get it from its operator on another way than this link.
peers:
  - id: bank
    name: ${quote(bankName)}
    pin: ${bankPin}
    bitsPerMonth: 100000000          # what its jobs may learn from us in a month, in bits; answers stop when it is used up

# What we hold.
assets:
  - name: firms
    path: data/firms.csv             # CSV (UTF-8 or GB18030) or Parquet
    id: {column: uscc, mode: warn}   # 统一社会信用代码; strict: refuse bad codes, warn: keep and report, any: other keys
    # columns: [tax_grade, vat_12m]  # the columns that exist for jobs; default: all but the id
    # columns: {except: [name]}      # or all but some

# Who may ask for what. What is not written here is refused.
policy:
  - peer: bank
    asset: firms
    steps: [align, bin, train, score, limit]
    columns: all                     # or a list
    models: [gbdt, logistic_regression, scorecard]  # the last two show the bank how columns go together (second moments)
    allow: [feature-names]           # a bank may see which of its bins belong to which column; never their edges
                                     # linear-predictor, for the exact solver, shows it a partial score of every row: think first
    maxRows: 1000000
    maxTrees: 300
    maxDepth: 6
    minSupport: 100                  # no bin and no node with fewer rows

state: state                         # audit log, budgets, job states; of one node at a time

# limits: {maxSessions: 16, idleTimeoutMs: 600000, reattachGraceMs: 120000}
`;
}

export function bankYaml({
  name,
  platformName,
  platformPin,
  address,
}: {
  name: string;
  platformName: string;
  platformPin: string;
  address: string;
}): string {
  return `# The bank's side (标签方, label party). Read by: fedcredit run job.yaml, fedcredit check -c bank.yaml
# Paths are relative to this file.
party:
  id: bank
  name: ${quote(name)}
  role: label-party

tls: {cert: tls/bank.crt, key: tls/bank.key, ca: tls/ca.crt}

# The platform, where it listens, and the fingerprint of its key. It prints both when it starts.
peers:
  - id: platform
    name: ${quote(platformName)}
    pin: ${platformPin}
    address: ${quote(address)}

assets:
  - name: loans
    path: data/loans.csv
    id: {column: uscc, mode: warn}
    label: bad_12m                   # 0 or 1; 1 is bad (90+ days past due). Never leaves this machine in clear
    consent: consent                 # 0 or 1: the firm agreed to the joint use (授权); rows without it take no part

state: state
`;
}

export const jobYaml = (): string => `# A job of the bank. Run by: fedcredit run job.yaml
# What the platform is told of it (columns, bounds, purpose) goes into the contract that both sides hash.
job: first-limits                    # a changed job needs a new name
purpose: ${quote('预授信测算 (pre-credit limits)')}
peer: platform
data: loans                          # an asset of bank.yaml
peerAsset: firms                     # an asset of the platform
# columns: [avg_dep_90d, util_rate]  # own columns; default: all
# peerColumns: [tax_grade, vat_12m]  # the platform's columns; default: all it offers
test: 0.3                            # share of rows held out to evaluate on
train:                               # names, meanings and defaults are XGBoost's
  n_estimators: 30
  max_depth: 3
  learning_rate: 0.15
  max_bin: 32                        # fewer bins, fewer encrypted sums
# model: scorecard                   # instead of trees; also logistic_regression. Or on the command line: --model scorecard
# binning: {max_bins: 6, min_bin_size: 0.05, monotone: auto}
# regression: {solver: shared, degree: 9, iterations: 12, l2: 0}
# points: {base_score: 600, odds: 50, pdo: 20}
allow: [feature-names]               # bins of the platform by the names of its columns, if its policy allows
limit: {policy: policy.yaml}         # leave out to stop at scores
`;

export const policyYaml =
  (): string => `# The bank's limit policy (额度政策). Only "capacity" is told to the platform; the rest never leaves the bank.
version: "2026-01"
capacity:                            # the platform evaluates it on its own fields and keeps only the band
  combine: min
  caps:
    - {kind: linear, name: tax, terms: [{column: vat_12m, times: 7}, {column: cit_12m, times: 8}]}
    - {kind: linear, name: invoice, terms: [{column: sales_invoice_12m, times: 0.15}]}
  edges: [5万, 10万, 20万, 50万, 100万, 200万]
score:
  on: pd                             # from the lowest probability of default up; the last band has no "below"
  bands:
    - {name: A, below: 1%, times: 1, max: 300万}
    - {name: B, below: 4%, times: 0.6, max: 100万}
    - {name: C, veto: true}
floor: 3万
step: 1万
max: 300万
`;

export const readmeText = (): string => `# A development federation (开发用联邦)

| folder | belongs to | holds |
|---|---|---|
| \`platform/\` | the platform | its key, its configuration, later its data and its state |
| \`bank/\` | the bank | its key, its configuration, its job and its limit policy |
| \`authority/\` | nobody who runs a node | the key that can make new members: keep it offline |

In a real federation each party makes its own key, and the authority only signs: no key ever leaves its party.
`;

/** A YAML double-quoted scalar is a JSON string. */
const quote = (text: string): string => JSON.stringify(text);
