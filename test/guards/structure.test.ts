/** Guards that are not a line but its absence: what may be written in one place of the sources only. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const sources = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => [name.replaceAll('\\', '/'), readFileSync(join(SRC, name), 'utf8')]),
);

/** Comments may speak of what code may not do. */
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

function filesWith(pattern: RegExp): string[] {
  return [...sources]
    .filter(([, text]) => pattern.test(code(text)))
    .map(([name]) => name)
    .sort();
}

describe('the sources', () => {
  it('are all read', () => {
    expect(sources.size).toBeGreaterThan(300);
  });

  it('SEAL’s loader is called in one place, with bytes that are built there (D5)', () => {
    expect(filesWith(/\.(loadFrom\w*|unsafeLoad\w*)\(/)).toEqual(['he/seal/context.ts']);
    const context = code(sources.get('he/seal/context.ts') ?? '');
    expect(context.split('.loadFromArray(')).toHaveLength(2);
    for (const call of context.match(/return load\(.*$/gm) ?? [])
      expect(call).toMatch(/(ciphertextBytes|seededBytes|plaintextBytes|secretKeyBytes)\(/);
  });

  it('node-seal is imported in he/seal alone (D5)', () => {
    expect(filesWith(/from 'node-seal/).every((name) => name.startsWith('he/seal/'))).toBe(true);
  });

  it('no seed, key or mask comes from Math.random or from the clock', () => {
    expect(filesWith(/Math\.random\s*\(/)).toEqual([]);
    expect(
      filesWith(/Date\.now\s*\(/).filter((name) => /^(he|psi|federated|scoring|sharing|protocol|learn|math|data|credit|base)\//.test(name)),
    ).toEqual([]);
  });

  it('nothing is unpacked that a peer sent: no zlib, zstd or brotli beside gRPC, where compression is off (T50)', () => {
    expect(filesWith(/from 'node:zlib'|require\('zlib'\)|DecompressionStream/)).toEqual([]);
  });

  it('a key leaves its key holder in one place, for its owner’s own store', () => {
    // Web Crypto's own takes arguments.
    expect(filesWith(/\.exportKey\(\)/)).toEqual(['federated/vertical/registered-vector/label-party.ts']);
    expect(filesWith(/\bkeepRegistration\(/)).toEqual([
      'federated/vertical/registered-vector/kept-registration.ts',
      'federated/vertical/registered-vector/label-party.ts',
    ]);
  });

  it('seeded randomness is for tests, benchmarks, and what is public by contract: no role draws keys or masks from it', () => {
    const pure = filesWith(/\bseededRandom\s*\(/).filter((name) => /^(he|psi|sharing|scoring)\//.test(name));
    expect(pure).toEqual([]);
  });
});
