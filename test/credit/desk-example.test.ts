import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

describe('examples/credit-desk', () => {
  it('runs alone and decides as written', () => {
    const script = fileURLToPath(new URL('../../examples/credit-desk/desk.ts', import.meta.url));
    const output = execFileSync(process.execPath, [script], { encoding: 'utf8' });
    expect(output).toContain('茶厂: approve 840000.00 元 at 3.65%');
    expect(output).toContain('新公司: refer 110000.00 元');
    expect(output).toContain('贸易行: decline');
    expect(output).toContain('9f48f6a6de761caa7e79edabab0cd70e9439534d886024bef39d5d28e1536585');
  });
});
