/** Guards of federated/ and sharing/: what a label party may ask, what a holder may answer, what neither may see. */
import { type Guard, guard, guardOf } from './guard.ts';

const GBDT = 'src/federated/vertical/gbdt';
const LR = 'src/federated/vertical/logistic-regression';
const HOSTILE = 'test/federated/gbdt/hostile.test.ts';
const AGREEMENT = 'test/federated/gbdt/agreement.test.ts';
const EDGES = 'test/federated/gbdt/edges.test.ts';
const LOGISTIC = 'test/federated/logistic-regression/training.test.ts';
const VIEW = 'test/federated/gbdt/holder-view-guard.test.ts';
const SHARES = 'test/federated/logistic-regression/shares-guard.test.ts';
const ONLY_SHARES = 'no product is decrypted, only a share of it: asked twice every word differs, and the halves add up (D3)';

/** In place of an encryption: the plaintext, scaled as an encryption scales it, encoded as what is sent. */
const IN_THE_CLEAR = (parameters: string, plaintexts: string, encode: string): string => `${plaintexts}.map((plaintext) => {
        const q = ${parameters}.dataPrimes.reduce((product, prime) => product * BigInt(prime), 1n);
        const c0 = new Uint32Array(${parameters}.dataPrimes.length * 8192);
        ${parameters}.dataPrimes.forEach((prime, limb) => plaintext.forEach((m, i) => { c0[limb * 8192 + i] = Number(((BigInt(m) * q) / ${parameters}.plainModulus) % BigInt(prime)); }));
        return ${encode};
      })`;
const HE_IMPORT = 'import { type KeyHolder, packVector,';
const HE_IMPORT_WITH_ENCODERS = 'import { encodePart, encodeUpload, type KeyHolder, packVector,';

const deaths: readonly Guard[] = [
  guardOf(
    'D4 H6 membership travels encrypted',
    'the holder reads which rows are in a node, and from nodes the labels',
    [
      [`${GBDT}/remote-source.ts`, HE_IMPORT, HE_IMPORT_WITH_ENCODERS],
      [
        `${GBDT}/remote-source.ts`,
        "await slots.encryptWords(membership(this.#setup, rows), 'slots')",
        IN_THE_CLEAR(
          'this.#setup.slots',
          'membership(this.#setup, rows)',
          'encodeUpload(this.#setup.slots, { c0, seed: Uint8Array.from({ length: 32 }, (_, i) => i * 37 + plaintext.length) })',
        ),
      ],
    ],
    [VIEW, 'uploads of membership and gradients are uniform words, whatever they hold (D4)'],
  ),
  guardOf(
    'D3 H3 gradients travel encrypted',
    'the holder reads every row’s gradient: its sign is the label',
    [
      [`${GBDT}/remote-source.ts`, HE_IMPORT, HE_IMPORT_WITH_ENCODERS],
      [
        `${GBDT}/remote-source.ts`,
        'return histogram.ask(packVector(this.#setup.layout, residues));',
        `return histogram.ask(packVector(this.#setup.layout, residues)).then((asked) => ({ ...asked, parts: [...${IN_THE_CLEAR(
          'this.#setup.histogram',
          'packVector(this.#setup.layout, residues)',
          'encodePart(this.#setup.histogram, c0)',
        )}, ...asked.parts.slice(-1)] }));`,
      ],
    ],
    [VIEW, 'uploads of membership and gradients are uniform words, whatever they hold (D4)'],
  ),
  guard(
    'D4 membership has the length of all rows',
    'a vector cut to the blocks of its node tells where the node’s rows are',
    [
      `${GBDT}/remote-source.ts`,
      '[row % RING_DEGREE] = 1;\n  return blocks;',
      '[row % RING_DEGREE] = 1;\n  return blocks.filter((block) => block.some((bit) => bit === 1));',
    ],
    [VIEW, 'a node’s messages have the length of all rows, not of its own (D4)'],
  ),
  guardOf(
    'D2 T04 nothing decrypted goes back: trees',
    'a holder that answers Enc(v) reads v out of what comes back',
    [
      [
        `${GBDT}/remote-source.ts`,
        'const range = rangeOf(gradients, rows);',
        'const range = rangeOf(gradients, rows);\n    this.#heard = Number(values.reduce((a, b) => a + b, 0n) % 2n);',
      ],
      [`${GBDT}/remote-source.ts`, '  #tree: TreeKeys | undefined;', '  #tree: TreeKeys | undefined;\n  #heard = 0;'],
      [
        `${GBDT}/remote-source.ts`,
        'await this.#channel.send(KIND.tree, writeTree({ more: false, used }));',
        'await this.#channel.send(KIND.tree, writeTree({ more: false, used: this.#heard === 1 ? used : used.slice(1) }));',
      ],
    ],
    [VIEW, 'what the label party says depends on decryptions through the chosen splits alone (D2, T04)'],
  ),
  guard(
    'D3 H3 H4 LR: products come back as shares',
    'partial scores and gradients in the clear at the other party',
    [`${LR}/pair-arithmetic.ts`, "lanes[k], { mode: 'share', wanted }", "lanes[k], { mode: 'reveal', wanted }"],
    [SHARES, ONLY_SHARES],
  ),
  guard(
    'D3 LR: entry-wise products come back as shares',
    'z·z and z·y in the clear at the first party',
    [
      `${LR}/pair-arithmetic.ts`,
      "[vector], prepared, { mode: 'share', wanted: 'all' }",
      "[vector], prepared, { mode: 'reveal', wanted: 'all' }",
    ],
    [SHARES, ONLY_SHARES],
  ),
  guard(
    'D3 H4 exact scores only by consent',
    'the label party opens the holder’s partial score of every row',
    [`${LR}/contract.ts`, "if (terms.method === 'exact' && !terms.discloseLinearPredictor) {", "if (terms.method === 'none') {"],
    [LOGISTIC, 'the exact method without consent'],
  ),
];

const holder: readonly Guard[] = [
  guard(
    'H5 limits of the holder',
    'more trees, levels, bins or bits than the holder wants to answer',
    [`${GBDT}/agreement.ts`, 'if (asked[key] > limits[key]) {', 'if (asked[key] < 0) {'],
    [HOSTILE, 'limits'],
  ),
  guard(
    'H5 smallest plaintext modulus',
    'a larger t carries more bits an answer',
    [
      `${GBDT}/agreement.ts`,
      'if (agreement.histogram.plainModulus !== plainModulus || agreement.slots.plainModulus !== SLOT_PLAIN_MODULUS) {',
      'if (agreement.rows < 0) {',
    ],
    [AGREEMENT, 'with a larger modulus, a weaker profile or fewer answer primes are refused by the holder'],
  ),
  guard(
    'T12 the holder checks the label party’s parameters',
    'floods that average out over a contract',
    [`${GBDT}/agreement.ts`, 'assertUsage(histogram, histogramUsage(agreement, layout));', ''],
    [AGREEMENT, 'with a larger modulus, a weaker profile or fewer answer primes are refused by the holder'],
  ),
  guard(
    'same rows',
    'two alignments: bits of other customers',
    [`${GBDT}/feature-holder.ts`, 'if (proposal.rows !== table.rows) {', 'if (proposal.rows < 0) {'],
    [HOSTILE, 'another number of rows is refused'],
  ),
  guard(
    'T28 rows for two bins',
    'sums over a handful of rows',
    [`${GBDT}/feature-holder.ts`, 'if (table.rows < 2 * support) {', 'if (table.rows < 0) {'],
    [EDGES, 'fewer rows than two bins of the safe support need, by the holder'],
  ),
  guard(
    'splits a level',
    'more left/right bits than agreed',
    [`${GBDT}/feature-holder.ts`, 'if (round === setup.agreement.attempts || candidates.length > 2 ** depth) {', 'if (round < 0) {'],
    [HOSTILE, 'two splits of the root'],
  ),
  guard(
    'rounds of splits a level',
    'the same, round after round',
    [
      `${GBDT}/feature-holder.ts`,
      'if (round === setup.agreement.attempts || candidates.length > 2 ** depth) {',
      'if (candidates.length > 2 ** depth) {',
    ],
    [HOSTILE, 'a fourth round of splits at one level, and a tree that was not agreed'],
  ),
  guard(
    'trees',
    'more trees than agreed',
    [`${GBDT}/feature-holder.ts`, 'if (tree >= trees)', 'if (tree < 0)'],
    [HOSTILE, 'a fourth round of splits at one level, and a tree that was not agreed'],
  ),
  guard(
    'vectors a level',
    'more histograms than a level has nodes',
    [
      `${GBDT}/feature-holder.ts`,
      'readNodes(await channel.receive(KIND.nodes), level === 0 ? 1 : 2 ** (level - 1))',
      'readNodes(await channel.receive(KIND.nodes), 64)',
    ],
    [HOSTILE, 'more vectors than a level has nodes'],
  ),
  guard(
    'dummies are not split on',
    'the label party finds out which candidates are padding',
    [`${GBDT}/feature-holder.ts`, 'if (index < 0) throw', 'if (index < -9) throw'],
    [HOSTILE, 'a dummy'],
  ),
  guard(
    'T25 candidates are permuted',
    'the place of a candidate names its feature and threshold',
    [
      `${GBDT}/feature-holder.ts`,
      'const places = jobOrder(ports.random, splits.length, setup.layout.outputs);',
      'const places = Int32Array.from({ length: setup.layout.outputs }, (_, at) => (at < splits.length ? at : -1));',
    ],
    [VIEW, 'candidates stand in another order for every job and every tree (T25)'],
  ),
  guard(
    'T25 answers are permuted',
    'candidates of different trees can be linked by their place',
    [
      `${GBDT}/feature-holder.ts`,
      'const answers = answerOrder(ports.random, setup.layout.answers);',
      'const answers = Uint32Array.from({ length: setup.layout.answers }, (_, at) => at);',
    ],
    [VIEW, 'candidates stand in another order for every job and every tree (T25)'],
  ),
  guard(
    'T30 sums and bits are debited before they leave',
    'answers that no budget saw',
    [`${GBDT}/feature-holder.ts`, 'await Promise.all([work(), debit?.(bits)]);', 'await Promise.all([work(), debit && bits]);'],
    [VIEW, 'a budget that says no stops the sums and the bits before they leave (T30)'],
  ),
  guard(
    'T28 columns with few rows of their own',
    'a column with 19 rows away from its mode: its moments pin labels down',
    [`${LR}/columns.ts`, 'if (away[j].count >= MIN_DISTINCT_ROWS) return;', 'if (away[j].count >= 0) return;'],
    [LOGISTIC, 'columns that would give rows away, constant, missing or collinear columns'],
  ),
  guard(
    'H3 rare pairs',
    'a product moment over one row',
    [`${LR}/columns.ts`, 'if (both === 0 || both >= MIN_COOCCURRENCE) continue;', 'if (both >= 0) continue;'],
    [LOGISTIC, 'columns that would give rows away, constant, missing or collinear columns'],
  ),
  guard(
    'H3 rows a column',
    'fewer rows than weights: the moments are the labels',
    [`${LR}/contract.ts`, 'if (terms.rows < ROWS_PER_COLUMN * columns) {', 'if (terms.rows < 0) {'],
    [LOGISTIC, 'one class, separable labels, too few rows'],
  ),
  guard(
    'H4 exact iterations',
    'more openings of z than the contract’s ten',
    [
      `${LR}/contract.ts`,
      "integer('iterations', terms.iterations, 1, exact ? MAX_EXACT_ITERATIONS : 200);",
      "integer('iterations', terms.iterations, 1, 200);",
    ],
    [LOGISTIC, 'more than 10 exact iterations'],
  ),
  guard(
    'T57 LR: one contract',
    'two parties train under different terms',
    [`${LR}/messages.ts`, 'if (theirs !== own) throw otherContract(', 'if (theirs.length === 0) throw otherContract('],
    [LOGISTIC, 'two different contracts'],
  ),
  guard(
    'T28 binning: floors of a federation',
    'bins over a handful of events',
    [
      'src/federated/vertical/binning/contract.ts',
      'if (rules.minBins < MIN_BINS || rules.minEvents < MIN_EVENTS) {',
      'if (rules.minBins < 0) {',
    ],
    ['test/federated/binning/binning.test.ts', 'refuses a thin cell, another contract, one class'],
  ),
  guard(
    'binning: one contract',
    'the label party asks under other rules',
    [
      'src/federated/vertical/binning/feature-holder.ts',
      'if (!equalBytes(rules, encodeRules(terms.rows, terms.rules))) throw otherContract();',
      '',
    ],
    ['test/federated/binning/binning.test.ts', 'refuses a thin cell, another contract, one class'],
  ),
];

const label: readonly Guard[] = [
  guard(
    'sums that rows can have',
    'a holder that invents sums',
    [`${GBDT}/remote-source.ts`, 'if (!sum || sum.h > range.h || sum.g > range.gMost || sum.g < range.gLeast)', 'if (!sum)'],
    [HOSTILE, 'above what the node holds'],
  ),
  guard(
    'H6 T24 bits only inside the node',
    'a holder’s stray bit moves a row of another node',
    [`${GBDT}/remote-source.ts`, '    checkOutside(bits, requests);', ''],
    [HOSTILE, 'a row outside the node'],
  ),
  guard(
    'bits add up to the sums',
    'a holder that answers another split than the one chosen',
    [`${GBDT}/remote-source.ts`, '      checkAgainstSums(request, goesLeft, gradients);', ''],
    [HOSTILE, 'bits of another split than the one chosen'],
  ),
  guard(
    'H7 T28 children large enough',
    'the label party asks about nodes small enough to be solved for their rows',
    ['src/learn/trees/grow.ts', 'node.count >= 2 * config.min_child_samples;', 'node.count >= 2;'],
    [EDGES, 'too few rows for a split give trees of one leaf and no question'],
  ),
  guard(
    'H2 range check of shares',
    'a share altered on its way gives a wrong model',
    [
      `${LR}/committee.ts`,
      'if (!parts.every((part, b) => sumInRange(part, sliceShare(sums, b, b + 1), MAX_CHECK_BITS, holders))) throw outOfRange();',
      'if (sums.length < holders * 0) throw outOfRange();',
    ],
    [LOGISTIC, 'a share altered on its way: the range check stops the run instead of giving a wrong model'],
  ),
  guard(
    'range check is masked',
    'the check shows the first party a sum of shared values',
    [
      'src/sharing/range-check.ts',
      'return addShares(sumShare(share), uniformMask(boundBits + MASK_BITS, random));',
      'return sumShare(share);',
    ],
    [SHARES, 'the range check shows a number hidden by 40 bits'],
  ),
];

export const FEDERATED_GUARDS: readonly Guard[] = [...deaths, ...holder, ...label];
