/** Option literals: a key nobody knows is a mistake the caller wants to hear about. */
import { InputError } from '../base/index.ts';
import { nearestNames } from './nearest.ts';

/**
 * Refuses keys outside `known`.
 * @throws InputError `ERR_DATA_OPTION`, naming the key and the nearest known ones.
 */
export function refuseUnknownKeys(of: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new InputError('ERR_DATA_OPTION', `${of}: unknown option "${key}"`, {
      help: `Did you mean ${nearestNames(key, known).join(', ')}?`,
      details: { option: key },
    });
  }
}
