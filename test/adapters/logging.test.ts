import { describe, expect, it } from 'vitest';
import { pinoLogger } from '../../src/adapters/logging/index.ts';

describe('the log', () => {
  it('blanks fields whose names promise a secret, and names no machine', () => {
    let text = '';
    const write = (line: string): void => {
      text += line;
    };
    const logger = pinoLogger({ level: 'debug', stream: { write } });
    logger.info('a session', { privateKey: 'k3y', recordId: '91350100M000100Y43', label: 1, step: 'align', bytes: 12 });
    const line = JSON.parse(text);
    expect(line).toMatchObject({
      msg: 'a session',
      step: 'align',
      bytes: 12,
      privateKey: '[redacted]',
      recordId: '[redacted]',
      label: '[redacted]',
    });
    expect(line).not.toHaveProperty('hostname');
    expect(line).not.toHaveProperty('pid');
  });
});
