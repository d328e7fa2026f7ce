import { readFileSync } from 'node:fs';
import { type Clock, ShiftableClock } from '@hospital/kernel';
import { BadSetting } from './config';

/** How often (ms) whoever waits for an instant looks whether the clock was moved past it. */
const LOOK_EVERY = 50;

/**
 * A clock that is ahead of the machine's by as many milliseconds as a file says, so that a demo or a test moves the clocks of
 * several processes at once. The file is read at every question: an answer knows of whatever was moved before it was asked for.
 *
 * @throws {BadSetting} the file is not there, or holds something else
 */
export function followedClock(file: string): Clock {
  let ahead = aheadIn(file) ?? -1;
  if (ahead < 0) throw new BadSetting(`DEMO_CLOCK_FILE: ${file} does not hold a whole number of milliseconds`);
  const clock = new ShiftableClock(0, () => Date.now() + (ahead = Math.max(ahead, aheadIn(file) ?? 0)));
  setInterval(() => clock.advance(0), LOOK_EVERY).unref();
  return clock;
}

function aheadIn(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
