import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Blinding } from '../../../src/he/index.ts';
import { N, polynomialOperand } from '../fixtures.ts';
import type { Bench } from './bench.ts';

/** Keys stay inside, work gives way, disposal is final. */
export function describeSecrets(bench: Bench): void {
  it('lets the event loop run while it works', async () => {
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    // The kernel makes a few in one turn: some milliseconds of work.
    await bench.reveal.keyHolder.encrypt(Array.from({ length: 40 }, () => new BigUint64Array(N)));
    done = true;
    expect(turns).toBeGreaterThan(4);
  });

  describe('secrets', () => {
    it('prints a key holder as [redacted] everywhere', async () => {
      const { keyHolder } = bench.reveal;
      expect(String(keyHolder)).toBe('[redacted]');
      expect(inspect(keyHolder, { depth: 9, showHidden: true })).toBe('[redacted]');
      expect(JSON.stringify({ keyHolder })).toBe('{"keyHolder":"[redacted]"}');
      expect(inspect({ nested: keyHolder })).toBe('{ nested: [redacted] }');
    });

    it('an engine is of no use after dispose', async () => {
      const other = await bench.load();
      await other.dispose();
      await expect(other.keyHolder(bench.reveal.parameters)).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
    });

    it('is of no use after dispose', async () => {
      const parties = await bench.open(bench.reveal.parameters);
      const prepared = await bench.engine.prepare(bench.reveal.parameters, polynomialOperand([[undefined]], 1));
      const uploads = await parties.keyHolder.encrypt([new BigUint64Array(N)]);
      parties.keyHolder.dispose();
      parties.keyHolder.dispose();
      await expect(parties.keyHolder.encrypt([new BigUint64Array(N)])).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
      await expect(parties.keyHolder.decrypt([], 'all', 'reveal')).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
      const gone = await bench.engine.prepare(bench.reveal.parameters, polynomialOperand([[undefined]], 1));
      gone.dispose();
      const blinding: Blinding = { mode: 'reveal', wanted: 'all' };
      await expect(parties.evaluator.multiply([uploads], gone, blinding)).rejects.toMatchObject({ code: 'ERR_HE_DISPOSED' });
      parties.evaluator.dispose();
      await expect(parties.evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' })).rejects.toMatchObject({
        code: 'ERR_HE_DISPOSED',
      });
      prepared.dispose();
    });
  });
}
