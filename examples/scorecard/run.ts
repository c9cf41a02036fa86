/**
 * A federated scorecard on real data, both parties in this process:
 *
 *     npx node examples/scorecard/run.ts --data <folder with default_credit_hetero_guest.csv and _host.csv>
 *
 * The bank holds labels, statement balances and payments; the platform holds limit, demographics and repayment status. Prints the card and how
 * good it is on 30 % of the rows that neither bins nor regression have seen. See README.md.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { channelPair } from '../../src/adapters/memory/index.ts';
import { permutation, seededRandom, systemRandom } from '../../src/base/index.ts';
import { acceptCard, featureHolder, labelParty, memoryRegistrations, registerCard } from '../../src/federated/vertical/scorecard/index.ts';
import { loadKernelEngine } from '../../src/he/kernel/index.ts';
import { describeBin, mapBins } from '../../src/learn/binning/index.ts';
import { defaultProbability } from '../../src/learn/scorecard/index.ts';
import { delongInterval } from '../../src/learn/statistics/index.ts';
import { readHeld } from '../../test/support/credit-data.ts';
import { BANK_CATEGORIES, bankColumns, CARD_BINNING, PLATFORM_CATEGORIES, platformColumns } from './card-columns.ts';

const { values } = parseArgs({ options: { data: { type: 'string', default: process.env.FEDCREDIT_DATA ?? '../shared/data' } } });
const data = readHeld((file) => join(values.data, file), 'default_credit');
const [bankData, platformData] = [bankColumns(data.guest), platformColumns(data.host)];
const order = permutation(seededRandom(1, 'split'), data.labels.length);
const [train, test] = [order.subarray(0, 21_000), order.subarray(21_000)];
const rows = (columns: ReadonlyMap<string, Float64Array>, keep: Uint32Array) =>
  new Map([...columns].map(([name, all]) => [name, Float64Array.from(keep, (i) => all[i])]));

const engine = await loadKernelEngine();
const ports = { engine, random: systemRandom };
const contract = { rows: train.length, binning: { options: CARD_BINNING }, degree: 5, iterations: 6 } as const;
const { a, b } = channelPair();
const labels = Uint8Array.from(train, (i) => data.labels[i]);
const [bank, platform] = await Promise.all([
  labelParty(
    a,
    {
      contract,
      columns: rows(bankData, train),
      categorical: BANK_CATEGORIES,
      labels,
      scale: { pdo: 20, baseScore: 600, baseOdds: 1 / 50 },
    },
    ports,
  ),
  featureHolder(b, { contract, columns: rows(platformData, train), categorical: PLATFORM_CATEGORIES }, ports),
]);

console.log(`score = ${bank.card.offset.toFixed(1)} - ${bank.card.factor.toFixed(2)} z, from ${bank.card.lowest} to ${bank.card.highest}`);
for (const { name, binning, points } of bank.own) {
  console.log(`\n${name} (bank), information value ${binning.table.informationValue.toFixed(3)}`);
  points.points.forEach((value, bin) => {
    console.log(`  ${describeBin(binning, bin).padEnd(28)} ${String(value).padStart(4)}`);
  });
}
for (const { feature, binned, points } of bank.holder) {
  console.log(`\nfeature ${feature + 1} of the platform, information value ${binned.table.informationValue.toFixed(3)}`);
  points.points.forEach((value, bin) => {
    console.log(`  bin ${bin + 1}`.padEnd(30), String(value).padStart(4));
  });
}
if (bank.dropped.length > 0) console.log(`\nleft out for their sign: ${bank.dropped.join(', ')}`);

const guest = rows(bankData, test);
const own = bank.own.map(({ name, binning, points }) =>
  mapBins(binning.cells, binning.table.binOfCell, points.points, guest.get(name)!, points.neutralPoints),
);
const answered = (async () => {
  const held = await acceptCard(b, platform, { engine, store: memoryRegistrations() });
  await held.answer(b, rows(platformData, test));
  held.dispose();
})();
const registered = await registerCard(a, bank, { engine, store: memoryRegistrations() });
const parts = await registered.ask(a, Uint32Array.from(test.keys()));
registered.dispose();
await answered;
const scores = Float64Array.from(parts, (part, i) => own.reduce((sum, column) => sum + column[i], part));
const { auc, lower, upper } = delongInterval(
  scores.map((score) => -score),
  Uint8Array.from(test, (i) => data.labels[i]),
);
const [first] = scores;
console.log(`\nAUC on ${test.length} unseen rows: ${auc.toFixed(4)} (95 %: ${lower.toFixed(4)} to ${upper.toFixed(4)})`);
console.log(`first applicant: ${first} points, probability of default ${(100 * defaultProbability(bank.card, first)).toFixed(1)} %`);
await engine.dispose();
