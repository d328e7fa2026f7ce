import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { instant, pause } from '@hospital/kernel';
import { settingsFrom } from '@hospital/service';
import { demoIssuer } from '../../apps/standalone/src/demo-identity';
import { CHART, HELM } from '../chart/helm';
import { FrontEnd } from '../journeys/front-end';
import type { Context, DividedHospital } from '../journeys/hospital';

const RELEASE = 'logistics';
/** Until every pod is ready, and for one that is to go (s). */
const PATIENCE = 180;

/** Why there is no cluster to install the chart in; `undefined` when `npm run cluster` has prepared one. */
export const noCluster = (): string | undefined =>
  process.env['CLUSTER_IMAGE'] === undefined ? 'npm run cluster has not prepared one' : undefined;

export interface ClusterHospital extends DividedHospital {
  kubectl(...args: readonly string[]): Promise<string>;
  /** `helm upgrade`, and until that is everywhere. */
  upgrade(...set: readonly string[]): Promise<void>;
  /** What the chart's own test prints. */
  test(): Promise<string>;
}

/**
 * The suite as its chart installs it, in a namespace of its own that admits "restricted" pods alone, in production and by the clock of
 * the machine; EventStoreDB's stand-in and a real Kafka beside it.
 */
export async function inCluster(): Promise<ClusterHospital> {
  const namespace = `hospital-${randomBytes(3).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'hospital-'));
  const exec = promisify(execFile);
  const kubectl = async (...args: readonly string[]): Promise<string> => (await exec('kubectl', ['-n', namespace, ...args])).stdout;
  const helm = async (...args: readonly string[]): Promise<string> => (await exec(HELM!, ['-n', namespace, ...args])).stdout;
  const apply = async (text: string): Promise<void> => {
    const file = join(folder, 'applied.yaml');
    writeFileSync(file, text);
    await kubectl('apply', '-f', file);
  };
  const ready = (...what: readonly string[]): Promise<string> => kubectl('rollout', 'status', `--timeout=${PATIENCE}s`, ...what);
  const ends: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };

  const install = async (...set: readonly string[]): Promise<void> => {
    const wait = ['--wait', `--timeout=${PATIENCE}s`, '--reset-values'];
    const image = `image.repository=${process.env['CLUSTER_IMAGE']!.replace(':', ',image.tag=')}`;
    await helm(
      'upgrade',
      '--install',
      RELEASE,
      CHART,
      ...wait,
      '--set-string',
      [image, ...VALUES].join(),
      '--set',
      ['photos.size=1Gi', ...set].join(),
    );
  };

  try {
    await kubectl('create', 'namespace', namespace);
    ends.push(() => kubectl('delete', 'namespace', namespace, '--wait=false'));
    await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    await apply(readFileSync(join(__dirname, 'stand-ins.yaml'), 'utf8').replaceAll('IMAGE', process.env['CLUSTER_STAND_INS']!));
    const { AUTH_ISSUER, AUTH_AUDIENCE } = settingsFrom({});
    const issuer = await demoIssuer(folder, AUTH_ISSUER, AUTH_AUDIENCE);
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(issuer.keys));
    writeFileSync(join(folder, 'ca.crt'), '');
    await kubectl('create', 'configmap', 'trust', `--from-file=${folder}/keys.json`, `--from-file=${folder}/ca.crt`);
    const secrets = { MASTER_KEY: randomBytes(32).toString('base64'), EVENTSTORE_URL: 'esdb://eventstoredb:2113?tls=false' };
    const literals = Object.entries(secrets).map(([name, value]) => `--from-literal=${name}=${value}`);
    await kubectl('create', 'secret', 'generic', 'hospital-logistics', ...literals);
    await ready('deployment/eventstoredb');
    await ready('deployment/kafka');
    await install();

    const forward = spawn('kubectl', ['-n', namespace, 'port-forward', `service/${RELEASE}-gateway`, ':4000']);
    ends.push(async () => {
      forward.kill();
      if (forward.exitCode === null && forward.signalCode === null) await once(forward, 'exit');
    });
    const [line] = (await once(createInterface({ input: forward.stdout }), 'line')) as [string];
    const hospital: ClusterHospital = {
      url: `http://127.0.0.1:${/:(\d+) ->/.exec(line)![1]}`,
      token: (subject, ...roles) => issuer.tokenFor(subject, roles),
      passingToken: (subject, ...roles) => issuer.tokenFor(subject, roles, '2s'),
      now: async () => instant(Date.now()),
      advance: async () => {
        throw new Error('production goes by the clock of the machine');
      },
      restart: async () => {
        await kubectl('rollout', 'restart', 'statefulset');
        await ready('statefulset');
        await found();
      },
      kill: async (context: Context) => {
        await kubectl('scale', `statefulset/${RELEASE}-${context}`, '--replicas=0');
        // A second, then SIGKILL: with less its process may outlive what the cluster says of it.
        await kubectl('delete', 'pod', `${RELEASE}-${context}-0`, '--grace-period=1', '--ignore-not-found');
      },
      start: async (context: Context) => {
        await kubectl('scale', `statefulset/${RELEASE}-${context}`, '--replicas=1');
        await ready(`statefulset/${RELEASE}-${context}`);
        await found();
      },
      kubectl,
      upgrade: install,
      test: () => helm('test', RELEASE, '--logs'),
      close,
    };
    const administrator = await FrontEnd.of(hospital, 'administrator', 'administrator');
    const each = '{ assets(first: 1) { totalCount } people(first: 1) { totalCount } workOrders(first: 1) { totalCount } }';
    /** A Service was seen to refuse connections although its pod was ready: what comes after waits until each context answers. */
    const found = async (): Promise<void> => {
      const late = AbortSignal.timeout(PATIENCE * 1_000);
      while ((await administrator.ask(each)).errors.length > 0) {
        late.throwIfAborted();
        await pause(250);
      }
    };
    await found();
    return hospital;
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the chart takes and a test cluster has. */
const VALUES = [
  'settings.AUTH_JWKS=/authorities/keys.json',
  'settings.KAFKA_BROKERS=kafka:9092',
  'authorities.configMap=trust',
  // Journeys ask more often than a person does.
  'services.gateway.settings.RATE_PER_IDENTITY=0',
];
