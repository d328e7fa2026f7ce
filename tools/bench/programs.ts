import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The folder of the bundles, this one among them. */
export const DIST = __dirname;

/** Runs a part of the bench as a process of its own; what it printed, as JSON. */
export async function program<T>(name: string, ...parameters: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(DIST, 'bench.js'), name, ...parameters], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as T;
}

export interface Server {
  /** Of its GraphQL endpoint. */
  readonly url: string;
  /** What it printed until it was ready. */
  readonly said: string;
  /** When it was spawned (ms, as performance.now). */
  readonly spawned: number;
  /** Resident megabytes right now. */
  memory(): number;
  stop(): Promise<void>;
}

const LONGEST_START = 30_000;

interface Start {
  readonly file: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Ready is who has printed this, and the URL of a GraphQL endpoint. */
  readonly ready: RegExp;
}

/** @throws {Error} when it ends or is silent before it is ready */
export async function startServer({ file, environment, ready }: Start): Promise<Server> {
  const spawned = performance.now();
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`${file} ${why}:\n${said}`));
    };
    const giveUp = setTimeout(() => fail('is not ready in time'), LONGEST_START);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = /https?:\/\/\S+\/graphql(?=\s)/.exec(said);
      if (!found || !ready.test(said)) return;
      clearTimeout(giveUp);
      resolve(found[0]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => (clearTimeout(giveUp), fail('ended')));
  });
  return {
    url,
    spawned,
    get said() {
      return said;
    },
    memory: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1_024,
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await once(child, 'exit');
  clearTimeout(force);
}
