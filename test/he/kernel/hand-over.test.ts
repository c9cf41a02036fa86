/** What crosses between threads: a window must not drag its whole buffer along, nor take it away from its owner. */
import { expect, it } from 'vitest';
import { packInput, resultBuffers } from '../../../src/he/kernel/hand-over.ts';

it('a ciphertext inside a long message crosses alone, and the message stays whole', () => {
  const message = new Uint8Array(1_000).map((_, i) => i);
  const { value, transfer } = packInput({ site: 1, bytes: message.subarray(100, 160) });
  const posted = structuredClone(value, { transfer }) as { bytes: Uint8Array };
  expect(posted.bytes.buffer.byteLength).toBe(60);
  expect([...posted.bytes]).toEqual([...message.subarray(100, 160)]);
  expect(message.length).toBe(1_000);
});

it('ciphertexts in lists cross alone too', () => {
  const message = new Uint8Array(1_000);
  const { value, transfer } = packInput({
    answers: [message.subarray(0, 60), message.subarray(60, 120)],
    sums: [{ bytes: message.subarray(5, 9) }],
  });
  const posted = structuredClone(value, { transfer }) as { answers: Uint8Array[]; sums: { bytes: Uint8Array }[] };
  expect([...posted.answers, posted.sums[0].bytes].map(({ buffer }) => buffer.byteLength)).toEqual([60, 60, 4]);
  expect(message.length).toBe(1_000);
});

it('a Buffer out of the pool crosses without the pool', () => {
  const { value, transfer } = packInput({ decrypt: { answer: Buffer.from('answer') } });
  const posted = structuredClone(value, { transfer }) as { decrypt: { answer: Uint8Array } };
  expect(posted.decrypt.answer.buffer.byteLength).toBe(6);
});

it('whole arrays stay with the caller, who wipes them', () => {
  const key = new Uint8Array(32).fill(7);
  const input = { key, plaintext: new BigUint64Array(4) };
  const { value, transfer } = packInput(input);
  expect(value).toBe(input);
  structuredClone(value, { transfer });
  expect(key[0]).toBe(7);
});

it('results change hands once each; shared memory does not', () => {
  const answer = new Uint8Array(8);
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  const output = [{ answer, share: undefined }, { answer, share: new BigUint64Array(1) }, { answer: shared }];
  expect(resultBuffers(output)).toHaveLength(2);
  structuredClone(output, { transfer: resultBuffers(output) });
  expect(answer.length).toBe(0);
});
