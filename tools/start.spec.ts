import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(__dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
const SUITE = `process.on('SIGTERM', () => { console.log('ended cleanly'); process.exit(0); });
  setInterval(() => undefined, 1_000);
  console.log('ready ' + process.argv.slice(2).join(' '));`;

jest.setTimeout(20_000);

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
  mkdirSync(join(folder, 'tools'));
  copyFileSync(join(root, 'tools/start.mjs'), join(folder, 'tools/start.mjs'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: scripts.start } }));
});
afterEach(() => {
  try {
    // All that npm started, should anything of it be left.
    process.kill(-child!.pid!, 'SIGKILL');
  } catch {
    // Nothing is.
  }
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** `npm start -- --empty`; `said` ends only when nobody is left who could say more. */
function npmStart() {
  child = spawn('npm', ['start', '--silent', '--', '--empty'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout! }).on('line', (line) => said.push(line));
  child.stderr!.on('data', (chunk) => said.push(String(chunk).trim()));
  return { said, line: () => once(lines, 'line'), closed: once(child, 'close') };
}

describe('given only what runs is installed', () => {
  it('when it is started with a build there, then that runs, with its words, and a signal to npm ends it', async () => {
    put('dist/standalone.js', SUITE);
    const { said, line, closed } = npmStart();
    await line();
    child!.kill('SIGTERM');
    await closed;
    expect(said).toEqual(['ready --empty', 'ended cleanly']);
  });

  it('when it is started without a build, then it says what to do', async () => {
    const { said, closed } = npmStart();
    expect((await closed)[0]).toBe(1);
    expect(said.join()).toContain('npm ci --include=dev && npm run build');
  });
});

describe('given what builds is installed too', () => {
  beforeEach(() => put('node_modules/esbuild/index.js', ''));

  it('when it is started, then it is built first, whole, and runs', async () => {
    put(
      'tools/build.mjs',
      `import { writeFileSync, mkdirSync } from 'node:fs';
      mkdirSync('dist');
      writeFileSync('dist/standalone.js', ${JSON.stringify(SUITE)});
      console.log('built ' + process.argv.length);`,
    );
    const { said, line, closed } = npmStart();
    await line();
    await line();
    child!.kill('SIGTERM');
    await closed;
    expect(said).toEqual(['built 2', 'ready --empty', 'ended cleanly']);
  });

  it('when the build fails, then nothing runs', async () => {
    put('dist/standalone.js', SUITE);
    put('tools/build.mjs', 'process.exit(3);');
    const { said, closed } = npmStart();
    expect((await closed)[0]).toBe(3);
    expect(said).toEqual([]);
  });
});
