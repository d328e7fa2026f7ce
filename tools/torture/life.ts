import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Doors } from './victim';

/** One run of the victim, from its start to its death. */
export class Life {
  private readonly child: ChildProcess;
  private readonly said: string[] = [];
  /** `undefined` when it ended before it was ready. */
  readonly ready: Promise<Doors | undefined>;
  /** How it ended: a signal's name or an exit code. */
  readonly ended: Promise<string>;

  constructor(program: string, folder: string) {
    this.child = spawn(process.execPath, [program, 'victim'], {
      env: { ...process.env, NODE_ENV: 'development', DATA_DIR: folder, LOG_LEVEL: 'error' },
      stdio: 'pipe',
    });
    this.ended = new Promise((resolve) => this.child.once('close', (code, signal) => resolve(signal ?? String(code))));
    this.child.stderr!.on('data', (chunk: Buffer) => this.said.push(String(chunk)));
    this.ready = new Promise((resolve) => {
      void this.ended.then(() => resolve(undefined));
      createInterface(this.child.stdout!).on('line', (line) => {
        if (line.startsWith('{"doors":')) resolve((JSON.parse(line) as { doors: Doors }).doors);
        else this.said.push(line);
      });
    });
  }

  /** Errors it logged, and what it wrote when it died by itself; empty when all was well. */
  get complaints(): string {
    return this.said.join('\n').trim();
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  stop(): void {
    this.child.kill('SIGTERM');
  }
}
