import { personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { type Level, levelAt, person, type PersonEvent } from './person';

const scheduler = commandsBy({ id: 'pn_scheduler', kind: 'person', roles: ['scheduler'] });
const T0 = '2026-03-01T00:00:00.000Z';
const T4 = '2026-03-01T04:00:00.000Z';
const T8 = '2026-03-01T08:00:00.000Z';
const who = { name: personal('pn_1', '陈建国'), phone: null, birthDate: null, trades: ['electrician', 'plumber'], employedFrom: null };
const registered: PersonEvent = { type: 'PersonRegistered', data: { ...who, trade: 'electrician' } };
const started: PersonEvent = { type: 'PersonShiftStarted', data: { trade: 'electrician', from: T0, until: T8 } };
const ended: PersonEvent = { type: 'PersonShiftEnded', data: { at: T4 } };
const forgotten: PersonEvent = { type: 'PersonForgotten', data: {} };
const { given } = rulesOf(person);

it('a person is registered once', () => {
  given()
    .when(scheduler('RegisterPerson', who, T0))
    .then(registered);
  given(registered)
    .when(scheduler('RegisterPerson', who, T0))
    .thenRejected('ALREADY_REGISTERED', 'idempotencyKey');
});

describe('a shift', () => {
  it('starts now and ends later', () => {
    given(registered)
      .when(scheduler('StartShift', { until: T8 }, T0))
      .then(started);
    given(registered)
      .when(scheduler('StartShift', { until: T0 }, T0))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.until');
  });

  it('is not started twice: the same one is fact already, another is refused until it ends', () => {
    given(registered, started)
      .when(scheduler('StartShift', { until: T8 }, T4))
      .then();
    given(registered, started)
      .when(scheduler('StartShift', { until: '2026-03-01T12:00:00.000Z' }, T4))
      .thenRejected('ON_SHIFT', 'input.id');
    given(registered, started)
      .when(scheduler('StartShift', { until: '2026-03-01T16:00:00.000Z' }, T8))
      .then({ type: 'PersonShiftStarted', data: { trade: 'electrician', from: T8, until: '2026-03-01T16:00:00.000Z' } });
  });

  it('ends once', () => {
    given(registered, started)
      .when(scheduler('EndShift', { planned: null }, T4))
      .then(ended);
    given(registered, started, ended)
      .when(scheduler('EndShift', { planned: null }, T4))
      .then();
    given(registered, started)
      .when(scheduler('EndShift', { planned: null }, T8))
      .then();
  });
});

describe('a planned shift', () => {
  const goesHome = (planned: string | null, at: string) => scheduler('EndShift', { planned }, at);

  it('is left once by going home, also when none was started', () => {
    given(registered).when(goesHome(T0, T4)).then(ended);
    given(registered, ended).when(goesHome(T0, T8)).then();
    given(registered, started).when(goesHome(T0, T4)).then(ended);
  });

  it('is left although they went home from one before', () =>
    given(registered, ended)
      .when(goesHome(T8, T8))
      .then({ type: 'PersonShiftEnded', data: { at: T8 } }));
});

describe('a person is forgotten', () => {
  it('once, and goes off shift first', () => {
    given(registered)
      .when(scheduler('ForgetPerson', {}, T4))
      .then(forgotten);
    given(registered, started)
      .when(scheduler('ForgetPerson', {}, T4))
      .then(ended, forgotten);
    given(registered, forgotten)
      .when(scheduler('ForgetPerson', {}, T4))
      .then();
  });

  it('and takes no shift afterwards', () =>
    given(registered, forgotten)
      .when(scheduler('StartShift', { until: T8 }, T0))
      .thenRejected('FORGOTTEN', 'input.id'));
});

it('somebody nobody knows is refused and the field named', () => {
  given()
    .when(scheduler('StartShift', { until: T8 }, T0))
    .thenRejected('UNKNOWN_PERSON', 'input.id');
  given()
    .when(scheduler('EndShift', { planned: null }, T0))
    .thenRejected('UNKNOWN_PERSON', 'input.id');
  given()
    .when(scheduler('ForgetPerson', {}, T0))
    .thenRejected('UNKNOWN_PERSON', 'input.id');
});

describe('ST-01 people register by trade', () => {
  const registering = (more: Partial<typeof who> | { birthDate: ReturnType<typeof personal> }) =>
    scheduler('RegisterPerson', { ...who, ...more }, T0);
  const born = (date: string) => ({ birthDate: personal('pn_1', date) });

  it('given several trades, then the first is the main one and none counts twice', () =>
    given()
      .when(registering({ trades: ['plumber', 'electrician', 'plumber'] }))
      .then({ type: 'PersonRegistered', data: { ...who, trade: 'plumber', trades: ['plumber', 'electrician'] } }));

  it('given none that is known, then the person is unclassified, until a trade is added', () => {
    const unclassified: PersonEvent = { type: 'PersonRegistered', data: { ...who, trade: 'unclassified', trades: [] } };
    const added: PersonEvent = { type: 'PersonTradeAdded', data: { trade: 'cleaner' } };
    given()
      .when(registering({ trades: [] }))
      .then(unclassified);
    given()
      .when(registering({ trades: ['unclassified'] }))
      .then(unclassified);
    given(unclassified)
      .when(scheduler('AddTrade', { trade: 'cleaner' }, T0))
      .then(added);
    given(unclassified, added)
      .when(scheduler('AddTrade', { trade: 'cleaner' }, T0))
      .then();
    given(unclassified, added)
      .when(scheduler('StartShift', { until: T8 }, T0))
      .then({ type: 'PersonShiftStarted', data: { trade: 'cleaner', from: T0, until: T8 } });
    given(unclassified)
      .when(scheduler('AddTrade', { trade: 'unclassified' }, T0))
      .thenRejected('NOT_A_TRADE', 'input.trade');
  });

  it('given a birth date, then it exists and is past, as the calendar in Shanghai has it', () => {
    for (const date of ['1975-02-28', '2026-02-28'])
      given()
        .when(registering(born(date)))
        .then({ type: 'PersonRegistered', data: { ...who, ...born(date), trade: 'electrician' } });
    for (const date of ['1975-02-29', '2026-03-01', '2999-01-01', '75-02-28', '1975-2-8', ''])
      given()
        .when(registering(born(date)))
        .thenRejected('INVALID_BIRTH_DATE', 'input.birthDate');
  });

  it('given a first day that is none, then that is refused', () =>
    given()
      .when(scheduler('RegisterPerson', { ...who, employedFrom: '2026-02-30' }, T0))
      .thenRejected('INVALID_DATE', 'input.employedFrom'));
});

describe('ST-03 three skill levels, with promotion by exam', () => {
  const wish = (level: Level, more: object = {}, at = T4) =>
    scheduler('GrantSkillLevel', { trade: 'electrician', level, from: at, examId: null, reason: null, ...more }, T0);
  const granted = (level: Level, from: string, more: object = {}): PersonEvent => ({
    type: 'SkillLevelGranted',
    data: { trade: 'electrician', level, from, examId: null, reason: null, ...more },
  });
  const exam = { examId: 'ex_1' };

  it('given junior and a passed exam, then middle from the effective date, and not before', () => {
    const history = [granted('junior', T0), granted('middle', T8, exam)];
    given(registered, history[0]!)
      .when(wish('middle', exam, T8))
      .then(history[1]!);
    const levels = history.flatMap((event) => (event.type === 'SkillLevelGranted' ? [event.data] : []));
    expect(levelAt(levels, 'electrician', T4)?.level).toBe('junior');
    expect(levelAt(levels, 'electrician', T8)?.level).toBe('middle');
    expect(levelAt(levels, 'plumber', T8)).toBeUndefined();
    expect(levelAt(levels, 'electrician', '2026-02-28T23:59:59.999Z')).toBeUndefined();
  });

  it('given no exam, or a level left out, then there is no promotion', () => {
    given(registered, granted('junior', T0))
      .when(wish('middle', { reason: '经验丰富' }))
      .thenRejected('EXAM_REQUIRED', 'input.examId');
    given(registered, granted('junior', T0)).when(wish('senior', exam)).thenRejected('LEVEL_SKIPPED', 'input.level');
  });

  it('given the same level, then it is fact already; given one in a trade that is not theirs, then it is refused', () => {
    given(registered, granted('junior', T0)).when(wish('junior')).then();
    given(registered)
      .when(wish('junior', { trade: 'cleaner' }))
      .thenRejected('TRADE_NOT_HELD', 'input.trade');
  });

  it('given a first level above junior, then it takes an exam, or a reason', () => {
    given(registered).when(wish('junior')).then(granted('junior', T4));
    given(registered).when(wish('senior')).thenRejected('EXAM_REQUIRED', 'input.examId');
    given(registered)
      .when(wish('senior', { reason: '入职前已取得高级工' }))
      .then(granted('senior', T4, { reason: '入职前已取得高级工' }));
  });

  it('given a lower level, then it takes a reason', () => {
    given(registered, granted('senior', T0, exam))
      .when(wish('junior'))
      .thenRejected('REASON_REQUIRED', 'input.reason');
    given(registered, granted('senior', T0, exam))
      .when(wish('junior', { reason: '复审不合格' }))
      .then(granted('junior', T4, { reason: '复审不合格' }));
  });

  it('given a level from the same instant or before the latest, then it is refused', () => {
    given(registered, granted('junior', T4))
      .when(wish('middle', exam, T4))
      .thenRejected('NOT_AFTER_LATEST', 'input.from');
    given(registered, granted('junior', T0))
      .when(wish('middle', { ...exam, from: null }, T0))
      .thenRejected('NOT_AFTER_LATEST', 'input.from');
  });

  it('given no instant, then it is in force from now on, in each trade by itself', () =>
    given(registered, granted('senior', '2026-02-01T00:00:00.000Z', exam))
      .when(wish('junior', { trade: 'plumber', from: null }))
      .then(granted('junior', T0, { trade: 'plumber' })));
});

describe('a person leaves', () => {
  const left: PersonEvent = { type: 'PersonLeft', data: { at: T4 } };

  it('once, and goes off shift first', () => {
    given(registered, started)
      .when(scheduler('LeavePerson', {}, T4))
      .then(ended, left);
    given(registered, left)
      .when(scheduler('LeavePerson', {}, T8))
      .then();
  });

  it('and is planned no more, but may be forgotten', () => {
    given(registered, left)
      .when(scheduler('StartShift', { until: T8 }, T4))
      .thenRejected('LEFT', 'input.id');
    given(registered, left)
      .when(scheduler('AddTrade', { trade: 'cleaner' }, T4))
      .thenRejected('LEFT', 'input.id');
    given(registered, left)
      .when(scheduler('ForgetPerson', {}, T8))
      .then(forgotten);
    given(registered, left, forgotten)
      .when(scheduler('LeavePerson', {}, T8))
      .thenRejected('FORGOTTEN', 'input.id');
  });
});
