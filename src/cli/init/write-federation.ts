/** Writes the files of `fedcredit init`. All or nothing: into a folder beside, then renamed. */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createAuthority, issueCertificate, type KeyAndCertificate, type Pin } from '../../adapters/certificates/index.ts';
import { writeFileAtomic } from '../../adapters/files/index.ts';
import { type Clock, InputError } from '../../base/index.ts';
import { bankYaml, jobYaml, platformYaml, policyYaml, readmeText } from './templates.ts';

export interface FederationOptions {
  readonly folder: string;
  readonly platformName: string;
  readonly bankName: string;
  /** host:port */
  readonly listen: string;
  readonly clock: Clock;
}

export interface WrittenFederation {
  readonly folder: string;
  readonly files: readonly string[];
  readonly platformConfig: string;
  readonly bankConfig: string;
  readonly job: string;
  readonly platformData: string;
  readonly bankData: string;
  readonly platformPin: string;
  readonly bankPin: string;
}

interface File {
  readonly path: string;
  readonly content: string;
  /** @default 0o644 */
  readonly mode?: number;
}

const PRIVATE = 0o600;
const PUBLIC = 0o644;
const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/;

/** @throws InputError `ERR_FILES_EXISTS` | `ERR_CONFIG_ADDRESS` */
export async function writeFederation(options: FederationOptions): Promise<WrittenFederation> {
  const folder = resolve(options.folder);
  if (!ADDRESS.test(options.listen)) throw new InputError('ERR_CONFIG_ADDRESS', `"${options.listen}" is not host:port`);
  await assertFree(folder, options.folder);
  const { files, platformPin, bankPin } = await makeFiles(options);
  await writeAll(folder, files);
  const at = (path: string): string => join(folder, path);
  return {
    folder,
    files: files.map(({ path }) => at(path)),
    platformConfig: at('platform/platform.yaml'),
    bankConfig: at('bank/bank.yaml'),
    job: at('bank/job.yaml'),
    platformData: at('platform/data/firms.csv'),
    bankData: at('bank/data/loans.csv'),
    platformPin,
    bankPin,
  };
}

async function assertFree(folder: string, shown: string): Promise<void> {
  const content = await readdir(folder).catch(() => []);
  if (content.length > 0) {
    throw new InputError('ERR_FILES_EXISTS', `${shown} is not empty; nothing was overwritten`, {
      help: 'Name another folder, or move this one away.',
    });
  }
}

async function makeFiles({
  platformName,
  bankName,
  listen,
  clock,
}: FederationOptions): Promise<{ files: File[]; platformPin: Pin; bankPin: Pin }> {
  const now = clock.now();
  const authority = await createAuthority({ name: 'fedcredit development federation', now });
  const hosts = hostNames(listen);
  const platform = await issueCertificate(authority, { party: 'platform', now, ...hosts });
  const bank = await issueCertificate(authority, { party: 'bank', now });
  const callAt = listen.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1');
  const files = [
    { path: 'README.md', content: readmeText() },
    { path: 'authority/ca.crt', content: authority.certificatePem },
    { path: 'authority/ca.key', content: authority.privateKeyPem, mode: PRIVATE },
    ...tlsFiles('platform', platform, authority.certificatePem),
    ...tlsFiles('bank', bank, authority.certificatePem),
    { path: 'platform/platform.yaml', content: platformYaml({ name: platformName, listen, bankName, bankPin: bank.pin }) },
    { path: 'bank/bank.yaml', content: bankYaml({ name: bankName, platformName, platformPin: platform.pin, address: callAt }) },
    { path: 'bank/job.yaml', content: jobYaml() },
    { path: 'bank/policy.yaml', content: policyYaml() },
  ];
  return { files, platformPin: platform.pin, bankPin: bank.pin };
}

function tlsFiles(party: string, { certificatePem, privateKeyPem }: KeyAndCertificate, authorityPem: string): File[] {
  return [
    { path: `${party}/tls/${party}.crt`, content: certificatePem },
    { path: `${party}/tls/${party}.key`, content: privateKeyPem, mode: PRIVATE },
    { path: `${party}/tls/ca.crt`, content: authorityPem },
  ];
}

/** Names for other tools that look at host names; fedcredit itself looks at the key. */
function hostNames(listen: string): { dnsNames: string[]; ipAddresses: string[] } {
  const host = listen.slice(0, listen.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
  return {
    dnsNames: [...new Set(['localhost', ...(isAddress ? [] : [host])])],
    ipAddresses: [...new Set(['127.0.0.1', '::1', ...(isAddress ? [host] : [])])],
  };
}

async function writeAll(folder: string, files: readonly File[]): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const beside = await mkdtemp(`${folder}.partial-`);
  try {
    for (const { path, content, mode = PUBLIC } of files) {
      await mkdir(dirname(join(beside, path)), { recursive: true, mode: 0o700 });
      await writeFileAtomic(join(beside, path), content, { mode });
    }
    for (const party of ['platform', 'bank']) await mkdir(join(beside, party, 'data'), { mode: 0o700 });
    // An empty folder of that name gives way; one that has been filled meanwhile does not.
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
}
