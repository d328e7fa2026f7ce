import { foldRow, type Recorded } from '@hospital/kernel';
import samples from '../history/samples.json';
import { complaints } from './complaints';
import { duplicates } from './duplicates';
import { months } from './months';

const AT = '2026-03-01T03:12:00.000Z';
/** The kept sample of each type, in this order. */
const history = (stream: string, ...types: readonly string[]): readonly Recorded[] =>
  types.map((type, revision) => {
    const { data } = samples.find((sample) => sample.type === type)!;
    return { stream, revision, type, data, metadata: { occurredAt: AT, recordedAt: AT } } as unknown as Recorded;
  });

describe('WO-12 a complaint as it is listed', () => {
  const row = (...types: readonly string[]) => foldRow(complaints, 'cp_1', history('complaint-cp_1', ...types));

  it('given it was filed, then it is open, its text sealed', () =>
    expect(row('ComplaintFiled')).toMatchObject({
      ...{ id: 'cp_1', revision: 0, status: 'open', orderId: 'wo_1', kind: 'delay', complainantId: 'pn_reporter', filedAt: AT },
      ...{
        text: { personal: 'pn_reporter', sealed: expect.any(String) },
        cause: null,
        correctiveAction: null,
        endedAt: null,
        drill: false,
      },
    }));

  it('given it went its way, then cause and action stand beside its end', () =>
    expect(row('ComplaintFiled', 'ComplaintInvestigated', 'CorrectiveActionSet', 'ComplaintClosed')).toMatchObject({
      ...{ revision: 3, status: 'closed', cause: 'communication', causeNote: '未告知等待配件', endedAt: AT },
      correctiveAction: { action: '暂停时通知报修人', ownerId: 'pn_wang', dueOn: '2026-03-15' },
    }));

  it('given it was rejected, then why', () =>
    expect(row('ComplaintFiled', 'ComplaintRejected')).toMatchObject({ status: 'rejected', rejectedBecause: '与本单无关' }));

  it('given a stream that was cut, then there is no row', () => expect(row('ComplaintClosed')).toBeUndefined());
});

describe('the relations of an order as they are listed', () => {
  const row = (...types: readonly string[]) => foldRow(duplicates, 'wo_1', history('duplicate-wo_1', ...types));

  it('given a proposal, then it waits for an answer, and why it was proposed stays when that has come', () => {
    expect(row('DuplicateProposed')).toMatchObject({ id: 'wo_1', openSince: AT, proposals: [{ of: 'wo_0', status: 'proposed' }] });
    expect(row('DuplicateProposed', 'DuplicateConfirmed')).toMatchObject({
      openSince: null,
      proposals: [{ of: 'wo_0', status: 'confirmed', because: { minutesApart: 12 }, reason: null }],
    });
    expect(row('DuplicateProposed', 'DuplicateDismissed')).toMatchObject({
      openSince: null,
      proposals: [{ of: 'wo_0', status: 'dismissed', because: { minutesApart: 12 }, reason: '另一盏灯' }],
    });
  });

  it('given a parent, then it; taken out again, then none; never told, then whatever the report said', () => {
    expect(row('ParentRelated')?.parentId).toBe('wo_0');
    expect(row('ParentRelated', 'ParentUnrelated')?.parentId).toBeNull();
    expect(row('DuplicateProposed')?.parentId).toBeUndefined();
  });
});

describe('WO-09 a closed month as it is listed', () => {
  it('given it was closed, then with its numbers, who carries what, and each exception', () =>
    expect(foldRow(months, '2026-03', history('month-2026-03', 'MonthClosed'))).toEqual({
      ...{ id: '2026-03', revision: 0, total: 4, closed: 2, cancelled: 1, merged: 0, closedLoopShare: 0.75 },
      ...{ broughtForward: 0, named: false },
      carriedOver: [{ orderId: 'wo_4', ownerId: 'pn_wang', dueOn: '2026-04-20' }],
      exceptions: [{ orderId: 'wo_4', because: 'carried-over' }],
      closedAt: '2026-04-08T01:00:00.000Z',
    }));
});
