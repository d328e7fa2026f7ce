import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentsIn } from '../../apps/gateway/src/trusted-documents';
import { byHash, documentsOf } from './collect';

describe('given the source of a front-end', () => {
  it('when documents are looked for, then those that ask something are found, letter by letter', () => {
    expect(documentsOf('a.graphql', 'query A { a }\n')).toEqual(['query A { a }\n']);
    expect(documentsOf('a.graphql', 'fragment F on A { a }')).toEqual([]);
    const source = 'const A = gql`{ a }`; const B = graphql(`\n  mutation { b }`); const C = /* GraphQL */ `{ c }`; const d = `{ d }`;';
    expect(documentsOf('a.tsx', source)).toEqual(['{ a }', '\n  mutation { b }', '{ c }']);
  });

  it.each([
    ['is put together while it runs', `gql\`{ a \${b} }\``],
    ['is none', 'gql`{ a`'],
  ])('when a document %s, then the file is named', (_, source) => {
    expect(() => documentsOf('page.ts', source)).toThrow('page.ts: ');
  });

  it('when they are kept by their hash, then the gateway takes them, and the order of the files does not matter', () => {
    expect(JSON.stringify(byHash(['{ a }', '{ b }']))).toBe(JSON.stringify(byHash(['{ b }', '{ a }', '{ a }'])));
    const folder = mkdtempSync(join(tmpdir(), 'documents-'));
    writeFileSync(join(folder, 'd.json'), JSON.stringify(byHash(['{ a }', '{ b }'])));
    expect([...documentsIn(join(folder, 'd.json')).values()].sort()).toEqual(['{ a }', '{ b }']);
    rmSync(folder, { recursive: true });
  });
});
