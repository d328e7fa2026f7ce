import { writeFileSync } from 'node:fs';
import { compose, SUPERGRAPH } from './compose';

writeFileSync(SUPERGRAPH, compose('.'));
process.stdout.write(`${SUPERGRAPH} is up to date\n`);
