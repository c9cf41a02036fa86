import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeEngine, type KeptKey, type KeyHolder, keptKey, keptSecretBytes, type Residues } from '../../../src/he/index.ts';
import { N, polynomialOperand, randomResidues, seeded, withByte } from '../fixtures.ts';
import type { Bench, LoadEngine } from './bench.ts';

/** Keys that outlive their holder: kept by one engine, gone on with by either, and by nothing that does not belong together. */
export function describeKeptKeys(bench: Bench, load: LoadEngine): void {
  describe('kept keys', () => {
    let other: HeEngine;
    beforeAll(async () => {
      other = await load();
    });
    afterAll(() => other.dispose());

    const one = new Int32Array(N).fill(1, 0, 1);
    /** What `opener` reads of an encryption by `sealer` that H has answered. */
    async function throughH(sealer: KeyHolder, opener: KeyHolder, message: Residues): Promise<Residues> {
      const { engine } = bench;
      const { parameters } = bench.reveal;
      const evaluator = await engine.evaluator(parameters, sealer.publicKey);
      const prepared = await engine.prepare(parameters, polynomialOperand([[one]], 1));
      const uploads = await sealer.encrypt([message]);
      const [{ answers }] = await evaluator.multiply([uploads], prepared, { mode: 'reveal', wanted: 'all' });
      prepared.dispose();
      evaluator.dispose();
      return (await opener.decrypt(answers, 'all', 'reveal'))[0];
    }
    /** As from a file that is wiped once it is read. */
    const stored = (kept: KeptKey): KeptKey => {
      const file = Buffer.from(kept.secret());
      const read = keptKey(Buffer.from(kept.publicKey), file);
      file.fill(0);
      return read;
    };

    it.each(['this engine', 'the other engine'])(
      'are the same key on %s: public key, what was encrypted before, what is encrypted after',
      async (which) => {
        const { parameters, keyHolder } = bench.reveal;
        const engine = which === 'this engine' ? bench.engine : other;
        const kept = stored(keyHolder.exportKey());
        const again = await engine.keyHolder(parameters, { kept, expected: 0 });
        kept.wipe();
        expect(again.publicKey).toEqual(keyHolder.publicKey);
        const message = randomResidues(seeded(`${bench.name}/kept`), parameters.plainModulus, N);
        expect(await throughH(keyHolder, again, message)).toEqual(message);
        expect(await throughH(again, keyHolder, message)).toEqual(message);
        expect(again.exportKey().secret()).toEqual(keyHolder.exportKey().secret());
        again.dispose();
      },
    );

    it('come back from the other engine', async () => {
      const { parameters } = bench.reveal;
      const first = await other.keyHolder(parameters);
      const again = await bench.engine.keyHolder(parameters, { kept: stored(first.exportKey()) });
      const message = randomResidues(seeded(`${bench.name}/back`), parameters.plainModulus, N);
      expect(again.publicKey).toEqual(first.publicKey);
      expect(await throughH(first, again, message)).toEqual(message);
      expect(again.exportKey().secret()).toEqual(first.exportKey().secret());
      first.dispose();
      again.dispose();
    });

    it('are two bits a coefficient, all three values of them, and print as [redacted]', () => {
      const kept = bench.reveal.keyHolder.exportKey();
      const secret = kept.secret();
      expect(secret).toHaveLength(keptSecretBytes(bench.reveal.parameters));
      const counts = [0, 0, 0, 0];
      for (const byte of secret) for (let at = 0; at < 8; at += 2) counts[(byte >> at) & 3]++;
      expect(counts[3]).toBe(0);
      for (const count of counts.slice(0, 3)) expect(Math.abs(count - N / 3)).toBeLessThan(6 * Math.sqrt((N * 2) / 9));
      expect([String(kept), inspect(kept, { depth: 9, showHidden: true }), JSON.stringify({ kept })]).toEqual([
        '[redacted]',
        '[redacted]',
        '{"kept":"[redacted]"}',
      ]);
      kept.wipe();
      expect(kept.secret().every((byte) => byte === 0)).toBe(true);
    });

    it('are refused when damaged, wiped, of another key or of other parameters; nobody but the owner is to blame', async () => {
      const { parameters, keyHolder } = bench.reveal;
      const kept = keyHolder.exportKey();
      const strange = await bench.open(parameters);
      const bad = [
        keptKey(kept.publicKey, new Uint8Array(keptSecretBytes(parameters))),
        keptKey(kept.publicKey, kept.secret().subarray(1)),
        keptKey(kept.publicKey, withByte(kept.secret(), 7, 0xff)),
        keptKey(kept.publicKey, withByte(kept.secret(), 7, (kept.secret()[7] & 0b1111_1100) | (kept.secret()[7] & 3 ? 0 : 1))),
        keptKey(strange.keyHolder.publicKey, kept.secret()),
        keptKey(kept.publicKey, strange.keyHolder.exportKey().secret()),
        keptKey(kept.publicKey.subarray(1), kept.secret()),
        bench.share.keyHolder.exportKey(),
      ];
      strange.keyHolder.dispose();
      strange.evaluator.dispose();
      for (const key of bad) {
        await expect(bench.engine.keyHolder(parameters, { kept: key })).rejects.toMatchObject({ code: 'ERR_HE_KEPT_KEY', blame: 'input' });
      }
    });

    it('come out of no key holder that was disposed of', async () => {
      const { keyHolder, evaluator } = await bench.open(bench.reveal.parameters);
      keyHolder.dispose();
      evaluator.dispose();
      expect(() => keyHolder.exportKey()).toThrow(expect.objectContaining({ code: 'ERR_HE_DISPOSED' }));
    });
  });
}
