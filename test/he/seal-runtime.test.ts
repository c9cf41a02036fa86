import { expect, it, vi } from 'vitest';
import { loadSealEngine } from '../../src/he/seal/index.ts';

vi.mock('node-seal/throws', () => ({ default: () => Promise.reject(new Error("invalid value type 'noexternref'")) }));

it('says which Node to use where node-seal cannot be loaded (T10)', async () => {
  await expect(loadSealEngine()).rejects.toMatchObject({ code: 'ERR_HE_RUNTIME', blame: 'input', help: expect.stringContaining('22.19') });
});
