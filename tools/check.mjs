/**
 * Every house rule in one command: `npm run check`, with `-- --fix` to lay out the files first. All steps run, whatever the earlier
 * ones found; exits 1 when one of them failed.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => `node_modules/.bin/${name}`;
const fix = process.argv.includes('--fix');

/** What Nx prints when its rule sees no project graph: then it has checked nothing, and says so only here. */
const UNCHECKED = 'The rule will be skipped';

const steps = [
  { name: 'layout', command: [bin('prettier'), fix ? '--write' : '--check', '--log-level', fix ? 'warn' : 'log', '.'] },
  // Through Nx, which makes the project graph; all projects in one process, since each would read all types again.
  { name: 'lint and project boundaries', command: [bin('nx'), 'run', 'tools:lint-all', '--output-style=static'], refuses: UNCHECKED },
  { name: 'types', command: [bin('tsc'), '-p', '.', '--noEmit', '--pretty', 'false'] },
  { name: 'room boundaries and circles', command: [bin('depcruise'), 'apps', 'libs', 'tools', '--output-type', 'err-long'] },
  { name: 'dependencies', command: [process.execPath, 'tools/lockfile.mjs'] },
];

function run({ command: [program, ...args], refuses }) {
  return new Promise((resolve) => {
    const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => (output += chunk);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ passed: false, output: error.message }));
    child.on('close', (code) => resolve({ passed: code === 0 && !(refuses && output.includes(refuses)), output }));
  });
}

/** Without colours, blank lines and the names of what ran well. */
const telling = (output) =>
  stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(> |- )/.test(line))
    .map((line) => `        ${line.trimEnd()}`)
    .join('\n');

const failed = [];
for (const step of steps) {
  const started = performance.now();
  const { passed, output } = await run(step);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${passed ? 'passed' : 'FAILED'}  ${step.name} (${seconds} s)`);
  if (!passed) {
    failed.push(step.name);
    console.log(telling(output));
  }
}

if (failed.length > 0) {
  console.log(`\n${failed.length} of ${steps.length} checks failed: ${failed.join(', ')}`);
  process.exitCode = 1;
} else console.log(`\nall ${steps.length} checks passed`);
