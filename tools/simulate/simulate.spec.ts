import { MINUTE } from '@hospital/kernel';
import { quantile } from '../bench/figures';
import { type Outcome, simulate } from './hospital';

const p90 = (times: readonly number[]): number => quantile(times, 0.9);

describe('WO-05 given a year of 12 × 300 requests, played through the rules themselves on a virtual clock', () => {
  let year: Outcome;
  beforeAll(async () => {
    year = await simulate({ seed: 2026, months: 12, requestsPerMonth: 300 });
  }, 600_000);

  it('when orders are counted, then none is lost: as many as were submitted, and those that follow from them', () => {
    expect(year.submitted).toBe(3_600);
    const all = Object.values(year.byStatus).reduce((sum, count) => sum + count, 0);
    expect(all - year.followUps).toBe(3_600);
  });

  it('WO-02 when dispatch decisions are timed, then 90 of 100 take 60 seconds or less', () => {
    expect(year.decision.length).toBeGreaterThan(3_400);
    expect(p90(year.decision)).toBeLessThanOrEqual(MINUTE);
  });

  it('ST-02 when the personnel files are held against it, then no job went to somebody without a valid certificate', () => {
    expect(year.needing).toBeGreaterThan(200);
    expect(year.uncertified).toEqual([]);
  });

  it('WO-04 when intake is looked at, then about a quarter was incomplete, and every one could be told', () => {
    expect(year.incomplete / year.submitted).toBeGreaterThan(0.2);
    expect(year.incomplete / year.submitted).toBeLessThan(0.3);
  });
});

it('given the same seed, when a month is played twice, then every event is the same to the byte; given another seed, it is not', async () => {
  const month = (seed: number) => simulate({ seed, months: 1, requestsPerMonth: 300 });
  const [one, same, other] = [await month(7), await month(7), await month(8)];
  expect(same.fingerprint).toBe(one.fingerprint);
  expect(same.events).toBe(one.events);
  expect(other.fingerprint).not.toBe(one.fingerprint);
}, 300_000);
