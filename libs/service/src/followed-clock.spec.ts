import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUR, millis, MINUTE, plus } from '@hospital/kernel';
import { BadSetting, settingsFrom } from './config';
import { followedClock } from './followed-clock';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clock-'));
  file = join(folder, 'clock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('given a file that says how far ahead the clock is', () => {
  it('when the clock is asked, then it is that far ahead of the machine, also after the file has changed', () => {
    writeFileSync(file, `${HOUR}\n`);
    const clock = followedClock(file);
    for (const ahead of [HOUR, HOUR + 30 * MINUTE]) {
      writeFileSync(file, String(ahead));
      const before = Date.now();
      const asked = millis(clock.now()) - ahead;
      expect([before <= asked, asked <= Date.now()]).toEqual([true, true]);
    }
  });

  it('when somebody waits for an instant and the file moves past it, then the waiting ends', async () => {
    writeFileSync(file, '0');
    const clock = followedClock(file);
    const due = plus(clock.now(), 30 * MINUTE);
    const waiting = clock.until(due, new AbortController().signal);
    writeFileSync(file, String(31 * MINUTE));
    await waiting;
    expect(clock.now() >= due).toBe(true);
  });

  it('when the file goes back, or holds something else for a while, then the clock does not', () => {
    writeFileSync(file, String(HOUR));
    const clock = followedClock(file);
    const before = clock.now();
    for (const text of ['0', '', 'soon', '-5']) {
      writeFileSync(file, text);
      expect(clock.now() >= before).toBe(true);
    }
    rmSync(file);
    expect(clock.now() >= before).toBe(true);
  });
});

describe('given a file that says nothing of the kind', () => {
  it.each(['', 'PT30M', '-1', '1.5', '1e9'])('when it holds "%s", then the clock is refused', (text) => {
    writeFileSync(file, text);
    expect(() => followedClock(file)).toThrow(BadSetting);
  });

  it('when there is none, then the clock is refused', () => {
    expect(() => followedClock(file)).toThrow(/^DEMO_CLOCK_FILE: /);
  });
});

describe('given the settings', () => {
  it('when production is to follow a demo clock, then that is refused', () => {
    expect(() => settingsFrom({ NODE_ENV: 'production', DEMO_CLOCK_FILE: file })).toThrow(/^DEMO_CLOCK_FILE: /);
    expect(settingsFrom({ NODE_ENV: 'test', DEMO_CLOCK_FILE: file }).DEMO_CLOCK_FILE).toBe(file);
    expect(settingsFrom({ NODE_ENV: 'production' }).DEMO_CLOCK_FILE).toBeUndefined();
  });
});
