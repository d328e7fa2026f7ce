import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { localTime, loopOf, month, type MonthEvent, windowOf } from './month';

const wang = commandsBy({ id: 'pn_wang', kind: 'person', roles: ['dispatcher'] });
const CLOSING = '2026-04-08T01:00:00.000Z';

const order = (id: string, status: string, reason: string | null = null) => ({ id, status, reason });
const ended = [order('wo_1', 'closed'), order('wo_2', 'closed'), order('wo_3', 'cancelled', '误报'), order('wo_4', 'merged')];
const open = [order('wo_5', 'accepted'), order('wo_6', 'completed')];
const to = (orderId: string, dueOn = '2026-04-20') => ({ orderId, ownerId: 'pn_li', dueOn });
const closing = (data: Partial<Parameters<typeof month.decide>[0]['data']>, at = CLOSING) =>
  wang('CloseMonth', { month: '2026-03', orders: ended, carriedOver: [], ...data }, at);

const closed = (data: Partial<MonthEvent['data']> = {}): MonthEvent => ({
  type: 'MonthClosed',
  data: {
    ...{ month: '2026-03', total: 4, closed: 2, cancelled: 1, merged: 1 },
    ...{ carriedOver: [], closedLoopShare: 1, exceptions: [], at: CLOSING, ...data },
  },
});

const { given } = rulesOf(month);

describe('WO-09 a month is closed', () => {
  it('given every order is closed, merged, or cancelled for a reason, when the month is closed, then its loop is closed entirely', () =>
    given().when(closing({})).then(closed()));

  it('given nothing was reported, then there is no share to speak of', () =>
    given()
      .when(closing({ orders: [] }))
      .then(closed({ total: 0, closed: 0, cancelled: 0, merged: 0, closedLoopShare: null })));

  it('given open orders without owner and date, then it is refused, how many and which is said', () => {
    given()
      .when(closing({ orders: [...ended, ...open] }))
      .thenRejected('MONTH_HAS_OPEN_ORDERS', 'input.carriedOver');
    const many = Array.from({ length: 8 }, (_, n) => order(`wo_1${n}`, 'waiting'));
    expect(month.decide(closing({ orders: many, carriedOver: [to('wo_10')] }), month.initial)).toMatchObject({
      message: '7 open orders have no owner and date to carry them over: wo_11, wo_12, wo_13, wo_14, wo_15, ….',
    });
  });

  it('given each open order is carried over, then each is named as an exception', () =>
    given()
      .when(closing({ orders: [...ended, ...open], carriedOver: [to('wo_6'), to('wo_5')] }))
      .then(
        closed({
          total: 6,
          carriedOver: [to('wo_5'), to('wo_6')],
          closedLoopShare: 4 / 6,
          exceptions: [
            { orderId: 'wo_5', because: 'carried-over' },
            { orderId: 'wo_6', because: 'carried-over' },
          ],
        }),
      ));

  it('given an order was cancelled and nobody said why, then it is an exception too', () =>
    given()
      .when(closing({ orders: [order('wo_1', 'closed'), order('wo_2', 'cancelled', ' ')] }))
      .then(
        closed({
          ...{ total: 2, closed: 1, cancelled: 1, merged: 0, closedLoopShare: 0.5 },
          exceptions: [{ orderId: 'wo_2', because: 'cancelled-without-reason' }],
        }),
      ));

  it('given an order carried over that is not open in the month, or twice, or to a day that has passed, then it is refused', () => {
    const orders = [...ended, ...open];
    const refused = (code: string, ...carriedOver: readonly ReturnType<typeof to>[]) =>
      given().when(closing({ orders, carriedOver })).thenRejected(code, 'input.carriedOver');
    refused('NOT_OPEN_IN_MONTH', to('wo_1'), to('wo_5'), to('wo_6'));
    refused('CARRIED_OVER_TWICE', to('wo_5'), to('wo_5'), to('wo_6'));
    refused('DUE_IN_PAST', to('wo_5', '2026-04-07'), to('wo_6'));
    refused('MONTH_HAS_OPEN_ORDERS', to('wo_5'));
  });

  it('given it was closed, when it is closed with the same orders carried over, then nothing happens; with others it is refused', () => {
    const before = closed({ total: 5, carriedOver: [to('wo_5')], closedLoopShare: 0.8 });
    given(before)
      .when(closing({ carriedOver: [to('wo_5')] }))
      .then();
    given(before).when(closing({})).thenRejected('MONTH_ALREADY_CLOSED', 'input.month');
  });

  it('given the month is not over on the clock on the wall, then it is refused; at its last midnight it is over', () => {
    given().when(closing({}, '2026-03-31T15:59:59.999Z')).thenRejected('MONTH_NOT_OVER', 'input.month');
    given()
      .when(closing({}, '2026-03-31T16:00:00.000Z'))
      .then(closed({ at: '2026-03-31T16:00:00.000Z' }));
  });

  it.each(['2026-13', '2026-00', '2026-3', 'March', ''])('given %p, which is no month, then it is refused', (name) =>
    given()
      .when(closing({ month: name }))
      .thenRejected('INVALID_MONTH', 'input.month'),
  );
});

describe('WO-09 what became of the orders of a month', () => {
  it('given a completed order that nobody rated yet, then it is open', () =>
    expect(loopOf([order('wo_1', 'completed')])).toMatchObject({ total: 1, closed: 0, share: 0, open: [{ id: 'wo_1' }] }));
});

describe('the calendar on the wall', () => {
  it('a month lasts from its first local midnight to the next one', () => {
    expect(windowOf('2026-03')).toEqual({ from: '2026-02-28T16:00:00.000Z', until: '2026-03-31T16:00:00.000Z' });
    expect(windowOf('2025-12')).toEqual({ from: '2025-11-30T16:00:00.000Z', until: '2025-12-31T16:00:00.000Z' });
  });

  it('given a year in which the clocks were put forward, then midnight is still midnight', () => {
    // Shanghai had summer time until 15 September 1991.
    expect(windowOf('1991-09')).toEqual({ from: '1991-08-31T15:00:00.000Z', until: '1991-09-30T16:00:00.000Z' });
  });

  it('an instant is a day and a time there', () =>
    expect(localTime('2026-03-31T23:30:00.000Z')).toEqual({ day: '2026-04-01', time: '07:30' }));
});
