import { foldRow, type Recorded } from '@hospital/kernel';
import type { ResponsibilityEvent } from '../domain/responsibility';
import { responsibilities } from './responsibilities';

const T0 = Date.parse('2026-03-01T03:12:00.000Z');
const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();
const reason = '下夜班';
const taken: ResponsibilityEvent = { type: 'ResponsibilityTaken', data: { ownerId: 'pn_zhang', because: 'received' } };
const offered: ResponsibilityEvent = { type: 'HandOverOffered', data: { ownerId: 'pn_zhang', toId: 'pn_li', reason } };
const accepted: ResponsibilityEvent = { type: 'HandOverAccepted', data: { fromId: 'pn_zhang', toId: 'pn_li' } };
const closed: ResponsibilityEvent = { type: 'ResponsibilityClosed', data: { ownerId: 'pn_zhang' } };

/** These events, a minute apart. */
const row = (...events: readonly ResponsibilityEvent[]) =>
  foldRow(
    responsibilities,
    'wo_1',
    events.map(
      (event, revision) =>
        ({
          ...event,
          stream: 'responsibility-wo_1',
          revision,
          metadata: { occurredAt: at(revision), recordedAt: at(revision) },
        }) as unknown as Recorded,
    ),
  );

describe('WO-07 who owns a work order', () => {
  it('given somebody received it, then that person owns it since then', () =>
    expect(row(taken)).toEqual({
      ...{ id: 'wo_1', revision: 0, status: 'open', ownerId: 'pn_zhang', because: 'received', takenAt: at(0), since: at(0) },
      ...{ openOffer: null, offeredTo: null, handOvers: [], closedAt: null },
    }));

  it('given an offer, then it waits, and the owner is the same', () =>
    expect(row(taken, offered)).toMatchObject({
      ownerId: 'pn_zhang',
      openOffer: { toId: 'pn_li', reason, offeredAt: at(1) },
      offeredTo: 'pn_li',
    }));

  it('given it was accepted, then the hand-over is kept with both instants, and the owner is another since then', () =>
    expect(row(taken, offered, accepted)).toMatchObject({
      ...{ revision: 2, ownerId: 'pn_li', because: 'handed-over', since: at(2), openOffer: null, offeredTo: null },
      handOvers: [{ fromId: 'pn_zhang', toId: 'pn_li', reason, offeredAt: at(1), acceptedAt: at(2) }],
    }));

  it.each<ResponsibilityEvent>([
    { type: 'HandOverDeclined', data: { toId: 'pn_li', reason: '正在抢修' } },
    { type: 'HandOverWithdrawn', data: { toId: 'pn_li' } },
    closed,
  ])('given $type, then nothing waits and nothing was handed over', (event) =>
    expect(row(taken, offered, event)).toMatchObject({ ownerId: 'pn_zhang', openOffer: null, offeredTo: null, handOvers: [] }),
  );

  it('given the order ended, then so did this; reopened, then it goes on as it was', () => {
    expect(row(taken, closed)).toMatchObject({ status: 'closed', closedAt: at(1) });
    expect(row(taken, closed, { type: 'ResponsibilityReopened', data: { ownerId: 'pn_zhang' } })).toMatchObject({
      ...{ status: 'open', closedAt: null, ownerId: 'pn_zhang', since: at(0) },
    });
  });

  it('given events without the beginning (a stream that was cut), then there is no row', () => expect(row(offered)).toBeUndefined());
});
