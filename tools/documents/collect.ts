import { createHash } from 'node:crypto';
import { Kind, parse } from 'graphql';

/** Documents of a front-end's source: a .graphql file is one, and so is what stands in gql`…` of a .ts or .tsx file. */
export function documentsOf(path: string, text: string): readonly string[] {
  const found = path.endsWith('.graphql')
    ? [text]
    : [...text.matchAll(/(?:\bgql|\bgraphql\(|\/\* GraphQL \*\/)\s*`([^`]*)`/g)].map(([, inner]) => inner!);
  return found.filter((document) => asksSomething(path, document));
}

/** One of fragments alone cannot be asked. @throws naming the file */
function asksSomething(path: string, document: string): boolean {
  if (document.includes('${')) throw new Error(`${path}: a document that is put together while it runs has no hash`);
  try {
    return parse(document).definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

/** Documents by the SHA-256 of their text, in the order of the hashes, so that the file changes only when they do. */
export const byHash = (documents: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    documents.map((one) => [createHash('sha256').update(one).digest('hex'), one] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
