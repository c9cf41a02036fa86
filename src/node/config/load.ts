/** A party's configuration with what it points to: read once, checked whole, before anything listens or connects. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkIdentity, type TlsIdentity } from '../../adapters/grpc/index.ts';
import { type Clock, InputError } from '../../base/index.ts';
import { nearestNames } from '../../data/index.ts';
import type { PolicyRule } from '../policy.ts';
import { readYaml } from './document.ts';
import { type AssetConfig, configSchema, type PartyConfig, type PeerConfig } from './schema.ts';

export interface LoadedConfig {
  readonly file: string;
  readonly config: PartyConfig;
  readonly identity: TlsIdentity;
  /** The pin others must have for this party. */
  readonly pin: string;
  /** Absolute. */
  readonly stateFolder: string;
  /** An absolute path for one in the file. */
  resolve(path: string): string;
  /** @throws InputError `ERR_CONFIG_UNKNOWN_ASSET` */
  asset(name: string): AssetConfig;
  /** @throws InputError `ERR_CONFIG_UNKNOWN_PEER` */
  peer(id: string): PeerConfig;
}

/** @throws InputError `ERR_CONFIG_FILE` | `ERR_CONFIG` | `ERR_CONFIG_TLS` | `ERR_CONFIG_KEY_MODE` */
export async function loadConfig(file: string, clock: Clock): Promise<LoadedConfig> {
  const text = await readText(file, `the configuration ${file}`);
  const config = readYaml(configSchema, file, text, 'ERR_CONFIG');
  const home = dirname(resolve(file));
  const at = (path: string): string => resolve(home, path);
  const identity = await readIdentity(config, at);
  return {
    file,
    config,
    identity,
    pin: checkIdentity(identity, config.party.id, clock.now()),
    stateFolder: at(config.state),
    resolve: at,
    asset: (name) =>
      config.assets.find((one) => one.name === name) ??
      unknown(
        'ASSET',
        'asset',
        name,
        file,
        config.assets.map((one) => one.name),
      ),
    peer: (id) =>
      config.peers.find((one) => one.id === id) ??
      unknown(
        'PEER',
        'peer',
        id,
        file,
        config.peers.map((one) => one.id),
      ),
  };
}

async function readIdentity({ tls }: PartyConfig, at: (path: string) => string): Promise<TlsIdentity> {
  await assertPrivate(at(tls.key), tls.key);
  const [certificate, privateKey, authority] = await Promise.all(
    [tls.cert, tls.key, tls.ca].map((path) => readText(at(path), `the TLS file ${path}`)),
  );
  return { certificate, privateKey, authority };
}

/** A private key that others on the machine can read is not private. (Windows keeps no such modes.) */
async function assertPrivate(path: string, shown: string): Promise<void> {
  const mode = await stat(path).then(
    (stats) => stats.mode,
    () => 0,
  );
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new InputError('ERR_CONFIG_KEY_MODE', `the private key ${shown} can be read by other users of this machine`, {
      help: `Run: chmod 600 ${shown}`,
    });
  }
}

function readText(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InputError('ERR_CONFIG_FILE', `${what} cannot be read`, {
      cause,
      help: 'Check the path; `fedcredit init` writes a federation to start from.',
    });
  });
}

function unknown(code: 'ASSET' | 'PEER', what: string, wanted: string, file: string, names: readonly string[]): never {
  const nearest = nearestNames(wanted, names, 1)[0];
  throw new InputError(`ERR_CONFIG_UNKNOWN_${code}`, `${file} has no ${what} "${wanted}"`, {
    help: nearest ? `Did you mean "${nearest}"? It has: ${names.join(', ')}.` : `It has: ${names.join(', ')}.`,
  });
}

/**
 * The policy with its columns spelled out.
 * @param columnsOf the columns of an asset that exist for jobs (its file's header, less what the configuration takes away)
 * @throws InputError `ERR_CONFIG_POLICY_COLUMN` for a column the asset does not have
 */
export async function resolveRules(
  { config, file }: LoadedConfig,
  columnsOf: (asset: AssetConfig) => Promise<readonly string[]>,
): Promise<readonly PolicyRule[]> {
  const columns = new Map<string, readonly string[]>();
  for (const asset of config.assets) columns.set(asset.name, await columnsOf(asset));
  return config.policy.map((rule) => {
    const known = columns.get(rule.asset) ?? [];
    const allowed = rule.columns === 'all' ? known : rule.columns;
    const missing = allowed.find((column) => !known.includes(column));
    if (missing !== undefined) {
      throw new InputError(
        'ERR_CONFIG_POLICY_COLUMN',
        `${file}: the policy for ${rule.peer} names the column "${missing}", which the asset "${rule.asset}" does not have`,
        {
          help: `Nearest: ${nearestNames(missing, known).join(', ')}.`,
        },
      );
    }
    return { ...rule, columns: allowed };
  });
}
