import { describe, expect, it } from 'vitest';
import type { InFlight } from '../../src/adapters/memory/index.ts';
import { InputError, RefusedError } from '../../src/base/index.ts';
import { checkIds, MAX_ID_LENGTH, type PsiOptions } from '../../src/psi/index.ts';
import { psiLimits } from '../../src/psi/options.ts';
import { align } from './support.ts';

/** Runs, and returns the error with the kinds of messages that were sent. */
async function refusal(bank: readonly string[], platform: readonly string[], options: readonly [PsiOptions?, PsiOptions?]) {
  const kinds: string[] = [];
  const tap = (message: InFlight) => {
    kinds.push(`${message.from} ${message.kind}`);
    return message;
  };
  const error = await align(bank, platform, { options, channel: { tap } }).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return { error, kinds };
}

const ids = (n: number): string[] => Array.from({ length: n }, (_, i) => `id${i}`);

describe('caps (T38)', () => {
  it('refuse an own set above the cap before a word is said', async () => {
    const { error, kinds } = await refusal(ids(4), ids(3), [{ maxOwnRows: 3 }]);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: 'ERR_PSI_OWN_SET_ABOVE_CAP' });
    expect(kinds).not.toContain('a psi/hello');
  });

  it('refuse a peer’s set above the cap before a point is sent', async () => {
    const { error, kinds } = await refusal(ids(4), ids(3), [undefined, { maxPeerRows: 3 }]);
    expect(error).toMatchObject({ name: 'RefusedError', code: 'ERR_PSI_PEER_SET_ABOVE_CAP' });
    expect(kinds).not.toContain('b psi/points');
    expect(kinds).not.toContain('b psi/doubled');
  });

  it('refuse a peer with too many rows per row of ours', async () => {
    const { error, kinds } = await refusal(ids(31), ids(3), [undefined, { maxPeerRatio: 10 }]);
    expect(error).toMatchObject({ name: 'RefusedError', code: 'ERR_PSI_RATIO_ABOVE_CAP' });
    expect(kinds).not.toContain('b psi/points');
    expect((await refusal(ids(30), ids(3), [undefined, { maxPeerRatio: 10 }])).error).toBeUndefined();
  });

  it('allow a set exactly at the cap', async () => {
    expect(
      (
        await refusal(ids(4), ids(3), [
          { maxOwnRows: 4, maxPeerRows: 3 },
          { maxOwnRows: 3, maxPeerRows: 4 },
        ])
      ).error,
    ).toBeUndefined();
  });

  it('refuse unknown options and values out of range', () => {
    for (const options of [
      { maxRows: 3 },
      { maxOwnRows: -1 },
      { maxPeerRows: 1.5 },
      { maxPeerRows: 2 ** 27 },
      { maxPeerRatio: 0 },
      { maxPeerRatio: Number.NaN },
    ]) {
      expect(() => psiLimits(options as PsiOptions)).toThrow(expect.objectContaining({ name: 'InputError', code: 'ERR_PSI_OPTION' }));
    }
  });
});

describe('record ids', () => {
  it('must be unique; the error names rows, not ids', () => {
    const error = catchError(() => checkIds(['canary-1', 'x', 'canary-1']));
    expect(error).toMatchObject({
      code: 'ERR_PSI_DUPLICATE_ID',
      message: 'rows 1 and 3 have the same id',
      details: { firstRow: 1, row: 3 },
    });
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('are checked by both roles before a word is said', async () => {
    for (const [bank, platform, from] of [
      [['a', 'a'], ['b'], 'a'],
      [['a'], ['b', 'b'], 'b'],
    ] as const) {
      const { error, kinds } = await refusal(bank, platform, []);
      expect(error).toMatchObject({ code: 'ERR_PSI_DUPLICATE_ID' });
      expect(kinds).not.toContain(`${from} psi/hello`);
    }
  });

  it('must be text of 1 to 256 characters without lone surrogates', () => {
    for (const id of ['', 'x'.repeat(MAX_ID_LENGTH + 1), 'canary\ud800', '\udc00canary', 5 as unknown as string]) {
      const error = catchError(() => checkIds(['ok', id]));
      expect(error).toMatchObject({ code: 'ERR_PSI_BAD_ID', details: { row: 2 } });
      expect(JSON.stringify(error)).not.toContain('canary');
    }
    expect(() => checkIds(['x'.repeat(MAX_ID_LENGTH), '𠮷', '统一社会信用代码'])).not.toThrow();
  });
});

function catchError(run: () => void): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
  }
  throw new Error('no InputError was thrown');
}
