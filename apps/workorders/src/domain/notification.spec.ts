import { DAY, HOUR, MINUTE, personal, plus } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { type News, notification, type NotificationEvent } from './notification';

const T0 = '2026-03-01T00:00:00.000Z';
const at = (ms: number): string => plus(T0, ms);
const system = commandsBy({ id: 'system', kind: 'system', roles: [] });
const dispatcher = commandsBy({ id: 'pn_zhao', kind: 'person', roles: ['dispatcher'] });
const { given } = rulesOf(notification);

const news: News = {
  recipientId: 'pn_wang',
  channel: 'e-mail',
  address: personal('pn_wang', 'wang@hospital.example'),
  aboutId: 'wo_1',
  orderId: 'wo_1',
  kind: 'WorkOrderCompleted',
  text: '工单 wo_1 已完工，请评价',
  textEn: 'Work order wo_1 is done; please rate it',
};
const request = { news, recordedAt: T0, quiet: false, exercise: false };
const requested: NotificationEvent = { type: 'NotificationRequested', data: { ...news, nextAt: T0 } };
const suppressed = (because: 'drill' | 'out-of-date' | 'quiet'): NotificationEvent => ({
  type: 'NotificationSuppressed',
  data: { because },
});
const failed = (attempt: number, when: number, next: number | null): NotificationEvent => ({
  type: 'DeliveryFailed',
  data: { attempt, reason: 'HTTP_500', at: at(when), nextAt: next === null ? null : at(next) },
});
const failure = (attempt: number, hopeless = false) => ({ attempt, reason: 'HTTP_500', hopeless });
const givenUp = (attempts: number): NotificationEvent => ({ type: 'NotificationGivenUp', data: { attempts } });
const retried: NotificationEvent = { type: 'NotificationRetried', data: { nextAt: at(DAY) } };
const delivered: NotificationEvent = { type: 'NotificationDelivered', data: { attempt: 1, at: T0 } };

describe('what is decided to be told', () => {
  it('is to be delivered at once, and asked for once', () => {
    given()
      .when(system('RequestNotification', request, T0))
      .then(requested);
    given(requested)
      .when(system('RequestNotification', request, T0))
      .then();
  });

  it('is kept and never delivered when it belongs to a drill', () =>
    given()
      .when(system('RequestNotification', request, T0, { drill: true }))
      .then(requested, suppressed('drill')));

  it('is kept and never delivered when it is about an exercise, though whoever did it did not say so', () =>
    given()
      .when(system('RequestNotification', { ...request, exercise: true }, T0))
      .then(requested, suppressed('drill')));

  it('is kept and never delivered when the event was recorded more than a day ago', () => {
    const late: NotificationEvent = { type: 'NotificationRequested', data: { ...news, nextAt: at(DAY + 1) } };
    given()
      .when(system('RequestNotification', request, at(DAY + 1)))
      .then(late, suppressed('out-of-date'));
    given()
      .when(system('RequestNotification', request, at(DAY)))
      .then({ type: 'NotificationRequested', data: { ...news, nextAt: at(DAY) } });
  });

  it('is kept and never delivered to somebody who wants quiet', () =>
    given()
      .when(system('RequestNotification', { ...request, quiet: true }, T0))
      .then(requested, suppressed('quiet')));

  it('stays undelivered when it was suppressed, whoever asks', () => {
    given(requested, suppressed('drill'))
      .when(dispatcher('RetryNotification', {}, T0))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(requested, suppressed('drill'))
      .when(system('RecordDelivery', { attempt: 1 }, T0))
      .then();
  });
});

it('what is for the list alone is delivered with that, unless it is suppressed', () => {
  const listed = { ...news, channel: 'log' as const, address: null };
  const inList: NotificationEvent = { type: 'NotificationRequested', data: { ...listed, nextAt: T0 } };
  given()
    .when(system('RequestNotification', { ...request, news: listed }, T0))
    .then(inList, delivered);
  given()
    .when(system('RequestNotification', { ...request, news: listed, quiet: true }, T0))
    .then(inList, suppressed('quiet'));
});

describe('a delivery', () => {
  it('that arrives is recorded once', () => {
    given(requested)
      .when(system('RecordDelivery', { attempt: 1 }, T0))
      .then(delivered);
    given(requested, delivered)
      .when(system('RecordDelivery', { attempt: 1 }, at(1)))
      .then();
    given(requested, delivered)
      .when(system('RecordDeliveryFailure', failure(1), at(1)))
      .then();
  });

  it('that fails is tried again after 1, 5 and 15 minutes, 1 and 4 hours, and is then given up', () => {
    const waits = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR];
    const history: NotificationEvent[] = [requested];
    let now = 0;
    for (const [n, wait] of waits.entries()) {
      given(...history)
        .when(system('RecordDeliveryFailure', failure(n + 1), at(now)))
        .then(failed(n + 1, now, now + wait));
      history.push(failed(n + 1, now, now + wait));
      now += wait;
    }
    given(...history)
      .when(system('RecordDeliveryFailure', failure(6), at(now)))
      .then(failed(6, now, null), givenUp(6));
  });

  it('that cannot succeed is given up at once', () =>
    given(requested)
      .when(system('RecordDeliveryFailure', failure(1, true), T0))
      .then(failed(1, 0, null), givenUp(1)));

  it('told of twice, or of an attempt that is not the next one, changes nothing', () => {
    given(requested, failed(1, 0, MINUTE))
      .when(system('RecordDeliveryFailure', failure(1), at(1)))
      .then();
    given(requested)
      .when(system('RecordDelivery', { attempt: 2 }, T0))
      .then();
  });
});

describe('what was given up', () => {
  const history = [requested, failed(1, 0, null), givenUp(1)];

  it('is tried again by hand, at once, with all its attempts before it', () => {
    given(...history)
      .when(dispatcher('RetryNotification', {}, at(DAY)))
      .then(retried);
    given(...history, retried)
      .when(dispatcher('RetryNotification', {}, at(DAY)))
      .then();
    given(...history, retried)
      .when(system('RecordDeliveryFailure', failure(2), at(DAY)))
      .then(failed(2, DAY, DAY + MINUTE));
  });

  it('is not delivered before that', () =>
    given(...history)
      .when(system('RecordDelivery', { attempt: 2 }, at(1)))
      .then());

  it('is the only thing to retry', () => {
    given(requested, delivered)
      .when(dispatcher('RetryNotification', {}, T0))
      .thenRejected('WRONG_STATUS', 'input.id');
    given()
      .when(dispatcher('RetryNotification', {}, T0))
      .thenRejected('UNKNOWN_NOTIFICATION', 'input.id');
    given()
      .when(system('RecordDelivery', { attempt: 1 }, T0))
      .thenRejected('UNKNOWN_NOTIFICATION', 'input.id');
  });
});
