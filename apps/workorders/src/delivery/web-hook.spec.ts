import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createRawServer } from 'node:net';
import { ShiftableClock } from '@hospital/kernel';
import { secretFor, webHook, type WebHookSettings } from './web-hook';

const NOW = '2026-03-01T08:00:00.750Z';
const MASTER = 'a secret that no receiver knows, of 32';
const SECRET = secretFor(MASTER, 'pn_wang');
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

interface Heard {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
let server: Server;
let heard: Heard[];
let answer: (response: ServerResponse) => void;
let base: string;

beforeEach(async () => {
  heard = [];
  answer = (response) => void response.writeHead(204).end();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push({ method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const settings: WebHookSettings = {
  secret: MASTER,
  allowedHosts: ['127.0.0.1'],
  development: true,
  clock: new ShiftableClock(0, () => Date.parse(NOW)),
};
const send = (address: string, more: Partial<WebHookSettings> = {}, signal = new AbortController().signal): Promise<void> =>
  webHook({ ...settings, ...more })(letter, address, signal);

describe('a receiver of a web hook', () => {
  it('gets the letter as JSON, with its id to know it again', async () => {
    await send(`${base}/hook?for=wang`);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ method: 'POST', path: '/hook?for=wang' });
    expect(heard[0]!.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'x-hospital-delivery': 'nt_1' });
    expect(JSON.parse(heard[0]!.body)).toEqual(letter);
  });

  it('can verify with the secret it shares with us alone that it is from us, unchanged and of this moment', async () => {
    await send(`${base}/hook`);
    const { headers, body } = heard[0]!;
    const [, second, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-hospital-signature']))!;
    expect(Number(second)).toBe(Date.parse('2026-03-01T08:00:00Z') / 1_000);
    const expected = (secret: string, text: string): Buffer => createHmac('sha256', secret).update(text, 'utf8').digest();
    const signature = Buffer.from(given!, 'hex');
    expect(timingSafeEqual(signature, expected(SECRET, `${second}.${body}`))).toBe(true);
    expect(timingSafeEqual(signature, expected(MASTER, `${second}.${body}`))).toBe(false);
    expect(timingSafeEqual(signature, expected(secretFor(MASTER, 'pn_li'), `${second}.${body}`))).toBe(false);
    expect(timingSafeEqual(signature, expected(SECRET, `${Number(second) + 1}.${body}`))).toBe(false);
  });

  it.each([
    [500, 'HTTP_500', false],
    [404, 'HTTP_404', false],
    [410, 'HTTP_410', true],
  ])('that answers %i has not got it', async (status, code, hopeless) => {
    answer = (response) => void response.writeHead(status).end('no');
    await expect(send(base)).rejects.toMatchObject({ code, hopeless });
  });

  it('that sends us elsewhere is not followed', async () => {
    answer = (response) => void response.writeHead(307, { location: `${base}/elsewhere` }).end();
    await expect(send(`${base}/hook`)).rejects.toMatchObject({ code: 'REDIRECTED', hopeless: true });
    expect(heard.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('that answers without end has got it once its status is there', async () => {
    answer = (response) => void response.writeHead(200).write('and so on');
    await send(base);
    expect(heard).toHaveLength(1);
  });

  it('that does not answer is left when the time is over', async () => {
    const over = new AbortController();
    answer = () => over.abort();
    await expect(send(base, {}, over.signal)).rejects.toMatchObject({ code: 'NO_CONNECTION', hopeless: false });
  });

  it('that is not there, or speaks no TLS, has not got it', async () => {
    const raw = createRawServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('220 not TLS\r\n'),
    );
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    const { port } = raw.address() as AddressInfo;
    await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'NO_CONNECTION', hopeless: false });
    await new Promise((resolve) => raw.close(resolve));
    await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'NO_CONNECTION', hopeless: false });
  });
});

describe('an address that somebody chose', () => {
  const port = () => (server.address() as AddressInfo).port;
  /** A name server that answers what the test wants. */
  const resolving = (...addresses: readonly string[]) =>
    ((_: string, __: object, done: (error: null, found: object[]) => void) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )) as unknown as NonNullable<WebHookSettings['resolve']>;

  it.each([
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://2130706434/',
    'https://0x7f.2/',
  ])('%s lies inside and is not connected to', async (address) => {
    await expect(send(address)).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS', hopeless: true });
  });

  it.each(['127.0.0.1', '10.0.0.1', '::1', '169.254.169.254'])('whose name resolves to %s is not connected to', async (address) => {
    const resolve = resolving('8.8.8.8', address);
    await expect(send('https://hook.example/', { resolve })).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS', hopeless: true });
  });

  it('whose name is allowed may lie inside', async () => {
    const allowed = { resolve: resolving('127.0.0.1'), allowedHosts: ['hook.example'] };
    // Nothing there speaks TLS, but it was spoken to.
    await expect(send(`https://hook.example:${port()}/`, allowed)).rejects.toMatchObject({ code: 'NO_CONNECTION' });
  });

  it('whose name nobody knows is tried again later', async () => {
    await expect(send('https://hook.example/', { resolve: resolving() })).rejects.toMatchObject({ code: 'UNKNOWN_HOST', hopeless: false });
  });

  it.each([
    ['in production', { development: false }, 'NOT_HTTPS'],
    ['when it is not allowed', { allowedHosts: [] }, 'PRIVATE_ADDRESS'],
  ])('on this machine without TLS is not connected to %s', async (_, more, code) => {
    await expect(send(`${base}/hook`, more)).rejects.toMatchObject({ code, hopeless: true });
    expect(heard).toEqual([]);
  });

  it('elsewhere without TLS is never connected to', async () => {
    await expect(send('http://hook.example/', { resolve: resolving('8.8.8.8') })).rejects.toMatchObject({ code: 'NOT_HTTPS' });
  });
});
