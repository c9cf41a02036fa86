/** Nearest names: "did you mean …?" for a column that is not there. */

/** Levenshtein distance over UTF-16 units, on lower-case texts of at most 64 units. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, previous[j] + 1, current[j - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}

/** Up to `count` of the names, nearest first: by edit distance, a name that contains the other counting as near. */
export function nearestNames(wanted: string, names: Iterable<string>, count = 3): readonly string[] {
  const key = wanted.slice(0, 64).toLowerCase();
  const distance = (name: string): number => {
    const other = name.slice(0, 64).toLowerCase();
    const inside = key.length > 2 && (other.includes(key) || key.includes(other));
    return editDistance(key, other) * (inside ? 0.5 : 1);
  };
  return [...names]
    .map((name) => ({ name, d: distance(name) }))
    .sort((a, b) => a.d - b.d)
    .slice(0, count)
    .map(({ name }) => name);
}
