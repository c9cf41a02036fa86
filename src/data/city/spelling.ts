/** How clerks write the numbers of things: the right one in another spelling, which normalisation repairs, or with a digit that nothing repairs. */
import type { SeededRandom } from '../../base/index.ts';

const SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => text.toLowerCase(),
  (text) => ` ${text}`,
  (text) => `${text.slice(0, 8)}-${text.slice(8)}`,
  (text) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  (text) => `${text.slice(0, 6)} ${text.slice(6)}`,
];

/** Lower case, full width, a space or a hyphen. */
export const respell = (random: SeededRandom, text: string): string => SPELLINGS[random.u32() % SPELLINGS.length](text);

/** The same number with one of its last six characters replaced by another digit. */
export function otherDigit(random: SeededRandom, text: string): string {
  const at = text.length - 1 - (random.u32() % 6);
  const digit = (Number(text[at]) + 1 + (random.u32() % 9)) % 10;
  return `${text.slice(0, at)}${digit}${text.slice(at + 1)}`;
}
