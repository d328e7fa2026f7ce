import { build } from 'esbuild';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Programs by name: one file each in dist/. */
const programs = {
  workorders: 'apps/workorders/src/main.ts',
  staffing: 'apps/staffing/src/main.ts',
  assets: 'apps/assets/src/main.ts',
  inventory: 'apps/inventory/src/main.ts',
  energy: 'apps/energy/src/main.ts',
  gateway: 'apps/gateway/src/main.ts',
  standalone: 'apps/standalone/src/main.ts',
  bench: 'tools/bench/main.ts',
  torture: 'tools/torture/main.ts',
  graph: 'tools/graph/main.ts',
  eventstoredb: 'tools/eventstoredb/server.ts',
};

// node tools/build.mjs [program …]: all of them unless told.
const wanted = process.argv.slice(2);
if (wanted.length === 0) rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: Object.entries(programs)
    .filter(([out, entry]) => (wanted.length === 0 ? existsSync(join(root, entry)) : wanted.includes(out)))
    .map(([out, entry]) => ({ in: entry, out })),
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  loader: { '.graphql': 'text' },
  // jose is published as ES modules only; older Node 20 cannot require those.
  external: Object.keys({ ...dependencies, ...devDependencies }).filter((name) => name !== 'jose'),
});
