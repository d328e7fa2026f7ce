import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byHash, documentsOf } from './collect';

/** npm run documents -- <file or folder …>: the documents of a front-end, for the setting TRUSTED_DOCUMENTS. */
const OUT = 'trusted-documents.json';

const filesIn = (path: string): readonly string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name !== 'node_modules' && !name.startsWith('.'))
        .flatMap((name) => filesIn(join(path, name)))
    : /\.(graphql|tsx?)$/.test(path)
      ? [path]
      : [];

try {
  const paths = process.argv.slice(2);
  if (paths.length === 0) throw new Error('npm run documents -- <file or folder …>');
  const documents = byHash(paths.flatMap(filesIn).flatMap((path) => documentsOf(path, readFileSync(path, 'utf8'))));
  writeFileSync(OUT, `${JSON.stringify(documents, undefined, 2)}\n`);
  process.stdout.write(`${OUT}: ${Object.keys(documents).length} documents\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
