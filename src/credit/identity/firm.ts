/** What the 18 characters say about a firm, in words. Check digits and normalisation live in data/ (GB 32100-2015). */
import { InputError } from '../../base/index.ts';
import { normaliseUscc, organisationTypeName, REGISTRATION_AUTHORITIES, splitUscc, usccProblem } from '../../data/index.ts';
import { parseRegion, type Region } from './region.ts';

/** A firm code in words. */
export interface FirmIdentity {
  /** The normalised code. */
  readonly code: string;
  /** 登记管理部门, e.g. 市场监管. */
  readonly authority: string;
  /** 机构类别, e.g. 个体工商户; undefined when the standard has no such pair. */
  readonly organisationType: string | undefined;
  /** undefined when GB/T 2260 does not have the region (old codes). */
  readonly region: Region | undefined;
  /** What is wrong with a code accepted in `warn` mode. */
  readonly warning: string | undefined;
}

/**
 * @param mode `strict` refuses a wrong check character; `warn` accepts it and says so (some codes of 2015 break the rule).
 * @throws InputError `ERR_CREDIT_USCC`; the message never holds the code.
 */
export function firmIdentity(text: string, mode: 'strict' | 'warn' = 'strict'): FirmIdentity {
  const code = normaliseUscc(text);
  const problem = usccProblem(code);
  const parts = splitUscc(code);
  if (!parts || (problem && mode === 'strict')) {
    throw new InputError('ERR_CREDIT_USCC', `not a valid 统一社会信用代码: ${problem}`, {
      help: 'Copy the code from the business licence.',
    });
  }
  return {
    code,
    authority: REGISTRATION_AUTHORITIES[parts.registrationAuthority]?.zh ?? '其他',
    organisationType: organisationTypeName(parts.registrationAuthority, parts.organisationType),
    region: regionOrUndefined(parts.region6),
    warning: problem,
  };
}

function regionOrUndefined(code: string): Region | undefined {
  try {
    return parseRegion(code);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
