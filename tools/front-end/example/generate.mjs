/** Schema (SDL) on standard input, types of the operations beside this file on standard output: no server and no network is needed. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { codegen } from '@graphql-codegen/core';
import * as typedDocuments from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const document = parse(readFileSync(new URL('operations.graphql', import.meta.url), 'utf8'));
process.stdout.write(
  await codegen({
    filename: 'graphql.ts',
    schema: parse(await text(process.stdin)),
    documents: [{ document }],
    config: {
      useTypeImports: true,
      enumsAsTypes: true,
      skipTypename: true,
      strictScalars: true,
      scalars: { ID: 'string', DateTime: 'string', JSON: 'unknown' },
    },
    plugins: [{ operations: {} }, { typedDocuments: {} }],
    pluginMap: { operations, typedDocuments },
  }),
);
