import { beforeAll, describe, expect, it } from 'vitest';
import { blindRsaBlinder, blindRsaSigner, blindRsaVerifier, generateVoucherKey } from '../../../src/adapters/blind-rsa/index.ts';
import { systemRandom } from '../../../src/base/index.ts';
import { yuan } from '../../../src/credit/money/index.ts';
import { parseVoucherTerms, requestVoucher, subsidy, type Voucher, VoucherRegister } from '../../../src/credit/voucher/index.ts';

const code = (expected: string, message: RegExp = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) });
const text = 'id: tech-2026\nrate: 1%\ncap: 2万\nproducts: [tech-loan]\nfrom: 2026-01-01\nuntil: 2026-12-31\ncount: 2\n';
const terms = parseVoucherTerms({ file: 'voucher.yaml', text });
const use = { bank: 'b1', product: 'tech-loan', day: '2026-03-01' };

type Pair = Awaited<ReturnType<typeof generateVoucherKey>>;
let keys: Pair;
const publicKeys = () => new Map([[terms.id, keys.publicKey]]);
const blinder = () => blindRsaBlinder(publicKeys());
const signer = () => blindRsaSigner(new Map([[terms.id, keys.privateKey]]));
const register = () => new VoucherRegister([terms], blindRsaVerifier(publicKeys()));
async function obtain(from: VoucherRegister, firm: string): Promise<Voucher> {
  const request = await requestVoucher(terms.id, blinder(), systemRandom);
  return request.open(await from.issue(firm, terms.id, request.blinded, signer()));
}

beforeAll(async () => {
  keys = await generateVoucherKey(2048);
});

describe('a voucher', () => {
  it('is redeemed once', async () => {
    const books = register();
    const voucher = await obtain(books, 'firm-1');
    expect(await books.redeem(voucher, use)).toMatchObject({ bank: 'b1', paid: 0n });
    await expect(books.redeem(voucher, { ...use, bank: 'b2' })).rejects.toThrow(code('ERR_CREDIT_VOUCHER_SPENT'));
  });
  it('shows the issuer nothing that returns at redemption', async () => {
    const request = await requestVoucher(terms.id, blinder(), systemRandom);
    const books = register();
    const signature = await books.issue('firm-1', terms.id, request.blinded, signer());
    const voucher = await request.open(signature);
    const shown = Buffer.concat([Buffer.from(voucher.serial, 'hex'), Buffer.from(voucher.token)]).toString('hex');
    for (const seen of [request.blinded, signature]) expect(shown.includes(Buffer.from(seen).toString('hex').slice(0, 32))).toBe(false);
    expect(Buffer.from(request.blinded).toString('hex')).not.toContain(voucher.serial);
  });
  it('forged, altered, or of another serial is refused', async () => {
    const books = register();
    const voucher = await obtain(books, 'firm-1');
    const altered = voucher.token.slice();
    altered[altered.length - 1] ^= 1;
    for (const bad of [
      { ...voucher, token: altered },
      { ...voucher, serial: `${voucher.serial.slice(0, -1)}${voucher.serial.endsWith('0') ? '1' : '0'}` },
      { ...voucher, serial: `${voucher.serial}x` },
      { ...voucher, token: new Uint8Array(0) },
    ]) {
      await expect(books.redeem(bad, use)).rejects.toThrow(code('ERR_CREDIT_VOUCHER_FORGED'));
    }
    expect(await books.redeem(voucher, use)).toBeDefined();
  });
  it('is for its products and days, one a firm, as many as there are', async () => {
    const books = register();
    const voucher = await obtain(books, 'firm-1');
    await expect(books.redeem(voucher, { ...use, product: 'other' })).rejects.toThrow(code('ERR_CREDIT_VOUCHER_PRODUCT'));
    await expect(books.redeem(voucher, { ...use, day: '2027-01-01' })).rejects.toThrow(code('ERR_CREDIT_VOUCHER_EXPIRED'));
    await expect(obtain(books, 'firm-1')).rejects.toThrow(code('ERR_CREDIT_VOUCHER_ISSUED'));
    await obtain(books, 'firm-2');
    await expect(obtain(books, 'firm-3')).rejects.toThrow(code('ERR_CREDIT_VOUCHER_COUNT'));
  });
  it('opened from a signature under another key is refused by the firm', async () => {
    const other = await generateVoucherKey(2048);
    const request = await requestVoucher(terms.id, blinder(), systemRandom);
    const wrong = await blindRsaSigner(new Map([[terms.id, other.privateKey]])).sign(terms.id, new Uint8Array(256).fill(1));
    await expect(request.open(wrong)).rejects.toThrow(code('ERR_PEER_BLIND_SIGNATURE'));
    await expect(signer().sign(terms.id, new Uint8Array(256).fill(0xff))).rejects.toThrow(code('ERR_PEER_BLINDED_MESSAGE'));
  });
});

describe('the subsidy', () => {
  it('is Σ balance·days·rate/360, rounded once, each day paid once, up to the cap', async () => {
    const books = register();
    const { serial } = await books.redeem(await obtain(books, 'firm-1'), use);
    const march = [
      { from: '2026-03-01', to: '2026-03-16', balance: yuan('100万') },
      { from: '2026-03-16', to: '2026-04-01', balance: yuan('50万') },
    ];
    expect(subsidy(march, terms)).toBe(yuan('638.89'));
    expect(books.claim(serial, march)).toBe(yuan('638.89'));
    expect(() => books.claim(serial, march)).toThrow(code('ERR_CREDIT_VOUCHER_SPANS', /must start on 2026-04-01/));
    expect(() => books.claim(serial, [{ from: '2026-04-02', to: '2026-05-01', balance: yuan(1) }])).toThrow(
      code('ERR_CREDIT_VOUCHER_SPANS'),
    );
    expect(books.claim(serial, [{ from: '2026-04-01', to: '2026-05-01', balance: yuan('1亿') }])).toBe(yuan('19361.11'));
    expect(books.paidTo('b1')).toBe(terms.cap);
    expect(books.claim(serial, [{ from: '2026-05-01', to: '2026-06-01', balance: yuan('1亿') }])).toBe(0n);
  });
  it('terms that end before they begin are refused by file and line', () => {
    expect(() => parseVoucherTerms({ file: 'voucher.yaml', text: text.replace('2026-12-31', '2025-12-31') })).toThrow(
      code('ERR_CREDIT_VOUCHER_TERMS', /voucher\.yaml:1:1/),
    );
    expect(() => parseVoucherTerms({ file: 'voucher.yaml', text: text.replace('2万', '-2万') })).toThrow(
      code('ERR_CREDIT_VOUCHER_TERMS', /voucher\.yaml:3:6/),
    );
  });
});
