import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The folder of the bundles, this one among them. */
export const DIST = __dirname;
/** This program itself, of which parts run as programs of their own. */
export const BENCH = join(DIST, 'bench.js');

/** Runs a part of the bench as a process of its own; what it printed, as JSON. */
export const program = <T>(name: string, ...parameters: readonly string[]): Promise<T> => programOn(undefined, name, ...parameters);

/** The same on one core alone. */
export async function programOn<T>(core: number | undefined, name: string, ...parameters: readonly string[]): Promise<T> {
  const [command, ...more] = [...onCore(core), process.execPath, BENCH, name, ...parameters] as [string, ...string[]];
  const { stdout } = await promisify(execFile)(command, more, { maxBuffer: 2 ** 26 });
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
  /** Processor time so far, of all its threads (µs); on Linux only. */
  processorTime(): number | undefined;
  stop(): Promise<void>;
}

const LONGEST_START = 90_000;

interface Start {
  readonly file: string;
  readonly parameters?: readonly string[];
  /** On this core alone, where that can be said. */
  readonly core?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Ready is who has printed this, and where it is. */
  readonly ready: RegExp;
}

/** @throws {Error} when it ends or is silent before it is ready */
export async function startServer({ file, parameters = [], core, environment, ready }: Start): Promise<Server> {
  const spawned = performance.now();
  const [command, ...more] = [...onCore(core), process.execPath, file, ...parameters] as [string, ...string[]];
  const child = spawn(command, more, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`${file} ${why}:\n${said}`));
    };
    const giveUp = setTimeout(() => fail('is not ready in time'), LONGEST_START);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = /https?:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(said);
      if (!found || !ready.test(said)) return;
      clearTimeout(giveUp);
      resolve(`${found[0]}/graphql`);
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
    processorTime: () => processorTimeOf(child.pid!),
    stop: () => ended(child),
  };
}

/** Programs can be kept on one core each, so that none is measured on what another leaves over. */
export const CORES = cpus().length > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0;
const onCore = (core: number | undefined): readonly string[] => (CORES && core !== undefined ? ['taskset', '-c', String(core)] : []);

/** Linux counts in hundredths of a second. */
function processorTimeOf(pid: number): number | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  const counted = readFileSync(file, 'utf8').split(') ')[1]!.split(' ');
  return (Number(counted[11]) + Number(counted[12])) * 10_000;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await once(child, 'exit');
  clearTimeout(force);
}
