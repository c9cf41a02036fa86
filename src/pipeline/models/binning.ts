/** The bin step at the bank: the platform's columns from encrypted labels, its own in the clear, and both as variables for people. */
import { InputError } from '../../base/index.ts';
import { columnSchema } from '../../data/index.ts';
import { type BinnedFeature, type BinningContract, binningTerms, labelParty } from '../../federated/vertical/binning/index.ts';
import { fitBinning } from '../../learn/binning/index.ts';
import { BINS, keep, MODEL_KEYS, type Paired, type StoredBins } from '../artifacts.ts';
import { type JobParameters, parametersOf } from '../contract.ts';
import { binDisclosure } from '../contract-disclosure.ts';
import { type AgreedBinning, type Allowance, binningOptions, type ModelKind } from '../model-sections.ts';
import { receiveNames } from '../pairing.ts';
import { assertUnregistered } from '../registrations.ts';
import { type AlignedOwn, alignedOwn, type BankDesk, reported, trainingOf } from '../step.ts';
import type { StepReport } from '../summary.ts';
import { holderVariable, ownVariable, type Variable } from '../variables.ts';

/** What both parties sign for the bins: derived from the contract alone. @throws InputError `ERR_JOB_NO_BINS` */
export function binningContract({ features, binning }: JobParameters, model: ModelKind, rows: number, minSupport: number): BinningContract {
  return {
    rows,
    maxFeatures: features.length,
    options: binningOptions(agreed(binning), rows, minSupport),
    disguisedWoe: model === 'scorecard',
  };
}

function agreed(binning: AgreedBinning | undefined): AgreedBinning {
  if (binning) return binning;
  throw new InputError('ERR_JOB_NO_BINS', 'the job has no bins', {
    help: 'Add "binning: {max_bins: 6}" to the job, or use "--model scorecard".',
  });
}

export async function binStep(desk: BankDesk): Promise<{ readonly report: StepReport; readonly variables: readonly Variable[] }> {
  const { contract, job, engine, random, progress } = desk;
  await assertUnregistered(desk);
  const parameters = parametersOf(contract);
  const { minSupport, allow = [] } = contract.terms;
  const own = await alignedOwn(desk);
  const { table, labels } = trainingOf(own);
  const terms = binningContract(parameters, job.model, table.rows, minSupport);
  const minInformationValue = job.binning?.min_iv ?? 0;
  let variables: readonly Variable[] = [];
  const report = await reported(desk, 'bin', async (channel, { sessionId }) => {
    const binning = await labelParty(channel, { contract: terms, labels, minInformationValue }, { engine, random, progress });
    const names = allow.includes('feature-names') ? await receiveNames(channel, parameters.features) : undefined;
    variables = [...ownVariables(desk, own, terms), ...holderVariables(desk, binning.features, names)];
    for (const key of MODEL_KEYS) await desk.store.delete(key);
    const stored: Paired<StoredBins> = { session: sessionId, value: { binning, names, variables } };
    await keep(desk.store, BINS, stored);
    const facts = { rows: table.rows, features: variables.length, kept: variables.filter(({ kept }) => kept).length };
    return { disclosure: binDisclosure({ ...disclosureFacts(desk, parameters), rows: table.rows }), facts };
  });
  return { report, variables };
}

/** The bounds of the contract, for the rows that took part. */
export function disclosureFacts(
  { contract, job }: BankDesk,
  { features, binning, regression, maxPeerRows }: JobParameters,
): Parameters<typeof binDisclosure>[0] {
  const { maxRows, minSupport, maxTrees, maxDepth } = contract.terms;
  return {
    rows: maxRows,
    maxPeerRows,
    features: features.length,
    labelColumns: regression?.labelColumns ?? 0,
    minSupport,
    model: job.model,
    trees: { n_estimators: maxTrees, max_depth: maxDepth, max_bin: 0 },
    binning,
    regression,
    allow: (contract.terms.allow ?? []) as readonly Allowance[],
    limits: job.limit !== undefined,
  };
}

function ownVariables(desk: BankDesk, own: AlignedOwn, terms: BinningContract): Variable[] {
  const { asset, contract, job } = desk;
  const { rules } = binningTerms(terms);
  const { table, labels } = trainingOf(own);
  return [...table.columns].map(([name, values]) => {
    const binning = fitBinning(values, labels, rules, asset.categorical.has(name) ? 'categorical' : 'numeric');
    const kept = binning.table.informationValue >= (job.binning?.min_iv ?? 0);
    const zh = asset.schema && columnSchema(asset.schema, name)?.zh;
    return ownVariable(binning, { name, zh, party: contract.terms.caller, kept, values, levels: asset.levels.get(name) });
  });
}

const holderVariables = ({ job }: BankDesk, features: readonly BinnedFeature[], names: readonly string[] | undefined): Variable[] =>
  features.map((feature, f) => holderVariable(feature, { name: holderLabel(f, names), party: job.peer }));

/** What the bank calls the platform's f-th feature. */
export const holderLabel = (f: number, names: readonly string[] | undefined): string => names?.[f] ?? `feature ${f + 1}`;
