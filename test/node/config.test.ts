import { chmodSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/base/index.ts';
import { writeFederation } from '../../src/cli/init/write-federation.ts';
import { loadConfig, resolveRules } from '../../src/node/index.ts';
import { systemClock } from '../support/federation.ts';
import { tempFolder } from '../support/temp.ts';

const temp = tempFolder();
let federation = '';
beforeAll(async () => {
  federation = (
    await writeFederation({
      folder: join(temp.path, 'federation'),
      platformName: '平台',
      bankName: '银行',
      listen: '127.0.0.1:7443',
      clock: systemClock,
    })
  ).folder;
});

/** The platform's configuration with a change, in a folder of its own. */
function changed(change: (text: string) => string, party: 'platform' | 'bank' = 'platform'): string {
  const copy = mkdtempSync(join(temp.path, 'changed-'));
  cpSync(join(federation, party), copy, { recursive: true });
  const file = join(copy, `${party}.yaml`);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return file;
}

async function problem(file: string): Promise<InputError> {
  const error: unknown = await loadConfig(file, systemClock).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

describe('a configuration', () => {
  it('written by init loads, on both sides', async () => {
    const platform = await loadConfig(join(federation, 'platform', 'platform.yaml'), systemClock);
    const bank = await loadConfig(join(federation, 'bank', 'bank.yaml'), systemClock);
    expect(platform.peer('bank').pin).toBe(bank.pin);
    expect(bank.peer('platform').pin).toBe(platform.pin);
    expect(platform.stateFolder).toBe(join(federation, 'platform', 'state'));
  });

  it.each([
    [
      'a mistyped key',
      (text: string) => text.replace('listen:', 'lisen:'),
      /platform\.yaml:\d+:1: unknown key "lisen"; did you mean "listen"\?/,
    ],
    [
      'a mistyped key inside',
      (text: string) => text.replace('maxTrees', 'maxTree'),
      /platform\.yaml:\d+:5: unknown key "policy\.0\.maxTree"; did you mean "maxTrees"\?/,
    ],
    [
      'a wrong value',
      (text: string) => text.replace('maxDepth: 6', 'maxDepth: six'),
      /platform\.yaml:\d+:15: policy\.0\.maxDepth: .*number/,
    ],
    ['a pin that is none', (text: string) => text.replace(/sha256\/\S+/, 'sha256/abc'), /peers\.0\.pin: a pin looks like/],
    [
      'a rule for nobody',
      (text: string) => text.replace('- peer: bank', '- peer: bnk'),
      /policy\.0\.peer: "bnk" is not one of the peers: bank/,
    ],
    [
      'a rule for nothing',
      (text: string) => text.replace('asset: firms', 'asset: farms'),
      /policy\.0\.asset: "farms" is not one of the assets/,
    ],
    [
      'a party that is its own peer',
      (text: string) => text.replace('- id: bank', '- id: platform').replace('peer: bank', 'peer: platform'),
      /its own peer/,
    ],
    ['YAML that is none', (text: string) => `${text}\n  [`, /platform\.yaml:\d+:\d+/],
    ['an id mode that is none', (text: string) => text.replace('mode: warn', 'mode: lax'), /assets\.0\.id\.mode/],
    ['an unknown limit', (text: string) => `${text}\nlimits: {maxSesions: 3}\n`, /did you mean "maxSessions"\?/],
  ])('with %s is refused at its place', async (_, change, message) => {
    const error = await problem(changed(change));
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toMatch(message);
  });

  it('whose private key others can read is refused', async () => {
    const file = changed((text) => text);
    chmodSync(join(file, '..', 'tls', 'platform.key'), 0o644);
    expect(await problem(file)).toMatchObject({ code: 'ERR_CONFIG_KEY_MODE', help: expect.stringContaining('chmod 600') });
  });

  it('with another party’s certificate is refused', async () => {
    const file = changed((text) => text);
    cpSync(join(federation, 'bank', 'tls', 'bank.crt'), join(file, '..', 'tls', 'platform.crt'));
    expect(await problem(file)).toMatchObject({ code: 'ERR_CONFIG_TLS', message: expect.stringContaining('private key does not belong') });
  });

  it('that is not there is refused', async () => {
    expect((await problem(join(temp.path, 'nowhere.yaml'))).code).toBe('ERR_CONFIG_FILE');
  });

  it('names the nearest asset and peer', async () => {
    const loaded = await loadConfig(join(federation, 'platform', 'platform.yaml'), systemClock);
    expect(() => loaded.asset('frims')).toThrow(expect.objectContaining({ help: expect.stringContaining('Did you mean "firms"?') }));
    expect(() => loaded.peer('bnak')).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_UNKNOWN_PEER' }));
  });

  it('spells its policy out in the columns the data has, and no others', async () => {
    const loaded = await loadConfig(join(federation, 'platform', 'platform.yaml'), systemClock);
    expect((await resolveRules(loaded, async () => ['a', 'b']))[0].columns).toEqual(['a', 'b']);
    const narrow = await loadConfig(
      changed((text) => text.replace('columns: all ', 'columns: [a, c] ')),
      systemClock,
    );
    expect((await resolveRules(narrow, async () => ['a', 'b', 'c']))[0].columns).toEqual(['a', 'c']);
    await expect(resolveRules(narrow, async () => ['a', 'b'])).rejects.toMatchObject({ code: 'ERR_CONFIG_POLICY_COLUMN' });
  });
});
