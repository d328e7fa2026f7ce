import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { settingsFrom } from '@hospital/service';
import { WebSocket } from 'ws';
import { demoIssuer } from '../../apps/standalone/src/demo-identity';
import { type Figure, quantile } from './figures';
import { inFolder } from './folder';
import type { Loaded } from './load';
import { program, type Server } from './programs';
import { startSuite, tokenOf } from './suite';

/** So many listen, and then so many. */
const STEPS = [1_000, 5_000];
/** Two signs of life of every connection fall into one such window (s), whenever it was opened. */
const IDLE = 12;
/** Connections that are made at once. */
const AT_ONCE = 50;
const QUERIES = { of: 'queries', rate: 100, seconds: 2 } as const;
const SMALL = JSON.stringify({ query: '{ items(first: 5) { edges { node { id name } } } }' });
const LISTEN = JSON.stringify({ query: 'subscription { itemChanged { id name } }' });
const REGISTER = `mutation ($key: ID!) { registerItem(input: { name: "手套", unit: "pair" }, idempotencyKey: $key) { ... on Item { id } } }`;

/** One that listens, each with an account of its own. */
interface Listener {
  /** The first message from now on that says this. */
  hears(text: string): Promise<void>;
  leave(): void;
}

/** Opens a connection and has subscribed when it resolves. */
type Listen = (url: string, authorization: string) => Promise<Listener>;

class Ear implements Listener {
  private said = '';
  private awaited: { readonly text: string; readonly heard: () => void } | undefined;
  constructor(readonly leave: () => void) {}

  hear(chunk: Buffer): void {
    this.said = `${this.said}${chunk.toString()}`.slice(-1_000);
    if (this.awaited && this.said.includes(this.awaited.text)) this.awaited.heard();
  }

  hears(text: string): Promise<void> {
    return new Promise((heard) => (this.awaited = { text, heard }));
  }
}

const byWebSocket: Listen = async (url, authorization) => {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
  const ear = new Ear(() => socket.terminate());
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
  await once(socket, 'message');
  socket.on('message', (data) => ear.hear(data as Buffer));
  socket.send(`{"id":"1","type":"subscribe","payload":${LISTEN}}`);
  return ear;
};

const byServerSentEvents: Listen = async (url, authorization) => {
  const headers = { authorization, 'content-type': 'application/json', accept: 'text/event-stream' };
  const asked = request(`${url}/stream`, { method: 'POST', agent: false, headers });
  const ear = new Ear(() => asked.destroy());
  asked.on('error', () => undefined).end(LISTEN);
  const [response] = await once(asked, 'response');
  if (response.statusCode !== 200) throw new Error(`the stream was answered with ${response.statusCode}`);
  response.on('data', (chunk: Buffer) => ear.hear(chunk)).on('error', () => undefined);
  return ear;
};

/** What only the process itself can say, asked by its inspector. */
class Inside {
  private asked = 0;
  private constructor(private readonly inspector: WebSocket) {}

  static async of({ said }: Server): Promise<Inside> {
    const inspector = new WebSocket(/ws:\/\/\S+/.exec(said)![0]);
    await once(inspector, 'open');
    return new Inside(inspector);
  }

  /** Resident megabytes once everything that nobody holds is gone. */
  async memory(): Promise<number> {
    for (let n = 0; n < 2; n += 1) await this.send('HeapProfiler.collectGarbage', {});
    return (await this.value('process.memoryUsage().rss')) / 2 ** 20;
  }

  /** Seconds of processor time since it started. */
  async processor(): Promise<number> {
    return (await this.value('process.cpuUsage().user + process.cpuUsage().system')) / 1e6;
  }

  close(): void {
    this.inspector.terminate();
  }

  private async value(expression: string): Promise<number> {
    const { result } = (await this.send('Runtime.evaluate', { expression, returnByValue: true })) as { result: { value: number } };
    return result.value;
  }

  private async send(method: string, params: object): Promise<unknown> {
    const id = (this.asked += 1);
    this.inspector.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [data] = await once(this.inspector, 'message');
      const answer = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (answer.id === id) return answer.result;
    }
  }
}

/** Thousands who listen and mostly hear nothing: what they cost while they are silent, and how soon all of them hear. */
export async function liveFigures(): Promise<readonly Figure[]> {
  const kinds: readonly (readonly [kind: string, listen: Listen])[] = [
    ['graphql-ws', byWebSocket],
    ['SSE', byServerSentEvents],
  ];
  const figures: Figure[] = [];
  for (const [kind, listen] of kinds) figures.push(...(await inFolder((folder) => listening(kind, listen, join(folder, 'data')))));
  return figures;
}

async function listening(kind: string, listen: Listen, folder: string): Promise<readonly Figure[]> {
  const server = await startSuite(folder, { NODE_OPTIONS: '--inspect=127.0.0.1:0' });
  const inside = await Inside.of(server);
  const listeners: Listener[] = [];
  const figures: Figure[] = [];
  try {
    const { AUTH_ISSUER, AUTH_AUDIENCE } = settingsFrom({});
    const issuer = await demoIssuer(folder, AUTH_ISSUER, AUTH_AUDIENCE);
    const administrator = tokenOf(server, 'administrator');
    const asking = (warmUpSeconds: number): Promise<Loaded> =>
      program(
        'load',
        JSON.stringify({ ...QUERIES, warmUpSeconds, url: server.url, reporter: administrator, technician: '', administrator }),
      );
    const alone = (await asking(2)).p99;
    const before = await inside.memory();
    for (const count of STEPS) {
      while (listeners.length < count) {
        const some = Array.from({ length: Math.min(AT_ONCE, count - listeners.length) }, async (_, n) =>
          listen(server.url, `Bearer ${await issuer.tokenFor(`nurse-${listeners.length + n}`, ['clinician'])}`),
        );
        listeners.push(...(await Promise.all(some)));
      }
      const of = `${count.toLocaleString('en')} ${kind} subscribers`;
      // The last of them is certainly listening once everybody has heard something; the first message is not what is measured.
      await told(server.url, administrator, listeners, `${kind}-${count}-first`);
      figures.push({ what: `${of}: memory of each`, ours: (((await inside.memory()) - before) / count) * 1_024, unit: 'KB' });
      if (count === STEPS.at(-1)) {
        const [used, began] = [await inside.processor(), performance.now()];
        await new Promise((resolve) => setTimeout(resolve, IDLE * 1_000));
        const share = (((await inside.processor()) - used) * 1_000) / (performance.now() - began);
        figures.push({ what: `${of}: processor while nothing happens`, ours: share * 100, unit: '% of a core' });
      }
      const peer = { what: 'the same with nobody listening', value: alone };
      figures.push({ what: `${of}: a small query beside them, p99`, ours: (await asking(0.2)).p99, unit: 'ms', peer });
      const used = await inside.processor();
      const telling = told(server.url, administrator, listeners, `${kind}-${count}`);
      const longest = await longestWait(server.url, administrator, telling);
      const [heard, each] = [await telling, ((await inside.processor()) - used) / count];
      figures.push({ what: `${of}: a change until the median has heard`, ours: quantile(heard, 0.5), unit: 'ms' });
      figures.push({ what: `${of}: a change until the last has heard`, ours: quantile(heard, 1), unit: 'ms' });
      figures.push({ what: `${of}: the longest a small query waits meanwhile`, ours: longest, unit: 'ms' });
      figures.push({ what: `${of}: processor time to tell one of them`, ours: each * 1e6, unit: 'µs' });
    }
    return figures;
  } finally {
    for (const listener of listeners) listener.leave();
    inside.close();
    await server.stop();
  }
}

/** Registers an item, which everybody may see; when each has heard of it (ms). */
async function told(url: string, authorization: string, listeners: readonly Listener[], key: string): Promise<readonly number[]> {
  const began = performance.now();
  const all = listeners.map(async (listener) => {
    await listener.hears('"itemChanged":');
    return performance.now() - began;
  });
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: REGISTER, variables: { key } }) });
  if (!(await response.text()).includes('"it_')) throw new Error('the item was refused');
  return Promise.all(all);
}

/** Of small queries, one after the other until something is done (ms). */
async function longestWait(url: string, authorization: string, meanwhile: Promise<unknown>): Promise<number> {
  let [longest, going] = [0, true];
  void meanwhile.finally(() => (going = false));
  while (going) {
    const began = performance.now();
    const headers = { authorization, 'content-type': 'application/json' };
    await (await fetch(url, { method: 'POST', headers, body: SMALL })).text();
    longest = Math.max(longest, performance.now() - began);
  }
  return longest;
}
