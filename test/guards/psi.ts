/** Guards of psi/: points a peer may send, how many, in which order, and what is said back. */
import { type Guard, guard } from './guard.ts';

const HOSTILE = 'test/psi/hostile-peer.test.ts';
const LIMITS = 'test/psi/limits.test.ts';
const LEAKS = 'test/psi/leaks.test.ts';
const SECRETS = 'test/psi/secrets.test.ts';

export const PSI_GUARDS: readonly Guard[] = [
  guard(
    'T36 low order',
    'a point of low order: its product is known without the scalar',
    ['src/psi/curve25519/points.ts', 'if (!isCanonical(u) || isLowOrder(u)) return false;', 'if (!isCanonical(u)) return false;'],
    ['test/psi/points-guard.test.ts', 'of low order, in each of its canonical spellings (T36)'],
  ),
  guard(
    'T36 canonical',
    'one point in several spellings: the peer counts an element twice',
    ['src/psi/curve25519/points.ts', 'if (!isCanonical(u) || isLowOrder(u)) return false;', 'if (isLowOrder(u)) return false;'],
    [HOSTILE, 'a non-canonical point, u = p + 9'],
  ),
  guard(
    'T36 twist',
    'a point of the twist carries a bit of whoever multiplied it',
    ['src/psi/curve25519/points.ts', 'return areOnCurve(points);', 'return true;'],
    [HOSTILE, 'a point of the twist'],
  ),
  guard(
    'T36 points are checked before they are multiplied',
    'our scalar meets points of the peer’s choice',
    ['src/psi/tasks.ts', 'areUsablePoints(points) ? x25519Batch(points, scalar) : undefined', 'x25519Batch(points, scalar)'],
    [HOSTILE, 'a point of the twist'],
  ),
  guard(
    'T36 points that come back are checked',
    'a forged answer makes us claim a match',
    ['src/psi/receiver.ts', 'if (!allowed || !seen.addAll(points)) throw badPoint();', 'if (!seen.addAll(points)) throw badPoint();'],
    [HOSTILE, 'a point of the twist'],
  ),
  guard(
    'T36 repeated points',
    'one id asked many times under different points',
    [
      'src/psi/stages.ts',
      'if (!products || !doubled.addAll(products)) throw badPoint();',
      'if (!products) throw badPoint();\n    doubled.addAll(products);',
    ],
    [HOSTILE, 'a repeated point'],
  ),
  guard(
    'T36 number of points in a message',
    'more points than announced: more questions than the contract allows',
    ['src/psi/wire.ts', 'if (body.length !== count * POINT_BYTES) throw badPoint();', ''],
    [HOSTILE, 'one point more than announced'],
  ),
  guard(
    'T36 nothing is answered before the whole set is good',
    'answers to half a set, then the set is seen to be forged',
    [
      'src/psi/sender.ts',
      '(points) => answers.push(points)),',
      "(points) => void (answers.push(points), channel.send('psi/doubled', points))),",
    ],
    [HOSTILE, 'before the last point of the set was found good'],
  ),
  guard(
    'T38 own rows',
    'a party brings more rows than the contract allows',
    ['src/psi/options.ts', 'if (rows <= limits.maxOwnRows) return;', 'if (rows >= 0) return;'],
    [LIMITS, 'refuse an own set above the cap before a word is said'],
  ),
  guard(
    'T38 peer rows',
    'a peer asks about more ids than the contract allows: every element is a question',
    ['src/psi/options.ts', 'if (peerRows > limits.maxPeerRows) {', 'if (peerRows < 0) {'],
    [LIMITS, 'set above the cap before a point is sent'],
  ),
  guard(
    'T38 ratio',
    'a peer that enumerates the registry against a small set',
    ['src/psi/options.ts', 'if (peerRows > limits.maxPeerRatio * Math.max(1, ownRows)) {', 'if (peerRows < 0) {'],
    [LIMITS, 'refuse a peer with too many rows per row of ours'],
  ),
  guard(
    'T57 contract and job',
    'a set prepared for one job is used in another',
    ['src/psi/session.ts', 'if (!equalBytes(peer.contextHash, contextHash)) {', 'if (peer.contextHash.length !== contextHash.length) {'],
    [HOSTILE, 'refuses another contract or job'],
  ),
  guard(
    'T57 version',
    'two versions talk past each other',
    ['src/psi/wire.ts', 'if (version !== PSI_VERSION) {', 'if (version > 250) {'],
    [HOSTILE, 'refuses another version'],
  ),
  guard(
    'roles',
    'two receivers: nobody keeps the result from the other',
    ['src/psi/wire.ts', "if (reader.u8('role') !== ROLE_CODE[expected]) {", "if (reader.u8('role') > 2) {"],
    [HOSTILE, 'refuses two receivers'],
  ),
  guard(
    'matches no more than rows',
    'a bank claims the whole platform as its customers',
    ['src/psi/matches.ts', 'if (positions.length > peerRows) {', 'if (positions.length < 0) {'],
    [HOSTILE, 'may not claim more matches than the bank has rows'],
  ),
  guard(
    'matches within the table',
    'a match with a row that does not exist',
    [
      'src/psi/matches.ts',
      "if (positions.length > 0 && positions[positions.length - 1] >= rows) reader.fail('bitmap', 'marks a row that does not exist');",
      '',
    ],
    [HOSTILE, 'must have one bit a row and none beyond the last'],
  ),
  guard(
    'receiver shuffles',
    'the platform links a blinded id to its row in the bank’s table',
    [
      'src/psi/receiver.ts',
      'const order = permutation(ports.random, input.ids.length);',
      'const order = Uint32Array.from(input.ids, (_, row) => row);',
    ],
    [SECRETS, 'tag, in a shuffled order on both sides'],
  ),
  guard(
    'sender shuffles',
    'the bank links a match to its row in the platform’s table',
    [
      'src/psi/sender.ts',
      'const order = permutation(ports.random, input.ids.length);',
      'const order = Uint32Array.from(input.ids, (_, row) => row);',
    ],
    [SECRETS, 'tag, in a shuffled order on both sides'],
  ),
  guard(
    'fresh scalar',
    'blinded ids of two runs can be compared',
    ['src/psi/session.ts', 'scalar: randomBytes(ports.random, 32),', 'scalar: new Uint8Array(32).fill(7),'],
    [SECRETS, 'are a fresh nonce and a fresh scalar, wiped when the run ends'],
  ),
  guard(
    'the tag is the session’s',
    'hashes of one run fit another',
    [
      'src/psi/session.ts',
      "dst: domainSeparationTag(sha256('fedcredit psi session', contextHash, ...nonces)),",
      "dst: domainSeparationTag(sha256('fedcredit psi session', contextHash)),",
    ],
    [SECRETS, 'tag, in a shuffled order on both sides'],
  ),
  guard(
    'the scalar is wiped',
    'the exponent outlives its run',
    ['src/psi/stages.ts', 'base.session.scalar.fill(0);', ''],
    [SECRETS, 'are a fresh nonce and a fresh scalar, wiped when the run ends'],
  ),
  guard(
    'T27 ids are hashed to the curve',
    'a hash used as a coordinate leaks its twist class: a bit of every id',
    [
      'src/psi/tasks.ts',
      'x25519Batch(hashToCurve(ids, dst), scalar)',
      'x25519Batch(hashToCurve(ids, dst).map((byte, i) => (i % 32 === 0 ? byte ^ 1 : byte)), scalar)',
    ],
    [LEAKS, 'holds points of the curve only: no twist class to tell ids apart by (T27)'],
  ),
  guard(
    'own ids are unique',
    'a repeated id shows as a repeated point',
    ['src/psi/ids.ts', 'if (first !== undefined) {', 'if (first === -1) {'],
    [LIMITS, 'must be unique; the error names rows, not ids'],
  ),
];
