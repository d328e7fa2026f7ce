import type { Ask, JsonObject, Query, Recorded } from '@hospital/kernel';
import { notification } from './notification';
import { type Concerned, KINDS, recipientsOf, tellConcerned, textsOf } from './who-hears';

const concerned: Concerned = {
  ...{ reporterId: 'pn_wang', mergedReporterIds: ['pn_liu'], ownerId: 'pn_zhao', technicianId: 'pn_chen', drill: false },
  ...{ alarmedOwnerId: null, raterId: null },
};
const OF_ORDERS = KINDS.filter((kind) => kind.startsWith('WorkOrder'));

describe('who hears of an order that pn_wang reported, pn_zhao owns and pn_chen repairs, with one of pn_liu merged into it', () => {
  const reporters = ['pn_wang', 'pn_liu'];
  it.each<[string, JsonObject, readonly string[]]>([
    ['WorkOrderReported', { missing: [] }, [...reporters, 'pn_zhao']],
    ['WorkOrderReported', { missing: ['photo'] }, [...reporters, 'pn_zhao']],
    ['WorkOrderInformationProvided', {}, ['pn_zhao']],
    ['WorkOrderLeftWaiting', {}, [...reporters, 'pn_zhao', 'role_dispatcher']],
    ['WorkOrderDispatched', { technicianId: 'pn_sun' }, [...reporters, 'pn_zhao', 'pn_sun']],
    ['WorkOrderAssigned', { technicianId: 'pn_sun', fromTechnicianId: 'pn_chen' }, [...reporters, 'pn_zhao', 'pn_sun', 'pn_chen']],
    ['WorkOrderAssigned', { technicianId: 'pn_sun', fromTechnicianId: null }, [...reporters, 'pn_zhao', 'pn_sun']],
    ['WorkOrderGrabbed', { technicianId: 'pn_chen' }, [...reporters, 'pn_zhao']],
    ['WorkOrderAccepted', { technicianId: 'pn_chen' }, [...reporters, 'pn_zhao']],
    ['WorkOrderDeclined', { technicianId: 'pn_chen' }, ['pn_zhao']],
    ['WorkOrderHandedToTeam', {}, [...reporters, 'pn_zhao']],
    ['WorkOrderPaused', {}, [...reporters, 'pn_zhao']],
    ['WorkOrderResumed', {}, [...reporters, 'pn_zhao']],
    ['WorkOrderLimitPassed', {}, ['pn_zhao', 'pn_chen']],
    // Whoever had it when the limit passed, not whoever has it now.
    ['WorkOrderLimitKept', { technicianId: 'pn_sun' }, ['pn_zhao', 'role_director', 'pn_sun']],
    ['WorkOrderLimitKept', { technicianId: null }, ['pn_zhao', 'role_director']],
    ['WorkOrderEscalated', { to: 'dispatcher' }, ['role_dispatcher', 'pn_zhao']],
    ['WorkOrderEscalated', { to: 'director' }, ['role_director', 'pn_zhao']],
    ['WorkOrderCompleted', { technicianId: 'pn_chen' }, [...reporters, 'pn_zhao']],
    ['WorkOrderRated', {}, ['pn_zhao']],
    ['WorkOrderLeftUnrated', {}, ['pn_zhao']],
    ['WorkOrderReopened', {}, [...reporters, 'pn_zhao']],
    ['WorkOrderCancelled', {}, [...reporters, 'pn_zhao', 'pn_chen']],
    ['WorkOrderMerged', { into: 'wo_2' }, [...reporters, 'pn_zhao', 'pn_chen']],
  ])('%s %j: %j', (type, data, recipients) => {
    expect(recipientsOf({ type, data }, concerned)).toEqual(recipients);
    expect(KINDS).toContain(type);
  });

  it('the owner of record hears of every one of them', () => {
    for (const type of OF_ORDERS) expect(recipientsOf({ type, data: {} }, concerned)).toContain('pn_zhao');
  });

  it('who is several of these hears once', () => {
    const alone = { ...concerned, ownerId: 'pn_wang', mergedReporterIds: ['pn_wang'], technicianId: 'pn_wang' };
    expect(recipientsOf({ type: 'WorkOrderCancelled', data: {} }, alone)).toEqual(['pn_wang']);
  });

  it('nobody hears who is not there, and the suite does not tell itself', () => {
    const nobody = {
      reporterId: 'system',
      mergedReporterIds: [],
      ownerId: null,
      alarmedOwnerId: null,
      raterId: null,
      technicianId: null,
      drill: false,
    };
    expect(recipientsOf({ type: 'WorkOrderCancelled', data: {} }, nobody)).toEqual([]);
  });
});

describe('who hears of what goes on beside that order', () => {
  const code = { personal: 'pn_caller' };
  const action = { correctiveAction: { action: '…', ownerId: 'pn_head', dueOn: '2026-04-30' } };
  it.each<[string, JsonObject, readonly string[]]>([
    ['HandOverOffered', { ownerId: 'pn_zhao', toId: 'pn_sun' }, ['pn_sun']],
    ['HandOverAccepted', { fromId: 'pn_zhao', toId: 'pn_sun' }, ['pn_zhao']],
    ['HandOverDeclined', { toId: 'pn_sun' }, ['pn_zhao']],
    ['HandOverWithdrawn', { toId: 'pn_sun' }, ['pn_sun']],
    ['VendorJobOpened', { vendorId: 'vn_1', code }, ['vn_1', 'pn_wang', 'pn_liu', 'pn_zhao', 'pn_chen']],
    ['VendorEscalated', { vendorId: 'vn_1', to: 'dispatcher', code }, ['role_dispatcher', 'pn_zhao', 'pn_chen', 'pn_caller']],
    // Somebody is shut in.
    ['VendorEscalated', { vendorId: 'vn_1', to: 'director', code }, ['role_director', 'pn_zhao', 'pn_chen', 'pn_caller']],
    ['VendorArrivalCheckedIn', { vendorId: 'vn_1', code }, ['pn_wang', 'pn_liu', 'pn_zhao', 'pn_chen', 'pn_caller']],
    ['VendorJobFinished', { vendorId: 'vn_1', code }, ['pn_zhao', 'pn_chen', 'pn_caller']],
    ['VendorJobWithdrawn', { vendorId: 'vn_1', code }, ['vn_1', 'pn_zhao', 'pn_chen', 'pn_caller']],
    ['ComplaintFiled', { complainantId: 'pn_wang' }, ['pn_wang', 'role_dispatcher', 'role_director']],
    ['CorrectiveActionSet', { complainantId: 'pn_wang', ownerId: 'pn_head' }, ['pn_head']],
    ['ComplaintClosed', { complainantId: 'pn_wang', ...action }, ['pn_wang', 'pn_head']],
    ['ComplaintRejected', { complainantId: 'pn_wang', correctiveAction: null }, ['pn_wang']],
    // Whoever did the job in doubt, not whoever has the order now.
    ['ReinspectionProposed', { technicianId: 'pn_sun' }, ['role_dispatcher', 'pn_sun', 'pn_zhao']],
    ['ReinspectionConfirmed', { technicianId: 'pn_sun' }, ['pn_wang', 'pn_liu', 'pn_sun', 'pn_zhao']],
    ['ReinspectionDismissed', { technicianId: 'pn_sun' }, ['pn_sun', 'pn_zhao']],
    ['MonthClosed', { carriedOver: [{ ownerId: 'pn_sun' }, { ownerId: 'pn_sun' }] }, ['role_director', 'pn_sun']],
  ])('%s %j: %j', (type, data, recipients) => {
    expect(recipientsOf({ type, data }, concerned)).toEqual(recipients);
    expect(KINDS).toContain(type);
  });
});

describe('what is told', () => {
  const event = (type: string, data: JsonObject) => ({ type, data, stream: 'workOrder-wo_1' });

  it('says which order and what became of it, in two languages', () => {
    expect(textsOf(event('WorkOrderAccepted', {}), 'wo_1')).toEqual({ text: '工单 wo_1 已接单', textEn: 'Work order wo_1 was accepted' });
    expect(textsOf(event('WorkOrderMerged', { into: 'wo_2' }), 'wo_1').text).toBe('工单 wo_1 已并入 wo_2');
    expect(textsOf(event('WorkOrderReported', { missing: [] }), 'wo_1').text).toBe('工单 wo_1 已受理');
    expect(textsOf(event('WorkOrderReported', { missing: ['photo'] }), 'wo_1').textEn).toBe('Work order wo_1 needs more information');
  });

  it('says what else it is about, and of which order, when there is one', () => {
    expect(textsOf({ type: 'VendorEscalated', data: {}, stream: 'vendorJob-vj_1' }, 'wo_1')).toEqual({
      text: '外委任务 vj_1（工单 wo_1）维保单位逾期未到场，请处理',
      textEn: 'Vendor job vj_1 of work order wo_1 is late: the vendor has not arrived',
    });
    expect(textsOf({ type: 'HandOverOffered', data: {}, stream: 'responsibility-wo_1' }, 'wo_1').text).toBe('工单 wo_1 请您接手负责');
    expect(textsOf({ type: 'ComplaintClosed', data: {}, stream: 'complaint-cp_1' }, null)).toEqual({
      ...{ text: '投诉 cp_1 已办结', textEn: 'Complaint cp_1 was closed' },
    });
    expect(textsOf({ type: 'MonthClosed', data: { exceptions: [{}, {}] }, stream: 'month-2026-03' }, null)).toEqual({
      ...{ text: '月度 2026-03 已关账，例外工单数 2', textEn: 'Month 2026-03 was closed, exceptions: 2' },
    });
  });

  it('WO-11 asks whoever may rate the repair to do so, and tells the others that it is done', () => {
    const done = event('WorkOrderCompleted', {});
    expect(textsOf(done, 'wo_1', true)).toEqual({ text: '工单 wo_1 已完工，请评价', textEn: 'Work order wo_1 is done; please rate it' });
    expect(textsOf(done, 'wo_1')).toEqual({ text: '工单 wo_1 已完工', textEn: 'Work order wo_1 is done' });
    expect(textsOf(event('WorkOrderRated', {}), 'wo_1', true)).toEqual(textsOf(event('WorkOrderRated', {}), 'wo_1'));
  });

  it('repeats nothing that anybody typed', () => {
    const said = {
      description: '患者张三',
      resolution: '张三',
      reason: '张三',
      comment: '张三',
      note: '张三',
      text: '张三',
      result: '张三',
    };
    const typed = { ...said, action: '张三', exceptions: [] };
    for (const type of KINDS) expect(JSON.stringify(textsOf(event(type, typed), 'wo_1'))).not.toContain('张三');
  });
});

describe('given the views', () => {
  const DONE = { reporterKind: 'staff', channel: 'web', receiverId: null, technicianId: 'pn_chen', mergedInto: null, status: 'completed' };
  const rows: Record<string, readonly { key: string; row: JsonObject }[]> = {
    'work-orders': [
      { key: 'wo_1', row: { reporterId: 'pn_wang', receiverId: 'pn_zhao', technicianId: 'pn_chen', mergedInto: null } },
      { key: 'wo_2', row: { reporterId: 'pn_liu', receiverId: null, technicianId: null, mergedInto: 'wo_1' } },
      { key: 'wo_3', row: { reporterId: 'pn_qian', receiverId: null, technicianId: null, mergedInto: 'wo_2' } },
      { key: 'wo_4', row: { reporterId: 'pn_else', receiverId: 'pn_zhao', technicianId: null, mergedInto: null } },
      { key: 'wo_5', row: { reporterId: 'pn_wang', receiverId: null, technicianId: null, mergedInto: null, drill: true } },
      { key: 'wo_6', row: { reporterId: 'pn_wang', receiverId: null, technicianId: 'pn_chen', mergedInto: null } },
      { key: 'wo_done', row: { ...DONE, reporterId: 'pn_wang', receiverId: 'pn_zhao' } },
      { key: 'wo_same', row: { ...DONE, reporterId: 'pn_liu', mergedInto: 'wo_done' } },
      { key: 'wo_rated', row: { ...DONE, reporterId: 'pn_wang', status: 'closed' } },
      { key: 'wo_sensor', row: { ...DONE, reporterId: 'pn_sensor', reporterKind: 'system' } },
      { key: 'wo_named', row: { ...DONE, reporterId: 'pn_wang', reporterKind: 'system', receiverId: 'pn_sensor' } },
      { key: 'wo_rest', row: { ...DONE, reporterId: 'pn_wang', reporterKind: 'system', channel: 'system' } },
    ],
    'vendor-jobs': [{ key: 'vj_1', row: { orderId: 'wo_1', vendorId: 'vn_1', code: { personal: 'pn_caller', sealed: 'x' } } }],
    complaints: [
      { key: 'cp_1', row: { orderId: 'wo_1', complainantId: 'pt_1', correctiveAction: { ownerId: 'pn_head' } } },
      { key: 'cp_2', row: { orderId: null, complainantId: 'pn_wang', correctiveAction: null } },
    ],
    reinspections: [{ key: 'ce_1_wo_1', row: { orderId: 'wo_1', technicianId: 'pn_sun' } }],
    responsibilities: [
      {
        key: 'wo_4',
        row: {
          ...{ ownerId: 'pn_sun', takenAt: '2026-02-28T11:00:00.000Z' },
          handOvers: [{ fromId: 'pn_zhao', acceptedAt: '2026-02-28T12:00:00.000Z' }],
        },
      },
      { key: 'wo_6', row: { ownerId: 'pn_chen', takenAt: '2026-02-28T11:00:00.000Z', handOvers: [] } },
    ],
    contacts: [
      { key: 'pn_liu', row: { channel: 'e-mail', address: { personal: 'pn_liu', sealed: 'x' }, kinds: null, quiet: true } },
      { key: 'pn_qian', row: { channel: 'log', address: null, kinds: ['WorkOrderCompleted'], quiet: false } },
      { key: 'pn_passed', row: { channel: 'log', address: null, kinds: ['WorkOrderLimitPassed'], quiet: false } },
      { key: 'pn_escalated', row: { channel: 'log', address: null, kinds: ['WorkOrderEscalated'], quiet: false } },
    ],
  };
  const [NOW, UNTIL] = ['2026-03-01T00:00:00.000Z', '2026-03-08T00:00:00.000Z'];
  const holds = (row: JsonObject, where: NonNullable<Query['where']>): boolean =>
    Object.entries(where).every(([column, wanted]) => (wanted as { in: readonly unknown[] }).in.includes(row[column]));
  const ask: Ask = async (view, { key, where = {} }) =>
    rows[view]!.filter((found) => (key === undefined || [key].flat().includes(found.key)) && holds(found.row, where));

  const recorded = (stream: string, type: string, data: JsonObject = {}): Recorded =>
    ({ id: 'e-1', stream, type, data, metadata: { recordedAt: NOW } }) as unknown as Recorded;
  const told = async (event: Recorded, now = '') => tellConcerned.react(event, await tellConcerned.facts(event, ask, now));
  const news = async (event: Recorded) => (await told(event)).map(({ data }) => (data['news'] as JsonObject)['recipientId']);
  const keptBy = (technicianId: string, dueAt = '2026-02-28T11:00:00.000Z') =>
    recorded('workOrder-wo_4', 'WorkOrderLimitKept', { clock: 'resolve', dueAt, technicianId, at: dueAt });

  it('when an order is accepted, then its reporter, those of merged orders and who took the call are told, in the way each chose', async () => {
    const commands = await told(recorded('workOrder-wo_1', 'WorkOrderAccepted'));
    expect(
      commands.every(({ aggregate, type, id }) => aggregate === notification && type === 'RequestNotification' && /^nt_/.test(id)),
    ).toBe(true);
    expect(commands.map(({ data }) => data)).toEqual([
      expect.objectContaining({ news: expect.objectContaining({ recipientId: 'pn_wang', channel: 'log', address: null }), quiet: false }),
      expect.objectContaining({
        news: expect.objectContaining({ recipientId: 'pn_liu', channel: 'e-mail', address: { personal: 'pn_liu', sealed: 'x' } }),
        quiet: true,
      }),
      expect.objectContaining({ news: expect.objectContaining({ recipientId: 'pn_zhao', orderId: 'wo_1', kind: 'WorkOrderAccepted' }) }),
    ]);
  });

  it('when somebody chose kinds, then they hear of those and of no other', async () => {
    const recipients = async (type: string) =>
      (await told(recorded('workOrder-wo_1', type))).map(({ data }) => (data['news'] as JsonObject)['recipientId']);
    expect(await recipients('WorkOrderCompleted')).toContain('pn_qian');
    expect(await recipients('WorkOrderAccepted')).not.toContain('pn_qian');
  });

  it.each<[string, string, string, readonly string[], readonly string[]]>([
    ['one was merged into it', 'wo_done', UNTIL, ['pn_wang', 'pn_liu', 'pn_zhao'], ['pn_wang']],
    ['the time to rate it is over', 'wo_done', '2026-02-28T23:59:59.999Z', ['pn_wang', 'pn_liu', 'pn_zhao'], []],
    ['it was rated meanwhile', 'wo_rated', UNTIL, ['pn_wang'], []],
    ['a machine had reported it', 'wo_sensor', UNTIL, ['pn_sensor'], []],
    ['a machine had reported it for somebody', 'wo_named', UNTIL, ['pn_wang', 'pn_sensor'], ['pn_wang']],
    ['it was left over of a repair', 'wo_rest', UNTIL, ['pn_wang'], ['pn_wang']],
  ])('WO-11 when an order is done and %s, then only whoever may rate it is asked to', async (_, orderId, rateUntil, hearing, asked) => {
    const letters = (await told(recorded(`workOrder-${orderId}`, 'WorkOrderCompleted', { rateUntil }), NOW)).map(
      ({ data }) => data['news'] as JsonObject,
    );
    expect(letters.map(({ recipientId }) => recipientId)).toEqual(hearing);
    expect(letters.filter(({ textEn }) => /please rate/.test(String(textEn))).map(({ recipientId }) => recipientId)).toEqual(asked);
  });

  it('WO-10 when a limit was kept after all, then whoever was told that it had passed hears that, and whoever owns the order since', async () => {
    expect(await news(keptBy('pn_chen', '2026-02-28T11:59:59.999Z'))).toEqual(['pn_sun', 'role_director', 'pn_zhao', 'pn_chen']);
    expect(await news(keptBy('pn_chen', '2026-02-28T12:00:00.000Z'))).toEqual(['pn_sun', 'role_director', 'pn_chen']);
  });

  it('WO-10 when somebody chose to hear of limits that pass, or of what is escalated, then they hear of one that was kept after all', async () => {
    const told = async (technicianId: string) => (await news(keptBy(technicianId))).includes(technicianId);
    expect(await Promise.all(['pn_passed', 'pn_escalated', 'pn_qian'].map(told))).toEqual([true, true, false]);
  });

  it('WO-10 when several limits were kept by one repair, then each of them hears of that once', async () => {
    const ids = async (id: string, commandId: string) => {
      const event = keptBy('pn_chen');
      return (await told({ ...event, id, metadata: { ...event.metadata, commandId } })).map((command) => command.id);
    };
    const first = await ids('e-1', 'c-1');
    expect(await ids('e-2', 'c-1')).toEqual(first);
    expect(await ids('e-3', 'c-2')).not.toEqual(first);
  });

  it('when the responsibility was handed over, then the new owner hears instead of who took the call', async () => {
    const commands = await told(recorded('workOrder-wo_4', 'WorkOrderRated'));
    expect(commands.map(({ data }) => (data['news'] as JsonObject)['recipientId'])).toEqual(['pn_sun']);
  });

  it('WO-07 when it was handed over after the event, then whoever owned it then hears, however late that is told', async () => {
    const before = recorded('workOrder-wo_4', 'WorkOrderRated');
    const early = { ...before, metadata: { ...before.metadata, recordedAt: '2026-02-28T11:59:59.999Z' } };
    expect((await told(early)).map(({ data }) => (data['news'] as JsonObject)['recipientId'])).toEqual(['pn_zhao']);
  });

  it.each(['Accepted', 'Paused', 'Resumed', 'Completed', 'Rated', 'LeftUnrated'])(
    'WO-07 when whoever owns it repairs it too, then they hear that it was %s',
    async (step) => {
      const news = await told(recorded('workOrder-wo_6', `WorkOrder${step}`, { technicianId: 'pn_chen' }));
      expect(news.map(({ data }) => (data['news'] as JsonObject)['recipientId'])).toContain('pn_chen');
    },
  );

  it('WO-07 when somebody takes it on first, then they hear of that as its owner, whether or not it is on record yet, and of nothing before', async () => {
    const early = (type: string) => {
      const event = recorded('workOrder-wo_6', type, { technicianId: 'pn_chen', missing: [] });
      return { ...event, metadata: { ...event.metadata, recordedAt: '2026-02-28T10:59:59.999Z' } };
    };
    const recipients = async (event: Recorded) => (await told(event)).map(({ data }) => (data['news'] as JsonObject)['recipientId']);
    expect(await recipients(early('WorkOrderAccepted'))).toEqual(['pn_wang', 'pn_chen']);
    expect(await recipients(early('WorkOrderGrabbed'))).toEqual(['pn_wang', 'pn_chen']);
    expect(await recipients(recorded('workOrder-wo_5', 'WorkOrderAccepted', { technicianId: 'pn_li' }))).toEqual(['pn_wang', 'pn_li']);
    expect(await recipients(early('WorkOrderReported'))).toEqual(['pn_wang']);
    // Somebody else owns it.
    expect(await recipients(recorded('workOrder-wo_4', 'WorkOrderAccepted', { technicianId: 'pn_li' }))).toEqual(['pn_else', 'pn_sun']);
  });

  it.each<[string, string, JsonObject, string | null, readonly string[]]>([
    [
      'vendorJob-vj_1',
      'VendorEscalated',
      { orderId: 'wo_1', to: 'director' },
      'wo_1',
      ['role_director', 'pn_zhao', 'pn_chen', 'pn_caller'],
    ],
    ['responsibility-wo_4', 'HandOverDeclined', { toId: 'pn_sun' }, 'wo_4', ['pn_sun']],
    ['complaint-cp_1', 'ComplaintClosed', {}, 'wo_1', ['pt_1', 'pn_head']],
    ['complaint-cp_2', 'ComplaintRejected', { reason: '重复' }, null, ['pn_wang']],
    ['reinspection-ce_1_wo_1', 'ReinspectionDismissed', { reason: '无需' }, 'wo_1', ['pn_sun', 'pn_zhao']],
    ['month-2026-02', 'MonthClosed', { exceptions: [], carriedOver: [] }, null, ['role_director']],
  ])('when %s has %s %j, then what it is about is found, and of which order', async (stream, type, data, orderId, recipients) => {
    const news = (await told(recorded(stream, type, data))).map((command) => command.data['news'] as JsonObject);
    expect(news.map(({ recipientId }) => recipientId)).toEqual(recipients);
    const about = { aboutId: stream.slice(stream.indexOf('-') + 1), orderId, kind: type };
    expect(news).toEqual(news.map(() => expect.objectContaining(about)));
  });

  it('when something is done with an order that is an exercise, then all of its news is, and no other', async () => {
    const exercises = async (event: Recorded) => (await told(event)).map(({ data }) => data['exercise']);
    expect(await exercises(recorded('workOrder-wo_5', 'WorkOrderAccepted'))).toEqual([true]);
    expect(await exercises(recorded('responsibility-wo_5', 'HandOverOffered', { toId: 'pn_sun' }))).toEqual([true]);
    expect(await exercises(recorded('workOrder-wo_4', 'WorkOrderRated'))).toEqual([false]);
  });

  it('when the same event is gone through again, then the notifications are the same ones; another event makes others', async () => {
    const ids = async (event: Recorded) => (await told(event)).map(({ id }) => id);
    const first = await ids(recorded('workOrder-wo_1', 'WorkOrderAccepted'));
    expect(new Set(first).size).toBe(first.length);
    expect(await ids(recorded('workOrder-wo_1', 'WorkOrderAccepted'))).toEqual(first);
    expect(await ids({ ...recorded('workOrder-wo_1', 'WorkOrderAccepted'), id: 'e-2' })).not.toEqual(first);
  });
});
