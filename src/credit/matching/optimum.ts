/**
 * The platform's optimum: the assignment with the largest total value under the quotas, a minimum-cost flow (the constraint matrix is
 * totally unimodular, so the linear program has whole solutions), solved by HiGHS. Not stable in general: use it where the platform
 * allots scarce public money, deferred acceptance where both sides choose.
 */
import highsModule, { type Highs, type ModelData } from 'highs';
import { InputError, LocalProtocolError } from '../../base/index.ts';
import type { Assignment } from './deferred-acceptance.ts';
import { type Market, ranked } from './market.ts';

/** What is maximised, and over which pairs. */
export interface OptimumOptions {
  /** Value of a pair; the sum is made as large as possible. @default firm utility + bank utility */
  readonly value?: (firm: number, product: number) => number;
  /** Only each firm's best products by its own utility enter; all of them for a true optimum. @default all */
  readonly perFirm?: number;
}

interface Edge {
  readonly firm: number;
  readonly product: number;
  readonly value: number;
}

/** The package's types describe its CommonJS build; its ES module exports the loader as default. */
const loadHighs = highsModule as unknown as (typeof highsModule)['default'];

/** The solver's WebAssembly is loaded at the first use, once. */
let solver: Promise<Highs> | undefined;

/** @throws InputError `ERR_CREDIT_MATCHING_VALUE` for a value that is not finite. */
export async function optimalAssignment(market: Market, options: OptimumOptions = {}): Promise<Assignment> {
  const edges = edgesOf(market, options);
  const assignment = new Int32Array(market.firms).fill(-1);
  if (edges.length === 0) return assignment;
  solver ??= loadHighs();
  const highs = await solver;
  const flow = highs.withModel(program(market, edges, highs), (model) => {
    model.options.set({ output_flag: false });
    model.run();
    return model.getSolution().colValue;
  });
  edges.forEach(({ firm, product }, i) => {
    const x = flow[i];
    if (Math.abs(x - Math.round(x)) > 1e-6) throw new LocalProtocolError('ERR_INTERNAL_FLOW', 'the flow is not whole');
    if (x > 0.5) assignment[firm] = product;
  });
  return assignment;
}

function edgesOf(market: Market, { value, perFirm }: OptimumOptions): readonly Edge[] {
  const worth =
    value ?? ((f: number, p: number) => market.firmUtility[f * market.products + p] + market.bankUtility[f * market.products + p]);
  const edges: Edge[] = [];
  for (let firm = 0; firm < market.firms; firm++) {
    for (const product of ranked(market, firm).slice(0, perFirm ?? market.products)) {
      const v = worth(firm, product);
      if (!Number.isFinite(v)) throw new InputError('ERR_CREDIT_MATCHING_VALUE', 'the value of a pair is not finite');
      if (v > 0) edges.push({ firm, product, value: v });
    }
  }
  return edges;
}

/** One column per edge with two ones: its firm's row (at most 1) and its product's row (at most the quota). */
function program(market: Market, edges: readonly Edge[], highs: Highs): ModelData {
  const rows = market.firms + market.products;
  return {
    numCols: edges.length,
    numRows: rows,
    sense: highs.constants.objectiveSense.maximize,
    colCost: Float64Array.from(edges, (edge) => edge.value),
    colLower: new Float64Array(edges.length),
    colUpper: new Float64Array(edges.length).fill(1),
    rowLower: new Float64Array(rows),
    rowUpper: Float64Array.from({ length: rows }, (_, r) => (r < market.firms ? 1 : market.quotas[r - market.firms])),
    matrix: {
      format: 'csc' as const,
      numRows: rows,
      numCols: edges.length,
      starts: Int32Array.from({ length: edges.length + 1 }, (_, i) => 2 * i),
      indices: Int32Array.from(edges.flatMap((edge) => [edge.firm, market.firms + edge.product])),
      values: new Float64Array(2 * edges.length).fill(1),
    },
  };
}
