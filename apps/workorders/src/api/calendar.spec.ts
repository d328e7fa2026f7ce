import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { millis, ShiftableClock } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { context, graphql, httpOf, logger, settingsFrom, start, views } from '@hospital/service';
import { Module } from '@nestjs/common';
import { calendar } from '../domain/calendar';
import { history } from '../history';
import { calendars } from '../views/calendars';
import types from './calendar.graphql';
import { calendarResolvers } from './calendar.resolver';

@Module({
  imports: [
    context({ name: 'workorders', aggregates: [calendar], history }),
    views(calendars),
    graphql(
      `
        ${types}
        type Person {
          id: ID!
        }
      `,
      calendarResolvers,
    ),
  ],
})
class CalendarsModule {}

const folder = mkdtempSync(join(tmpdir(), 'calendars-'));
let app: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  const settings = settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
  app = await start(CalendarsModule, {
    settings,
    log: logger(settings, 'calendars'),
    clock: new ShiftableClock(0, () => millis(AT)),
    verify: async (authorization) => ({ id: 'pn_1', kind: 'person', roles: authorization === 'administrator' ? ['administrator'] : [] }),
    masterKey: Buffer.alloc(32, 1),
  });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function ask(query: string, variables: object = {}, authorization = 'administrator') {
  const headers = { authorization, 'content-type': 'application/json' };
  const { payload } = await httpOf(app).inject({ method: 'POST', url: '/graphql', headers, payload: JSON.stringify({ query, variables }) });
  return JSON.parse(payload) as { data: Record<string, unknown>; errors?: { extensions: object }[] };
}

const SHOWN = 'id version revision name zone week { weekday hours { from to } } exceptions { date hours { from to } }';
const ANSWER = `{ ... on Calendar { ${SHOWN} } ... on Rejection { code field } }`;
const define = (input: object, key: string, authorization?: string) =>
  ask(
    `mutation($input: DefineCalendarInput!, $key: ID!) { answer: defineCalendar(input: $input, idempotencyKey: $key) ${ANSWER} }`,
    { input, key },
    authorization,
  ).then(({ data }) => data['answer'] as Record<string, unknown>);
const revise = (input: object, key: string) =>
  ask(`mutation($input: ReviseCalendarInput!, $key: ID!) { answer: reviseCalendar(input: $input, idempotencyKey: $key) ${ANSWER} }`, {
    input,
    key,
  }).then(({ data }) => data['answer'] as Record<string, unknown>);
const preview = (calendarId: unknown, from: string, minutes: number) =>
  ask('query($calendarId: ID!, $from: DateTime!, $minutes: Int!) { previewDue(calendarId: $calendarId, from: $from, minutes: $minutes) }', {
    calendarId,
    from,
    minutes,
  });

const hours = [{ from: '08:00', to: '17:00' }];
const office = {
  name: '行政班',
  nameEn: 'Office hours',
  week: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, hours })),
  exceptions: [
    { date: '2026-10-10', hours },
    { date: '2026-10-08', hours: [] },
  ],
};

describe('WO-10 given an administrator', () => {
  it('when a calendar is defined, then it is shown with all seven days, its dates in order, and the zone of the house', async () => {
    const made = await define(office, 'office');
    expect(made).toMatchObject({ version: 1, revision: 0, name: '行政班', zone: 'Asia/Shanghai' });
    expect(made['week']).toEqual([1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, hours: weekday < 6 ? hours : [] })));
    expect(made['exceptions']).toEqual([
      { date: '2026-10-08', hours: [] },
      { date: '2026-10-10', hours },
    ]);
    expect((await define(office, 'office'))['id']).toBe(made['id']);
  });

  it('when it is tried out, then the limit skips what is closed', async () => {
    const { id } = await define(office, 'tried');
    const { data } = await preview(id, '2026-10-07T16:30:00+08:00', 60);
    expect(data['previewDue']).toBe('2026-10-09T00:30:00.000Z');
  });

  it('when it is revised, then it counts by the new hours and has a new version', async () => {
    const { id } = await define(office, 'revised');
    expect(await revise({ ...office, id, zone: 'Europe/Berlin', exceptions: null }, 'longer')).toMatchObject({
      version: 2,
      revision: 1,
      zone: 'Europe/Berlin',
      exceptions: [],
    });
    expect((await preview(id, '2026-10-07T16:30:00+02:00', 60)).data['previewDue']).toBe('2026-10-08T06:30:00.000Z');
  });

  it.each([
    [{ week: [{ weekday: 3, hours: [{ from: '12:00', to: '08:00' }] }] }, 'INVALID_CALENDAR', 'input.week.3'],
    [{ zone: 'Moon/Tranquility' }, 'INVALID_CALENDAR', 'input.zone'],
    [{ exceptions: [{ date: '2026-02-30', hours: [] }] }, 'INVALID_CALENDAR', 'input.exceptions.2026-02-30'],
    [{ week: [] }, 'INVALID_CALENDAR', 'input.week'],
    [{ week: [{ weekday: 8, hours }] }, 'INVALID_INPUT', 'input.week.0.weekday'],
    [{ week: [1, 1].map((weekday) => ({ weekday, hours })) }, 'INVALID_INPUT', 'input.week'],
    [{ exceptions: ['2026-10-01', '2026-10-01'].map((date) => ({ date, hours })) }, 'INVALID_INPUT', 'input.exceptions'],
    [{ name: ' ' }, 'INVALID_INPUT', 'input.name'],
  ])('when %j cannot be meant, then the field is named', async (change, code, field) => {
    expect(await define({ ...office, ...change }, JSON.stringify(change))).toEqual({ code, field });
  });

  it('when a limit would never be reached, then there is no instant; when there is no such calendar, or no such time, that is said', async () => {
    const once = { ...office, week: [{ weekday: 1, hours: [{ from: '08:00', to: '08:01' }] }], exceptions: [] };
    const { id } = await define(once, 'once');
    expect((await preview(id, '2026-10-07T08:00:00Z', 525_600)).data['previewDue']).toBeNull();
    const faults = await Promise.all([
      preview('cl_unknown', '2026-10-07T08:00:00Z', 60),
      preview(id, 'tomorrow', 60),
      preview(id, '2026-10-07T08:00:00Z', -1),
    ]);
    expect(faults.map(({ errors }) => errors![0]!.extensions)).toEqual([
      { code: 'UNKNOWN_CALENDAR', field: 'calendarId' },
      { code: 'INVALID_INPUT', field: 'from' },
      { code: 'INVALID_INPUT', field: 'minutes' },
    ]);
    expect(await revise({ ...office, id: 'cl_unknown' }, 'unknown')).toEqual({ code: 'UNKNOWN_CALENDAR', field: 'input.id' });
  });

  it('when calendars are listed, then by English name, a page at a time', async () => {
    await define({ ...office, nameEn: 'A clinic' }, 'clinic');
    const { data } = await ask('{ calendars(first: 1) { edges { node { nameEn } } pageInfo { hasNextPage } } }');
    expect(data['calendars']).toEqual({ edges: [{ node: { nameEn: 'A clinic' } }], pageInfo: { hasNextPage: true } });
  });
});
