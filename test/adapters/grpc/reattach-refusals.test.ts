/** Who may take up a session, and who hears no more than that he may not. Real node, raw frames of pinned parties. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/adapters/grpc/frames.ts';
import type { IncomingSession, SessionLimits } from '../../../src/adapters/grpc/index.ts';
import { FedcreditError } from '../../../src/base/index.ts';
import { CONTRACT, startServer, type TestParty, type TestServer, testFederation } from '../../support/federation.ts';
import { messageFrames, openRaw, type RawLine, type RawSession, rawLine, reattachFrame, SESSION_ID } from './frame-peer.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Setting {
  readonly node: TestServer;
  readonly bank: TestParty;
  /** Pinned as well. */
  readonly other: TestParty;
  /** What the operator reads. */
  readonly failures: string[];
  /** What the handler's sessions ended with. */
  readonly problems: unknown[];
  line(party?: TestParty): RawLine;
}

const echo = async (incoming: IncomingSession): Promise<void> => {
  const session = await incoming.accept();
  try {
    for (;;) await session.send('echo/answer', await session.receive('echo/question'));
  } catch (error) {
    session.abort(error);
    throw error;
  }
};

async function setting(limits: Partial<SessionLimits> = {}, onSession = echo): Promise<Setting> {
  const { bank, platform, issue } = await testFederation();
  const other = await issue('other');
  const [failures, problems]: [string[], unknown[]] = [[], []];
  const node = await startServer((incoming) => onSession(incoming).catch((error: unknown) => void problems.push(error)), {
    limits,
    peers: [bank, other, { id: 'self', pin: platform.pin }],
    onFailedOpening: (peer, error) =>
      failures.push(`${peer}: ${error instanceof FedcreditError ? `${error.code} ${error.message}` : error}`),
  });
  ends.push(() => node.close());
  const line = (party = bank): RawLine => {
    const made = rawLine(node.address, party);
    ends.push(() => made.cut());
    return made;
  };
  return { node, bank, other, failures, problems, line };
}

async function opened({ node, bank }: Setting): Promise<RawSession> {
  const session = await openRaw(node.address, bank);
  ends.push(() => session.line.cut());
  return session;
}

/** Asks once and reads the answer's two frames. */
async function ask(line: RawLine, { sent }: RawSession): Promise<void> {
  for (const frame of messageFrames(sent, 'echo/question', Uint8Array.of(7))) line.write(frame);
  expect((await line.frame())?.type).toBe('message');
  expect((await line.frame())?.type).toBe('chunk');
}

const REFUSED: Frame = expect.objectContaining({
  type: 'rejected',
  code: 'ERR_REFUSED_REATTACH',
  sentence: 'that session cannot be taken up again here',
});

describe('a session is taken up again', () => {
  it('by the party that opened it, with its proof, while the old line still seems alive', async () => {
    const here = await setting();
    const session = await opened(here);
    await ask(session.line, session);
    const line = here.line();
    line.write(reattachFrame(session.token, { attempt: 1, received: 2 }));
    expect(await line.frame()).toMatchObject({ type: 'reattached', received: 2 });
    expect(await session.line.next()).toBeUndefined();
    await ask(line, session);
    expect(here.node.server.sessions()).toBe(1);
  });

  it('but is not kept alive by that: attachments are no word of the peer', async () => {
    const here = await setting({ idleTimeoutMs: 400 });
    const session = await opened(here);
    let attempt = 0;
    while (here.problems.length === 0 && attempt < 200) {
      const line = here.line();
      attempt += 1;
      line.write(reattachFrame(session.token, { attempt, received: 0 }));
      await line.frame();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(attempt).toBeGreaterThan(1);
    expect(here.problems).toMatchObject([{ code: 'ERR_TRANSPORT_TIMEOUT' }]);
  });

  it.each([
    [
      'with a wrong token',
      'proof',
      ({ token }: RawSession) =>
        reattachFrame(
          token.map((b) => b ^ 1),
          { attempt: 2, received: 2 },
        ),
    ],
    [
      'with the proof of other counts',
      'proof',
      ({ token }: RawSession) => reattachFrame(token, { attempt: 2, received: 2 }, { received: 1 }),
    ],
    [
      'with the proof of another attempt',
      'proof',
      ({ token }: RawSession) => reattachFrame(token, { attempt: 2, received: 2 }, { attempt: 3 }),
    ],
    ['with an empty token', 'proof', () => reattachFrame(new Uint8Array(), { attempt: 2, received: 2 })],
    ['with a frame that was used before', 'attempt 1', ({ token }: RawSession) => reattachFrame(token, { attempt: 1, received: 2 })],
    [
      'under an id that nobody has',
      'no such session',
      ({ token }: RawSession) => reattachFrame(token, { attempt: 2, received: 2, sessionId: new Uint8Array(32).fill(1) }),
    ],
  ] as const)('not %s: one sentence for all, and the line that is there stays', async (_, reason, claim) => {
    const here = await setting();
    const session = await opened(here);
    await ask(session.line, session);
    const honest = here.line();
    honest.write(reattachFrame(session.token, { attempt: 1, received: 2 }));
    expect((await honest.frame())?.type).toBe('reattached');
    const line = here.line();
    line.write(claim(session));
    expect(await line.frame()).toEqual(REFUSED);
    expect(await line.next()).toBeUndefined();
    expect(here.failures).toEqual([expect.stringMatching(`bank: ERR_REFUSED_REATTACH .*${reason}`)]);
    await ask(honest, session);
  });

  it('not by another pinned party that has id and token', async () => {
    const here = await setting();
    const session = await opened(here);
    await ask(session.line, session);
    const line = here.line(here.other);
    line.write(reattachFrame(session.token, { attempt: 1, received: 2 }));
    expect(await line.frame()).toEqual(REFUSED);
    expect(here.failures).toEqual([expect.stringMatching('other: ERR_REFUSED_REATTACH .*no such session')]);
    await ask(session.line, session);
  });

  it('not after its end, and not with a token of yesterday after its grace', async () => {
    const here = await setting({ reattachGraceMs: 200 });
    const session = await opened(here);
    await ask(session.line, session);
    session.line.cut();
    await expect.poll(() => here.problems).toHaveLength(1);
    expect(here.problems[0]).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED', blame: 'transport' });
    const late = here.line();
    late.write(reattachFrame(session.token, { attempt: 1, received: 2 }));
    expect(await late.frame()).toEqual(REFUSED);
    const next = await opened(here);
    next.line.write({ type: 'failure', code: 'ERR_INTERNAL', sentence: '' });
    expect((await next.line.frame())?.type).toBe('end');
    next.line.write({ type: 'ack', received: 1 });
    await expect.poll(() => here.node.server.sessions()).toBe(0);
    const ended = here.line();
    ended.write(reattachFrame(next.token, { attempt: 1, received: 1 }));
    expect(await ended.frame()).toEqual(REFUSED);
    expect(here.failures).toHaveLength(2);
  });

  it('not more often than the limit says', async () => {
    const here = await setting({ maxReattachments: 2 });
    const session = await opened(here);
    for (const attempt of [1, 2]) {
      const line = here.line();
      line.write(reattachFrame(session.token, { attempt, received: 0 }));
      expect((await line.frame())?.type).toBe('reattached');
    }
    const line = here.line();
    line.write(reattachFrame(session.token, { attempt: 3, received: 0 }));
    expect(await line.frame()).toEqual(REFUSED);
    expect(here.failures).toEqual([expect.stringContaining('taken up again 2 times')]);
  });

  it.each([
    ['more frames than it was ever sent', 5],
    ['fewer frames than it has acknowledged', 1],
  ])('not with %s: that ends the session, with the peer to blame', async (_, received) => {
    const here = await setting();
    const session = await opened(here);
    await ask(session.line, session);
    session.line.write({ type: 'ack', received: 2 });
    // The answer to a second question comes after the acknowledgement: the node has heard it.
    await ask(session.line, session);
    const line = here.line();
    line.write(reattachFrame(session.token, { attempt: 1, received }));
    expect(await line.frame()).toMatchObject({ type: 'rejected', code: 'ERR_PEER_ALTERED' });
    await expect.poll(() => here.problems).toHaveLength(1);
    expect(here.problems[0]).toMatchObject({
      code: 'ERR_PEER_ALTERED',
      blame: 'peer',
      message: expect.stringContaining(`${received} frames`),
    });
  });

  it('never when grace is 0: there is no token', async () => {
    const here = await setting({ reattachGraceMs: 0 });
    const session = await opened(here);
    expect([session.graceMs, session.token.length]).toEqual([0, 0]);
    await ask(session.line, session);
    const line = here.line();
    line.write(reattachFrame(new Uint8Array(), { attempt: 1, received: 2 }));
    expect(await line.frame()).toEqual(REFUSED);
    await ask(session.line, session);
    session.line.cut();
    await expect.poll(() => here.problems).toHaveLength(1);
  });
});

describe('a peer that breaks the rules of the link', () => {
  it.each([
    ['acknowledges what was never sent', { type: 'ack', received: 9 }, 'ERR_PEER_ALTERED'],
    ['takes an acknowledgement back', { type: 'ack', received: 1 }, 'ERR_PEER_ALTERED'],
    [
      'takes up a session in the middle of one',
      reattachFrame(new Uint8Array(32), { attempt: 1, received: 0 }),
      'ERR_PEER_UNEXPECTED_MESSAGE',
    ],
    [
      'answers a question of ours that we never asked',
      { type: 'reattached', received: 0, proof: SESSION_ID },
      'ERR_PEER_UNEXPECTED_MESSAGE',
    ],
  ] as const)('and %s hears so, and the session is over', async (_, frame, code) => {
    const here = await setting();
    const session = await opened(here);
    await ask(session.line, session);
    session.line.write({ type: 'ack', received: 2 });
    session.line.write(frame);
    expect(await session.line.frame()).toMatchObject({ type: 'failure', code });
    expect(await session.line.frame()).toEqual({ type: 'end' });
    await expect.poll(() => here.problems).toHaveLength(1);
    expect(here.problems[0]).toMatchObject({ code, blame: 'peer' });
  });
});

describe('what a session without a line holds', () => {
  it('a place among the sessions of its peer, until a step that is begun anew takes it', async () => {
    const here = await setting({ maxSessionsPerPeer: 1 });
    const session = await opened(here);
    await ask(session.line, session);
    session.line.cut();
    const link = here.node.link();
    const open = (step: string) => link.open({ jobId: 'job-1', step, contract: CONTRACT });
    await expect(open('other')).rejects.toMatchObject({ code: 'ERR_REFUSED_BUSY' });
    expect(here.problems).toEqual([]);
    await expect
      .poll(() =>
        open('echo').then(
          () => 'open',
          () => 'busy',
        ),
      )
      .toBe('open');
    expect(here.problems).toMatchObject([{ code: 'ERR_TRANSPORT_CLOSED' }]);
  });

  it('nothing when its caller never said that it has the token', async () => {
    const here = await setting();
    const session = await opened(here);
    session.line.cut();
    await expect.poll(() => here.problems).toHaveLength(1);
    expect(here.problems[0]).toMatchObject({ code: 'ERR_TRANSPORT_CLOSED' });
  });

  it('no id twice: a second session under it is refused, and the first goes on', async () => {
    const here = await setting();
    const session = await opened(here);
    await ask(session.line, session);
    await expect(openRaw(here.node.address, here.bank).then(({ line }) => line.next())).resolves.toBeUndefined();
    expect(here.problems).toMatchObject([{ code: 'ERR_PEER_UNEXPECTED_MESSAGE' }]);
    await ask(session.line, session);
  });

  it('nothing when the node stops', async () => {
    const here = await setting();
    const session = await opened(here);
    await ask(session.line, session);
    session.line.cut();
    await here.node.server.close(0);
    expect(here.problems).toMatchObject([{ code: 'ERR_REFUSED_SHUTDOWN' }]);
  });
});
