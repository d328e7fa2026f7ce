import { askInCircles } from './closed-loop';
import { serveContexts, serveEcho } from './contexts';
import { type Figure, table } from './figures';
import { gatewayFigures } from './gateway.bench';
import { liveFigures } from './live.bench';
import { generate, type Load } from './load';
import { startFigures } from './start.bench';
import { storeFigures } from './store.bench';
import { fill, rebuild, viewFigures } from './views.bench';
import { visibleFigures } from './visible.bench';

const BENCHES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  store: storeFigures,
  views: viewFigures,
  visible: visibleFigures,
  start: startFigures,
  live: liveFigures,
  gateway: gatewayFigures,
};

/** Parts of benches that run as processes of their own and answer in JSON. */
const PROGRAMS: Readonly<Record<string, (...parameters: string[]) => Promise<unknown>>> = {
  fill: (folder = '') => fill(folder),
  rebuild: (folder = '', view = '') => rebuild(folder, view),
  load: (load = '') => generate(JSON.parse(load) as Load),
  ask: (file = '') => askInCircles(file),
};

/** Others that serve until they are told to end. */
const SERVERS: Readonly<Record<string, (parameter: string) => Promise<void>>> = { contexts: serveContexts, echo: serveEcho };

/** `node dist/bench.js [bench …]`: all of them unless told. Needs the other programs in dist/. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const [name = '', ...parameters] = wanted;
  const serve = SERVERS[name];
  if (serve) return serve(parameters[0] ?? '');
  const part = PROGRAMS[name];
  if (part) return void process.stdout.write(JSON.stringify(await part(...parameters)));

  const figures: Figure[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    figures.push(...(await bench()));
  }
  process.stdout.write(`\n${table(figures)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
