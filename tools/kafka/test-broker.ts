import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const TOOL = resolve(__dirname, 'kafka.mjs');

/** A real broker started by the tool, in a process of its own that ends with this one. */
export interface TestBroker {
  readonly brokers: readonly string[];
  /** Of a secure one: the file of its authority, and each way to sign in as the setting KAFKA_SASL. */
  readonly ca: string;
  readonly sasl: readonly string[];
  /** SIGKILL; resolves when the broker is there again, at the same address and with what it had written. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface Started {
  readonly brokers: string;
  readonly pid: number;
  readonly ca?: string;
  readonly sasl?: readonly string[];
}

/** Why the tool starts no broker; `undefined` when it does. Asked for by REAL_KAFKA=1, since a broker takes half a gigabyte. */
export function noBroker(): string | undefined {
  if (process.env['REAL_KAFKA'] !== '1') return 'REAL_KAFKA=1 is not set';
  const { stdout } = spawnSync(process.execPath, [TOOL, 'check'], { encoding: 'utf8' });
  return (JSON.parse(stdout) as { readonly skipped?: string }).skipped;
}

export async function startBroker(...how: readonly '--secure'[]): Promise<TestBroker> {
  const tool = spawn(process.execPath, [TOOL, 'run', ...how]);
  let errors = '';
  tool.stderr.on('data', (bytes: Buffer) => (errors += String(bytes)));
  const exited = once(tool, 'exit');
  const lines = createInterface({ input: tool.stdout })[Symbol.asyncIterator]();
  const started = async (): Promise<Started> => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`the broker did not start: ${errors}`);
    return JSON.parse(value) as Started;
  };
  const { brokers, ca = '', sasl = [], ...first } = await started();
  let { pid } = first;
  return {
    brokers: [brokers],
    ca,
    sasl,
    restart: async () => {
      process.kill(pid, 'SIGKILL');
      ({ pid } = await started());
    },
    stop: async () => {
      tool.stdin.end();
      await exited;
    },
  };
}
