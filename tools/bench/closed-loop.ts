import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './figures';

/** A request as it goes over the wire. */
export type Wire = string;

/** What the program `ask` is told, as a file of JSON. */
export interface Asking {
  readonly url: string;
  readonly requests: readonly Wire[];
  /** So many ask at once, each waiting for its answer before it asks again. */
  readonly callers: number;
  readonly seconds: number;
  /** What each waits after an answer (ms); absent: nothing, so that together they take all there is. */
  readonly pause?: number;
  /** Beside them, this many of these a second, without waiting; their time is not counted. */
  readonly beside?: { readonly requests: readonly Wire[]; readonly perSecond: number };
}

export interface Answered {
  readonly count: number;
  readonly seconds: number;
  /** Milliseconds from sending to the last byte. */
  readonly p50: number;
  readonly p99: number;
  /** Of those beside: how many were sent, and answered in the time. */
  readonly besides?: { readonly sent: number; readonly answered: number };
}

export function wireOf(url: string, authorization: string, body: object): Wire {
  const { host, pathname } = new URL(url);
  const text = JSON.stringify(body);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nauthorization: ${authorization}`;
  return `${head}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** One connection: HTTP as far as two programs of this house speak it, at a fraction of what a whole client costs beside the server. */
export class Line {
  private pieces: Buffer[] = [];
  private waiting: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.hear(chunk));
    socket.on('close', () => this.waiting?.reject(new Error('the server hung up')));
  }

  static async to(url: string): Promise<Line> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Line(socket);
  }

  /** @returns the body of an answer with status 200 */
  ask(request: Wire): Promise<string> {
    this.socket.write(request);
    return new Promise((resolve, reject) => (this.waiting = { resolve, reject }));
  }

  close(): void {
    this.socket.destroy();
  }

  private hear(chunk: Buffer): void {
    this.pieces.push(chunk);
    const all = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces);
    this.pieces = [all];
    const end = all.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = all.toString('latin1', 0, end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined)
      return void this.socket.destroy(this.waiting?.reject(new Error(all.toString())) as undefined);
    const begin = end + END_OF_HEAD.length;
    if (all.length < begin + Number(length)) return;
    this.pieces = [];
    this.waiting!.resolve(all.toString('utf8', begin));
  }
}

/** Program `ask`. */
export async function askInCircles(file: string): Promise<Answered> {
  const { url, requests, callers, seconds, pause, beside } = JSON.parse(readFileSync(file, 'utf8')) as Asking;
  const lines = await Promise.all(Array.from({ length: callers }, () => Line.to(url)));
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1_000;
  let next = 0;
  const besetting = beside ? beset(url, beside, until) : undefined;
  await Promise.all(
    lines.map(async (line) => {
      for (let at = performance.now(); at < until;) {
        await line.ask(requests[next++ % requests.length]!);
        const done = performance.now();
        latencies.push(done - at);
        if (pause !== undefined) await sleep(pause);
        at = pause === undefined ? done : performance.now();
      }
      line.close();
    }),
  );
  const took = (performance.now() - started) / 1_000;
  const besides = await besetting;
  return {
    count: latencies.length,
    seconds: took,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    ...(besides ? { besides } : {}),
  };
}

async function beset(url: string, { requests, perSecond }: NonNullable<Asking['beside']>, until: number) {
  const idle: Line[] = [];
  const all = new Set<Line>();
  let [sent, answered] = [0, 0];
  for (const started = performance.now(); sent < requests.length && performance.now() < until; sent += 1) {
    const due = started + (sent * 1_000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    const line = idle.pop() ?? (await Line.to(url));
    all.add(line);
    line.ask(requests[sent]!).then(
      () => {
        answered += 1;
        idle.push(line);
      },
      // Sent away, or at the end.
      () => undefined,
    );
  }
  await sleep(Math.max(0, until - performance.now()));
  for (const line of all) line.close();
  return { sent, answered };
}
