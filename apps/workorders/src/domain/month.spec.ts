import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { type Ask, isRejection, type JsonObject, type Query, type Recorded } from '@hospital/kernel';
import { months } from '../views/months';
import { timeline } from '../views/timeline';
import { type CarriedOver, localTime, loopOf, month, type MonthEvent, ordersOfMonth, windowOf } from './month';

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
    ...{ month: '2026-03', total: 4, closed: 2, cancelled: 1, merged: 1, broughtForward: 0 },
    orderIds: ['wo_1', 'wo_2', 'wo_3', 'wo_4'],
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
      .then(closed({ total: 0, closed: 0, cancelled: 0, merged: 0, orderIds: [], closedLoopShare: null })));

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
          ...{ total: 6, orderIds: ['wo_1', 'wo_2', 'wo_3', 'wo_4', 'wo_5', 'wo_6'] },
          carriedOver: [to('wo_5'), to('wo_6')],
          closedLoopShare: 4 / 6,
          exceptions: [
            { orderId: 'wo_5', because: 'carried-over' },
            { orderId: 'wo_6', because: 'carried-over' },
          ],
        }),
      ));

  it('given orders of months before are still open, then they are beside the total, carried over by name again, and part of the share', () => {
    const orders = [...ended, { ...order('wo_0', 'accepted'), broughtForward: true }];
    given().when(closing({ orders })).thenRejected('MONTH_HAS_OPEN_ORDERS', 'input.carriedOver');
    given()
      .when(closing({ orders, carriedOver: [to('wo_0')] }))
      .then(
        closed({
          ...{ broughtForward: 1, carriedOver: [to('wo_0')], closedLoopShare: 4 / 5 },
          exceptions: [{ orderId: 'wo_0', because: 'carried-over' }],
        }),
      );
  });

  it('given an order was cancelled and nobody said why, then it is an exception too', () =>
    given()
      .when(closing({ orders: [order('wo_1', 'closed'), order('wo_2', 'cancelled', ' ')] }))
      .then(
        closed({
          ...{ total: 2, closed: 1, cancelled: 1, merged: 0, orderIds: ['wo_1', 'wo_2'], closedLoopShare: 0.5 },
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

describe('WO-09 WO-05 which orders a month is closed over', () => {
  /** Months of one hospital, as its read models know them. */
  class Ledger {
    private readonly rows: Readonly<Record<string, Map<string, JsonObject>>> = { timeline: new Map(), months: new Map() };
    private readonly revisions = new Map<string, number>();

    tell(stream: string, type: string, at: string, data: JsonObject = {}, known = at): this {
      const revision = (this.revisions.get(stream) ?? -1) + 1;
      this.revisions.set(stream, revision);
      const metadata = { occurredAt: at, recordedAt: known };
      const event = { type, stream, revision, data: { at, ...data }, metadata } as unknown as Recorded;
      for (const view of [timeline, months].filter(({ categories }) => categories.includes(stream.split('-')[0]!)))
        for (const key of view.keys?.(event) ?? [stream.slice(stream.indexOf('-') + 1)]) {
          const row = view.project(this.rows[view.name]!.get(key) as never, event, key);
          if (row) this.rows[view.name]!.set(key, row);
        }
      return this;
    }

    reported(id: string, at: string, known?: string): this {
      return this.tell(`workOrder-${id}`, 'WorkOrderReported', at, { missing: [] }, known);
    }
    done(id: string, at: string): this {
      return this.tell(`workOrder-${id}`, 'WorkOrderCompleted', at).tell(`workOrder-${id}`, 'WorkOrderRated', at, { stars: 5 });
    }
    reopened(id: string, at: string): this {
      return this.tell(`workOrder-${id}`, 'WorkOrderReopened', at);
    }

    readonly ask: Ask = async (view, { key, where = {} }: Query) =>
      [...this.rows[view]!].flatMap(([id, row]) => {
        const holds = Object.entries(where).every(([column, wanted]) => {
          const value = row[column] as string | null;
          if (wanted === null || typeof wanted !== 'object') return value === wanted;
          if ('in' in wanted) return wanted.in.includes(value);
          return (wanted.from ?? '') <= value! && value! < (wanted.to ?? '~');
        });
        return holds && (key === undefined || [key].flat().includes(id)) ? [{ key: id, row }] : [];
      });

    /** Closes it with every open order carried over; answers with what was recorded, less the day and the owners. */
    async close(name: string, at: string) {
      const orders = await ordersOfMonth(this.ask, name);
      const carriedOver = loopOf(orders).open.map(({ id: orderId }): CarriedOver => ({ orderId, ownerId: 'pn_li', dueOn: '2026-12-31' }));
      const decided = month.decide(wang('CloseMonth', { month: name, orders, carriedOver }, at), month.initial);
      if (isRejection(decided)) throw new Error(decided.message);
      const { data } = decided[0]!;
      this.tell(`month-${name}`, 'MonthClosed', at, data as unknown as JsonObject);
      const { total, closed: ends, broughtForward, closedLoopShare, orderIds } = data;
      return { total, closed: ends, broughtForward, closedLoopShare, orderIds, exceptions: data.exceptions.map(({ orderId }) => orderId) };
    }
  }
  const on = (day: string): string => `2026-${day}T02:00:00.000Z`;

  it('given a paper slip of March that is typed in after March was closed, then April counts it, whatever became of it', async () => {
    const ledger = new Ledger().reported('wo_1', on('03-10')).done('wo_1', on('03-11'));
    expect(await ledger.close('2026-03', on('04-02'))).toMatchObject({ total: 1, orderIds: ['wo_1'] });
    ledger
      .reported('wo_slip', on('03-31'), on('04-05'))
      .done('wo_slip', on('04-06'))
      .reported('wo_2', on('04-10'))
      .done('wo_2', on('04-11'));
    expect(await ledger.close('2026-04', on('05-02'))).toEqual({
      ...{ total: 2, closed: 2, broughtForward: 0, closedLoopShare: 1, orderIds: ['wo_2', 'wo_slip'], exceptions: [] },
    });
  });

  it('given an order that was closed in March and reopened in April, then it is an exception of April, and counts in March alone', async () => {
    const ledger = new Ledger().reported('wo_1', on('03-10')).done('wo_1', on('03-11'));
    await ledger.close('2026-03', on('04-02'));
    ledger.reopened('wo_1', on('04-08'));
    expect(await ledger.close('2026-04', on('05-02'))).toEqual({
      ...{ total: 0, closed: 0, broughtForward: 1, closedLoopShare: 0, orderIds: [], exceptions: ['wo_1'] },
    });
  });

  it('given an order carried over until 10 April, then it is an exception of each month until it is closed', async () => {
    const ledger = new Ledger().reported('wo_1', on('03-10'));
    expect(await ledger.close('2026-03', on('04-02'))).toMatchObject({ total: 1, exceptions: ['wo_1'] });
    ledger.reported('wo_2', on('04-10')).done('wo_2', on('04-11'));
    expect(await ledger.close('2026-04', on('05-02'))).toMatchObject({
      ...{ total: 1, broughtForward: 1, closedLoopShare: 0.5, exceptions: ['wo_1'] },
    });
    ledger.done('wo_1', on('05-03'));
    expect(await ledger.close('2026-05', on('06-02'))).toMatchObject({ total: 0, broughtForward: 0, exceptions: [] });
    // March as it stands now: nothing of it is open any more.
    const march = loopOf(await ordersOfMonth(ledger.ask, '2026-03'));
    expect(march).toMatchObject({ total: 1, closed: 1, broughtForward: 0, open: [], share: 1 });
    expect(loopOf(await ordersOfMonth(ledger.ask, '2026-04'))).toMatchObject({
      total: 1,
      closed: 1,
      broughtForward: 1,
      open: [],
      share: 1,
    });
  });

  it('given months closed in any order, then each order is counted by one of them, and their totals are all that was submitted', async () => {
    const ledger = new Ledger().reported('wo_1', on('01-10')).reported('wo_2', on('02-10')).done('wo_2', on('02-11'));
    ledger.reported('wo_3', on('03-10')).done('wo_3', on('03-11'));
    expect(await ledger.close('2026-03', on('04-02'))).toMatchObject({ total: 1, broughtForward: 1, exceptions: ['wo_1'] });
    ledger.reported('wo_4', on('03-20'), on('04-03'));
    expect(await ledger.close('2026-02', on('04-04'))).toMatchObject({ total: 1, broughtForward: 1, orderIds: ['wo_2'] });
    expect(await ledger.close('2026-01', on('04-05'))).toMatchObject({ total: 1, broughtForward: 0, orderIds: ['wo_1'] });
    expect(await ledger.close('2026-04', on('05-02'))).toMatchObject({ total: 1, broughtForward: 1, exceptions: ['wo_1', 'wo_4'] });
  });

  it('given a month that was closed when months did not name their orders, then it counts those of its own that were known', async () => {
    const ledger = new Ledger().reported('wo_1', on('03-10')).done('wo_1', on('03-11'));
    const before = { month: '2026-03', total: 1, closed: 1, cancelled: 0, merged: 0, carriedOver: [], closedLoopShare: 1, exceptions: [] };
    ledger.tell('month-2026-03', 'MonthClosed', on('04-02'), before).reported('wo_slip', on('03-31'), on('04-05'));
    expect(loopOf(await ordersOfMonth(ledger.ask, '2026-03'))).toMatchObject({ total: 1, broughtForward: 0, open: [] });
    expect(await ledger.close('2026-04', on('05-02'))).toMatchObject({ total: 1, orderIds: ['wo_slip'], exceptions: ['wo_slip'] });
  });

  it('given an exercise, then no month is about it; given what is no month, then there are no orders', async () => {
    const drill = { occurredAt: on('03-10'), recordedAt: on('03-10'), drill: true };
    const event = { type: 'WorkOrderReported', stream: 'workOrder-wo_1', revision: 0, data: { missing: [] }, metadata: drill };
    const row = timeline.project(undefined, event as unknown as Recorded, 'wo_1')!;
    const ask: Ask = async (view) => (view === 'timeline' ? [{ key: 'wo_1', row }] : []);
    expect(await ordersOfMonth(ask, '2026-03')).toEqual([]);
    expect(await ordersOfMonth(new Ledger().ask, '2026-13')).toEqual([]);
  });
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
