import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DAY, type Delivered, type Message } from '@hospital/kernel';
import { busContract } from '@hospital/kernel/testing';
import { buildSync } from 'esbuild';
import { EmbeddedBus, type EmbeddedBusOptions } from './bus';
import { FileInUse } from './sqlite';

let folder: string;
let file: string;
let buses: EmbeddedBus[] = [];

const open = (options: EmbeddedBusOptions = {}): EmbeddedBus => {
  const bus = new EmbeddedBus(file, { backOff: () => 1, ...options });
  buses.push(bus);
  return bus;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bus-'));
  file = join(folder, 'bus.db');
});

afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  buses = [];
  rmSync(folder, { recursive: true });
});

const numbered = (n: number, key = 'k'): Message => ({ key, value: { n }, headers: {} });
const numberOf = ({ value }: Message): number => value['n'] as number;
const forEver = new AbortController().signal;

/** Resolves with the first `count` messages the group hears. */
const hear = (bus: EmbeddedBus, group: string, count: number): Promise<readonly Delivered[]> =>
  new Promise((done, fail) => {
    const heard: Delivered[] = [];
    const handle = async (message: Delivered): Promise<void> => {
      if (heard.push(message) === count) done(heard);
    };
    bus.subscribe({ group, topics: ['t'], handle, signal: forEver }).catch(fail);
  });

busContract('EmbeddedBus', async () => new EmbeddedBus(file, { backOff: () => 1 }));

describe('EmbeddedBus', () => {
  it('given a file in use, when a second bus opens it, then that is refused', () => {
    open();
    expect(() => new EmbeddedBus(file)).toThrow(FileInUse);
  });

  it('given a handler that keeps failing, when it is tried again, then the back-off is asked with one attempt more each time', async () => {
    const asked: number[] = [];
    const bus = open({ backOff: (attempt) => (asked.push(attempt), 1) });
    await bus.publish('t', [numbered(0), numbered(1)]);
    let failures = 3;
    await new Promise<void>((done) => {
      const handle = async (message: Delivered): Promise<void> => {
        if (numberOf(message) === 1) done();
        else if ((failures -= 1) >= 0) throw new Error('not yet');
      };
      void bus.subscribe({ group: 'g', topics: ['t'], handle, signal: forEver });
    });
    expect(asked).toEqual([1, 2, 3]);
  });

  it('given a long backlog and a handler that never waits, when it is worked off, then the rest of the process gets its turns', async () => {
    const bus = open();
    await bus.publish(
      't',
      Array.from({ length: 640 }, (_, n) => numbered(n)),
    );
    let turns = 0;
    let over = false;
    const turn = (): void => {
      turns += 1;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    await hear(bus, 'g', 640);
    over = true;
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  describe('retention', () => {
    it('given messages past their age, when one group has yet to handle them, then they stay until it has', async () => {
      let now = 0;
      const bus = open({ now: () => now });
      await bus.publish('t', [numbered(0), numbered(1)]);
      await hear(bus, 'quick', 2);
      let ready = false;
      const slow = new Promise<void>((done) => {
        const handle = async (message: Delivered): Promise<void> => {
          if (!ready) throw new Error('not yet');
          if (numberOf(message) === 1) done();
        };
        void bus.subscribe({ group: 'slow', topics: ['t'], handle, signal: forEver });
      });
      now = 31 * DAY;
      expect(await bus.trim()).toBe(0);
      ready = true;
      await slow;
      await bus.publish('t', [numbered(2)]);
      expect(await bus.trim()).toBe(2);
      expect((await hear(bus, 'new', 1)).map(numberOf)).toEqual([2]);
    });

    it('given messages younger than the retention, when everybody has handled them, then they stay for the groups to come', async () => {
      let now = 0;
      const bus = open({ now: () => now });
      await bus.publish('t', [numbered(0)]);
      await hear(bus, 'g', 1);
      now = 30 * DAY;
      expect(await bus.trim()).toBe(0);
      expect(await hear(bus, 'new', 1)).toHaveLength(1);
    });
  });

  describe('in a process that ends', () => {
    /** Publishes one message after the other and says so; a group handles them and says so. */
    const program = `
      import { EmbeddedBus } from ${JSON.stringify(resolve(__dirname, 'bus.ts'))};
      const bus = new EmbeddedBus(process.argv[2]);
      process.once('SIGTERM', () => void bus.close());
      const say = (what, n) => process.stdout.write(what + ' ' + n + '\\n');
      await bus.subscribe({ group: 'g', topics: ['t'], handle: async ({ value }) => say('handled', value.n), signal: new AbortController().signal });
      const publish = (n) => bus.publish('t', [{ key: 'k', value: { n }, headers: {} }]).then(() => (say('published', n), publish(n + 1)), () => undefined);
      await publish(0);`;

    const start = (env: Readonly<Record<string, string>> = {}) => {
      const outfile = join(folder, 'program.mjs');
      buildSync({
        stdin: { contents: program, resolveDir: __dirname, loader: 'ts' },
        tsconfig: resolve(__dirname, '../../../../tsconfig.json'),
        bundle: true,
        platform: 'node',
        format: 'esm',
        banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(__filename)});` },
        outfile,
      });
      return spawn(process.execPath, [outfile, file], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    };

    it('given a process told to end while it publishes and handles, when it has closed the bus, then the file alone is left', async () => {
      const [data, temporary] = [join(folder, 'data'), join(folder, 'temporary')];
      for (const made of [data, temporary]) mkdirSync(made);
      file = join(data, 'bus.db');
      const child = start({ TMPDIR: temporary, SQLITE_TMPDIR: temporary });
      createInterface({ input: child.stdout }).on('line', (line) => line === 'handled 20' && child.kill('SIGTERM'));
      expect(await once(child, 'exit')).toEqual([0, null]);
      expect(readdirSync(data)).toEqual(['bus.db']);
      expect(readdirSync(temporary)).toEqual([]);
    });

    it('given a process killed while it publishes and handles, when the file is opened again, then no acknowledged message is missing and the group goes on without a gap', async () => {
      const child = start();
      let published = -1;
      let handled = -1;
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => {
        const [what, n] = line.split(' ');
        if (what === 'published') published = Number(n);
        else handled = Number(n);
        if (published >= 300 && handled >= 100) child.kill('SIGKILL');
      });
      await Promise.all([once(child, 'exit'), once(lines, 'close')]);

      const bus = open();
      const everything = (await hear(bus, 'new', published + 1)).map(numberOf);
      expect(everything).toEqual(Array.from({ length: published + 1 }, (_, n) => n));
      // The group's own place is at or before what it said it had handled.
      await bus.publish('t', [numbered(-1)]);
      const rest = await new Promise<readonly number[]>((done) => {
        const heard: number[] = [];
        const handle = async (message: Delivered): Promise<void> => {
          heard.push(numberOf(message));
          if (numberOf(message) === -1) done(heard);
        };
        void bus.subscribe({ group: 'g', topics: ['t'], handle, signal: forEver });
      });
      expect(rest[0] === -1 ? published + 1 : rest[0]).toBeLessThanOrEqual(handled + 1);
      for (let place = 1; place < rest.length - 1; place += 1) expect(rest[place]).toBe(rest[place - 1]! + 1);
    });
  });
});
