/** Guards of scoring/, of registered vectors and of the platform's half of a job (pipeline/): what may be asked of a registered model, of whom, how often. */
import { type Guard, guard, guardOf } from './guard.ts';

const SCORING = 'test/scoring/scoring.test.ts';
const MASKS = 'test/scoring/answers-guard.test.ts';
const PLATFORM = 'test/pipeline/platform-guard.test.ts';
const FLOOD = 'test/pipeline/flood-guard.test.ts';
const REGISTRATIONS = 'test/pipeline/registrations-guard.test.ts';
const REGISTERED = 'test/federated/registered-vector/registered-vector-guard.test.ts';
const ROOM = 'src/federated/vertical/registered-vector';

export const SCORING_GUARDS: readonly Guard[] = [
  guard(
    'T32 a model has one plan',
    'a second plan for a model: a secret functional of a firm’s fields',
    ['src/scoring/trees.ts', 'if (input.pinned && !input.pinned.every((byte, i) => byte === hash[i])) {', 'if (hash.length === 0) {'],
    [SCORING, 'refuses a second plan for a pinned model'],
  ),
  guard(
    'T32 a session is bound to the registered plan',
    'scores under a plan that nobody registered',
    [
      'src/scoring/session.ts',
      'if (!open.planHash.every((byte, i) => byte === agreed.planHash[i])) {',
      'if (open.planHash.length === 0) {',
    ],
    [SCORING, 'refuses a session under another capacity form'],
  ),
  guard(
    'T32 width and modulus are the plan’s',
    'a larger t reads several values from one answer',
    ['src/scoring/session.ts', 'if (open.width !== agreed.width || open.plainModulus !== agreed.plainModulus) {', 'if (open.width < 0) {'],
    [MASKS, 'a session under another width or plaintext modulus is refused (T32)'],
  ),
  guard(
    'T03 the flood holds over the contract',
    'floods of many one-query sessions, each sized as if it were alone',
    ['src/scoring/session.ts', 'const parameters = sessionParameters(open, input);', 'const parameters = sessionParameters(open);'],
    [MASKS, 'sized for one session of many is refused: the bound holds over the contract'],
  ),
  guard(
    'T03 the score step says how many answers the contract has',
    'the same, where the platform does not tell the session',
    ['src/pipeline/platform-models.ts', '        answersEver: answersEver(aligned.rows),', ''],
    [FLOOD, 'gives every firm the score of the clear sum, and refuses a key that is sized for one session'],
  ),
  guard(
    'T03 the limit step says how many answers the contract has',
    'the same for limits',
    ['src/pipeline/platform.ts', '        answersEver: answersEver(aligned.rows),', ''],
    [FLOOD, 'gives every firm the limit of the clear table, and refuses a key that is sized for one session'],
  ),
  guard(
    'T03 no session outgrows the contract',
    'floods that were sized for fewer answers than a session announces',
    [
      'src/scoring/session.ts',
      'if (agreed.answersEver !== undefined && open.maxQueries > agreed.answersEver) {',
      'if (open.maxQueries < 0) {',
    ],
    [MASKS, 'a session of more answers than the contract has is refused'],
  ),
  guard(
    'T30 ciphertexts a session',
    'floods that were sized for fewer answers',
    ['src/scoring/session.ts', 'if (open.maxQueries > agreed.maxCiphertexts) {', 'if (open.maxQueries < 0) {'],
    [SCORING, 'refuses a session larger than the policy allows'],
  ),
  guard(
    'T30 ciphertexts asked',
    'more answers under one key than were announced',
    [
      'src/scoring/session.ts',
      'if (uploads === layout.pieces && left.queries >= 0 && left.ciphertexts >= 0) return;',
      'if (uploads === layout.pieces) return;',
    ],
    [SCORING, 'and a query beyond the session'],
  ),
  guard(
    'T30 ciphertexts of a query',
    'more ciphertexts than the rows of the query need',
    [
      'src/scoring/session.ts',
      'if (uploads === layout.pieces && left.queries >= 0 && left.ciphertexts >= 0) return;',
      'if (left.queries >= 0 && left.ciphertexts >= 0) return;',
    ],
    [MASKS, 'a query with more or fewer ciphertexts than its rows need is refused (T30)'],
  ),
  guard(
    'H13 single products are masked',
    'the label party decrypts every leaf bit of every firm instead of one score',
    ['src/scoring/session.ts', 'masks: sumMasks(layout) });', 'masks: undefined });'],
    [MASKS, 'what the label party decrypts is uniform but for one sum a firm (H13)'],
  ),
  guard(
    'H13 kernel: the masks are added',
    'the same, where the engine forgets them',
    [
      'src/he/kernel/blinding-site.ts',
      "this.#slots.drawMasks(this.#p('m'), masks, this.#p('key'), NONCE.slotMask, this.#p('work'));",
      'return;',
    ],
    [MASKS, 'what the label party decrypts is uniform but for one sum a firm (H13)'],
  ),
  guard(
    'consent: a refused firm’s product is zero',
    'the score of a firm that does not consent',
    ['src/scoring/session.ts', '(answered[item] ? vector(rows[item]) : nothing)', '(nothing.length < 0 ? nothing : vector(rows[item]))'],
    [SCORING, 'and rows without consent not at all'],
  ),
  guard(
    'rows of a query rise',
    'one firm asked twice in a batch: two answers, one of them uncounted',
    ['src/scoring/messages.ts', "if (rows[i] <= rows[i - 1]) reader.fail('rows', 'do not rise');", 'rows[i] |= 0;'],
    [MASKS, 'a firm named twice, or out of order, in one query is refused'],
  ),
  guard(
    'plans speak of the holder’s own splits',
    'a plan over splits that were never trained',
    ['src/scoring/registration.ts', "if (!known.has(splitId)) reader.fail('split', 'is not one of this holder');", ''],
    [SCORING, 'refuses a split that is not its own, an empty path'],
  ),
  guard(
    'no empty path',
    'a path without conditions reads a constant',
    ['src/scoring/registration.ts', "if (length === 0) reader.fail('conditions', 'are empty');", ''],
    [SCORING, 'refuses a split that is not its own, an empty path'],
  ),
  guard(
    'T30 answers a firm',
    'the same firm asked under vectors of the caller’s choice until its fields are known',
    ['src/pipeline/platform-desk.ts', 'if (asked.some((row) => answered[ownRows[row]] >= ANSWERS_A_ROW)) {', 'if (asked.length < 0) {'],
    [PLATFORM, 'a firm is answered four times in a job and no more, in whatever order it is aligned (T30)'],
  ),
  guard(
    'T30 answers are counted by firm, not by place',
    'aligning again opens the count again',
    ['src/pipeline/platform-desk.ts', 'for (const row of asked) answered[ownRows[row]]++;', 'for (const row of asked) answered[row]++;'],
    [PLATFORM, 'a firm is answered four times in a job and no more, in whatever order it is aligned (T30)'],
  ),
  guard(
    'T33 counters take turns',
    'two sessions at once ask a firm twice and are counted once',
    ['src/pipeline/platform-desk.ts', 'const result = turns.turn.then(work);', 'const result = work();'],
    [PLATFORM, 'sessions at once cannot answer a firm more often than one after the other (T33)'],
  ),
  guardOf(
    'T31 one registration a job',
    'as many weight vectors of the bank’s choice as a firm has columns: its columns',
    [
      [`${ROOM}/feature-holder.ts`, 'if (pinnedHash && !equalBytes(hash, pinnedHash)) throw', 'if (hash.length === 0) throw'],
      [
        `${ROOM}/book.ts`,
        "if (!equalBytes(pinned, registration)) throw refused('other encrypted weights are registered');",
        'await this.#store.put(KEYS.registration, concatBytes(this.#half, registration));',
      ],
    ],
    [REGISTRATIONS, 'a job registers one weight vector, whatever is aligned and trained'],
  ),
  guard(
    'T33 one registration a job, of sessions at once',
    'as many functionals as sessions are opened before the first is pinned',
    [
      `${ROOM}/book.ts`,
      "if (!equalBytes(pinned, registration)) throw refused('other encrypted weights are registered');",
      'if (pinned.length === 0) throw usedUp();',
    ],
    [REGISTRATIONS, 'sessions at once register one vector like sessions one after the other (T33)'],
  ),
  guard(
    'T32 a session is under the registration it names',
    'a bank that means another vector is answered under the pinned one',
    [`${ROOM}/feature-holder.ts`, 'if (pinnedHash && !equalBytes(hash, pinnedHash)) throw', 'if (hash.length === 0) throw'],
    [REGISTERED, 'a hash that nobody registered are refused, and nothing is computed (T32)'],
  ),
  guard(
    'T32 a registration is named by its own hash',
    'altered bytes under the hash of others',
    [
      `${ROOM}/registration.ts`,
      'if (equalBytes(registrationHash(terms, bytes), hash)) return { hash, bytes };',
      'if (hash.length > 0) return { hash, bytes };',
    ],
    [REGISTERED, 'a hash that nobody registered are refused, and nothing is computed (T32)'],
  ),
  guard(
    'T32 what cannot be computed with is not pinned',
    'a job whose one registration is of no use',
    [`${ROOM}/registration.ts`, '  decodePublicKey(parameters, publicKey);', ''],
    [REGISTERED, 'that cannot be computed with is not pinned: the place stays free'],
  ),
  guard(
    'T31 a registration belongs to one half of a model',
    'one vector e_i, registered once, reads another column after each training',
    [`${ROOM}/book.ts`, 'if (!equalBytes(record.subarray(0, DIGEST_BYTES), this.#half))', 'if (record.length === 0)'],
    [REGISTERED, 'is good with the half it was registered with, and with no other'],
  ),
  guard(
    'T31 the regression says which half it is',
    'the same, where the score step does not say',
    [
      'src/pipeline/platform-models.ts',
      'holderPorts(engine, context, HOLDER_LINEAR.encode(half))',
      'holderPorts(engine, context, new Uint8Array(0))',
    ],
    [REGISTRATIONS, 'a job registers one weight vector, whatever is aligned and trained'],
  ),
  guard(
    'T31 the scorecard says which half it is',
    'the same for a card',
    [
      'src/pipeline/platform-models.ts',
      'holderPorts(engine, context, HOLDER_CARD.encode(half))',
      'holderPorts(engine, context, new Uint8Array(0))',
    ],
    [REGISTRATIONS, 'a job registers one card, and its points read nothing under other bins (T31)'],
  ),
  guard(
    'T31 a registration is pinned before it is answered',
    'a session cut off after its answers leaves the place to another functional',
    [`${ROOM}/feature-holder.ts`, '  await book.pin(bytes);', '  void book.pin(bytes).catch(() => {});'],
    [REGISTERED, 'before the registration is on the holder’s disk has answered nothing'],
  ),
  guard(
    'T05 the same question gets the stored answer',
    'fresh answers to one question: their floods average away',
    [
      `${ROOM}/book.ts`,
      'if (stored && equalBytes(stored.subarray(0, DIGEST_BYTES), question)) return',
      'if (stored && stored.length < DIGEST_BYTES) return',
    ],
    [REGISTERED, '1,000 byte-identical answers, one computed, one debited (T05)'],
  ),
  guard(
    'T05 an answer is stored before it is sent',
    'a crash in between makes a second answer to the same question',
    [`${ROOM}/book.ts`, 'if (room) await this.#store.put(key,', 'if (room) void this.#store.put(key,'],
    [REGISTERED, 'before the answer is, neither, and it was debited'],
  ),
  guard(
    'T33 a question at once is computed once',
    'six sessions get six floods of one answer',
    ['src/pipeline/registrations.ts', 'inTurn: (work) => inTurn(context, work, QUESTIONS),', 'inTurn: (work) => work(),'],
    [REGISTRATIONS, 'at once in several sessions is computed once and debited once (T33)'],
  ),
  guard(
    'T30 a question is about firms, not about places',
    'aligning again gives another firm’s place the stored answer, or the same firm a fresh one',
    ['src/pipeline/registrations.ts', '...Array.from(rows, (row) => ownRows[row])', '...rows'],
    [REGISTRATIONS, 'is about firms, not about places'],
  ),
  guard(
    'T30 fresh answers ask for leave',
    'answers that no budget and no count saw',
    [`${ROOM}/book.ts`, '    await authorise();', ''],
    [REGISTERED, 'refused once is not stored: it is asked for leave again'],
  ),
  guard(
    'T30 what is stored is bounded',
    'a peer’s questions fill the disk',
    [`${ROOM}/book.ts`, 'tally.answers < MOST_STORED.answers && tally.bytes + bytes <= MOST_STORED.bytes', 'bytes > 0'],
    [REGISTERED, 'stores so many answers and so many bytes'],
  ),
  guard(
    'T03 the flood holds over all sessions of a registered key',
    'more coefficients under one key than its flood was sized for',
    [`${ROOM}/book.ts`, '    if (tally.revealed + reveals > MOST_REVEALED) throw usedUp();', ''],
    [REGISTERED, 'counts every coefficient that was revealed, over all sessions of the key'],
  ),
  guard(
    'T54 a key is kept before its registration leaves',
    'a job pinned for good to a vector whose key is lost',
    [
      `${ROOM}/kept-registration.ts`,
      'await store.put(KEPT_REGISTRATION, record).finally(() => record.fill(0));',
      'void store.put(KEPT_REGISTRATION, record).catch(() => {});',
    ],
    [REGISTERED, 'before the key is on the disk has sent nothing'],
  ),
  guard(
    'secrets: a record with a key is wiped once it is written',
    'a key in memory nobody needs any more',
    [`${ROOM}/kept-registration.ts`, '.finally(() => record.fill(0))', ''],
    [REGISTERED, 'is wiped where it was written from, and nowhere in what is sent'],
  ),
  guard(
    'T30 scores are debited before they leave',
    'scores that no budget saw',
    ['src/pipeline/platform-desk.ts', '    await context.debit(asked.length * bits);', ''],
    [PLATFORM, 'is debited before it is given; a budget that says no counts nothing (T30)'],
  ),
  guard(
    'rows are those that were aligned',
    'rows of another file answered under an old alignment: other firms’ fields',
    [
      'src/pipeline/platform-desk.ts',
      'if ((await find(store, FINGERPRINT)) === fingerprint) return;',
      'if (fingerprint.length > 0) return;',
    ],
    [PLATFORM, 'a table that changed since the alignment is not answered from'],
  ),
  guard(
    'only the contract’s columns are read',
    'a column the policy did not allow enters a model',
    [
      'src/pipeline/platform-desk.ts',
      'const aligned = selectRows(selectColumns(asset.table, context.columns), rows);',
      'const aligned = selectRows(asset.table, rows);',
    ],
    [PLATFORM, 'a column the contract does not name is not there (T59)'],
  ),
  guard(
    'rows without consent never enter a protocol',
    'a firm that does not consent is aligned and scored',
    ['src/pipeline/assets.ts', 'return all.filter((row) => flags[row] === 1);', 'return all;'],
    [PLATFORM, 'a row without consent is in no asset (T39)'],
  ),
];
