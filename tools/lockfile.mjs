/**
 * What may be installed: `node tools/lockfile.mjs [folder]` prints every fault of package.json and package-lock.json there and of
 * docs/dependencies.md, and exits 1 when there is one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Packages that bring an install script, and why they work without it: `npm ci --ignore-scripts` must do. */
const installScripts = {
  '@apollo/protobufjs': 'only warns when a dependent asks for another major',
  '@parcel/watcher': 'its binary is an optional dependency; compiles only when told to by npm_config_build_from_source',
  '@swc/core': 'its binary is an optional dependency; the script only looks for a fallback',
  esbuild: 'its binary is an optional dependency; the script only replaces the launcher by it',
  nx: 'only refreshes a client of a cloud that nx.json switches off',
  protobufjs: 'only warns when a dependent asks for another major',
  'unrs-resolver': 'its binary is an optional dependency; the script only looks for a fallback',
};

/** Direct dependencies that name a range instead of one version, and why. The lockfile still fixes one. */
const ranges = {
  '@grpc/grpc-js': 'the major that the EventStoreDB client brings: the stand-in must speak as it does',
  '@types/jest': 'types only',
  '@types/node': 'types only; the major is the oldest Node we run on',
  'dependency-cruiser': 'a tool: nothing of it ships',
  esbuild: 'a tool: nothing of it ships',
  eslint: 'a tool: nothing of it ships',
  prettier: 'a tool: nothing of it ships',
  'typescript-eslint': 'a tool: nothing of it ships',
};

const licences = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Python-2.0',
  'CC-BY-4.0',
  'CC0-1.0',
]);
/** Source-available, not open source; stated in the README. All of it belongs to the query planner in apps/gateway, and to its peer. */
const elastic = new Set([
  '@apollo/gateway',
  '@apollo/composition',
  '@apollo/federation-internals',
  '@apollo/query-graphs',
  '@apollo/query-planner',
]);

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

function* faultsOf(manifest, lock, explained) {
  const direct = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const packages = Object.entries(lock.packages).filter(([place]) => place !== '');

  const root = { ...lock.packages['']?.dependencies, ...lock.packages['']?.devDependencies };
  for (const name of new Set([...Object.keys(direct), ...Object.keys(root)]))
    if (direct[name] !== root[name])
      yield `${name}: package.json says ${direct[name]}, package-lock.json says ${root[name]}; run npm install`;

  for (const [name, version] of Object.entries(direct))
    if (!EXACT.test(version) && !ranges[name]) yield `${name}: ${version} is a range; name one version, or say why in tools/lockfile.mjs`;
  for (const name of Object.keys(ranges))
    if (direct[name] === undefined || EXACT.test(direct[name])) yield `${name}: tools/lockfile.mjs explains a range that is not there`;

  const scripted = new Set();
  for (const [place, { resolved, integrity, hasInstallScript, license, link }] of packages) {
    const name = nameOf(place);
    if (resolved !== undefined)
      yield `${place}: names where it was downloaded from (${resolved}); install with omit-lockfile-registry-resolved`;
    if (!link && !/^sha512-/.test(integrity ?? '')) yield `${place}: has no sha512 digest`;
    if (hasInstallScript) {
      scripted.add(name);
      if (!installScripts[name])
        yield `${place}: brings an install script; find out whether it works without, and say so in tools/lockfile.mjs`;
    }
    const terms = (license ?? 'none').replace(/[()]/g, '').split(/ (?:AND|OR) /);
    if (!terms.every((term) => licences.has(term)) && !(license === 'Elastic-2.0' && elastic.has(name)))
      yield `${place}: licence ${license ?? 'unknown'}`;
  }
  for (const name of Object.keys(installScripts))
    if (!scripted.has(name)) yield `${name}: tools/lockfile.mjs explains an install script that is not there`;

  for (const name of Object.keys(direct)) if (!explained.has(name)) yield `${name}: docs/dependencies.md does not say what it is for`;
  for (const name of explained)
    if (direct[name] === undefined) yield `${name}: docs/dependencies.md explains a dependency that is not there`;
}

/** One line each: "- `name`: what for; why not our own, or another." */
const explainedIn = (markdown) => new Set([...markdown.matchAll(/^- `([^`]+)`: [^;]+; .+\.$/gm)].map(([, name]) => name));

export function lockfileFaults(folder) {
  const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
  return [...faultsOf(JSON.parse(read('package.json')), JSON.parse(read('package-lock.json')), explainedIn(read('docs/dependencies.md')))];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = lockfileFaults(process.argv[2] ?? '.');
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
