import { parseArgs } from 'node:util';
import { type Generation, StandIn } from './stand-in';

/** The stand-in as a process of its own: prints its url, and serves until it is told to end. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      generation: { type: 'string', default: '24.10' },
    },
  });
  if (values.generation !== '23.10' && values.generation !== '24.10') throw new RangeError('--generation is 23.10 or 24.10');
  const standIn = await StandIn.start({ port: Number(values.port), host: values.host, generation: values.generation satisfies Generation });
  console.log(standIn.url);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void standIn.stop().then(() => process.exit(0)));
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
