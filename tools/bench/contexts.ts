import { cpSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as send, Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ShiftableClock } from '@hospital/kernel';
import { logger, openBus, settingsFrom, start, type Surroundings, verifier, Views } from '@hospital/service';
import { demoIssuer, keptMasterKey } from '../../apps/standalone/src/demo-identity';
import { CONTEXTS, type DemoToken, startSuite } from '../../apps/standalone/src/suite';

/** What a gateway and whoever asks it need to know. */
export interface Served {
  /** For the setting SUBGRAPHS. */
  readonly subgraphs: string;
  /** File of the keys that sign tokens. */
  readonly keys: string;
  readonly tokens: readonly DemoToken[];
}

export const copyOf = (folder: string): string => `${folder}-copy`;

/** Program `contexts`: two months of the demo hospital, its five contexts over HTTP. Says where, and runs until it is told to end. */
export async function serveContexts(folder: string): Promise<void> {
  const settings = settingsFrom({ DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'warn' });
  const suite = await startSuite(settings, { beginning: 'hospital', size: { months: 2, requestsPerMonth: 100 } });
  await suite.close();
  // For a suite of its own on the same data.
  cpSync(folder, copyOf(folder), { recursive: true });
  const issuer = await demoIssuer(folder, settings.AUTH_ISSUER, settings.AUTH_AUDIENCE);
  const keys = join(folder, 'keys.json');
  writeFileSync(keys, JSON.stringify(issuer.keys));
  const log = logger(settings, 'contexts');
  const surroundings: Surroundings = {
    settings,
    log,
    bus: await openBus(settings, 'contexts', log),
    clock: new ShiftableClock(),
    verify: await verifier(issuer.keys, settings),
    masterKey: keptMasterKey(folder),
  };
  const places: string[] = [];
  for (const [name, module] of Object.entries(CONTEXTS)) {
    const app = await start(module, surroundings);
    await app.get(Views, { strict: false }).caughtUp();
    await app.listen(0, '127.0.0.1');
    places.push(`${name}=${await app.getUrl()}/graphql`);
  }
  const served: Served = { subgraphs: places.join(','), keys, tokens: suite.tokens };
  process.stdout.write(`${JSON.stringify(served)}\n`);
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/**
 * Program `echo`: stands before the contexts, and answers what was asked before with what was answered then, at the cost of a look into
 * a map: what is measured behind it is the gateway. Runs until it is told to end.
 */
export async function serveEcho(contexts: string): Promise<void> {
  const answers = new Map<string, Promise<string>>();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const targets = new Map(contexts.split(',').map((pair) => [`/${pair.split('=')[0]}`, pair.slice(pair.indexOf('=') + 1)]));
  const onward = (url: string, authorization: string, body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', authorization, 'content-length': Buffer.byteLength(body) };
      const sent = send(targets.get(url)!, { agent, method: 'POST', headers }, (answer) => void textOf(answer).then(resolve, reject));
      sent.on('error', reject).end(body);
    });
  const server = createServer(async (request, response) => {
    const [url, authorization, body] = [request.url!, request.headers.authorization ?? '', await textOf(request)];
    const key = `${url} ${authorization} ${body}`;
    let answer = answers.get(key);
    if (!answer) answers.set(key, (answer = onward(url, authorization, body)));
    response.setHeader('content-type', 'application/json');
    response.end(await answer);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${[...targets.keys()].map((path) => `${path.slice(1)}=http://127.0.0.1:${port}${path}`).join(',')}\n`);
}
