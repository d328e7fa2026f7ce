import { readFileSync } from 'node:fs';
import { type Instant, ShiftableClock } from '@hospital/kernel';
import { BadSetting } from './config';

/** How often (ms) a clock that nobody asks looks whether it was moved, to wake whoever waits for an instant. */
const LOOK_EVERY = 50;

/**
 * A clock that is ahead of the machine's by as many milliseconds as a file says, so that a demo or a test moves the clocks of
 * several processes at once. The file is read at every question: an answer knows of whatever was moved before it was asked for.
 */
export class FollowedClock extends ShiftableClock {
  private followed = 0;

  /** @throws {BadSetting} the file is not there, or holds something else */
  constructor(private readonly file: string) {
    super();
    if (aheadIn(file) === undefined) throw new BadSetting(`DEMO_CLOCK_FILE: ${file} does not hold a whole number of milliseconds`);
    setInterval(() => this.now(), LOOK_EVERY).unref();
  }

  override now(): Instant {
    const by = (aheadIn(this.file) ?? this.followed) - this.followed;
    if (by > 0) {
      this.followed += by;
      this.advance(by);
    }
    return super.now();
  }
}

function aheadIn(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
