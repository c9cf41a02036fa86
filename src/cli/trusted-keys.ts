/** `--key`: the public keys an auditor trusts, each as a certificate, a public key or a pin. */
import { readFile } from 'node:fs/promises';
import { isPartyId, isPin, readKeyFile } from '../adapters/certificates/index.ts';
import { InputError } from '../base/index.ts';
import type { TrustedKeys } from '../node/index.ts';

/**
 * @param given `FILE` of a certificate that names its party, or `PARTY=FILE` or `PARTY=sha256/...`
 * @throws InputError `ERR_CLI_USAGE` | `ERR_CERTIFICATE_UNREADABLE`
 */
export async function readTrustedKeys(given: readonly string[]): Promise<TrustedKeys> {
  const keys = new Map<string, string[]>();
  for (const each of given) {
    const { party, pin } = await readKey(each);
    keys.set(party, [...(keys.get(party) ?? []), pin]);
  }
  return keys;
}

async function readKey(given: string): Promise<{ party: string; pin: string }> {
  const [, name, rest = given] = /^([a-z0-9][a-z0-9-]*)=(.+)$/s.exec(given) ?? [];
  if (name !== undefined && isPin(rest)) return { party: name, pin: rest };
  const text = await readFile(rest, 'utf8').catch((cause: unknown) => {
    throw new InputError('ERR_CLI_USAGE', `the key ${rest} cannot be read`, { cause, help: 'Give a certificate, a public key or a pin.' });
  });
  const { party, pin } = readKeyFile(text);
  const named = name ?? party;
  if (named !== undefined && isPartyId(named) && (party ?? named) === named) return { party: named, pin };
  const problem = named === undefined ? 'does not say whose key it is' : `is of ${party}, not of ${named}`;
  throw new InputError('ERR_CLI_USAGE', `${rest} ${problem}`, { help: 'Write --key party=FILE.' });
}
