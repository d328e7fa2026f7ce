#!/usr/bin/env node
/**
 * Builds the image, brings it into the cluster that KUBECONFIG names, and makes the journeys that need one: the chart is installed in
 * a namespace of its own, which is removed in the end. Beside it run a real Kafka and, as no EventStoreDB can be had everywhere, its
 * stand-in. Needs docker, kubectl, Java and Maven (for Kafka's jars).
 *
 *   KUBECONFIG=… CLUSTER_LOAD='kind load docker-image' npm run cluster
 *
 * CLUSTER_LOAD: the command that brings images, named behind it, into the cluster. DOCKER_BUILD: more arguments for docker build.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveJars } from '../kafka/kafka.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const SUITE = 'hospital-logistics:test';
const STAND_INS = 'hospital-logistics-stand-ins:test';

const words = (text) => text?.match(/\S+/g) ?? [];
function run(command, args, more = {}) {
  console.log(`> ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...more });
  if (status !== 0) throw new Error(`${command} ended with ${status ?? error}`);
}

const { KUBECONFIG, CLUSTER_LOAD, DOCKER_BUILD } = process.env;
if (!KUBECONFIG || !CLUSTER_LOAD) {
  process.stderr.write('KUBECONFIG and CLUSTER_LOAD: which cluster, and how do images get there?\n');
  process.exit(2);
}
const building = ['build', '--quiet', ...words(DOCKER_BUILD)];
run('docker', [...building, '-f', 'k8s/Dockerfile', '-t', SUITE, '.']);
const context = mkdtempSync(join(tmpdir(), 'stand-ins-'));
try {
  cpSync(await resolveJars(), join(context, 'kafka'), { recursive: true });
  cpSync(join(root, 'dist/eventstoredb.js'), join(context, 'eventstoredb.js'));
  run('docker', [...building, '-f', join(here, 'stand-ins.Dockerfile'), '--build-arg', `SUITE=${SUITE}`, '-t', STAND_INS, context]);
} finally {
  rmSync(context, { recursive: true });
}
const [load, ...how] = words(CLUSTER_LOAD);
run(load, [...how, SUITE, STAND_INS]);
run('npx', ['jest', 'tools/cluster'], {
  env: { ...process.env, CLUSTER_IMAGE: SUITE, CLUSTER_STAND_INS: STAND_INS },
});
