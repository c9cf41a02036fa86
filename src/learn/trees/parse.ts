/**
 * Reading models back from JSON: every field is checked before it becomes a model, and what is not named here is refused. A model file is
 * input, not code: trees must be trees (children after their parent, each node reached once).
 */
import { InputError } from '../../base/index.ts';
import type { GbdtHolderModel, GbdtModel, GbdtNode, GbdtTree, HolderSplit } from './model.ts';
import type { ModelSplit } from './source.ts';

type Fields = Readonly<Record<string, unknown>>;

/** @throws InputError `ERR_LEARN_MODEL_FORMAT` naming the place that is wrong; the value itself is never printed. */
export function parseGbdtModel(json: unknown): GbdtModel {
  const model = record(json, 'model', ['format', 'version', 'objective', 'baseMargin', 'features', 'holders', 'trees']);
  checkHead(model, 'fedcredit-gbdt');
  const objective = model.objective;
  if (objective !== 'binary:logistic' && objective !== 'reg:squarederror') throw wrong('model.objective');
  const features = names(model.features, 'model.features');
  const holders = names(model.holders, 'model.holders');
  const trees = list(model.trees, 'model.trees').map((tree, t) => parseTree(tree, `model.trees[${t}]`, features, holders));
  const baseMargin = finite(model.baseMargin, 'model.baseMargin');
  return { format: 'fedcredit-gbdt', version: 1, objective, baseMargin, features, holders, trees };
}

/** @throws InputError `ERR_LEARN_MODEL_FORMAT`. */
export function parseGbdtHolderModel(json: unknown): GbdtHolderModel {
  const model = record(json, 'model', ['format', 'version', 'splits']);
  checkHead(model, 'fedcredit-gbdt-holder');
  const splits = list(model.splits, 'model.splits').map((split, i) => parseHolderSplit(split, `model.splits[${i}]`));
  if (new Set(splits.map(({ splitId }) => splitId)).size !== splits.length) throw wrong('model.splits (an id stands twice)');
  return { format: 'fedcredit-gbdt-holder', version: 1, splits };
}

function checkHead(model: Fields, format: string): void {
  if (model.format !== format) throw wrong('model.format', `expected "${format}"`);
  if (model.version !== 1) throw wrong('model.version', 'this release reads version 1');
}

function parseTree(json: unknown, at: string, features: readonly string[], holders: readonly string[]): GbdtTree {
  const tree = record(json, at, ['nodes']);
  const raw = list(tree.nodes, `${at}.nodes`);
  if (raw.length === 0) throw wrong(`${at}.nodes`, 'a tree has at least a leaf');
  const nodes = raw.map((node, i) => parseNode(node, `${at}.nodes[${i}]`, i, raw.length, features, holders));
  const reached = new Set<number>([0]);
  for (const node of nodes) {
    for (const child of node.kind === 'split' ? [node.left, node.right] : []) {
      if (reached.has(child)) throw wrong(`${at}.nodes`, 'a node has two parents');
      reached.add(child);
    }
  }
  if (reached.size !== nodes.length) throw wrong(`${at}.nodes`, 'a node is not reached from the root');
  return { nodes };
}

function parseNode(
  json: unknown,
  at: string,
  index: number,
  size: number,
  features: readonly string[],
  holders: readonly string[],
): GbdtNode {
  const kind = typeof json === 'object' && json !== null ? (json as Fields).kind : undefined;
  if (kind === 'leaf') {
    const leaf = record(json, at, ['kind', 'value', 'cover', 'count']);
    return { kind, value: finite(leaf.value, `${at}.value`), ...figures(leaf, at) };
  }
  if (kind !== 'split') throw wrong(`${at}.kind`);
  const node = record(json, at, ['kind', 'split', 'left', 'right', 'gain', 'cover', 'count']);
  return {
    kind,
    split: parseSplit(node.split, `${at}.split`, features, holders),
    left: count(node.left, `${at}.left`, index + 1, size - 1),
    right: count(node.right, `${at}.right`, index + 1, size - 1),
    gain: finite(node.gain, `${at}.gain`),
    ...figures(node, at),
  };
}

function figures(node: Fields, at: string): { cover: number; count: number } {
  return { cover: finite(node.cover, `${at}.cover`), count: count(node.count, `${at}.count`) };
}

function parseSplit(json: unknown, at: string, features: readonly string[], holders: readonly string[]): ModelSplit {
  const kind = typeof json === 'object' && json !== null ? (json as Fields).kind : undefined;
  if (kind === 'remote') {
    const split = record(json, at, ['kind', 'holder', 'splitId']);
    return { kind, holder: oneOf(split.holder, holders, `${at}.holder`), splitId: count(split.splitId, `${at}.splitId`) };
  }
  if (kind !== 'local') throw wrong(`${at}.kind`);
  const split = record(json, at, ['kind', 'feature', 'threshold', 'missingLeft']);
  return { kind, ...threshold(split, at), feature: oneOf(split.feature, features, `${at}.feature`) };
}

function parseHolderSplit(json: unknown, at: string): HolderSplit {
  const split = record(json, at, ['splitId', 'feature', 'threshold', 'missingLeft']);
  if (typeof split.feature !== 'string') throw wrong(`${at}.feature`);
  return { splitId: count(split.splitId, `${at}.splitId`), feature: split.feature, ...threshold(split, at) };
}

function threshold(split: Fields, at: string): { threshold: number; missingLeft: boolean } {
  if (typeof split.missingLeft !== 'boolean') throw wrong(`${at}.missingLeft`);
  return { threshold: finite(split.threshold, `${at}.threshold`), missingLeft: split.missingLeft };
}

function record(json: unknown, at: string, keys: readonly string[]): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(at, 'expected an object');
  const found = Object.keys(json);
  const surplus = found.filter((key) => !keys.includes(key));
  if (surplus.length > 0) throw wrong(at, 'it holds a field this release does not know');
  const missing = keys.filter((key) => !found.includes(key));
  if (missing.length > 0) throw wrong(at, `it lacks ${missing.join(', ')}`);
  return json as Fields;
}

function list(json: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(json)) throw wrong(at, 'expected a list');
  return json;
}

function names(json: unknown, at: string): string[] {
  const all = list(json, at);
  return all.map((name, i) => (typeof name === 'string' && all.indexOf(name) === i ? name : fail(`${at}[${i}]`)));
}

function oneOf(json: unknown, known: readonly string[], at: string): string {
  return typeof json === 'string' && known.includes(json) ? json : fail(at);
}

function finite(json: unknown, at: string): number {
  return typeof json === 'number' && Number.isFinite(json) ? json : fail(at);
}

function count(json: unknown, at: string, min = 0, max = 0xffff_ffff): number {
  return typeof json === 'number' && Number.isInteger(json) && json >= min && json <= max ? json : fail(at);
}

function fail(at: string): never {
  throw wrong(at);
}

function wrong(at: string, problem = 'its value is not allowed'): InputError {
  return new InputError('ERR_LEARN_MODEL_FORMAT', `${at}: ${problem}`, { help: 'Use a model file that this library wrote, unaltered.' });
}
