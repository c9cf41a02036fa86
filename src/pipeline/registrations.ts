/**
 * How many encrypted vectors a job may register. A regression's weights and a card's points come under a fresh key each time, so the platform
 * cannot see whether they are the trained ones: each registration is a linear functional of a firm's columns that the bank may have chosen.
 * As many functionals as columns would give the columns, so there are always fewer than half as many (security.md T31), and one at the least.
 */
import { createHash } from 'node:crypto';
import { ByteReader, RefusedError } from '../base/index.ts';
import type { StepContext } from '../node/index.ts';
import { type Artifact, find, keep } from './artifacts.ts';
import { ANSWERS_A_ROW } from './contract.ts';
import { inTurn } from './platform-desk.ts';

const DIGEST_BYTES = 32;

/** Fingerprints of the job's registrations. No step deletes them: what was once answered stays known. */
export const REGISTRATIONS: Artifact<readonly string[]> = {
  key: 'registrations',
  madeBy: 'score',
  encode: (digests) => Buffer.from(digests.join(''), 'hex'),
  decode(bytes) {
    const reader = new ByteReader(bytes, 'stored registrations');
    const digests = Array.from({ length: Math.ceil(bytes.length / DIGEST_BYTES) }, () =>
      Buffer.from(reader.raw('digest', DIGEST_BYTES)).toString('hex'),
    );
    reader.end();
    return digests;
  },
};

/** Registrations of a job whose model has so many of the holder's columns: fewer than half as many, 1 to 4. */
export const mostRegistrations = (columns: number): number => Math.min(ANSWERS_A_ROW, Math.max(1, Math.ceil(columns / 2) - 1));

/**
 * Counts registrations on the disk, before one is answered. The very same bytes under the same half of the model are the same functional and
 * count once; under another half (columns or bins in another order) they are another one.
 * @param half the holder's half of the model, as it is stored
 * @param columns of the holder in the model
 * @returns what throws RefusedError `ERR_REFUSED_REGISTRATIONS` for one too many
 */
export function countedRegistrations(context: StepContext, half: Uint8Array, columns: number): (registration: Uint8Array) => Promise<void> {
  const most = mostRegistrations(columns);
  const halfDigest = createHash('sha256').update(half).digest();
  return (registration) =>
    inTurn(context, async () => {
      const digest = createHash('sha256').update(halfDigest).update(registration).digest('hex');
      const known = (await find(context.store, REGISTRATIONS)) ?? [];
      if (known.includes(digest)) return;
      if (known.length >= most) {
        throw new RefusedError(
          'ERR_REFUSED_REGISTRATIONS',
          `this job has registered encrypted weights ${known.length} times; ${most} is the most`,
          {
            help: 'Use the stored scores, or start a job under a new contract.',
          },
        );
      }
      await keep(context.store, REGISTRATIONS, [...known, digest]);
    });
}
