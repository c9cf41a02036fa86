/** A real mail server on a loopback port, with the certificate of a throw-away authority, that can be told how to answer. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createAuthority, issueCertificate } from '../../../src/adapters/certificates/index.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly user: string | undefined;
  readonly secure: boolean;
}
export interface MailServer {
  readonly port: number;
  readonly ca: string;
  readonly mails: ReceivedMail[];
  /** Sessions that got as far as a greeting. */
  sessions(): number;
  /** Answers to come, for the recipient or for the data; without one the mail is taken. */
  readonly answers: { at: 'rcpt' | 'data'; code: number }[];
  close(): Promise<void>;
}

export const PASSWORD = 'correct horse battery staple';

export async function mailServer(options: SMTPServerOptions = {}, dnsNames = ['localhost']): Promise<MailServer> {
  const authority = await createAuthority({ name: 'mail test', now: Date.now() });
  const leaf = await issueCertificate(authority, { party: 'mail', now: Date.now(), dnsNames });
  const mails: ReceivedMail[] = [];
  const answers: MailServer['answers'] = [];
  let sessions = 0;
  const failure = (at: 'rcpt' | 'data'): Error | undefined => {
    const [next] = answers;
    if (next?.at !== at) return undefined;
    answers.shift();
    return Object.assign(new Error('no <owner@bank.example> today'), { responseCode: next.code });
  };
  const server = new SMTPServer({
    secure: true,
    key: leaf.privateKeyPem,
    cert: leaf.certificatePem,
    logger: false,
    authOptional: true,
    onConnect: (_, done) => {
      sessions++;
      done();
    },
    onAuth: ({ username, password }, _, done) =>
      password === PASSWORD ? done(null, { user: username }) : done(new Error('535 bad credentials')),
    onRcptTo: (_, __, done) => done(failure('rcpt')),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const error = failure('data');
        const { mailFrom, rcptTo } = session.envelope;
        if (!error)
          mails.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(parts).toString('utf8'),
            user: session.user as string | undefined,
            secure: session.secure,
          });
        done(error);
      });
    },
    ...options,
  });
  // A client that does not trust the certificate ends the handshake: no error of this server's.
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port));
  });
  return {
    port,
    ca: authority.certificatePem,
    mails,
    answers,
    sessions: () => sessions,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
