import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BadSetting, refuse } from '@hospital/service';
import { z } from 'zod';

/** Documents by the SHA-256 of their text. */
export type Documents = ReadonlyMap<string, string>;

export const hashOf = (document: string): string => createHash('sha256').update(document).digest('hex');

const shape = z.record(z.string(), z.string());

/** The setting TRUSTED_DOCUMENTS, as `npm run documents` writes it. @throws {BadSetting} */
export function documentsIn(file: string): Documents {
  try {
    const documents = Object.entries(shape.parse(JSON.parse(readFileSync(file, 'utf8'))));
    for (const [hash, document] of documents) if (hashOf(document) !== hash) throw new Error(`${hash} is not the SHA-256 of its document`);
    return new Map(documents);
  } catch (error) {
    throw new BadSetting(`TRUSTED_DOCUMENTS: ${(error as Error).message}`);
  }
}

interface Body {
  query?: unknown;
  extensions?: { persistedQuery?: { sha256Hash?: unknown } | undefined } | null;
}

/** Puts the document that a hash stands for in its place. @throws {GraphQLError} UNTRUSTED_DOCUMENT */
export function takeTrusted(documents: Documents, body: Body): void {
  const said = body.extensions?.persistedQuery?.sha256Hash;
  const known = documents.get(typeof body.query === 'string' ? hashOf(body.query) : typeof said === 'string' ? said : '');
  // Who says both means one.
  if (known === undefined || (said !== undefined && said !== hashOf(known)))
    throw refuse('UNTRUSTED_DOCUMENT', 'Only documents that were registered run here.', 'query');
  body.query = known;
  if (body.extensions) delete body.extensions.persistedQuery;
}
