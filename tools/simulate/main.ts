import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { breachList, compare, table, wins } from './compare';
import { type Outcome, type Plan, simulate } from './hospital';

/** `npm run simulate -- --seed 7 --months 1 --requests 3000 --list`: how the rule that ships does beside others; exits 1 when it loses. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '7' },
      months: { type: 'string', default: '1' },
      requests: { type: 'string', default: '3000' },
      list: { type: 'boolean', default: false },
    },
  });
  const [seed, months, requestsPerMonth] = [values.seed, values.months, values.requests].map(Number) as [number, number, number];
  if (![seed, months, requestsPerMonth].every(Number.isSafeInteger) || months < 1 || requestsPerMonth < 1)
    throw new Error('--seed, --months and --requests are whole numbers');
  const compared = await compare({ seed, months, requestsPerMonth }, inThreadOfItsOwn);
  console.log(table(compared));
  if (values.list) console.log(`\n${breachList(compared)}`);
  process.exitCode = wins(compared) ? 0 : 1;
}

/** This program again: each hospital is played on a core of its own, as far as there are any. */
const inThreadOfItsOwn = (plan: Plan): Promise<Outcome> =>
  new Promise((resolve, reject) => new Worker(__filename, { workerData: plan }).once('message', resolve).once('error', reject));

if (isMainThread) void main();
else void simulate(workerData as Plan).then((outcome) => parentPort!.postMessage(outcome));
