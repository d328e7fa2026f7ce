import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { torture } from './torture';

const root = join(__dirname, '../..');
const KILLS = 50;

describe('the suite under a scripted load', () => {
  beforeAll(() => {
    execFileSync(process.execPath, ['tools/build.mjs', 'torture'], { cwd: root });
  });

  it(
    `given commands in flight, when it is killed ${KILLS} times, then every acknowledged command is there once, every limit that ` +
      'passed is recorded with its due instant, every event is told and every view is the fold of the streams',
    async () => {
      const report = await torture({ kills: KILLS, seed: 20260301, program: join(root, 'dist/torture.js') });
      expect(report.faults).toEqual([]);
      expect(report).toMatchObject({ kills: KILLS, checks: expect.any(Number) });
      expect(report.killsInStart).toBeGreaterThan(0);
      expect(report.commands).toBeGreaterThan(KILLS);
      expect(report.repeated).toBeGreaterThan(0);
      expect(report.breaches).toBeGreaterThan(0);
    },
    10 * 60_000,
  );
});
