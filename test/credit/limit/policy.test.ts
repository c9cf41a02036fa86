import { describe, expect, it } from 'vitest';
import type { InputError } from '../../../src/base/index.ts';
import { parseLimitPolicy } from '../../../src/credit/limit/index.ts';
import { policyYaml } from './policy.yaml.ts';

function errorOf(text: string): InputError {
  try {
    parseLimitPolicy({ file: 'policy.yaml', text });
  } catch (error) {
    return error as InputError;
  }
  throw new Error('the policy was accepted');
}

describe('a limit policy that cannot be used is refused with its file and line', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['an unknown key', 'floor: 4万', 'flor: 4万', 'policy.yaml:'],
    ['negative money', 'floor: 4万', 'floor: -3万', 'policy.yaml:16:8'],
    ['a lost digit', 'step: 1万', 'step: 0.001', 'policy.yaml:17:7'],
    ['edges that fall', '[5万, 10万, 20万', '[5万, 20万, 10万', 'policy.yaml:8:20'],
    ['score edges that fall', 'below: 2%', 'below: 0.4%', 'policy.yaml:13:24'],
    ['a PD above 1', 'below: 5%', 'below: 500%', 'policy.yaml:14:24'],
    ['a row of the wrong width', '[0, 3万, 5万', '[3万, 5万', 'policy.yaml:14:37'],
    ['a band with two ways', 'times: 0.75', 'times: 0.75, veto: true', 'policy.yaml:13:7'],
    ['a closed last band', 'veto: true', 'veto: true, below: 9%', 'policy.yaml:15:36'],
    ['a floor above the max', 'max: 200万', 'max: 2万', 'policy.yaml:16:8'],
    ['broken YAML', 'step: 1万', 'step: [1万', 'policy.yaml:'],
    ['a key written twice', 'step: 1万', 'step: 1万\nstep: 2万', 'policy.yaml:18:1'],
  ];
  it.each(cases)('%s', (_, from, to, place) => {
    expect(policyYaml).toContain(from);
    const error = errorOf(policyYaml.replace(from, to));
    expect(error.code).toBe('ERR_CREDIT_LIMIT_POLICY');
    expect(error.message).toContain(place);
  });
});
