/**
 * Fewer slots a firm, the same integer: where the plan would hold both c∧s and c∧¬s, the second is c minus the first. It is replaced by its
 * prefix c, which several such pairs share; an empty c is the constant 1, which is the label party's own. A tree of 16 leaves whose levels
 * belong to bank, platform, bank, platform in turn needs 10 slots instead of 16, one whose levels are all the platform's 15.
 *
 * The holder learns no more than before: c is a prefix of paths it would have been told anyway.
 */

/** A conjunction of the feature holder's split bits. */
export type RemotePath = readonly { readonly splitId: number; readonly goesLeft: boolean }[];

/** A whole multiple of one path's bit; path -1 is the constant 1. */
export interface PathTerm {
  readonly path: number;
  readonly factor: number;
}

export interface PathBasis {
  /** What the holder evaluates, in an order that follows from the paths alone. */
  readonly paths: readonly RemotePath[];
  /** Every path given, as a sum over the basis. */
  readonly terms: (path: RemotePath) => readonly PathTerm[];
}

const CONSTANT = '';

/** @param given the distinct remote conditions of the leaves; an empty path is the constant. */
export function pathBasis(given: Iterable<RemotePath>): PathBasis {
  const kept = new Map<string, RemotePath>();
  for (const path of given) kept.set(pathKey(path), sortedPath(path));
  const replaced = eliminate(kept);
  kept.delete(CONSTANT);
  const order = [...kept.keys()].sort();
  const place = new Map(order.map((key, i) => [key, i]));
  place.set(CONSTANT, -1);
  return {
    paths: order.map((key) => kept.get(key) as RemotePath),
    terms: (path) => collect(expand(pathKey(path), replaced), place),
  };
}

interface Replacement {
  readonly prefix: string;
  readonly sibling: string;
}

/**
 * Takes second siblings out of `kept`, longest paths first, and puts their prefixes in. Every step removes one path and adds at most one
 * that is shorter, so the basis is never larger than what was given.
 */
function eliminate(kept: Map<string, RemotePath>): Map<string, Replacement> {
  const replaced = new Map<string, Replacement>();
  const longest = Math.max(0, ...[...kept.values()].map((path) => path.length));
  for (let length = longest; length > 0; length--) {
    const ofLength = [...kept].filter(([, path]) => path.length === length).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, path] of ofLength) {
      const at = path.findIndex(({ goesLeft }, i) => !goesLeft && kept.has(pathKey(flipped(path, i))));
      if (at < 0) continue;
      const prefix = path.filter((_, i) => i !== at);
      kept.delete(key);
      kept.set(pathKey(prefix), prefix);
      replaced.set(key, { prefix: pathKey(prefix), sibling: pathKey(flipped(path, at)) });
    }
  }
  return replaced;
}

/** A path as signed keys: c∧¬s = c - c∧s, as often as it takes. Each replacement is shorter or has fewer negations, so this ends. */
function expand(key: string, replaced: ReadonlyMap<string, Replacement>): [key: string, sign: number][] {
  const found = replaced.get(key);
  if (!found) return [[key, 1]];
  const minus = expand(found.sibling, replaced).map(([part, sign]): [string, number] => [part, -sign]);
  return [...expand(found.prefix, replaced), ...minus];
}

function collect(parts: readonly [key: string, sign: number][], place: ReadonlyMap<string, number>): PathTerm[] {
  const factors = new Map<number, number>();
  for (const [key, sign] of parts) {
    const path = place.get(key) as number;
    factors.set(path, (factors.get(path) ?? 0) + sign);
  }
  return [...factors].filter(([, factor]) => factor !== 0).map(([path, factor]) => ({ path, factor }));
}

const flipped = (path: RemotePath, at: number): RemotePath =>
  path.map((condition, i) => (i === at ? { ...condition, goesLeft: !condition.goesLeft } : condition));

const sortedPath = (path: RemotePath): RemotePath => [...path].sort((a, b) => a.splitId - b.splitId);

const pathKey = (path: RemotePath): string =>
  sortedPath(path)
    .map(({ splitId, goesLeft }) => `${String(splitId).padStart(10, '0')}${goesLeft ? 'L' : 'R'}`)
    .join(' ');
