import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const TOOL = resolve(__dirname, '../../../../tools/kafka/kafka.mjs');

/** A real broker started by the tool, in a process of its own that ends with this one. */
export interface TestBroker {
  readonly brokers: readonly string[];
  /** SIGKILL; resolves when the broker is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

interface Started {
  readonly brokers: string;
  readonly pid: number;
}

/** Why the tool starts no broker; `undefined` when it does. Asked for by REAL_KAFKA=1, since a broker takes half a gigabyte. */
export function noBroker(): string | undefined {
  if (process.env['REAL_KAFKA'] !== '1') return 'REAL_KAFKA=1 is not set';
  const { stdout } = spawnSync(process.execPath, [TOOL, 'check'], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { readonly skipped?: string }).skipped;
}

/** `data`: a folder that outlives the broker; `port`: where an earlier one listened. */
export async function startBroker({ data, port }: { readonly data?: string; readonly port?: string } = {}): Promise<TestBroker> {
  const args = [...(data === undefined ? [] : ['--data', data]), ...(port === undefined ? [] : ['--port', port])];
  const tool: ChildProcessWithoutNullStreams = spawn(process.execPath, [TOOL, 'run', ...args]);
  let errors = '';
  tool.stderr.on('data', (bytes: Buffer) => (errors += String(bytes)));
  const exited = once(tool, 'exit');
  const line = await Promise.race([once(createInterface({ input: tool.stdout }), 'line'), exited.then(() => undefined)]);
  if (line === undefined) throw new Error(`the broker did not start: ${errors}`);
  const { brokers, pid } = JSON.parse(String(line[0])) as Started;
  return {
    brokers: [brokers],
    kill: async () => {
      process.kill(pid, 'SIGKILL');
      await exited;
    },
    stop: async () => {
      tool.stdin.end();
      await exited;
    },
  };
}
