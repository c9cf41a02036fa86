/**
 * What every engine must do, whoever wrote it: the products, the blinding, the refusals. `describeEngine('seal', loadSealEngine)` runs the suite.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { Bench, type LoadEngine } from './conformance/bench.ts';
import { describeBlinding } from './conformance/blinding.ts';
import { describeKeptKeys } from './conformance/kept-keys.ts';
import { describeOnce } from './conformance/once.ts';
import { describeProducts } from './conformance/products.ts';
import { describeRefusals } from './conformance/refusals.ts';
import { describeSecrets } from './conformance/secrets.ts';
import { describeSeries } from './conformance/series.ts';

/** @param load a fresh engine; `random` feeds its blinding. @param other another engine, which must understand what this one keeps */
export function describeEngine(name: string, load: LoadEngine, other: LoadEngine): void {
  describe(`${name} engine`, () => {
    const bench = new Bench(name, load);
    beforeAll(() => bench.setUp());
    afterAll(() => bench.tearDown());
    describeProducts(bench);
    describeOnce(bench);
    describeBlinding(bench);
    describeRefusals(bench);
    describeSecrets(bench);
    describeSeries(bench);
    describeKeptKeys(bench, other);
  });
}
