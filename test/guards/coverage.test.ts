/** The map of the security design's tests against the tree. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COVERAGE } from './coverage.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const ALL = Array.from({ length: 65 }, (_, i) => `T${String(i + 1).padStart(2, '0')}`);

describe('the tests of the security design', () => {
  it('are all accounted for', () => {
    expect(Object.keys(COVERAGE)).toEqual(ALL);
  });

  it.each(ALL)('%s is where the map says, or says why it is not', (id) => {
    const { by, short } = COVERAGE[id];
    if (by.length === 0) expect(short?.length ?? 0).toBeGreaterThan(20);
    for (const [file, name] of by) {
      expect(existsSync(pathOf(file)), file).toBe(true);
      if (name !== undefined) expect(readFileSync(pathOf(file), 'utf8')).toContain(name);
    }
  });
});
