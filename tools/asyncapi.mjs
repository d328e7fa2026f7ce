/** Writes docs/asyncapi.json from the contracts; a test says when it has to be run again. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const bundle = await build({
  entryPoints: [path('asyncapi/document.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const { asyncapi } = await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`);
const file = path('../docs/asyncapi.json');
writeFileSync(file, await format(JSON.stringify(asyncapi()), { ...(await resolveConfig(file)), filepath: file }));
