import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { freshFolder } from './testing/opened';

const root = resolve(__dirname, '../../..');
const given = freshFolder();
let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** Starts an app with every piece in a process of its own; `onReady` is what its program goes on with. */
async function processWith(onReady: string) {
  const outfile = join(given.folder, 'program.cjs');
  buildSync({
    stdin: {
      contents: `
        import { endOnSignal, start } from './start';
        import { surroundingsIn, ThingsModule } from './testing/app';
        void start(ThingsModule, surroundingsIn(process.argv[2]!)).then(async (nest) => {
          await nest.listen(0, '127.0.0.1');
          ${onReady}
          console.log(await nest.getUrl());
        });`,
      resolveDir: __dirname,
      loader: 'ts',
    },
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    platform: 'node',
    packages: 'external',
    loader: { '.graphql': 'text' },
    outfile,
  });
  child = spawn(process.execPath, [outfile, given.folder], {
    env: { ...process.env, NODE_PATH: join(root, 'node_modules') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const url = (await lines.next()).value as string;
  return { url, ended, said: async () => (await lines.next()).value as string, kill: (signal: NodeJS.Signals) => child!.kill(signal) };
}

const post = (url: string, query: string, headers: Record<string, string> = {}): Promise<unknown> =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer dispatcher', ...headers },
    body: JSON.stringify({ query }),
  }).then(
    (response) => response.json(),
    () => 'cut off',
  );

describe('given a process with every piece, which has worked and is being asked', () => {
  it('when its app is closed, then nothing is left that keeps it alive, and it ends by itself', async () => {
    const program = await processWith(
      `process.once('SIGTERM', () => void nest.close().then(() => console.log(JSON.stringify(process.getActiveResourcesInfo()))));`,
    );
    const dueAt = '2099-01-01T00:00:00Z';
    await post(program.url, `mutation { makeThing(input: { dueAt: "${dueAt}" }, idempotencyKey: "k") { __typename } }`);
    const waiting = post(program.url, '{ things { totalCount } }', { 'x-wait-for': 'staffing=9999999999999999999' });
    await post(program.url, '{ things { totalCount } }');
    program.kill('SIGTERM');
    const left = JSON.parse(await program.said()) as string[];
    // Sockets take a turn to close, and one that did not would keep the process; a timer would only delay its end.
    expect(left.filter((resource) => resource === 'Timeout')).toEqual([]);
    expect(await program.ended).toEqual([0, null]);
    await waiting;
  });

  it('when it is told to end, then it ends well', async () => {
    const program = await processWith('endOnSignal(() => nest.close());');
    await post(program.url, 'mutation { makeThing(input: {}, idempotencyKey: "k") { __typename } }');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual([0, null]);
  });
});
