import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { GraphPath } from '@apollo/query-graphs';
import { type Graph, plannerOf } from './planner';
import type { Question, Reply } from './planning';

/** How long this thread computes at a stretch, and how long it then does nothing (ms). */
const STRETCH = 0.5;
const PAUSE = 0.05;
const NOTHING = new Int32Array(new SharedArrayBuffer(4));

/**
 * Where there are fewer cores than threads, Linux lets whoever computes go on for up to a tick (4 ms), whatever its priority, while
 * those who answer what is known wait for the core. A thread that waits gives it away at once.
 */
let rested = performance.now();
function rest(): void {
  if (performance.now() - rested < STRETCH) return;
  Atomics.wait(NOTHING, 0, 0, PAUSE);
  rested = performance.now();
}

/** The library's search, most of the time it takes, asks nobody; but its paths grow by this, step by step. */
const { add } = GraphPath.prototype;
GraphPath.prototype.add = function (...step) {
  rest();
  return add.apply(this, step);
};

/** A bundle of its own: what runs beside the gateway, so that whoever asks what is known waits for no planning. */
const planner = plannerOf(workerData as Graph, rest);
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
