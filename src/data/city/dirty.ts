/**
 * Dirty ids, as real registers have them: four in five of them the right code in another spelling, which normalisation repairs, one in
 * five with a wrong character, which the check character catches and nothing repairs.
 */
import type { SeededRandom } from '../../base/index.ts';
import { normaliseUscc } from '../record-id.ts';
import { USCC_ALPHABET } from '../uscc.ts';

/** `spelling` is repaired by normalisation; `character` is lost to the alignment. */
export type DirtyKind = 'spelling' | 'character';

export interface DirtyId {
  /** Row of the holder's table, 0 first. */
  readonly row: number;
  readonly kind: DirtyKind;
}

export interface SpeltIds {
  /** Normalised, as a reader in `warn` mode gets them. */
  readonly ids: readonly string[];
  /** As the holder's file has them. */
  readonly written: readonly string[];
  readonly dirty: readonly DirtyId[];
}

const SPELLINGS: readonly ((code: string) => string)[] = [
  (code) => code.toLowerCase(),
  (code) => ` ${code}`,
  (code) => `${code.slice(0, 8)}-${code.slice(8, 17)}-${code.slice(17)}`,
  (code) => code.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  (code) => `${code.slice(0, 6)} ${code.slice(6, 12)} ${code.slice(12)}`,
];

export function spellIds(random: SeededRandom, codes: readonly string[], rate: number): SpeltIds {
  const dirty: DirtyId[] = [];
  const written = codes.map((code, row) => {
    const own = random.split(code);
    if (own.uniform() >= rate) return code;
    const kind: DirtyKind = own.uniform() < 0.8 ? 'spelling' : 'character';
    dirty.push({ row, kind });
    return kind === 'spelling' ? SPELLINGS[own.u32() % SPELLINGS.length](code) : mistype(own, code);
  });
  return { ids: written.map(normaliseUscc), written, dirty };
}

/** Another letter or digit in the organisation code. */
function mistype(random: SeededRandom, code: string): string {
  const at = 8 + (random.u32() % 8);
  const other = USCC_ALPHABET[(USCC_ALPHABET.indexOf(code[at]) + 1 + (random.u32() % 30)) % 31];
  return code.slice(0, at) + other + code.slice(at + 1);
}
