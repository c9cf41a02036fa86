/** Drawn data for two holders with correlated columns; the truth is known. */
import { seededRandom } from '../../../src/base/index.ts';
import { type Design, sigmoid } from '../../../src/learn/logistic-regression/index.ts';

export interface Drawn {
  readonly label: Design;
  readonly holder: Design;
  readonly labels: Uint8Array;
}

export function drawn(rows: number, labelColumns: number, holderColumns: number, seed = 1): Drawn {
  const random = seededRandom(seed, 'vertical');
  const common = Float64Array.from({ length: rows }, () => random.normal());
  const column = (name: string) => ({ name, values: common.map((c) => 0.5 * c + random.normal()) });
  const label = Array.from({ length: labelColumns }, (_, j) => column(`l${j}`));
  const holder = Array.from({ length: holderColumns }, (_, j) => column(`h${j}`));
  const truth = [...label, ...holder].map(() => 0.6 * random.normal());
  const labels = Uint8Array.from({ length: rows }, (_, i) => {
    const z = [...label, ...holder].reduce((sum, { values }, j) => sum + truth[j] * values[i], -0.8);
    return random.uniform() < sigmoid(z) ? 1 : 0;
  });
  return { label, holder, labels };
}
