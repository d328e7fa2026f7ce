import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { HOUR, plus, ShiftableClock } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { httpOf, logger, type Role, settingsFrom, start } from '@hospital/service';
import { StaffingModule } from '../app.module';

/** The context with all its pieces, on embedded engines in a folder of each test's own; its clock stands at {@link AT}. */
let folder: string;
let clock: ShiftableClock;
let nest: Awaited<ReturnType<typeof start>>;
/** Up to where the next query wants to see. */
let seen: string | undefined;
let keys = 0;

async function begin(): Promise<void> {
  const settings = settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
  nest = await start(StaffingModule, {
    ...{ settings, clock, log: logger(settings, 'staffing'), masterKey: Buffer.alloc(32, 1) },
    // Whoever says `Bearer pn_1 technician` is that person, with that role.
    verify: async (said = '') => {
      const [, id = '', role = ''] = said.split(' ');
      return { id, kind: 'person', roles: [role as Role] };
    },
  });
  await httpOf(nest).ready();
}
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'staffing-'));
  clock = new ShiftableClock(0, () => Date.parse(AT));
  seen = undefined;
  await begin();
});
afterEach(async () => {
  await nest.close();
  rmSync(folder, { recursive: true });
});

type Row = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
const SCHEDULER = 'pn_scheduler scheduler';

async function ask(
  query: string,
  { as = SCHEDULER, asOf, ...variables }: { as?: string; asOf?: string; [name: string]: unknown } = {},
): Promise<Row> {
  const headers = {
    ...{ 'content-type': 'application/json', authorization: `Bearer ${as}` },
    ...(asOf ? { 'x-as-of': asOf } : {}),
    ...(seen && !query.startsWith('mutation') ? { 'x-wait-for': `staffing=${seen}` } : {}),
  };
  const response = await httpOf(nest).inject({ method: 'POST', url: '/graphql', headers, payload: JSON.stringify({ query, variables }) });
  const { data, errors, extensions } = response.json<{ data?: Row; errors?: readonly Row[]; extensions?: Row }>();
  if (errors) throw new Error(JSON.stringify(errors));
  seen = extensions!['positions']['staffing']['position'] ?? seen;
  return data!;
}

/** Sends a mutation; answers what `fields` says of its entity, or the refusal. */
async function does(name: string, input: Row, { as = SCHEDULER, fields = '', key = `k${(keys += 1)}` } = {}): Promise<Row> {
  const entity =
    /Shift$|Swap$/.test(name) && !/OnCall|start|end/.test(name) ? 'Shift' : /Certificate$/.test(name) ? 'Certificate' : 'Person';
  const type = /OnCall|Gap$/.test(name) ? 'Rota' : entity;
  const wanted = fields || (type === 'Rota' ? 'trade' : 'id');
  const inputType: Row = { acceptSwap: 'ShiftInput', declineSwap: 'ShiftInput', withdrawSwap: 'ShiftInput', endShift: 'PersonInput' };
  const ofInput = { ...inputType, leavePerson: 'PersonInput', forgetPerson: 'PersonInput', acceptOnCallSwap: 'OnCallSlotInput' }[name];
  const shape = ofInput ?? `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const text = `mutation ($input: ${shape}!, $key: ID!) { answer: ${name}(input: $input, idempotencyKey: $key) {
    ... on ${type} { ${wanted} } ... on Rejection { code field } } }`;
  return (await ask(text, { as, input, key }))['answer'] as Row;
}
const person = async (name: string, more: Row = { trade: 'electrician' }): Promise<string> =>
  (await does('registerPerson', { name, ...more }))['id'] as string;

/** Looks again until it is so; what never is, is ended by the test's own limit. */
async function eventually(look: () => Promise<Row>, enough: (found: Row) => boolean): Promise<Row> {
  for (;;) {
    const found = await look();
    if (enough(found)) return found;
    await turn(5);
  }
}

describe('ST-01 people register by trade', () => {
  const HEADCOUNT = '{ headcount { total byTrade { trade people } } }';

  it('given the 85 of the fixture, when they are counted, then the ten without a trade are seen, now and as of any instant', async () => {
    const fixture: readonly (readonly [string | null, number])[] = [
      ['engineer', 12],
      ['cleaner', 35],
      ['guard', 20],
      ['manager', 8],
      [null, 10],
    ];
    const everyone = fixture.flatMap(([trade, count]) => Array.from({ length: count }, () => trade));
    const ids = await Promise.all(everyone.map((trade, n) => person(`员工${n}`, { trade })));
    const byTrade = [
      { trade: 'cleaner', people: 35 },
      { trade: 'engineer', people: 12 },
      { trade: 'guard', people: 20 },
      { trade: 'manager', people: 8 },
      { trade: 'unclassified', people: 10 },
    ];
    expect((await ask(HEADCOUNT))['headcount']).toEqual({ total: 85, byTrade });

    const before = clock.now();
    clock.advance(HOUR);
    expect(await does('leavePerson', { id: ids[0] }, { fields: 'leftAt' })).toEqual({ leftAt: clock.now() });
    expect(await does('addTrade', { id: ids.at(-1), trade: 'cleaner' }, { fields: 'trade trades' })).toEqual({
      trade: 'cleaner',
      trades: ['cleaner'],
    });
    expect((await ask(HEADCOUNT))['headcount']).toMatchObject({
      total: 84,
      byTrade: [{ people: 36 }, { people: 11 }, { people: 20 }, { people: 8 }, { trade: 'unclassified', people: 9 }],
    });
    expect((await ask(HEADCOUNT, { asOf: before }))['headcount']).toEqual({ total: 85, byTrade });
  });

  it('given birth dates, when ages are asked for, then they are computed, and gone once a person is forgotten', async () => {
    const PROFILE = '{ ageProfile { meanAge share50AndOver known unknown } }';
    await person('甲', { birthDate: '1970-01-01' });
    const id = await person('乙', { birthDate: '1990-01-01', phone: '13800000000' });
    await person('丙', {});
    expect((await ask(PROFILE))['ageProfile']).toEqual({ meanAge: 46, share50AndOver: 0.5, known: 2, unknown: 1 });
    expect(await does('registerPerson', { name: '丁', birthDate: '1990-02-30' })).toEqual({
      code: 'INVALID_INPUT',
      field: 'input.birthDate',
    });

    const ONE = 'query ($id: ID!) { person(id: $id) { phone birthDate age history { data } } }';
    const read = async (as: string): Promise<Row> => (await ask(ONE, { id, as }))['person'];
    for (const as of ['pn_2 director', `${id} technician`])
      expect(await read(as)).toMatchObject({ phone: '13800000000', birthDate: '1990-01-01', age: 36 });
    const hidden = await read('pn_2 technician');
    expect(hidden).toMatchObject({ phone: null, birthDate: null, age: null });
    expect(JSON.stringify(hidden)).not.toMatch(/1990|138/);

    await does('forgetPerson', { id }, { as: 'pn_admin administrator' });
    const forgotten = await eventually(
      () => read('pn_2 director'),
      ({ phone }) => phone === '[erased]',
    );
    expect(forgotten).toMatchObject({ birthDate: '[erased]', age: null });
    expect((await ask(PROFILE))['ageProfile']).toMatchObject({ known: 1, unknown: 1 });
  });
});

describe('ST-07 ST-02 what those see who plan nothing', () => {
  it('given somebody is on call, then a dispatcher sees their telephone, and a colleague does not', async () => {
    const people = [await person('陈建国', { trade: 'lift', phone: '13900000001' }), await person('李明', { trade: 'lift' })];
    const rotation = { trade: 'lift', firstDay: '2026-03-01', days: 2, handOverTime: '08:00', people };
    await does('publishOnCall', rotation);
    const query = '{ onCall(trade: "lift", at: "2026-03-01T04:00:00Z") { primary { name phone } } }';
    const seenBy = async (as: string) => (await ask(query, { as }))['onCall'].primary;
    expect(await seenBy('pn_desk dispatcher')).toEqual({ name: '陈建国', phone: '13900000001' });
    expect(await seenBy('pn_2 technician')).toEqual({ name: '陈建国', phone: null });
  });

  it('given an integrator, then what the bus tells of can be read, and what is personal is withheld', async () => {
    const personId = await person('陈建国', { trade: 'lift', phone: '13900000001', birthDate: '1980-01-01' });
    await does('issueCertificate', { personId, kind: 'lift', number: 'T1', validFrom: '2026-03-01', validUntil: '2026-03-31' });
    await does('planShift', { personId, trade: 'lift', from: '2026-03-02T00:00:00Z', until: '2026-03-02T08:00:00Z' });
    await does('declareGap', { trade: 'lift', from: '2026-03-03T00:00:00Z', until: '2026-03-04T00:00:00Z', reason: '外包' });
    const read = await ask(
      `{ people { edges { node { id trade phone birthDate history { type } } } } certificates { edges { node { kind number } } }
        shifts { edges { node { from } } } rota(trade: "lift", from: "2026-03-01T00:00:00Z", until: "2026-03-05T00:00:00Z") { id } }`,
      { as: 'bms integrator' },
    );
    expect(read).toEqual({
      people: { edges: [{ node: { id: personId, trade: 'lift', phone: null, birthDate: null, history: null } }] },
      certificates: { edges: [{ node: { kind: 'lift', number: null } }] },
      shifts: { edges: [{ node: { from: '2026-03-02T00:00:00.000Z' } }] },
      rota: [],
    });
  });
});

describe('ST-02 certificates', () => {
  const COVERAGE = `query ($at: DateTime) { certificateCoverage(kind: "high-voltage", at: $at) {
    overall { people holders rate } byTrade { trade people holders rate onShift onShiftHolders } } }`;

  it('given one that ends at midnight, when that comes, then coverage of the trade and the shift falls at that instant', async () => {
    const [chen] = [await person('陈建国'), await person('李明'), await person('吴秀英', { trade: 'cleaner' })];
    await does('startShift', { id: chen, until: '2026-04-30T00:00:00Z' });
    const certificate = { personId: chen, kind: 'high-voltage', number: 'T3201', validFrom: '2023-04-01', validUntil: '2026-03-31' };
    const fields = 'id validUntil valid number';
    const issued = await does('issueCertificate', certificate, { fields });
    expect(issued).toMatchObject({ validUntil: '2026-03-31T16:00:00.000Z', valid: true, number: 'T3201' });

    const electricians = async (at: string): Promise<Row> =>
      (await ask(COVERAGE, { at }))['certificateCoverage'].byTrade.find(({ trade }: Row) => trade === 'electrician');
    expect(await electricians('2026-03-31T15:59:59.999Z')).toMatchObject({
      people: 2,
      holders: 1,
      rate: 0.5,
      onShift: 1,
      onShiftHolders: 1,
    });
    expect(await electricians('2026-03-31T16:00:00Z')).toMatchObject({ holders: 0, rate: 0, onShift: 1, onShiftHolders: 0 });
    expect((await ask(COVERAGE))['certificateCoverage'].overall).toEqual({ people: 3, holders: 1, rate: 1 / 3 });

    const OF_PERSON = `query ($id: ID!, $at: DateTime) { person(id: $id) { certificates(validAt: $at) { id number } } }`;
    const held = async (at: string): Promise<Row> =>
      (await ask(OF_PERSON, { id: chen, at, as: 'pn_2 technician' }))['person'].certificates as Row;
    expect(await held('2026-03-31T15:59:59.999Z')).toEqual([{ id: issued['id'], number: null }]);
    expect(await held('2026-03-31T16:00:00Z')).toEqual([]);
  });

  it('given somebody goes home within a planned shift, then that is recorded once, and coverage of the shift falls at that instant', async () => {
    const chen = await person('陈建国');
    await does('planShift', { personId: chen, trade: 'electrician', from: plus(AT, -HOUR), until: plus(AT, 7 * HOUR) });
    const onShift = async (at: string): Promise<Row> =>
      (await ask(COVERAGE, { at }))['certificateCoverage'].byTrade.find(({ trade }: Row) => trade === 'electrician').onShift;
    expect(await onShift(AT)).toBe(1);
    clock.advance(HOUR);
    const gone = clock.now();
    for (let times = 0; times < 2; times += 1) await does('endShift', { id: chen });
    const { history } = (await ask('query ($id: ID!) { person(id: $id) { history { type occurredAt } } }', { id: chen }))['person'];
    expect(history.slice(1)).toEqual([{ type: 'PersonShiftEnded', occurredAt: gone }]);
    expect(await Promise.all([AT, plus(gone, -1), gone, plus(gone, HOUR)].map(onShift))).toEqual([1, 1, 0, 0]);
  });

  it('given the days printed on one, then they are told as days, in its own zone, beside the instants', async () => {
    const chen = await person('陈建国');
    const printed = { personId: chen, kind: 'lift', number: 'T1', validFrom: '2026-03-01', validUntil: '2026-03-31' };
    const fields = 'id firstDay lastDay validUntil';
    const days = { firstDay: '2026-03-01', lastDay: '2026-03-31' };
    const { id, ...here } = await does('issueCertificate', printed, { fields });
    expect(here).toEqual({ ...days, validUntil: '2026-03-31T16:00:00.000Z' });
    const away = await does('issueCertificate', { ...printed, zone: 'America/New_York' }, { fields });
    expect(away).toMatchObject({ ...days, validUntil: '2026-04-01T04:00:00.000Z' });
    expect(await does('renewCertificate', { id, validUntil: '2027-02-28' }, { fields })).toMatchObject({ ...days, lastDay: '2027-02-28' });
  });

  it('given one is revoked for the past, when the past is asked as it was known then, then it still counted', async () => {
    const chen = await person('陈建国');
    const certificate = { personId: chen, kind: 'lift', number: 'T1', validFrom: '2023-04-01', validUntil: '2029-03-31' };
    const { id } = await does('issueCertificate', certificate);
    const known = clock.now();
    clock.advance(24 * HOUR);
    const revoked = await does(
      'revokeCertificate',
      { id, from: '2026-01-01T00:00:00+08:00', reason: '复审不合格' },
      { fields: 'valid revokedFrom' },
    );
    expect(revoked).toEqual({ valid: false, revokedFrom: '2025-12-31T16:00:00.000Z' });
    const ONE = 'query ($id: ID!) { certificate(id: $id) { valid person { id } } certificates(filter: { kind: "lift" }) { totalCount } }';
    expect(await ask(ONE, { id })).toEqual({ certificate: { valid: false, person: { id: chen } }, certificates: { totalCount: 1 } });
    expect((await ask(ONE, { id, asOf: known }))['certificate']).toMatchObject({ valid: true });
    expect(await does('renewCertificate', { id, validUntil: '2032-03-31' })).toEqual({ code: 'REVOKED', field: 'input.id' });
  });
});

describe('ST-03 levels', () => {
  it('given junior and a passed exam, when the effective date has come, then middle, and not before', async () => {
    const id = await person('陈建国');
    await does('grantSkillLevel', { id, trade: 'electrician', level: 'JUNIOR', fromDate: '2026-01-01' });
    const promotion = { id, trade: 'electrician', level: 'MIDDLE', fromDate: '2026-04-01', examId: 'ex_1' };
    const fields = 'now: levels { level } then: levels(at: "2026-04-01T00:00:00+08:00") { trade level from examId }';
    expect(await does('grantSkillLevel', promotion, { fields })).toEqual({
      now: [{ level: 'JUNIOR' }],
      then: [{ trade: 'electrician', level: 'MIDDLE', from: '2026-03-31T16:00:00.000Z', examId: 'ex_1' }],
    });
    expect(await does('grantSkillLevel', { ...promotion, level: 'SENIOR', fromDate: '2026-05-01', examId: null })).toEqual({
      code: 'EXAM_REQUIRED',
      field: 'input.examId',
    });
    expect(await does('grantSkillLevel', { ...promotion, from: '2026-05-01T00:00:00Z' })).toEqual({
      code: 'INVALID_INPUT',
      field: 'input.fromDate',
    });
  });
});

describe('ST-19 shifts', () => {
  const hours = { trade: 'electrician', from: plus(AT, 24 * HOUR), until: plus(AT, 32 * HOUR) };

  it('given a shift, when the person is planned again too close to it, then that is refused, though nobody waited in between', async () => {
    const personId = await person('陈建国');
    const { id } = await does('planShift', { ...hours, personId });
    expect(await does('planShift', { ...hours, personId })).toEqual({ code: 'SHIFT_OVERLAPS', field: 'input.personId' });
    const next = { ...hours, personId, from: plus(hours.until, 9 * HOUR), until: plus(hours.until, 12 * HOUR) };
    expect(await does('planShift', next)).toEqual({ code: 'REST_TOO_SHORT', field: 'input.personId' });
    expect(await does('cancelShift', { id, reason: '停诊' }, { fields: 'status' })).toEqual({ status: 'CANCELLED' });
    expect(await does('planShift', next)).toMatchObject({ id: expect.stringMatching(/^sh_/) });
  });

  it('given many wishes at once for one person and time, when all is done, then one shift stands', async () => {
    const personId = await person('陈建国');
    await Promise.all(Array.from({ length: 5 }, () => does('planShift', { ...hours, personId })));
    const PLANNED = '{ shifts(filter: { status: PLANNED }) { totalCount } }';
    const found = await eventually(
      () => ask(PLANNED),
      ({ shifts }) => shifts.totalCount === 1,
    );
    expect(found).toEqual({ shifts: { totalCount: 1 } });
  });

  it('given a swap, when it is accepted, then the shift is the other one’s; sent again, it is answered again', async () => {
    const [chen, li] = [await person('陈建国'), await person('李明')];
    const { id } = await does('planShift', { ...hours, personId: chen });
    expect(await does('offerSwap', { id, toPersonId: li }, { as: `${chen} technician`, fields: 'offeredTo { id }' })).toEqual({
      offeredTo: { id: li },
    });
    const OFFERED = 'query ($id: ID!) { shifts(filter: { offeredTo: $id }) { edges { node { id } } } }';
    expect((await ask(OFFERED, { id: li }))['shifts'].edges).toEqual([{ node: { id } }]);
    const accepting = { as: `${li} technician`, fields: 'person { id } offeredTo { id }', key: 'accept' };
    for (let times = 0; times < 2; times += 1)
      expect(await does('acceptSwap', { id }, accepting)).toEqual({ person: { id: li }, offeredTo: null });
  });

  it('given a shift is offered to anybody, when it is looked for, then it is found, and the first to take it has it', async () => {
    const [chen, li] = [await person('陈建国'), await person('李明')];
    const { id } = await does('planShift', { ...hours, personId: chen });
    await does('offerSwap', { id }, { as: `${chen} technician` });
    const OPEN = '{ shifts(filter: { swapOpen: true, trade: "electrician" }) { edges { node { id offeredTo { id } } } } }';
    expect((await ask(OPEN))['shifts'].edges).toEqual([{ node: { id, offeredTo: null } }]);
    for (let times = 0; times < 2; times += 1)
      expect(await does('acceptSwap', { id }, { as: `${li} technician`, fields: 'person { id }', key: 'mine' })).toEqual({
        person: { id: li },
      });
    expect((await ask(OPEN))['shifts'].edges).toEqual([]);
  });

  it('given a swap that would leave too little rest, when it is accepted, then it is refused with the rule', async () => {
    const [chen, li] = [await person('陈建国'), await person('李明')];
    await does('planShift', { ...hours, personId: li, from: plus(hours.until, 2 * HOUR), until: plus(hours.until, 6 * HOUR) });
    const { id } = await does('planShift', { ...hours, personId: chen });
    await does('offerSwap', { id, toPersonId: li }, { as: `${chen} technician` });
    expect(await does('acceptSwap', { id }, { as: `${li} technician` })).toEqual({ code: 'REST_TOO_SHORT', field: 'input.id' });
  });
});

describe('ST-07 on call', () => {
  const ON_CALL = `query ($at: DateTime) { onCall(trade: "electrician", at: $at) {
    primary { id } backup { id } gap { declared reason from until } } }`;
  const GAPS = `query ($from: DateTime!, $until: DateTime!) { onCallGaps(from: $from, until: $until) { from until declared reason } }`;
  const week = { from: '2026-03-02T00:00:00.000Z', until: '2026-03-09T00:00:00.000Z' };
  const rotation = { trade: 'electrician', firstDay: '2026-03-02', days: 7, handOverTime: '08:00' };
  const staffed = async () => [await person('陈建国'), await person('李明'), await person('王志强')];

  it('given a published week, when any hour of it is asked for, then there is one primary and one back-up; after it, a gap', async () => {
    const people = await staffed();
    const fields = `trade slots(from: "${week.from}", until: "${week.until}") { primary { id } }`;
    const published = await does('publishOnCall', { ...rotation, people }, { fields });
    expect(published['slots'].map(({ primary }: Row) => people.indexOf(primary.id))).toEqual([0, 1, 2, 0, 1, 2, 0]);
    for (let hour = 0; hour < 7 * 24; hour += 5) {
      const { onCall } = await ask(ON_CALL, { at: plus(week.from, hour * HOUR) });
      const turn = Math.floor(hour / 24);
      expect(onCall).toEqual({ primary: { id: people[turn % 3] }, backup: { id: people[(turn + 1) % 3] }, gap: null });
    }
    expect((await ask(ON_CALL, { at: week.until }))['onCall']).toMatchObject({
      primary: null,
      backup: null,
      gap: { declared: false, reason: 'not planned' },
    });
    expect((await ask(GAPS, week))['onCallGaps']).toEqual([]);
    expect(await does('publishOnCall', { ...rotation, people })).toEqual({ code: 'SLOT_OVERLAPS', field: 'input.firstDay' });
    expect(await does('publishOnCall', { ...rotation, trade: '电工', people })).toEqual({ code: 'INVALID_INPUT', field: 'input.trade' });
    expect(
      (await ask('{ scheduleQuality(trade: "electrician") { score covered people { overloaded } } }'))['scheduleQuality'],
    ).toMatchObject({
      covered: expect.closeTo(1 / 52, 5),
      people: [{ overloaded: true }, { overloaded: false }, { overloaded: false }],
    });
  });

  it('given a whole year, when it is published at once, then every day of it is there', async () => {
    const people = await staffed();
    const year = { from: week.from, until: plus(week.from, 366 * 24 * HOUR) };
    const fields = `slots(from: "${year.from}", until: "${year.until}") { id }`;
    const published = await does('publishOnCall', { ...rotation, days: 366, people }, { fields });
    expect(new Set(published['slots'].map(({ id }: Row) => id)).size).toBe(366);
    expect((await ask(GAPS, year))['onCallGaps']).toEqual([]);
    await expect(ask(GAPS, { ...year, until: plus(week.from, 401 * 24 * HOUR) })).rejects.toThrow('PERIOD_TOO_LONG');
  });

  it('given somebody on call leaves, when that is known, then their days are gaps, and as of before they are not', async () => {
    const people = await staffed();
    await does('publishOnCall', { ...rotation, people });
    const before = clock.now();
    clock.advance(HOUR);
    await does('leavePerson', { id: people[2] });
    const { onCallGaps } = await eventually(
      () => ask(GAPS, week),
      ({ onCallGaps: found }) => found.length > 0,
    );
    // Primary on the third and sixth day, back-up on the second and fifth.
    expect(onCallGaps).toEqual([
      { from: plus(week.from, 24 * HOUR), until: plus(week.from, 72 * HOUR), declared: false, reason: 'not planned' },
      { from: plus(week.from, 96 * HOUR), until: plus(week.from, 144 * HOUR), declared: false, reason: 'not planned' },
    ]);
    expect((await ask(GAPS, { ...week, asOf: before }))['onCallGaps']).toEqual([]);
  });

  it('given a declared gap, when it is read, then it says why', async () => {
    const people = await staffed();
    await does('publishOnCall', { ...rotation, days: 2, people });
    const gap = { trade: 'electrician', from: plus(week.from, 48 * HOUR), until: week.until, reason: '外包电工驻场' };
    expect(await does('declareGap', { ...gap, from: week.from })).toEqual({ code: 'ON_CALL_PLANNED', field: 'input.from' });
    await does('declareGap', gap);
    expect((await ask(GAPS, week))['onCallGaps']).toEqual([{ from: gap.from, until: gap.until, declared: true, reason: gap.reason }]);
    expect((await ask(ON_CALL, { at: gap.from }))['onCall'].gap).toEqual({
      declared: true,
      reason: gap.reason,
      from: gap.from,
      until: gap.until,
    });
  });

  it('given a swap of a post and a restart in the middle, when it is accepted, then the other one is called', async () => {
    const [chen, li, wang] = (await staffed()) as [string, string, string];
    await does('publishOnCall', { ...rotation, people: [chen, li] });
    const ROTA = `query ($from: DateTime!, $until: DateTime!) { rota(trade: "electrician", from: $from, until: $until) {
      id primary { id } backup { id } offer { post to { id } } } }`;
    const slotId = (await ask(ROTA, week))['rota'][0].id as string;
    const slot = { trade: 'electrician', slotId };
    await does('offerOnCallSwap', { ...slot, post: 'BACKUP', toPersonId: wang }, { as: `${li} technician` });
    expect((await ask(ROTA, week))['rota'][0]).toMatchObject({ offer: { post: 'BACKUP', to: { id: wang } } });
    await nest.close();
    await begin();
    for (let times = 0; times < 2; times += 1)
      expect(await does('acceptOnCallSwap', slot, { as: `${wang} technician`, key: 'accept' })).toEqual({ trade: 'electrician' });
    expect((await ask(ROTA, week))['rota'][0]).toEqual({ id: slotId, primary: { id: chen }, backup: { id: wang }, offer: null });
  });
});

describe('the duty ledger', () => {
  it('given a month, when it is read, then hours planned, served and on call each open to what is behind them', async () => {
    const [chen, li] = [await person('陈建国'), await person('李明')];
    const shift = await does('planShift', {
      personId: chen,
      trade: 'electrician',
      from: '2026-03-10T00:00:00Z',
      until: '2026-03-10T08:00:00Z',
    });
    await does('publishOnCall', { trade: 'electrician', firstDay: '2026-03-20', days: 2, handOverTime: '08:00', people: [chen, li] });
    await does('startShift', { id: chen, until: plus(AT, 8 * HOUR) });
    clock.advance(6 * HOUR);
    await does('endShift', { id: chen });
    const LEDGER = `query ($id: ID!, $month: String!) { dutyLedger(personId: $id, month: $month) {
      plannedHours servedHours primaryHours backupHours entries { kind plannedAs hours } person { name } } }`;
    const { dutyLedger } = await ask(LEDGER, { id: chen, month: '2026-03' });
    expect(dutyLedger).toMatchObject({ plannedHours: 8, servedHours: 6, primaryHours: 24, backupHours: 24, person: { name: '陈建国' } });
    expect(dutyLedger.entries.map(({ kind, hours }: Row) => [kind, hours])).toEqual([
      ...[
        ['SERVED', 6],
        ['PLANNED', 8],
      ],
      ...[
        ['PRIMARY', 24],
        ['BACKUP', 24],
      ],
    ]);
    expect(dutyLedger.entries[1].plannedAs).toBe(shift['id']);
    const CALENDAR = `query ($id: ID!) { person(id: $id) { calendar(from: "2026-03-01T00:00:00Z", until: "2026-04-01T00:00:00Z") } }`;
    expect((await ask(CALENDAR, { id: chen }))['person'].calendar.match(/BEGIN:VEVENT/g)).toHaveLength(3);
    expect((await ask(LEDGER, { id: chen, month: '2026-04' }))['dutyLedger']).toMatchObject({ plannedHours: 0, entries: [] });
    expect(await ask(LEDGER, { id: 'pn_nobody', month: '2026-03' })).toEqual({ dutyLedger: null });
    await expect(ask(LEDGER, { id: chen, month: '2026-13' })).rejects.toThrow('INVALID_INPUT');
  });
});
