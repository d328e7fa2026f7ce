import { build } from 'esbuild';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Programs by name. */
const apps = {
  workorders: 'apps/workorders/src/main.ts',
  staffing: 'apps/staffing/src/main.ts',
  assets: 'apps/assets/src/main.ts',
  inventory: 'apps/inventory/src/main.ts',
  energy: 'apps/energy/src/main.ts',
  gateway: 'apps/gateway/src/main.ts',
  standalone: 'apps/standalone/src/main.ts',
};
/** What those programs run in threads of their own. */
const threads = { planner: 'apps/gateway/src/plan/planner-thread.ts' };
const tools = {
  bench: 'tools/bench/main.ts',
  torture: 'tools/torture/main.ts',
  simulate: 'tools/simulate/main.ts',
  graph: 'tools/graph/main.ts',
  documents: 'tools/documents/main.ts',
  verify: 'tools/evidence/main.ts',
  eventstoredb: 'tools/eventstoredb/server.ts',
  'eventstoredb-allow': 'tools/eventstoredb/allow.ts',
};

/** Packages that an app finds installed: native, or loaded only where they are used, and then once for them and for us. */
const installed = ['libsql', '@eventstore/db-client', '@grpc/grpc-js', 'google-protobuf', 'kafkajs', '@graphql-yoga/render-graphiql'];
/** What Nest looks for and does without. */
const absent = [
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'class-transformer',
  'class-validator',
];

// node tools/build.mjs [program …]: all of them unless told.
const wanted = process.argv.slice(2);
const entriesOf = (programs) =>
  Object.entries(programs).filter(([name, entry]) => (wanted.length === 0 ? existsSync(join(root, entry)) : wanted.includes(name)));

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  loader: { '.graphql': 'text' },
};

if (wanted.length === 0) rmSync(join(root, 'dist'), { recursive: true, force: true });

// An app with its packages in one file, and what runs it. Blanks go, but names and lines stay, so that a stack can be read; notices
// move to a file of their own, so that the bundle is ASCII: V8 keeps every other text at two bytes a character.
await build({
  ...common,
  entryPoints: [...entriesOf(apps), ...Object.entries(threads)].map(([name, entry]) => ({ in: entry, out: `${name}.bundle` })),
  external: [...installed, ...absent],
  minifyWhitespace: true,
  lineLimit: 160,
  legalComments: 'linked',
});
for (const name of [...entriesOf(apps).map(([name]) => name), ...Object.keys(threads)])
  copyFileSync(join(root, 'tools/launch.cjs'), join(root, `dist/${name}.js`));

await build({
  ...common,
  entryPoints: entriesOf(tools).map(([name, entry]) => ({ in: entry, out: name })),
  // jose is published as ES modules only; older Node 20 cannot require those.
  external: Object.keys({ ...dependencies, ...devDependencies }).filter((name) => name !== 'jose'),
});
