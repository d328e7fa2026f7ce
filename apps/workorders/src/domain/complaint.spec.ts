import { type Ask, type JsonObject, personal, type Recorded } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { complainOfRating, complaint, type ComplaintEvent, readsAllComplaints } from './complaint';

const reporter = commandsBy({ id: 'pn_reporter', kind: 'person', roles: ['reporter'] });
const wang = commandsBy({ id: 'pn_wang', kind: 'person', roles: ['dispatcher'] });
/** 09:00 on the 8th in Shanghai. */
const T0 = '2026-04-08T01:00:00.000Z';
const said = personal('pn_reporter', '等了四个小时');

const filing = {
  order: { id: 'wo_1', known: true },
  kind: 'delay' as const,
  text: said,
  complainantId: 'pn_reporter',
  byPatient: false,
};
const filed: ComplaintEvent = {
  type: 'ComplaintFiled',
  data: { orderId: 'wo_1', kind: 'delay', text: said, complainantId: 'pn_reporter', byPatient: false, at: T0 },
};
const investigated: ComplaintEvent = { type: 'ComplaintInvestigated', data: { cause: 'communication', note: '未告知', at: T0 } };
const action = { action: '暂停时通知报修人', ownerId: 'pn_wang', dueOn: '2026-04-15' };
const actionSet: ComplaintEvent = { type: 'CorrectiveActionSet', data: { ...action, at: T0 } };
const closed: ComplaintEvent = { type: 'ComplaintClosed', data: { at: T0 } };
const rejected: ComplaintEvent = { type: 'ComplaintRejected', data: { reason: '与本单无关', at: T0 } };

const { given } = rulesOf(complaint);

describe('WO-12 a complaint is filed', () => {
  it('given nothing, when somebody complains, about an order or about none, then it holds what they said', () => {
    given()
      .when(reporter('FileComplaint', filing, T0))
      .then(filed);
    given()
      .when(reporter('FileComplaint', { ...filing, order: null }, T0))
      .then({ ...filed, data: { ...filed.data, orderId: null } });
  });

  it('given an order nobody knows, or a complaint that exists, then it is refused', () => {
    given()
      .when(reporter('FileComplaint', { ...filing, order: { id: 'wo_0', known: false } }, T0))
      .thenRejected('UNKNOWN_WORK_ORDER', 'input.orderId');
    given(filed)
      .when(reporter('FileComplaint', filing, T0))
      .thenRejected('ALREADY_FILED', 'idempotencyKey');
  });
});

describe('WO-12 a complaint is closed once its cause is known and an action is set', () => {
  it('given no cause, or no corrective action, when it is closed, then it is refused and what is missing is named', () => {
    given(filed)
      .when(wang('CloseComplaint', {}, T0))
      .thenRejected('CAUSE_MISSING', 'cause');
    given(filed, actionSet)
      .when(wang('CloseComplaint', {}, T0))
      .thenRejected('CAUSE_MISSING', 'cause');
    given(filed, investigated)
      .when(wang('CloseComplaint', {}, T0))
      .thenRejected('CORRECTIVE_ACTION_MISSING', 'correctiveAction');
  });

  it('given both, in either order, when it is closed, then it is closed, once', () => {
    given(filed, investigated, actionSet)
      .when(wang('CloseComplaint', {}, T0))
      .then(closed);
    given(filed, actionSet, investigated)
      .when(wang('CloseComplaint', {}, T0))
      .then(closed);
    given(filed, investigated, actionSet, closed)
      .when(wang('CloseComplaint', {}, T0))
      .then();
  });

  it('given it is open, when a cause or an action is told, then it counts until another is told', () => {
    const { at: _, ...found } = investigated.data as Extract<ComplaintEvent, { type: 'ComplaintInvestigated' }>['data'];
    given(filed)
      .when(wang('InvestigateComplaint', found, T0))
      .then(investigated);
    given(filed, investigated)
      .when(wang('InvestigateComplaint', found, T0))
      .then();
    given(filed, investigated)
      .when(wang('InvestigateComplaint', { cause: 'parts' as const, note: null }, T0))
      .then({ type: 'ComplaintInvestigated', data: { cause: 'parts', note: null, at: T0 } });
    given(filed)
      .when(wang('SetCorrectiveAction', action, T0))
      .then(actionSet);
    given(filed, actionSet)
      .when(wang('SetCorrectiveAction', action, T0))
      .then();
  });

  it('given an action due before today, by the calendar on the wall, then it is refused; today is not too late', () => {
    // 00:30 on the 9th in Shanghai, still the 8th in UTC.
    const midnight = '2026-04-08T16:30:00.000Z';
    given(filed)
      .when(wang('SetCorrectiveAction', { ...action, dueOn: '2026-04-08' }, midnight))
      .thenRejected('DUE_IN_PAST', 'input.dueOn');
    given(filed)
      .when(wang('SetCorrectiveAction', { ...action, dueOn: '2026-04-09' }, midnight))
      .then({ type: 'CorrectiveActionSet', data: { ...action, dueOn: '2026-04-09', at: midnight } });
  });

  it('given it is not justified, when it is rejected, then with a reason, once, and it is not closed afterwards', () => {
    given(filed)
      .when(wang('RejectComplaint', { reason: '与本单无关' }, T0))
      .then(rejected);
    given(filed, rejected)
      .when(wang('RejectComplaint', { reason: '与本单无关' }, T0))
      .then();
    given(filed, rejected)
      .when(wang('CloseComplaint', {}, T0))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(filed, investigated, actionSet, closed)
      .when(wang('InvestigateComplaint', { cause: 'parts' as const, note: null }, T0))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given no such complaint, then whatever is asked of it is refused', () =>
    given()
      .when(wang('CloseComplaint', {}, T0))
      .thenRejected('UNKNOWN_COMPLAINT', 'input.id'));
});

describe('WO-11 WO-12 a poor rating complains, when a poor rating has reopened the order before', () => {
  const rated = (stars: number, revision: number, comment: string | null = '又坏了'): Recorded =>
    ({
      id: '00000000-0000-4000-8000-00000000000a',
      stream: 'workOrder-wo_1',
      type: 'WorkOrderRated',
      revision,
      data: { stars, comment },
    }) as unknown as Recorded;
  const row = (reopenedBy: readonly number[]): JsonObject => ({ reopenedBy, reporterId: 'pn_reporter', byPatient: true });
  const answering =
    (found: JsonObject | undefined): Ask =>
    async (view, { key }) =>
      view === 'timeline' && key === 'wo_1' && found ? [{ key: 'wo_1', row: found }] : [];
  const sent = async (event: Recorded, found: JsonObject | undefined) =>
    complainOfRating.react(event, await complainOfRating.facts(event, answering(found), T0));

  it('given it was reopened before, when it is rated poorly again, then one complaint in the words of the reporter', async () => {
    const commands = await sent(rated(1, 12), row([6]));
    expect(commands).toEqual([
      {
        aggregate: complaint,
        id: expect.stringMatching(/^cp_[0-9a-z]{26}$/),
        type: 'FileComplaint',
        data: {
          order: { id: 'wo_1', known: true },
          kind: 'low-rating',
          text: personal('pn_reporter', '又坏了'),
          complainantId: 'pn_reporter',
          byPatient: true,
        },
      },
    ]);
    expect(await sent(rated(1, 12), row([6]))).toEqual(commands);
    expect((await sent(rated(2, 12, null), row([6])))[0]?.data).toMatchObject({ text: null });
  });

  it.each([
    ['this rating itself reopens it, the first time', rated(1, 5), row([6])],
    ['this rating reopens it although it was reopened by hand before', rated(1, 9), row([4, 10])],
    ['the repair was never reopened and the rating has not been followed yet', rated(1, 5), row([])],
    ['the rating is not poor', rated(3, 12), row([6])],
    ['there is no such order', rated(1, 12), undefined],
  ])('given %s, then nobody complains', async (_, event, found) => expect(await sent(event, found)).toEqual([]));
});

it('WO-12 complaints are read by those who answer for them; others read their own', () => {
  const somebody = (...roles: string[]) => ({ id: 'pn_1', kind: 'person' as const, roles });
  expect(['dispatcher', 'director', 'auditor', 'administrator'].every((role) => readsAllComplaints(somebody(role)))).toBe(true);
  expect(readsAllComplaints(somebody('technician', 'reporter'))).toBe(false);
});
