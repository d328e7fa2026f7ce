import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type Graph, plannerOf } from './planner';
import type { Question, Reply } from './planning';

/** A bundle of its own: what runs beside the gateway, so that whoever asks what is known waits for no planning. */
const planner = plannerOf(workerData as Graph);
const say = (reply: Reply): void => parentPort!.postMessage(reply);
say({ types: planner.types });
// Whoever asks what is known comes first. On Linux this is of the thread, elsewhere it would be of all of us.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
parentPort!.on('message', ({ id, query, operationName }: Question) => {
  try {
    say({ id, planned: planner.plan(query, operationName) });
  } catch (error) {
    say({ id, failed: String((error as Error).stack) });
  }
});
