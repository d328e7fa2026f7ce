import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { asyncapi } from './document';

const committed = readFileSync(resolve(__dirname, '../../docs/asyncapi.json'), 'utf8');

describe('docs/asyncapi.json', () => {
  it('given the contracts as they are, when the document is made again, then it is the committed one (else run: npm run asyncapi)', () => {
    expect(JSON.parse(committed)).toEqual(asyncapi());
  });

  it('given every reference in it, when it is followed, then something is there', () => {
    const document: unknown = JSON.parse(committed);
    const references = [...committed.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(0);
    const follow = (path: string): unknown =>
      path.split('/').reduce((node: unknown, name) => (node as Readonly<Record<string, unknown>> | undefined)?.[name], document);
    expect(references.filter((path) => follow(path) === undefined)).toEqual([]);
  });
});
