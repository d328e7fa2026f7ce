import fc from 'fast-check';
import { DAY, HOUR, instant, later, millis, MINUTE, pause, plus, ShiftableClock } from './clock';

const START = Date.parse('2026-03-01T04:12:00.000Z');
const ms = fc.integer({ min: 0, max: 4_102_444_800_000 });

describe('instants', () => {
  it('given two instants, when compared as texts, then they sort as the milliseconds do', () => {
    fc.assert(
      fc.property(ms, ms, (a, b) => {
        expect(instant(a) < instant(b)).toBe(a < b);
        expect(later(instant(a), instant(b))).toBe(instant(Math.max(a, b)));
      }),
    );
  });

  it('given an instant, when milliseconds are added, then they are', () => {
    fc.assert(fc.property(ms, fc.integer({ min: -DAY, max: DAY }), (a, more) => millis(plus(instant(a), more)) === a + more));
  });
});

describe('a clock that can be moved ahead', () => {
  const never = new AbortController().signal;
  let machine: number;
  beforeEach(() => {
    jest.useFakeTimers({ now: START });
    machine = START;
  });
  afterEach(() => jest.useRealTimers());

  /** Whether it has resolved once everything that can run has run. */
  const settled = async (waiting: Promise<void>): Promise<boolean> => {
    let done = false;
    void waiting.then(() => (done = true));
    await jest.advanceTimersByTimeAsync(0);
    return done;
  };

  it('given a clock ahead of its machine, when asked, then both are added', () => {
    const clock = new ShiftableClock(HOUR, () => machine);
    expect(clock.now()).toBe(instant(START + HOUR));
    machine += 5;
    expect(clock.advance(MINUTE)).toBe(instant(START + HOUR + MINUTE + 5));
  });

  it('given a machine whose clock is set back, when asked, then it stands still until that has passed', () => {
    let machine = 60_000;
    const clock = new ShiftableClock(0, () => machine);
    const last = clock.now();
    machine -= 50_000;
    expect(clock.now()).toBe(last);
    machine += 60_000;
    expect(clock.now()).toBe(instant(70_000));
  });

  it('given a clock, when moved backwards or by nothing that is a number, then that is refused', () => {
    const clock = new ShiftableClock();
    for (const by of [-1, Number.NaN, -Infinity]) expect(() => clock.advance(by)).toThrow(RangeError);
    expect(clock.now()).toBe(instant(START));
  });

  it('given somebody who waits, when the clock is moved, then only those wake whose instant has come', async () => {
    const clock = new ShiftableClock(0, () => machine);
    const soon = clock.until(instant(START + HOUR), never);
    const far = clock.until(instant(START + 2 * HOUR), never);
    expect(await settled(soon)).toBe(false);
    clock.advance(HOUR);
    expect(await settled(soon)).toBe(true);
    expect(await settled(far)).toBe(false);
    clock.advance(HOUR);
    expect(await settled(far)).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('given an instant that has come, when waited for, then at once', async () => {
    const clock = new ShiftableClock(0, () => machine);
    await clock.until(instant(START), never);
    await clock.until(instant(START - 1), never);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('given somebody who waits, when the signal aborts, before or meanwhile, then the wait ends and leaves no timer', async () => {
    const clock = new ShiftableClock(0, () => machine);
    const stop = new AbortController();
    const waiting = clock.until(instant(START + HOUR), stop.signal);
    stop.abort();
    await waiting;
    await clock.until(instant(START + HOUR), stop.signal);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('given time that passes by itself, when the instant comes, then the wait ends', async () => {
    const clock = new ShiftableClock();
    const waiting = clock.until(instant(START + 90 * MINUTE), never);
    await jest.advanceTimersByTimeAsync(90 * MINUTE - 1);
    expect(await settled(waiting)).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await settled(waiting)).toBe(true);
  });

  it.each(['9999-12-31T23:59:59.999Z', instant(START + 100 * DAY)])(
    'given the far instant %s, when waited for, then no timer overflows, and a moved clock is noticed',
    async (far) => {
      const clock = new ShiftableClock();
      const timers = jest.spyOn(global, 'setTimeout');
      const waiting = clock.until(far, never);
      await jest.advanceTimersByTimeAsync(3 * HOUR);
      expect(await settled(waiting)).toBe(false);
      expect(timers.mock.calls.length).toBeLessThan(10);
      for (const [, delay] of timers.mock.calls) expect(delay).toBeLessThan(2 ** 31);
      timers.mockRestore();
      clock.advance(millis(far) - millis(clock.now()));
      expect(await settled(waiting)).toBe(true);
    },
  );

  it('given a machine clock that is put back, when the timer fires, then the wait goes on', async () => {
    const clock = new ShiftableClock(0, () => machine);
    const waiting = clock.until(instant(START + MINUTE), never);
    machine -= HOUR;
    await jest.advanceTimersByTimeAsync(MINUTE);
    expect(await settled(waiting)).toBe(false);
    machine = START + MINUTE;
    await jest.advanceTimersByTimeAsync(HOUR + MINUTE);
    expect(await settled(waiting)).toBe(true);
  });

  it('given a pause, when it is over or aborted, then it ends and leaves no timer', async () => {
    const stop = new AbortController();
    const [short, aborted] = [pause(50), pause(HOUR, stop.signal)];
    await jest.advanceTimersByTimeAsync(50);
    await short;
    stop.abort();
    await aborted;
    await pause(HOUR, stop.signal);
    expect(jest.getTimerCount()).toBe(0);
  });
});
