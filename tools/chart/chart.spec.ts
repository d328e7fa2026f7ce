import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsFrom } from '@hospital/service';
import { contexts, root } from '../house-plan';
import { type KubernetesObject, objectsIn, obstacle, render } from './helm';

/** The chart as Helm renders it: no cluster is needed for what can be read from that. */
const EXAMPLES = join(root, 'k8s/examples');
const examples = readdirSync(EXAMPLES).filter((file) => file.endsWith('.values.yaml'));
const values = (name: string): string => join(EXAMPLES, name);
const SMALL = values('small.values.yaml');

if (obstacle !== undefined) console.warn(`The chart is not rendered: ${obstacle}`);
const rendering = obstacle === undefined ? describe : describe.skip;

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly key: string; readonly optional?: boolean } };
}
interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly securityContext: object;
}
const podsIn = (objects: readonly KubernetesObject[]): readonly { readonly containers: readonly Container[] }[] =>
  objects.flatMap(({ kind, spec }) => (/^(StatefulSet|Deployment)$/.test(kind) ? [spec.template.spec] : kind === 'Pod' ? [spec] : []));
const containersIn = (rendered: string): readonly Container[] => podsIn(objectsIn(rendered)).flatMap(({ containers }) => containers);
const programsIn = (rendered: string): readonly Container[] => containersIn(rendered).filter(({ name }) => name !== 'test');
const named = <One extends { readonly name: string }>(all: readonly One[], name: string): One => all.find((one) => one.name === name)!;

const SECRETS: Readonly<Record<string, string>> = {
  MASTER_KEY: Buffer.alloc(32).toString('base64'),
  EVENTSTORE_URL: 'esdb://eventstore.hospital.lan:2113',
  KAFKA_SASL: 'scram-sha-512:logistics:secret',
  NOTIFY_WEBHOOK_SECRET: 'thirty-two characters or some more',
  NOTIFY_SMTP_URL: 'smtps://mail.hospital.lan',
};
/** With every secret there may be, but mail where nobody sends any. */
const environmentOf = ({ env }: Container): Readonly<Record<string, string>> => {
  const all = Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [name, value ?? SECRETS[valueFrom?.secretKeyRef?.key ?? ''] ?? 'pod-0']),
  );
  return all['NOTIFY_FROM'] === undefined ? { ...all, NOTIFY_SMTP_URL: '' } : all;
};

rendering.each(examples)('given the example %s', (example) => {
  let rendered: string;
  beforeAll(() => (rendered = render([values(example)])));

  it('when it is rendered, then as it is kept in k8s/rendered (WRITE=1 writes it)', () => {
    const kept = join(root, 'k8s/rendered', example.replace('.values.yaml', '.yaml'));
    if (process.env['WRITE'] === '1') writeFileSync(kept, rendered);
    expect(rendered).toBe(readFileSync(kept, 'utf8'));
  });

  it('when its programs are listed, then they are the gateway and each context, once', () => {
    const programs = programsIn(rendered).flatMap(({ args }) => args);
    expect([...programs].sort()).toEqual(['gateway', ...contexts.map(({ name }) => name)].sort().map((name) => `dist/${name}.js`));
  });

  it('when their environments are read as they read them, then each starts with it', () => {
    for (const program of programsIn(rendered)) {
      const environment = environmentOf(program);
      const settings = settingsFrom({ ...environment, NODE_ENV: 'production' });
      expect(settings).toMatchObject({ AUTH_JWKS: 'https://login.hospital.lan/keys', LOG_LEVEL: 'info' });
      const known = [...Object.keys(settings), 'NODE_EXTRA_CA_CERTS', 'NOTIFY_SMTP_URL'];
      expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
    }
  });

  it('when it is asked who gets secrets, then each what it needs, and the gateway none', () => {
    const taken = programsIn(rendered).map(({ name, env }) => [name, env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.key ?? [])]);
    const all = Object.keys(SECRETS);
    const needed = contexts.map(({ name }) => [name, name === 'workorders' ? all : all.slice(0, 3)]);
    expect(Object.fromEntries(taken)).toEqual({ gateway: [], ...Object.fromEntries(needed) });
  });

  it('when the gateway looks for contexts, then each is behind a Service of that name', () => {
    const services = objectsIn(rendered).flatMap(({ kind, metadata }) =>
      kind === 'Service' ? [`http://${metadata.name}:4000/graphql`] : [],
    );
    const { SUBGRAPHS } = environmentOf(named(programsIn(rendered), 'gateway'));
    const found = SUBGRAPHS!.split(',').map((one) => one.split('=') as [string, string]);
    expect(found.map(([name]) => name).sort()).toEqual(contexts.map(({ name }) => name).sort());
    for (const [, url] of found) expect(services).toContain(url);
  });

  it('when Pod Security is "restricted", then every pod is admitted: nothing runs as root, nothing can become it', () => {
    for (const pod of podsIn(objectsIn(rendered)) as readonly (KubernetesObject['spec'] & { containers: readonly Container[] })[]) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
      for (const { securityContext } of pod.containers as readonly Container[])
        expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    }
  });
});

rendering('given values with a mistake in them', () => {
  it.each([
    ['no keys that sign tokens', 'settings.AUTH_JWKS=', 'settings.AUTH_JWKS is missing'],
    ['no Kafka', 'settings.KAFKA_BROKERS=', 'settings.KAFKA_BROKERS is missing'],
    ['two that share photos on one node', 'services.workorders.replicas=2', 'photos.accessMode must be ReadWriteMany'],
    ['an ingress without a name', 'ingress.enabled=true', 'ingress.host'],
    ['no replica', 'services.staffing.replicas=0', 'services.staffing.replicas'],
    ['a program there is not', 'services.billing.replicas=1', 'billing'],
    ['a word that is misspelt', 'ingres.enabled=true', 'ingres'],
    ['a size without a unit', 'photos.size=20', 'photos.size'],
  ])('when there is %s, then that is refused, and named', (_, set, message) => {
    expect(() => render([SMALL], set)).toThrow(message);
  });
});

rendering('given one that is exposed in other ways', () => {
  it('when the network policy is switched off, then there is none', () => {
    expect(objectsIn(render([SMALL], 'networkPolicy.enabled=false')).map(({ kind }) => kind)).not.toContain('NetworkPolicy');
  });

  it('when photos lie in a claim that is there, then none is made, and more than one may share it', () => {
    const rendered = render([SMALL], 'photos.existingClaim=photos-on-nfs', 'services.workorders.replicas=2');
    expect(objectsIn(rendered).map(({ kind }) => kind)).not.toContain('PersistentVolumeClaim');
    expect(rendered).toContain('claimName: photos-on-nfs');
  });
});
