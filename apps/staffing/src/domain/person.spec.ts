import { personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { person, type PersonEvent } from './person';

const scheduler = commandsBy({ id: 'pn_scheduler', kind: 'person', roles: ['scheduler'] });
const T0 = '2026-03-01T00:00:00.000Z';
const T4 = '2026-03-01T04:00:00.000Z';
const T8 = '2026-03-01T08:00:00.000Z';
const who = { name: personal('pn_1', '陈建国'), phone: null, trade: 'electrician' };
const registered: PersonEvent = { type: 'PersonRegistered', data: who };
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
      .when(scheduler('EndShift', {}, T4))
      .then(ended);
    given(registered, started, ended)
      .when(scheduler('EndShift', {}, T4))
      .then();
    given(registered, started)
      .when(scheduler('EndShift', {}, T8))
      .then();
  });
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
    .when(scheduler('EndShift', {}, T0))
    .thenRejected('UNKNOWN_PERSON', 'input.id');
  given()
    .when(scheduler('ForgetPerson', {}, T0))
    .thenRejected('UNKNOWN_PERSON', 'input.id');
});
