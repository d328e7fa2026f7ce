import type { AddressInfo } from 'node:net';
import { ShiftableClock } from '@hospital/kernel';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { mail } from './e-mail';

const NOW = '2026-03-01T08:00:00.000Z';
const letter = {
  id: 'nt_1',
  recipientId: 'pn_wang',
  aboutId: 'wo_1',
  orderId: 'wo_1',
  kind: 'WorkOrderAccepted',
  text: '工单 wo_1 已接单',
  textEn: 'Work order wo_1 was accepted',
  eventId: '00000000-0000-4000-8000-000000000001',
  occurredAt: '2026-03-01T07:59:00.000Z',
  recordedAt: '2026-03-01T07:59:01.000Z',
};

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly text: string;
}
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A mail server on loopback, and what it was given. */
async function mailServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    logger: false,
    onData(stream, { envelope, user }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope;
        received.push({
          from: mailFrom === false || mailFrom === undefined ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: user === undefined ? undefined : String(user),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { received, port: (server.server.address() as AddressInfo).port };
}

const send = (server: string, address = 'wang@hospital.example'): Promise<void> =>
  mail({ server, from: 'logistics@hospital.example', clock: new ShiftableClock(0, () => Date.parse(NOW)) })(
    letter,
    address,
    new AbortController().signal,
  );

describe('a mail', () => {
  it('reaches the one mailbox, in both languages, with an id to know it again', async () => {
    const { received, port } = await mailServer();
    await send(`smtp://127.0.0.1:${port}`);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ from: 'logistics@hospital.example', to: ['wang@hospital.example'] });
    const [head, body] = received[0]!.text.split('\r\n\r\n') as [string, string];
    expect(head).toMatch(/^Message-ID: <nt_1@hospital\.example>$/im);
    expect(head).toMatch(/^X-Hospital-Delivery: nt_1$/im);
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/im);
    expect(head).toMatch(/^Date: Sun, 01 Mar 2026 08:00:00 \+0000$/im);
    expect(head).toMatch(/^Content-Transfer-Encoding: base64$/im);
    expect(Buffer.from(body, 'base64').toString('utf8')).toBe('工单 wo_1 已接单。\nWork order wo_1 was accepted.\n');
  });

  it('sent twice is the same mail', async () => {
    const { received, port } = await mailServer();
    for (const _ of ['once', 'and again']) await send(`smtp://127.0.0.1:${port}`);
    const ids = received.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)![1]);
    expect(ids[0]).toBe(ids[1]);
  });

  it('goes with the name and the password of the setting', async () => {
    const { received, port } = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      authMethods: ['PLAIN'],
      onAuth: ({ username, password }, _, done) =>
        password === 'p@ss/word' ? done(null, { user: username ?? '' }) : done(new Error('who is that?')),
    });
    await send(`smtp://logistics:p%40ss%2Fword@127.0.0.1:${port}`);
    expect(received.map(({ user }) => user)).toEqual(['logistics']);
    await expect(send(`smtp://logistics:wrong@127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'SMTP_535', hopeless: false });
  });

  it.each([
    [550, 'SMTP_550', true],
    [451, 'SMTP_451', false],
  ])('whose mailbox the server refuses with %i has not arrived', async (responseCode, code, hopeless) => {
    const { received, port } = await mailServer({
      onRcptTo: (_, __, done) => done(Object.assign(new Error('not that one'), { responseCode })),
    });
    await expect(send(`smtp://127.0.0.1:${port}`)).rejects.toMatchObject({ code, hopeless });
    expect(received).toEqual([]);
  });

  it('that the server will not take now has not arrived', async () => {
    const { port } = await mailServer({
      onData: (stream, _, done) => void stream.resume().on('end', () => done(Object.assign(new Error('full'), { responseCode: 552 }))),
    });
    await expect(send(`smtp://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'SMTP_552', hopeless: false });
  });

  it('for a server that is not there has not arrived', async () => {
    const { port } = await mailServer();
    await closing.pop()!();
    await expect(send(`smtp://127.0.0.1:${port}`)).rejects.toMatchObject({ hopeless: false, code: expect.stringMatching(/^SMTP_E/) });
  });

  it('is never given in clear text to a server by a name that is not this machine’s, whatever it offers', async () => {
    const { received, port } = await mailServer();
    // The same machine, by an address that is not written as loopback.
    await expect(send(`smtp://[::ffff:127.0.0.1]:${port}`)).rejects.toMatchObject({
      hopeless: false,
      code: expect.stringMatching(/^SMTP_/),
    });
    expect(received).toEqual([]);
  });

  it('for a server by smtps begins with TLS', async () => {
    const { received, port } = await mailServer();
    await expect(send(`smtps://127.0.0.1:${port}`)).rejects.toMatchObject({ hopeless: false, code: expect.stringMatching(/^SMTP_E/) });
    expect(received).toEqual([]);
  });
});
