import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsFrom } from '@hospital/service';
import { backupsFrom } from '../apps/standalone/src/backup';
import { root } from './house-plan';

const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = text('README.md');
const operating = text('docs/operating.md');
const documents = [readme, ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [text(`docs/${name}`)] : []))];
/** Where settings are read, each by a line `    NAME: z…` of its shape. */
const settings = ['libs/service/src/config.ts', 'apps/standalone/src/demo-settings.ts', 'apps/standalone/src/backup.ts'].flatMap((path) =>
  [...text(path).matchAll(/^ +([A-Z][A-Z_]+): (?:z\b|list|count)/gm)].map(([, name]) => name!),
);

describe('given the settings that programs read', () => {
  it('when they are looked for in the documents, then each is there by its full name', () => {
    expect(settings).toEqual(expect.arrayContaining(['NODE_ENV', 'KAFKA_BROKERS', 'INTAKE_PER_HOUR', 'DEMO_PACE', 'BACKUP_DIR']));
    expect(settings.filter((name) => !documents.some((document) => new RegExp(`\\b${name}\\b`).test(document)))).toEqual([]);
  });

  it('when the README sets some for processes of their own, then each is one of them', () => {
    const example = readme.slice(readme.indexOf('### Each context'), readme.indexOf('## Reading on'));
    const set = [...new Set([...example.matchAll(/\b([A-Z][A-Z_]+)=/g)].map(([, name]) => name!))];
    expect(set).toEqual(expect.arrayContaining(['AUTH_JWKS', 'MASTER_KEY', 'KAFKA_BROKERS', 'EVENTSTORE_URL', 'SUBGRAPHS', 'PORT']));
    expect(set.filter((name) => !settings.includes(name))).toEqual([]);
  });
});

describe('given the page for whoever operates it', () => {
  it('when the README is read, then it leads there', () => expect(readme).toContain('(docs/operating.md)'));

  it('when its environment is used, then production starts with it', () => {
    const [, block] = /```ini\n(NODE_ENV[^]*?)```/.exec(operating)!;
    const set = Object.fromEntries(
      block!
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/).slice(0, 2) as [string, string]),
    );
    expect(Object.keys(set).filter((name) => !settings.includes(name))).toEqual([]);
    const environment = { ...set, MASTER_KEY: Buffer.alloc(32, 1).toString('base64') };
    const read = settingsFrom(environment);
    expect(read).toMatchObject({ NODE_ENV: 'production', AUTH_JWKS: expect.any(String), TRUSTED_PROXIES: ['127.0.0.1'] });
    expect(backupsFrom(environment, read)).toEqual({ folder: '/var/backups/hospital-logistics', hour: 2, keep: 7 });
  });
});
