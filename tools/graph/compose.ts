import { composeServices } from '@apollo/composition';
import { typesOf } from '@hospital/service';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'graphql';
import { NODES_GRAPH, nodesTypes } from '../../apps/gateway/src/nodes';

export const CONTEXTS = ['workorders', 'assets', 'inventory', 'energy', 'staffing'] as const;
export const SUPERGRAPH = 'apps/gateway/src/supergraph.graphql';

/** All that a context promises in the graph: one file per noun. */
export function promisedBy(name: string, root: string): string {
  const folder = join(root, `apps/${name}/src/api`);
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
  return files
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

/** The supergraph of the contexts' promises as they stand in this checkout. @throws naming what does not fit together */
export function compose(root: string): string {
  const services = CONTEXTS.map((name) => ({
    name,
    // Where a context is, is a setting of the gateway; the graph only knows its name.
    url: `http://${name}/graphql`,
    typeDefs: typesOf(promisedBy(name, root)),
  }));
  const nodes = { name: NODES_GRAPH, url: 'http://gateway/graphql', typeDefs: parse(nodesTypes) };
  const { supergraphSdl, errors } = composeServices([...services, nodes]);
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl!;
}
