/**
 * 统一社会信用代码, the unified social credit identifier of GB 32100-2015 (with amendment 1 of 2016): 18 characters,
 *
 *   1      登记管理部门   registration authority
 *   2      机构类别       type of organisation under that authority
 *   3-8    行政区划码     GB/T 2260 digits of the authority's region
 *   9-17   组织机构代码   organisation code of GB 11714, its own check character last
 *   18     校验码         check character, base 31 with weights 3^(i-1) mod 31
 *
 * 31 is prime and neighbouring weights differ, so every single wrong character and every swap of two neighbours is caught.
 * Some codes issued in the first months break the rule (91350100M0001TGQXM computes a 1); hence the `warn` mode of record-id.ts.
 */
import type { SeededRandom } from '../base/index.ts';

/** Digits and capital letters without I, O, S, V, Z; a character's value is its place. */
export const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

const USCC_LENGTH = 18;
const PATTERN = /^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/;
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const;
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2] as const;

/** Why a text is no valid code. `organisation-check-character` is character 17 under GB 11714. */
export type UsccProblem = 'length' | 'alphabet' | 'check-character' | 'organisation-check-character';

/** The parts of a well-formed code. */
export interface Uscc {
  readonly registrationAuthority: string;
  readonly organisationType: string;
  /** Six digits of GB/T 2260: the region of the authority that registered the organisation. */
  readonly region6: string;
  /** Nine characters of GB 11714. */
  readonly organisationCode: string;
  readonly checkCharacter: string;
}

/**
 * The 18th character for the first 17: C18 = alphabet[(31 - Σ value_i · 3^(i-1) mod 31) mod 31], GB 32100-2015 appendix.
 * @param body at least 17 characters of the alphabet, capitals.
 */
export function usccCheckCharacter(body: string): string {
  let sum = 0;
  for (let i = 0; i < WEIGHTS.length; i++) sum += USCC_ALPHABET.indexOf(body[i]) * WEIGHTS[i];
  return USCC_ALPHABET[(31 - (sum % 31)) % 31];
}

/** The ninth character of an organisation code (GB 11714): 11 - Σ value·weight mod 11, with 10 written X and 11 written 0. */
export function organisationCheckCharacter(body: string): string {
  let sum = 0;
  for (let i = 0; i < ORGANISATION_WEIGHTS.length; i++) sum += Number.parseInt(body[i], 36) * ORGANISATION_WEIGHTS[i];
  const check = 11 - (sum % 11);
  return check === 10 ? 'X' : check === 11 ? '0' : String(check);
}

/** The first rule a normalised text breaks, or `undefined` when it is a valid code. */
export function usccProblem(code: string): UsccProblem | undefined {
  if (code.length !== USCC_LENGTH) return 'length';
  if (!PATTERN.test(code)) return 'alphabet';
  if (usccCheckCharacter(code) !== code[17]) return 'check-character';
  if (organisationCheckCharacter(code.slice(8, 16)) !== code[16]) return 'organisation-check-character';
  return undefined;
}

/** Splits a code into its parts; `undefined` when its length or characters are wrong (check characters are not looked at). */
export function splitUscc(code: string): Uscc | undefined {
  if (!PATTERN.test(code)) return undefined;
  return {
    registrationAuthority: code[0],
    organisationType: code[1],
    region6: code.slice(2, 8),
    organisationCode: code.slice(8, 17),
    checkCharacter: code[17],
  };
}

export interface RandomUsccOptions {
  /** Six digits. Real regions make codes that may belong to real firms; the synthetic city uses the unassigned 98xxxx. */
  readonly region6: string;
  /** @default '9' 市场监管 */
  readonly registrationAuthority?: string;
  /** @default '1' 企业 */
  readonly organisationType?: string;
}

/** A valid code with a random organisation code. */
export function randomUscc(random: SeededRandom, options: RandomUsccOptions): string {
  let organisation = '';
  for (let i = 0; i < 8; i++) organisation += USCC_ALPHABET[random.u32() % USCC_ALPHABET.length];
  const head = `${options.registrationAuthority ?? '9'}${options.organisationType ?? '1'}${options.region6}`;
  const body = `${head}${organisation}${organisationCheckCharacter(organisation)}`;
  return body + usccCheckCharacter(body);
}

/** 登记管理部门 of GB 32100-2015 table 1. */
export const REGISTRATION_AUTHORITIES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = Object.freeze({
  1: { zh: '机构编制', en: 'public sector reform (bianzhi)' },
  2: { zh: '外交', en: 'foreign affairs' },
  3: { zh: '司法行政', en: 'judicial administration' },
  4: { zh: '文化', en: 'culture' },
  5: { zh: '民政', en: 'civil affairs' },
  6: { zh: '旅游', en: 'tourism' },
  7: { zh: '宗教', en: 'religious affairs' },
  8: { zh: '工会', en: 'trade unions' },
  9: { zh: '市场监管', en: 'market regulation' },
  A: { zh: '中央军委改革和编制办公室', en: 'military reform and establishment' },
  N: { zh: '农业', en: 'agriculture' },
  Y: { zh: '其他', en: 'other' },
});

const TYPES: Readonly<Record<string, string>> = {
  11: '机关',
  12: '事业单位',
  13: '群众团体',
  21: '外国常驻新闻机构',
  31: '律师执业机构',
  32: '公证处',
  33: '基层法律服务所',
  34: '司法鉴定机构',
  35: '仲裁委员会',
  41: '外国在华文化中心',
  51: '社会团体',
  52: '民办非企业单位',
  53: '基金会',
  61: '外国旅游部门常驻代表机构',
  62: '港澳台旅游部门常驻代表机构',
  71: '宗教活动场所',
  72: '宗教院校',
  81: '基层工会',
  91: '企业',
  92: '个体工商户',
  93: '农民专业合作社',
  A1: '军队事业单位',
  N1: '组级集体经济组织',
  N2: '村级集体经济组织',
  N3: '乡镇级集体经济组织',
  Y1: '其他',
};

/** 机构类别 by authority and type, e.g. ('9', '2') is 个体工商户; `undefined` when the standard has no such pair. */
export function organisationTypeName(registrationAuthority: string, organisationType: string): string | undefined {
  if (organisationType === '9' && /^[1-8AN]$/.test(registrationAuthority)) return '其他';
  return TYPES[`${registrationAuthority}${organisationType}`];
}
