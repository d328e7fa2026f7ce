import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const DIST = join(__dirname, '../../dist');

/** How much of what a program said is shown when it fails (lines). */
const REMEMBERED = 40;

/** `{"msg":"ready","url":"http://…"}` in the log of an app. */
export function readyAt(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
  return msg === 'ready' ? url : undefined;
}

/** One program of the suite as a process, with only these variables in its environment. */
export class Program {
  private child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  private exited: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly environment: Readonly<Record<string, string>>,
    /** What it says of its address in one line of its output, once it can be reached there. */
    private readonly addressIn: (line: string) => string | undefined,
  ) {}

  /** @returns its address @throws with what it said, when it ended instead */
  async start(more: Readonly<Record<string, string>> = {}): Promise<string> {
    const file = join(DIST, `${this.name}.js`);
    if (!existsSync(file)) throw new Error(`${file} is not there: build it with "node tools/build.mjs ${this.name}"`);
    const env = { PATH: process.env['PATH'] ?? '', ...this.environment, ...more };
    const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.exited = once(child, 'exit');
    // A test runner that is stopped in the middle takes its programs with it.
    const orphan = (): boolean => child.kill('SIGKILL');
    process.once('exit', orphan);
    child.once('exit', () => process.off('exit', orphan));
    const said: string[] = [];
    return new Promise((resolve, reject) => {
      for (const output of [child.stdout, child.stderr])
        createInterface({ input: output }).on('line', (line) => {
          said.push(line);
          if (said.length > REMEMBERED) said.shift();
          const address = this.addressIn(line);
          if (address !== undefined) resolve(address);
        });
      child.once('exit', (code) => reject(new Error(`${this.name} ended with ${code}:\n${said.join('\n')}`)));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.signal(signal);
    await this.exited;
  }
}
