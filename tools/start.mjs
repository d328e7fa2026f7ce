/** `npm start`: builds where what builds is installed, and runs the suite in this very process. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = fileURLToPath(new URL('../dist/standalone.js', import.meta.url));
const require = createRequire(import.meta.url);
/** Milliseconds until it is noticed that who started this is gone. */
const WATCH = 500;
const parent = process.ppid;

function canBuild() {
  try {
    return require.resolve('esbuild') !== '';
  } catch {
    return false;
  }
}

if (canBuild()) {
  const { status } = spawnSync(process.execPath, ['tools/build.mjs'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
} else if (!existsSync(program)) {
  process.stderr.write('Nothing is built, and what builds is not installed: npm ci --include=dev && npm run build (docs/operating.md)\n');
  process.exit(1);
}
// npm passes a signal to its shell, which ends without passing it on: whoever stops npm means the suite. One that has been told already
// is not told again, since a second signal ends it at once.
if (process.env.npm_lifecycle_event !== undefined) {
  const watching = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, WATCH).unref();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      clearInterval(watching);
      // Nobody else listens yet.
      if (process.listenerCount(signal) === 1) process.exit(1);
    });
}
require(program);
