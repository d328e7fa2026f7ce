import { ledgerOf, monthOf, servedOf } from './duty';
import type { PersonEvent } from './person';
import { ageProfileOf, coverageOf, headcountOf, worksAt } from './workforce';

const members = (trade: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `pn_${trade}_${n}`, trade, trades: trade === 'unclassified' ? [] : [trade] }));
const NOW = '2026-03-01T00:00:00.000Z';

describe('ST-01 headcount by trade (T1)', () => {
  const staff = [...members('engineer', 12), ...members('cleaner', 35), ...members('guard', 20), ...members('manager', 8)];

  it('given 12, 35, 20 and 8 and ten whose trade is not known, then they are 85, and the ten are seen', () =>
    expect(headcountOf([...staff, ...members('unclassified', 10)])).toEqual({
      total: 85,
      byTrade: [
        { trade: 'cleaner', people: 35 },
        { trade: 'engineer', people: 12 },
        { trade: 'guard', people: 20 },
        { trade: 'manager', people: 8 },
        { trade: 'unclassified', people: 10 },
      ],
    }));

  it('given nobody, then that is 0, and unclassified is still named', () =>
    expect(headcountOf([])).toEqual({ total: 0, byTrade: [{ trade: 'unclassified', people: 0 }] }));
});

describe('ST-01 ages (T2)', () => {
  it('given birth dates, then mean and share of 50 and over are of those that are known', () =>
    expect(ageProfileOf(['1976-03-01', '1976-03-02', '2000-01-01', null, '[erased]'], NOW)).toEqual({
      meanAge: (50 + 49 + 26) / 3,
      share50AndOver: 1 / 3,
      known: 3,
      unknown: 2,
    }));

  it('given none is known, then there is no mean', () =>
    expect(ageProfileOf([null], NOW)).toEqual({ meanAge: null, share50AndOver: null, known: 0, unknown: 1 }));
});

describe('ST-02 coverage per trade and shift (T3)', () => {
  it('given a planned shift, then it is worked from its first instant until its last, or until whoever has it goes home', () => {
    const [hour, night, morning] = ['2026-03-01T12:00:00.000Z', '2026-03-01T16:00:00.000Z', '2026-03-02T00:00:00.000Z'] as const;
    const works = (at: string, wentOffAt: string | null) => worksAt(at, { from: hour, until: morning }, wentOffAt);
    expect([works(NOW, null), works(hour, null), works(night, null), works(morning, null)]).toEqual([false, true, true, false]);
    expect([works(hour, night), works(night, night)]).toEqual([true, false]);
    // From an earlier shift, from a later one.
    expect([works(hour, NOW), works(night, morning)]).toEqual([true, true]);
  });

  it('given most cleaners and few electricians hold it, then the rate of each is told, beside the one that hides it', () => {
    const staff = [...members('cleaner', 8), ...members('electrician', 2)];
    const holders = new Set([...staff.slice(0, 8).map(({ id }) => id), 'pn_elsewhere']);
    const onShift = new Set(['pn_cleaner_0', 'pn_electrician_0']);
    expect(coverageOf(staff, holders, onShift)).toEqual({
      overall: { people: 10, holders: 8, rate: 0.8, onShift: 2, onShiftHolders: 1 },
      byTrade: [
        { trade: 'cleaner', people: 8, holders: 8, rate: 1, onShift: 1, onShiftHolders: 1 },
        { trade: 'electrician', people: 2, holders: 0, rate: 0, onShift: 1, onShiftHolders: 0 },
      ],
    });
  });

  it('given somebody of two trades, then they count under both, and once in all', () =>
    expect(
      coverageOf([{ id: 'pn_1', trade: 'electrician', trades: ['electrician', 'plumber'] }], new Set(['pn_1']), new Set()),
    ).toMatchObject({
      overall: { people: 1 },
      byTrade: [
        { trade: 'electrician', holders: 1 },
        { trade: 'plumber', holders: 1 },
      ],
    }));
});

describe('the duty ledger of a month', () => {
  const march = monthOf('2026-03');
  const started = (from: string, until: string): PersonEvent => ({
    type: 'PersonShiftStarted',
    data: { trade: 'electrician', from, until },
  });

  it('given a month, then it is from its first local midnight to the next one’s', () => {
    expect(march).toEqual({ from: '2026-02-28T16:00:00.000Z', until: '2026-03-31T16:00:00.000Z' });
    expect(monthOf('2026-12').until).toBe('2026-12-31T16:00:00.000Z');
    expect(monthOf('2024-02').until).toBe('2024-02-29T16:00:00.000Z');
  });

  it('given shifts that ended early, ended by themselves, or still run, then what was served counts', () => {
    const events: readonly PersonEvent[] = [
      started('2026-03-01T00:00:00.000Z', '2026-03-01T08:00:00.000Z'),
      { type: 'PersonShiftEnded', data: { at: '2026-03-01T06:00:00.000Z' } },
      started('2026-03-02T00:00:00.000Z', '2026-03-02T08:00:00.000Z'),
      started('2026-03-03T00:00:00.000Z', '2026-03-03T08:00:00.000Z'),
    ];
    expect(servedOf(events, '2026-03-03T02:00:00.000Z').map(({ until }) => until)).toEqual([
      '2026-03-01T06:00:00.000Z',
      '2026-03-02T08:00:00.000Z',
      '2026-03-03T02:00:00.000Z',
    ]);
  });

  it('given duties that reach over its edges, then only their part in it counts, and every figure is the sum of what is listed', () => {
    const duty = (kind: 'planned' | 'primary' | 'backup', from: string, until: string) => ({
      kind,
      id: 'x_1',
      trade: 'electrician',
      from,
      until,
    });
    const ledger = ledgerOf(
      [
        duty('primary', '2026-03-31T12:00:00.000Z', '2026-04-01T00:00:00.000Z'),
        duty('planned', '2026-02-28T12:00:00.000Z', '2026-02-28T20:00:00.000Z'),
        duty('backup', '2026-03-10T00:00:00.000Z', '2026-03-11T00:00:00.000Z'),
        duty('planned', '2026-02-10T00:00:00.000Z', '2026-02-11T00:00:00.000Z'),
      ],
      march,
    );
    expect(ledger).toMatchObject({ plannedHours: 4, servedHours: 0, primaryHours: 4, backupHours: 24 });
    expect(ledger.entries.map(({ kind, from, hours }) => [kind, from, hours])).toEqual([
      ['planned', '2026-02-28T16:00:00.000Z', 4],
      ['backup', '2026-03-10T00:00:00.000Z', 24],
      ['primary', '2026-03-31T12:00:00.000Z', 4],
    ]);
  });
});
