/** The table of guards against the sources: cheap, in every CI run. That each test really fails is `npm run guards`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { patched } from './guard.ts';
import { GUARDS } from './table.ts';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the table of guards', () => {
  it('names each guard once', () => {
    expect(new Set(GUARDS.map(({ id }) => id)).size).toBe(GUARDS.length);
  });

  it.each(GUARDS.map((guard) => [guard.id, guard] as const))('%s stands in the source, and its test exists', (id, { patches, killer }) => {
    const sources = new Map<string, string>();
    for (const patch of patches) {
      const before = sources.get(patch.file) ?? text(patch.file);
      const after = patched(before, id, patch);
      expect(after).not.toBe(before);
      sources.set(patch.file, after);
    }
    expect(text(killer.titleIn ?? killer.file)).toContain(killer.name);
    expect(text(killer.file).length).toBeGreaterThan(0);
  });

  it.each(['D1', 'D2', 'D3', 'D4', 'D5'])('holds a guard against death %s', (death) => {
    expect(GUARDS.some(({ id }) => id.startsWith(death))).toBe(true);
  });
});
