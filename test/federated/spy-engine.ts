/** An engine that writes down what its owner gets to know: what it decrypts, and the shares it keeps as evaluator. For attack tests. */
import type { HeEngine, Residues } from '../../src/he/index.ts';

export interface Spied {
  readonly engine: HeEngine;
  /** Every residue array this party decrypted, in order. */
  readonly decrypted: { readonly t: bigint; readonly values: Residues }[];
  /** Every share this party kept as evaluator. */
  readonly kept: { readonly t: bigint; readonly values: Residues }[];
}

export function spyOn(engine: HeEngine): Spied {
  const decrypted: Spied['decrypted'] = [];
  const kept: Spied['kept'] = [];
  return {
    decrypted,
    kept,
    engine: {
      name: engine.name,
      prepare: (parameters, operand, options) => engine.prepare(parameters, operand, options),
      seriesKeys: (parameters, shape) => engine.seriesKeys(parameters, shape),
      seriesEvaluator: (parameters, operand, wanted) => engine.seriesEvaluator(parameters, operand, wanted),
      dispose: () => engine.dispose(),
      async keyHolder(parameters, start) {
        const key = await engine.keyHolder(parameters, start);
        return {
          parameters,
          publicKey: key.publicKey,
          encrypt: (plaintexts) => key.encrypt(plaintexts),
          encryptWords: (words, form) => key.encryptWords(words, form),
          async decryptSlots(answers) {
            const opened = await key.decryptSlots(answers);
            for (const slots of opened) decrypted.push({ t: parameters.plainModulus, values: BigUint64Array.from(slots, BigInt) });
            return opened;
          },
          exportKey: () => key.exportKey(),
          dispose: () => key.dispose(),
          async decrypt(answers, wanted, mode) {
            const opened = await key.decrypt(answers, wanted, mode);
            for (const values of opened) decrypted.push({ t: parameters.plainModulus, values });
            return opened;
          },
        };
      },
      async evaluator(parameters, publicKey) {
        const evaluator = await engine.evaluator(parameters, publicKey);
        return {
          parameters,
          dispose: () => evaluator.dispose(),
          multiplyOnce: (uploads, operand, blinding) => evaluator.multiplyOnce(uploads, operand, blinding),
          async multiply(vectors, operand, blinding) {
            const answered = await evaluator.multiply(vectors, operand, blinding);
            for (const { shares } of answered) for (const values of shares ?? []) kept.push({ t: parameters.plainModulus, values });
            return answered;
          },
        };
      },
    },
  };
}
