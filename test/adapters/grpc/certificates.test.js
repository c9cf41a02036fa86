/** T58: who is let in, who is believed, and what each side is told. */
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from "../../../src/adapters/certificates/index.js";
import { RefusedError, TransportError } from "../../../src/base/index.js";
import { startServer, testFederation } from "../../support/federation.js";
let running;
let refused = [];
afterEach(async () => {
    await running?.close();
    running = undefined;
});
const start = async (options = {}) => {
    const events = [];
    refused = events;
    running = await startServer(async (incoming) => incoming.reject(new Error('not asked for')), {
        onRefused: (event) => events.push(event),
        ...options,
    });
    return running;
};
/** A platform that answers with another identity than the bank expects. */
async function startAs(party) {
    return start({ party: party.id, identity: party.identity });
}
async function failure(promise) {
    const error = await promise.then(() => undefined, (thrown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    return error;
}
async function otherFederation(id) {
    const { issue } = await testFederation();
    return issue(id, { authority: await createAuthority({ name: 'somebody else', now: Date.now(), validDays: 1 }) });
}
describe('a node refuses a caller', () => {
    it('with a key nobody pinned, although the authority is right', async () => {
        const { stranger, bank, platform } = await testFederation();
        const { link } = await start();
        const error = await failure(link({ as: stranger }).describe());
        expect(error.code).toBe('ERR_REFUSED_OWN_CERTIFICATE');
        expect(error.message).toContain(stranger.pin);
        expect(error.help).toContain('pin');
        expect(refused).toMatchObject([{ reason: 'pin', pin: stranger.pin }]);
        expect(refused[0].sentence).toContain(bank.pin);
        expect(refused[0].sentence).not.toContain(platform.pin);
    });
    it('of another authority, even under the name of a pinned party', async () => {
        const { platform } = await testFederation();
        const fake = await otherFederation('bank');
        const { link } = await start();
        const trusting = { ...fake, identity: { ...fake.identity, authority: platform.identity.authority } };
        // Our own side refuses to start with files that do not belong together, so the stranger must come by hand.
        expect(() => link({ as: trusting })).toThrow(/not issued by the authority/);
        await rawTls(running, { cert: fake.identity.certificate, key: fake.identity.privateKey });
        expect(refused).toMatchObject([{ reason: 'authority' }]);
    });
    it('whose certificate has expired', async () => {
        const { issue } = await testFederation();
        const late = await issue('bank', { validDays: -1 });
        await start({ peers: [{ id: 'bank', pin: late.pin }] });
        await rawTls(running, { cert: late.identity.certificate, key: late.identity.privateKey });
        expect(refused).toMatchObject([{ reason: 'expired' }]);
    });
    it('without a certificate', async () => {
        await start();
        await rawTls(running, {});
        expect(refused).toMatchObject([{ reason: 'missing', sentence: 'it showed no certificate' }]);
    });
    it('whose certificate names another party than its pin belongs to', async () => {
        const { stranger } = await testFederation();
        await start({ peers: [{ id: 'bank', pin: stranger.pin }] });
        const error = await failure(running.link({ as: stranger }).describe());
        expect(error.code).toBe('ERR_REFUSED_OWN_CERTIFICATE');
        expect(refused).toMatchObject([{ reason: 'party' }]);
    });
    it('that speaks TLS 1.2', async () => {
        const { bank } = await testFederation();
        await start();
        await rawTls(running, { cert: bank.identity.certificate, key: bank.identity.privateKey, maxVersion: 'TLSv1.2' });
        expect(refused).toMatchObject([{ reason: 'tls', sentence: 'it does not speak TLS 1.3' }]);
    });
    it('and goes on serving those it knows', async () => {
        const { stranger } = await testFederation();
        const { link } = await start();
        await failure(link({ as: stranger }).describe());
        expect(await link().describe()).toMatchObject({ partyId: 'platform' });
    });
});
describe('a caller refuses a node', () => {
    it('with another key than the pinned one, and says which was expected', async () => {
        const { stranger, platform } = await testFederation();
        const { link } = await startAs(stranger);
        const error = await failure(link().describe());
        expect(error.code).toBe('ERR_REFUSED_PEER_CERTIFICATE');
        expect(error.message).toContain(platform.pin);
        expect(error.details).toMatchObject({ expected: platform.pin, presented: stranger.pin, reason: 'pin' });
    });
    it('of another authority', async () => {
        const fake = await otherFederation('platform');
        const { link } = await startAs(fake);
        const error = await failure(link({ expect: fake }).describe());
        expect(error).toMatchObject({ code: 'ERR_REFUSED_PEER_CERTIFICATE', details: { reason: 'authority' } });
    });
    it('whose certificate has expired', async () => {
        const { issue } = await testFederation();
        const late = await issue('platform', { validDays: -1 });
        const { link } = await start({ party: late.id, identity: late.identity, clock: { now: () => Date.now() - 86_400_000 - 1_800_000 } });
        const error = await failure(link({ expect: late }).describe());
        expect(error).toMatchObject({ code: 'ERR_REFUSED_PEER_CERTIFICATE', details: { reason: 'expired' } });
    });
    it('whose certificate names another party than the pin belongs to', async () => {
        const { stranger } = await testFederation();
        const { link } = await startAs(stranger);
        const error = await failure(link({ expect: { id: 'platform', pin: stranger.pin } }).describe());
        expect(error.details).toMatchObject({ reason: 'party' });
    });
    it('that is not there, as a failure of the link and not of trust', async () => {
        const { link, close } = await start();
        const late = link();
        await running.server.close(0);
        await expect(late.describe()).rejects.toMatchObject({ code: 'ERR_TRANSPORT_UNREACHABLE' });
        await expect(late.describe()).rejects.toBeInstanceOf(TransportError);
        await close();
    });
});
/** A hand-made TLS client; resolves when the server has hung up. */
function rawTls({ server }, options) {
    return new Promise((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ALPNProtocols: ['h2'], ...options });
        socket.on('error', () => { });
        socket.on('close', () => setTimeout(resolve, 20));
    });
}
