import {
  type Blinding,
  chooseParameters,
  type EngineOptions,
  type Evaluator,
  type HeEngine,
  type HeParameters,
  type KeyHolder,
  type Operand,
  type Residues,
  SLOT_PLAIN_MODULUS,
  type Wanted,
} from '../../../src/he/index.ts';
import { addShares, N } from '../fixtures.ts';

/** Three pairs of parties on one engine, and one whole round trip. */
export interface Parties {
  readonly parameters: HeParameters;
  readonly keyHolder: KeyHolder;
  readonly evaluator: Evaluator;
}

export type LoadEngine = (options?: EngineOptions) => Promise<HeEngine>;

export class Bench {
  readonly name: string;
  readonly load: LoadEngine;
  engine!: HeEngine;
  /** t = 2^36, revealed. */
  reveal!: Parties;
  /** t = 2^40, shared. */
  share!: Parties;
  /** t = 65537, slots, revealed. */
  slots!: Parties;

  constructor(name: string, load: LoadEngine) {
    this.name = name;
    this.load = load;
  }

  async setUp(): Promise<void> {
    this.engine = await this.load();
    this.reveal = await this.open(chooseParameters({ terms: 2 ** 17, maxAbs: 64, outputs: 2 ** 20, mode: 'reveal' }, 1n << 36n));
    this.share = await this.open(chooseParameters({ terms: 2 ** 17, maxAbs: 2 ** 12, outputs: 2 ** 20, mode: 'share' }, 1n << 40n));
    this.slots = await this.open(chooseParameters({ terms: 2 * N, maxAbs: 32_768, outputs: 2 ** 20, mode: 'reveal' }, SLOT_PLAIN_MODULUS));
  }

  async tearDown(): Promise<void> {
    for (const { keyHolder, evaluator } of [this.reveal, this.share, this.slots]) {
      keyHolder.dispose();
      evaluator.dispose();
    }
    await this.engine.dispose();
  }

  async open(parameters: HeParameters): Promise<Parties> {
    const keyHolder = await this.engine.keyHolder(parameters);
    return { parameters, keyHolder, evaluator: await this.engine.evaluator(parameters, keyHolder.publicKey) };
  }

  /** Encrypt, multiply, decrypt; share mode adds the shares. Values of every vector and answer. */
  async product(
    { parameters, keyHolder, evaluator }: Parties,
    vectors: readonly (readonly Residues[])[],
    operand: Operand,
    mode: Blinding['mode'],
    wanted: Wanted,
    addend?: Blinding['addend'],
  ): Promise<bigint[][][]> {
    const prepared = await this.engine.prepare(parameters, operand);
    const uploads = await Promise.all(vectors.map((plaintexts) => keyHolder.encrypt(plaintexts)));
    const answered = await evaluator.multiply(uploads, prepared, { mode, wanted, ...(addend && { addend }) });
    prepared.dispose();
    return Promise.all(
      answered.map(async ({ answers, shares }) => {
        const values = await keyHolder.decrypt(answers, wanted, mode);
        return values.map((own, a) => (shares ? addShares(own, shares[a], parameters.plainModulus) : Array.from(own)));
      }),
    );
  }
}
