import { readFileSync, writeFileSync } from 'node:fs';
import { compose, SUPERGRAPH } from './compose';
import { advice, changesSince, PROMISED, promiseOf } from './promise';

// npm run graph [-- --promise]: composes the graph, and says what front-ends would notice; --promise makes it the promised one.
const supergraph = compose('.');
writeFileSync(SUPERGRAPH, supergraph);
process.stdout.write(`${SUPERGRAPH} is up to date\n`);
if (process.argv.includes('--promise')) {
  writeFileSync(PROMISED, promiseOf(supergraph));
  process.stdout.write(`${PROMISED} promises all of it\n`);
} else {
  const noticed = advice(changesSince(readFileSync(PROMISED, 'utf8'), supergraph));
  if (noticed) process.stdout.write(`${noticed}\n`);
}
