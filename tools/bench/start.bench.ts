import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { atMost, type Figure, median } from './figures';
import { inFolder } from './folder';
import { DIST, type Server, startServer } from './programs';
import { startSuite, tokenOf } from './suite';

const ROOT = join(DIST, '..');
const TURNS = 5;

interface Started {
  /** From spawning the process to the first answer (ms). */
  readonly milliseconds: number;
  readonly megabytes: number;
}

async function started(server: Server, query: string, authorization?: string): Promise<Started> {
  try {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: JSON.stringify({ query }),
    });
    const answer = await response.text();
    const milliseconds = performance.now() - server.spawned;
    if (!answer.includes('it_')) throw new Error(`no item in ${answer}`);
    return { milliseconds, megabytes: server.memory() };
  } finally {
    await server.stop();
  }
}

/** All contexts and the gateway, with a folder that is new or was used before. */
async function suiteStarted(data: string): Promise<Started> {
  const server = await startSuite(data);
  return started(server, '{ items { edges { node { id name } } } }', tokenOf(server, 'administrator'));
}

/** The first start after a build compiles, and keeps what it compiled three seconds later; it is not counted. */
async function compileOnce(data: string): Promise<void> {
  const server = await startSuite(data);
  await sleep(4_000);
  await server.stop();
}

/** Nest's GraphQL packages, which nothing of ours needs. */
const PEER_ONLY = { '@nestjs/apollo': '13.4.5', '@nestjs/graphql': '13.4.5' };
const ALSO_OURS = [
  '@apollo/server',
  '@apollo/subgraph',
  '@as-integrations/fastify',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-fastify',
  'graphql',
  'reflect-metadata',
  'rxjs',
];

/** Installs the peer from the npm registry, with our own versions of what both use. @throws {Error} when that fails */
async function installPeer(folder: string): Promise<string> {
  const { dependencies, overrides } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    overrides: unknown;
  };
  const shared = Object.fromEntries(ALSO_OURS.map((name) => [name, dependencies[name]]));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: { ...shared, ...PEER_ONLY }, overrides }));
  await promisify(execFile)('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'], { timeout: 180_000 });
  const file = join(folder, 'subgraph.cjs');
  copyFileSync(join(ROOT, 'tools/bench/peer/subgraph.cjs'), file);
  return file;
}

export const startFigures = (): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    const peer = await installPeer(folder).catch((error: Error) => {
      console.warn(`The plain Nest and Apollo subgraph is missing: its packages could not be installed (${error.message.trim()}).`);
      return undefined;
    });
    await compileOnce(join(folder, 'compiled'));
    const first: Started[] = [];
    const again: Started[] = [];
    const plain: Started[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      if (peer !== undefined) plain.push(await started(await startServer({ file: peer, ready: /graphql\n/ }), '{ items { id name } }'));
      const data = mkdtempSync(join(folder, 'data-'));
      first.push(await suiteStarted(data));
      again.push(await suiteStarted(data));
    }
    const figure = (what: string, unit: string, of: (one: Started) => number, ours: readonly Started[]) => ({
      what,
      unit,
      ours: median(ours.map(of)),
      ...(peer === undefined ? {} : { peer: { what: 'one plain Nest and Apollo subgraph', value: median(plain.map(of)) } }),
    });
    const milliseconds = (one: Started): number => one.milliseconds;
    return [
      { ...figure('suite: start → first answer, new data folder', 'ms', milliseconds, first), goal: atMost(1, 'ratio') },
      { ...figure('suite: start → first answer, known data folder', 'ms', milliseconds, again), goal: atMost(1, 'ratio') },
      { ...figure('suite: memory after start', 'MB', ({ megabytes }) => megabytes, first), goal: atMost(190) },
    ];
  });
