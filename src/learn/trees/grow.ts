/**
 * Growing one tree, level by level. The same loop serves the single-party reference and the label party of a federation: only the sources
 * differ, which is why their trees are identical (security.md T41).
 *
 * Per level: sums for every open node (only the smaller child of a split is asked, its sibling is parent minus child), choice of splits,
 * rows divided. A source that cannot tell row counts may propose a child that is too small; the choice is then struck out and the next
 * best taken, at most `attempts` times for a node, after which only sources with counts may split it (security.md H7).
 */
import { bestSplit, type Choice, type ChoiceRules, type OpenNode } from './choose.ts';
import { childBounds, leafWeight, UNBOUNDED, type WeightBounds } from './gain.ts';
import type { GbdtNode, GbdtTree } from './model.ts';
import type { GbdtConfig } from './parameters.ts';
import type { TreeGradients } from './quantise.ts';
import type { CandidateSource, CandidateSums, SplitAnswer, SplitRequest } from './source.ts';

/** How often a node may choose a remote split that leaves a child too small. Part of the contract: each attempt shows bits. */
export const SPLIT_ATTEMPTS = 3;

export interface GrowInput {
  readonly config: GbdtConfig;
  readonly tree: number;
  readonly rows: number;
  readonly gradients: TreeGradients;
  readonly sources: readonly CandidateSource[];
  readonly allowed: ChoiceRules['allowed'];
  readonly signal?: AbortSignal | undefined;
}

export interface GrownTree {
  readonly tree: GbdtTree;
  /** What the tree adds to the margin of each row. */
  readonly increments: Float64Array;
}

/** A node of the tree under construction. */
interface Growing {
  readonly index: number;
  readonly rows: Uint32Array;
  readonly g: number;
  readonly h: number;
  readonly count: number;
  readonly bounds: WeightBounds;
}

/** A node that may be split, with the sums of all its candidates. */
interface Open extends Growing, OpenNode {}

/** A split that was chosen and whose rows are divided. */
interface Division {
  readonly node: Open;
  readonly choice: Choice;
  readonly answer: SplitAnswer;
  readonly children: readonly [Growing, Growing];
}

export async function growTree(input: GrowInput): Promise<GrownTree> {
  const { config, gradients, sources } = input;
  const rules: ChoiceRules = { ...config, gScale: gradients.gScale, hScale: gradients.hScale, allowed: input.allowed };
  const nodes: GbdtNode[] = [];
  const grown: Growing[] = [];
  const add = (rows: Uint32Array, bounds: WeightBounds): Growing => {
    const node = { index: grown.length, rows, bounds, ...totals(rows, gradients) };
    grown.push(node);
    nodes.push(leafOf(node, config, gradients));
    return node;
  };
  await Promise.all(sources.map((source) => source.beginTree(input.tree, gradients)));
  const root = add(
    Uint32Array.from({ length: input.rows }, (_, row) => row),
    UNBOUNDED,
  );
  let level = await openRoot(root, input);
  for (let depth = 0; depth < config.max_depth && level.length > 0; depth++) {
    input.signal?.throwIfAborted();
    const divisions = await divideLevel(level, input, rules, add);
    for (const { node, choice, answer, children } of divisions) {
      nodes[node.index] = {
        kind: 'split',
        split: answer.split,
        left: children[0].index,
        right: children[1].index,
        gain: choice.gain,
        cover: node.h / gradients.hScale,
        count: node.count,
      };
    }
    level = depth + 1 < config.max_depth ? await openChildren(divisions, input) : [];
  }
  await Promise.all(sources.map((source) => source.endTree()));
  return { tree: { nodes }, increments: incrementsOf(nodes, grown, input.rows) };
}

function totals(rows: Uint32Array, { g, h, sampled }: TreeGradients): { g: number; h: number; count: number } {
  const sum = { g: 0, h: 0, count: 0 };
  for (const row of rows) {
    sum.g += g[row];
    sum.h += h[row];
    sum.count += sampled[row];
  }
  return sum;
}

function leafOf(node: Growing, config: GbdtConfig, { gScale, hScale }: TreeGradients): GbdtNode {
  const cover = node.h / hScale;
  return { kind: 'leaf', value: config.learning_rate * leafWeight(node.g / gScale, cover, config, node.bounds), cover, count: node.count };
}

function incrementsOf(nodes: readonly GbdtNode[], grown: readonly Growing[], rows: number): Float64Array {
  const increments = new Float64Array(rows);
  nodes.forEach((node, index) => {
    if (node.kind === 'leaf') for (const row of grown[index].rows) increments[row] = node.value;
  });
  return increments;
}

const canSplit = (node: Growing, config: GbdtConfig): boolean => node.count >= 2 * config.min_child_samples;

async function openRoot(root: Growing, input: GrowInput): Promise<Open[]> {
  if (!canSplit(root, input.config)) return [];
  const perSource = await Promise.all(input.sources.map((source) => source.sums([root.rows])));
  return [
    open(
      root,
      perSource.map((sums) => sums[0]),
      input,
    ),
  ];
}

/** Asks the smaller child of each split that has a child worth splitting, and subtracts for its sibling. */
async function openChildren(divisions: readonly Division[], input: GrowInput): Promise<Open[]> {
  const wanted = divisions.filter(({ children }) => children.some((child) => canSplit(child, input.config)));
  if (wanted.length === 0) return [];
  const smaller = wanted.map(({ children: [left, right] }) => (left.count <= right.count ? left : right));
  const perSource = await Promise.all(input.sources.map((source) => source.sums(smaller.map((child) => child.rows))));
  return wanted.flatMap(({ node, children }, i) => {
    const asked = perSource.map((sums) => sums[i]);
    const derived = asked.map((sums, s) => subtract(node.sums[s], sums));
    return children
      .filter((child) => canSplit(child, input.config))
      .map((child) => open(child, child === smaller[i] ? asked : derived, input));
  });
}

/** Where every source tells counts, the bound on h is not needed. */
function open(node: Growing, sums: readonly CandidateSums[], { gradients, config }: GrowInput): Open {
  const counted = sums.every(({ count }) => count !== undefined);
  return { ...node, sums, leastChildH: counted ? 0 : smallestSum(node.rows, gradients, config.min_child_samples) };
}

/** Sum of the k smallest h of the node's training rows; quantised h are counted instead of sorted, which took half of a tree's time. */
function smallestSum(rows: Uint32Array, { h, sampled }: TreeGradients, k: number): number {
  const values = new Float64Array(rows.length);
  let size = 0;
  let largest = 0;
  for (const row of rows) {
    if (sampled[row] !== 1) continue;
    largest = Math.max(largest, Number.isInteger(h[row]) ? h[row] : Infinity);
    values[size++] = h[row];
  }
  const used = values.subarray(0, size);
  return largest <= 0xffff
    ? countedSum(used, largest, k)
    : used
        .sort()
        .subarray(0, k)
        .reduce((sum, value) => sum + value, 0);
}

function countedSum(values: Float64Array, largest: number, k: number): number {
  const counts = new Uint32Array(largest + 1);
  for (const value of values) counts[value]++;
  let sum = 0;
  for (let value = 0, left = k; value <= largest && left > 0; value++) {
    sum += value * Math.min(left, counts[value]);
    left -= counts[value];
  }
  return sum;
}

function subtract(parent: CandidateSums, child: CandidateSums): CandidateSums {
  const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]);
  const sums = { g: minus(parent.g, child.g), h: minus(parent.h, child.h) };
  return parent.count && child.count ? { ...sums, count: minus(parent.count, child.count) } : sums;
}

/** A node that waits for a split, and what has been ruled out for it. */
interface Waiting {
  readonly node: Open;
  readonly struck: readonly Set<number>[];
  readonly closed: Set<number>;
  attempts: number;
}

/** Chooses and divides every node of a level; nodes without an admissible split stay leaves. Divisions come in the order of nodes. */
async function divideLevel(
  level: readonly Open[],
  input: GrowInput,
  rules: ChoiceRules,
  add: (rows: Uint32Array, bounds: WeightBounds) => Growing,
): Promise<Division[]> {
  const found = new Map<number, { choice: Choice; answer: SplitAnswer }>();
  let waiting: Waiting[] = level.map((node) => ({ node, struck: input.sources.map(() => new Set()), closed: new Set(), attempts: 0 }));
  while (waiting.length > 0) {
    const chosen = waiting.flatMap((entry) => {
      const choice = bestSplit(entry.node, input.sources, rules, entry);
      return choice ? [{ entry, choice }] : [];
    });
    const answers = await askBits(chosen, input.sources);
    waiting = [];
    chosen.forEach(({ entry, choice }, i) => {
      if (bothLargeEnough(entry.node, answers[i], input)) found.set(entry.node.index, { choice, answer: answers[i] });
      else waiting.push(strikeOut(entry, choice, input.sources));
    });
  }
  await Promise.all(input.sources.map((source) => source.endLevel()));
  return level.flatMap((node) => {
    const division = found.get(node.index);
    return division ? [divide(node, division.choice, division.answer, input, add)] : [];
  });
}

function strikeOut(entry: Waiting, choice: Choice, sources: readonly CandidateSource[]): Waiting {
  entry.struck[choice.source].add(choice.candidate);
  entry.attempts++;
  if (entry.attempts < SPLIT_ATTEMPTS) return entry;
  for (const [s, source] of sources.entries()) if (source.holder !== undefined) entry.closed.add(s);
  return entry;
}

/** One question per source for all nodes that chose it. */
async function askBits(
  chosen: readonly { readonly entry: Waiting; readonly choice: Choice }[],
  sources: readonly CandidateSource[],
): Promise<SplitAnswer[]> {
  const answers = new Array<SplitAnswer>(chosen.length);
  await Promise.all(
    sources.map(async (source, s) => {
      const own = [...chosen.keys()].filter((i) => chosen[i].choice.source === s);
      if (own.length === 0) return;
      const given = await source.split(own.map((i) => request(chosen[i].entry.node, chosen[i].choice)));
      own.forEach((i, k) => {
        answers[i] = given[k];
      });
    }),
  );
  return answers;
}

function request(node: Open, choice: Choice): SplitRequest {
  return { rows: node.rows, candidate: choice.candidate, g: choice.gLeft, h: choice.hLeft };
}

function bothLargeEnough(node: Open, { goesLeft }: SplitAnswer, { gradients, config }: GrowInput): boolean {
  let left = 0;
  for (let i = 0; i < goesLeft.length; i++) left += goesLeft[i] & gradients.sampled[node.rows[i]];
  return left >= config.min_child_samples && node.count - left >= config.min_child_samples;
}

function divide(
  node: Open,
  choice: Choice,
  answer: SplitAnswer,
  { sources, config, gradients }: GrowInput,
  add: (rows: Uint32Array, bounds: WeightBounds) => Growing,
): Division {
  const [leftRows, rightRows] = partition(node.rows, answer.goesLeft);
  const weight = (g: number, h: number): number => leafWeight(g / gradients.gScale, h / gradients.hScale, config, node.bounds);
  const [leftBounds, rightBounds] = childBounds(
    weight(choice.gLeft, choice.hLeft),
    weight(node.g - choice.gLeft, node.h - choice.hLeft),
    node.bounds,
    sources[choice.source].sign(choice.candidate),
  );
  return { node, choice, answer, children: [add(leftRows, leftBounds), add(rightRows, rightBounds)] };
}

/** Both sides in the order of the rows. */
function partition(rows: Uint32Array, goesLeft: Uint8Array): readonly [Uint32Array, Uint32Array] {
  const left = new Uint32Array(rows.length);
  const right = new Uint32Array(rows.length);
  let l = 0;
  let r = 0;
  for (let i = 0; i < rows.length; i++) {
    if (goesLeft[i] === 1) left[l++] = rows[i];
    else right[r++] = rows[i];
  }
  return [left.slice(0, l), right.slice(0, r)];
}
