import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Answered, type Asking, Line, type Wire, wireOf } from './closed-loop';
import { copyOf, type Served } from './contexts';
import { atLeast, atMost, type Figure, median } from './figures';
import { inFolder } from './folder';
import { DOCUMENTS, type Known, largeDocument, operationsOf, VARIANTS } from './operations';
import { BENCH, CORES, DIST, programOn, type Server, startServer } from './programs';
import { startSuite } from './suite';

const ROOT = join(DIST, '..');
const TURNS = 3;
const SECONDS = 4;
const CALLERS = 16;
const LARGE_PER_SECOND = 50;
const ROLES = ['dispatcher', 'director', 'auditor', 'administrator'];
/** The gateway that is measured has one core; the subgraphs and whoever asks share the other. */
const [GATEWAY, OTHERS] = [0, 1];
const STOCK = 'stock Apollo gateway';

const ours = (subgraphs: string, keys: string, core?: number): Promise<Server> =>
  startServer({
    file: join(DIST, 'gateway.js'),
    environment: { NODE_ENV: 'production', PORT: '0', SUBGRAPHS: subgraphs, AUTH_JWKS: keys, RATE_PER_IDENTITY: '0', LOG_LEVEL: 'info' },
    ready: /"msg":"ready"/,
    ...(core === undefined ? {} : { core }),
  });
const stock = (subgraphs: string, core?: number): Promise<Server> =>
  startServer({
    file: join(ROOT, 'tools/bench/peer/gateway.cjs'),
    environment: { NODE_ENV: 'production', SUBGRAPHS: subgraphs, SUPERGRAPH: join(ROOT, 'apps/gateway/src/supergraph.graphql') },
    ready: /graphql\n/,
    ...(core === undefined ? {} : { core }),
  });

interface Answer {
  readonly data?: unknown;
  readonly errors?: unknown;
}

const FIND = `{
  order: workOrders(first: 12) { edges { node { id } } } person: people(first: 12) { edges { node { id } } }
  asset: assets(first: 6) { edges { node { id } } } item: items(first: 6) { edges { node { id } } }
  meter: meters(first: 6) { edges { node { id } } } certificate: certificates(first: 12) { edges { node { id } } }
}`;

/** What there is to ask for, and the tokens of those who ask. */
class Askers {
  private constructor(
    private readonly known: Known,
    private readonly tokens: readonly string[],
  ) {}

  static async of({ url }: Server, { tokens }: Served): Promise<Askers> {
    const bearers = ROLES.map((wanted) => `Bearer ${tokens.find(({ role }) => role === wanted)!.token}`);
    const { data } = JSON.parse(await once(url, wireOf(url, bearers[0]!, { query: FIND }))) as {
      data: Record<string, { edges: { node: { id: string } }[] }>;
    };
    const ids = Object.entries(data).map(([name, { edges }]) => [name, edges.map(({ node }) => node.id)] as const);
    return new Askers({ ...Object.fromEntries(ids), first: [5, 10, 20] }, bearers);
  }

  /** Every document with every variety of its variables; who asks changes too. */
  wires(url: string): readonly Wire[] {
    return operationsOf(this.known).map((asked, at) =>
      wireOf(url, this.tokens[(at + Math.floor(at / VARIANTS)) % this.tokens.length]!, asked),
    );
  }

  small = (url: string): Wire => this.wires(url)[0]!;

  /** Large documents by their numbers. */
  large = (url: string, from: number, to: number): readonly Wire[] =>
    Array.from({ length: to - from }, (_, n) => wireOf(url, this.tokens[0]!, { query: largeDocument(from + n) }));
}

async function once(url: string, wire: Wire): Promise<string> {
  const line = await Line.to(url);
  return line.ask(wire).finally(() => line.close());
}

/** @throws {Error} when both do not answer the same, to everything */
async function compare(one: Server, other: Server, askers: Askers): Promise<void> {
  const lines = [await Line.to(one.url), await Line.to(other.url)] as const;
  const [wires, others] = [askers.wires(one.url), askers.wires(other.url)];
  for (const [at, wire] of wires.entries()) {
    const [a, b] = [JSON.parse(await lines[0].ask(wire)) as Answer, JSON.parse(await lines[1].ask(others[at]!)) as Answer];
    if (a.errors || b.errors || !isDeepStrictEqual(a.data, b.data))
      throw new Error(`Answered differently:\n${wire}\n${JSON.stringify(a)}\n${JSON.stringify(b)}`);
  }
  for (const line of lines) line.close();
}

interface Loaded extends Answered {
  /** Processor time of the gateway (µs). */
  readonly perRequest: number;
}

async function load(server: Server, folder: string, asking: Omit<Asking, 'url'>): Promise<Loaded> {
  const file = join(folder, 'asking.json');
  writeFileSync(file, JSON.stringify({ ...asking, url: server.url } satisfies Asking));
  const before = server.processorTime();
  const answered = await programOn<Answered>(OTHERS, 'ask', file);
  return { ...answered, perRequest: (server.processorTime()! - before!) / answered.count };
}

/** Both asked the same by turns, after each has been warmed up; the medians. */
async function measure(what: string, own: Server, peer: Server, askers: Askers, folder: string): Promise<readonly Figure[]> {
  await compare(own, peer, askers);
  const all: [Loaded[], Loaded[]] = [[], []];
  for (let turn = 0; turn <= TURNS; turn += 1)
    for (const [at, server] of [own, peer].entries()) {
      const loaded = await load(server, folder, { requests: askers.wires(server.url), callers: CALLERS, seconds: SECONDS });
      if (turn > 0) all[at]!.push(loaded);
    }
  const figure = (name: string, unit: string, of: (loaded: Loaded) => number): Figure => {
    const [mine, theirs] = all.map((loads) => median(loads.map(of))) as [number, number];
    return { what: `${what}: ${name}`, ours: mine, unit, peer: { what: STOCK, value: theirs } };
  };
  return [
    figure('requests', '/s', ({ count, seconds }) => count / seconds),
    figure('p50', 'ms', ({ p50 }) => p50),
    figure('p99', 'ms', ({ p99 }) => p99),
    ...(own.processorTime() === undefined ? [] : [figure('processor time of its process', 'µs/request', ({ perRequest }) => perRequest)]),
  ];
}

/** How a small query that is known is asked: by few who take all there is, and at a pace that leaves cores idle. */
const PACES = { 'as often as it can be': { callers: 2 }, 'some 600 times a second': { callers: 4, pause: 5 } };
type Pace = keyof typeof PACES;

/** What it takes (p99), alone and while large documents come that are new. */
async function besieged(server: Server, askers: Askers, folder: string, pace: Pace, fresh: () => readonly Wire[]) {
  const small = { requests: [askers.small(server.url)], ...PACES[pace], seconds: SECONDS };
  const turns: { alone: number; beside: number; answered: number }[] = [];
  for (let turn = 0; turn <= TURNS; turn += 1) {
    const alone = await load(server, folder, small);
    const beside = await load(server, folder, { ...small, beside: { requests: fresh(), perSecond: LARGE_PER_SECOND } });
    const { sent, answered } = beside.besides!;
    // The first warms up.
    if (turn > 0) turns.push({ alone: alone.p99, beside: beside.p99, answered: answered / sent });
  }
  const middle = (of: (turn: (typeof turns)[number]) => number): number => median(turns.map(of));
  return { alone: middle(({ alone }) => alone), beside: middle(({ beside }) => beside), answered: middle(({ answered }) => answered) };
}

async function siege(own: Server, peer: Server, askers: Askers, folder: string): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  let sent = 0;
  for (const pace of Object.keys(PACES) as Pace[]) {
    const of = (server: Server) =>
      besieged(server, askers, folder, pace, () => askers.large(server.url, sent, (sent += LARGE_PER_SECOND * SECONDS)));
    const [mine, theirs] = [await of(own), await of(peer)];
    const what = `a small query that is known, asked ${pace}, p99, beside ${LARGE_PER_SECOND} new large documents/s`;
    figures.push(
      { what, ours: mine.beside, unit: 'ms', peer: { what: 'the same alone', value: mine.alone }, goal: atMost(2, 'ratio') },
      { what: `the same of the ${STOCK}`, ours: theirs.beside, unit: 'ms', peer: { what: 'the same alone', value: theirs.alone } },
      {
        what: 'of those large documents, answered meanwhile',
        ours: 100 * mine.answered,
        unit: '%',
        peer: { what: STOCK, value: 100 * theirs.answered },
      },
    );
  }
  return figures;
}

/** Ours beside the stock one, see docs/performance.md. */
export const gatewayFigures = (): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    if (!CORES) console.warn('Programs cannot be kept on a core each here: the gateways are measured on what the others leave over.');
    const running: Server[] = [];
    const started = async (starting: Promise<Server>): Promise<Server> => {
      const server = await starting;
      running.push(server);
      return server;
    };
    const ended = async (...servers: readonly Server[]): Promise<void> => void (await Promise.all(servers.map((server) => server.stop())));
    const data = join(folder, 'data');
    mkdirSync(data);
    try {
      const contexts = await started(startServer({ file: BENCH, parameters: ['contexts', data], core: OTHERS, ready: /\n$/ }));
      const served = JSON.parse(contexts.said.trim().split('\n').at(-1)!) as Served;
      const echo = await started(startServer({ file: BENCH, parameters: ['echo', served.subgraphs], core: OTHERS, ready: /\n$/ }));
      const stubs = echo.said.trim();

      const cheap = [await started(ours(stubs, served.keys, GATEWAY)), await started(stock(stubs, GATEWAY))] as const;
      const askers = await Askers.of(cheap[0], served);
      const [requests, ...others] = await measure('gateway, subgraphs of constant answers', ...cheap, askers, folder);
      await ended(...cheap);

      const free = [await started(ours(stubs, served.keys)), await started(stock(stubs))] as const;
      const sieged = await siege(...free, askers, folder);
      await ended(...free, echo);

      const real = [await started(ours(served.subgraphs, served.keys, GATEWAY)), await started(stock(served.subgraphs, GATEWAY))] as const;
      const overHttp = await measure('gateway, contexts over HTTP', ...real, askers, folder);
      await ended(real[0]);

      const suite = await started(startSuite(copyOf(data)));
      const standalone = await measure('standalone, contexts inside', suite, real[1], askers, folder);
      return [
        { ...requests!, what: `${requests!.what} (${DOCUMENTS.length} documents)`, goal: atLeast(10, 'ratio') },
        ...others,
        ...sieged,
        ...overHttp,
        ...standalone,
      ];
    } finally {
      await ended(...running);
    }
  });
