import { fold, idFrom } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { gapsIn, onCallAt, qualityOf, slotsOf } from './on-call-plan';
import { rota, type RotaCommand, type RotaEvent } from './rota';

const as = (id: string, ...roles: readonly string[]) => commandsBy({ id, kind: 'person', roles });
const scheduler = as('pn_scheduler', 'scheduler');
const chen = as('pn_chen', 'technician');
const wang = as('pn_wang', 'technician');
const { given } = rulesOf(rota);

const NOW = '2026-03-01T00:00:00.000Z';
const day = (n: number, hour = '00'): string => `2026-03-0${n}T${hour}:00:00.000Z`;
const trade = 'electrician';
const colleague = (id: string, more: object = {}) => ({ id, trades: [trade], employed: true, ...more });
const staff = ['pn_chen', 'pn_li', 'pn_wang'].map((id) => colleague(id));
const slot = (
  slotId: string,
  from: string,
  until: string,
  primaryId: string,
  backupId: string,
  reason: string | null = null,
): RotaEvent => ({
  type: 'OnCallSlotSet',
  data: { slotId, trade, from, until, primaryId, backupId, reason },
});
const first = slot('oc_1', day(2), day(3), 'pn_chen', 'pn_li');
const second = slot('oc_2', day(3), day(4), 'pn_li', 'pn_wang');
const gap: RotaEvent = { type: 'OnCallGapDeclared', data: { gapId: 'og_1', trade, from: day(4), until: day(5), reason: '外包电工驻场' } };
/** The id that the n-th slot a command makes is given. */
const made = ({ id }: { id: string }, n: number, prefix = 'oc'): string => idFrom(prefix, id, prefix === 'oc' ? `${id}/${n}` : id);
const stateAfter = (...history: readonly RotaEvent[]) => fold(rota, history);

describe('ST-07 a rotation is published', () => {
  const rotation = {
    ...{ zone: 'Asia/Shanghai', firstDay: '2026-03-02', days: 3, slotDays: 1, handOverTime: '08:00' },
    ...{ people: ['pn_chen', 'pn_li', 'pn_wang'], trade, staff },
  };
  const publish = (more: object = {}) => scheduler('PublishOnCall', { ...rotation, ...more }, NOW);

  it('given three people and three days, then each has a day, and whoever is next is the back-up', () => {
    const command = publish();
    given()
      .when(command)
      .then(
        slot(made(command, 0), day(2), day(3), 'pn_chen', 'pn_li'),
        slot(made(command, 1), day(3), day(4), 'pn_li', 'pn_wang'),
        slot(made(command, 2), day(4), day(5), 'pn_wang', 'pn_chen'),
      );
  });

  it('given longer slots, then the last one ends with the period', () => {
    const command = publish({ slotDays: 2 });
    given()
      .when(command)
      .then(slot(made(command, 0), day(2), day(4), 'pn_chen', 'pn_li'), slot(made(command, 1), day(4), day(5), 'pn_li', 'pn_wang'));
  });

  it('given the clocks change, then the hand-over stays at its local time, and nobody is missing for an hour', () => {
    const found = slotsOf({ ...rotation, zone: 'Europe/Berlin', firstDay: '2026-03-28', days: 2 });
    expect(found.map(({ from, until }) => [from, until])).toEqual([
      ['2026-03-28T07:00:00.000Z', '2026-03-29T06:00:00.000Z'],
      ['2026-03-29T06:00:00.000Z', '2026-03-30T06:00:00.000Z'],
    ]);
  });

  it.each([
    [{ zone: 'Asia/Nowhere' }, 'INVALID_ZONE', 'input.zone'],
    [{ firstDay: '2026-02-29' }, 'INVALID_DATE', 'input.firstDay'],
    [{ handOverTime: '24:00' }, 'INVALID_TIME', 'input.handOverTime'],
    [{ days: 0 }, 'INVALID_PERIOD', 'input.days'],
    [{ days: 367 }, 'INVALID_PERIOD', 'input.days'],
    [{ slotDays: 4 }, 'INVALID_PERIOD', 'input.slotDays'],
    [{ people: ['pn_chen'] }, 'SAME_PERSON', 'input.people'],
    [{ people: [] }, 'SAME_PERSON', 'input.people'],
    [{ people: ['pn_chen', 'pn_li', 'pn_chen'] }, 'SAME_PERSON', 'input.people'],
    [{ people: ['pn_chen', 'pn_nobody'] }, 'UNKNOWN_PERSON', 'input.people'],
    [{ staff: [colleague('pn_chen'), colleague('pn_li', { employed: false })], people: ['pn_chen', 'pn_li'] }, 'LEFT', 'input.people'],
    [{ staff: [colleague('pn_chen'), colleague('pn_li', { trades: [] })], people: ['pn_chen', 'pn_li'] }, 'TRADE_NOT_HELD', 'input.people'],
  ])('given %j, then it is refused as %s', (more, code, field) => given().when(publish(more)).thenRejected(code, field));

  it('given a slot in the way, then it is refused, until that is withdrawn', () => {
    given(second).when(publish()).thenRejected('SLOT_OVERLAPS', 'input.firstDay');
    given(first, second)
      .when(scheduler('WithdrawOnCall', { from: day(3), until: day(4), reason: '重排' }, NOW))
      .then({ type: 'OnCallSlotWithdrawn', data: { slotId: 'oc_2', trade, reason: '重排' } });
    expect(stateAfter(second, { type: 'OnCallSlotWithdrawn', data: { slotId: 'oc_2', trade, reason: '重排' } }).slots).toEqual([]);
  });
});

describe('ST-07 at any instant there is one primary and one back-up, or a gap', () => {
  const plan = stateAfter(first, second, gap);

  it('given a slot, then its two people, from its start until just before its end', () => {
    expect(onCallAt(plan, day(2)).slot).toMatchObject({ primaryId: 'pn_chen', backupId: 'pn_li' });
    expect(onCallAt(plan, day(3)).slot).toMatchObject({ primaryId: 'pn_li', backupId: 'pn_wang' });
  });

  it('given none, then a gap, with the reason when it was declared', () => {
    expect(onCallAt(plan, day(4))).toMatchObject({ slot: null, gap: { reason: '外包电工驻场' } });
    expect(onCallAt(plan, day(1))).toEqual({ slot: null, gap: null });
    expect(gapsIn(plan, { from: day(1), until: day(6) })).toEqual([
      { from: day(1), until: day(2), gap: null },
      { from: day(4), until: day(5), gap: expect.objectContaining({ gapId: 'og_1' }) },
      { from: day(5), until: day(6), gap: null },
    ]);
    expect(gapsIn(plan, { from: day(2), until: day(4) })).toEqual([]);
  });

  it('given a slot was set over a declared gap, then that part of the gap is filled', () =>
    expect(gapsIn(stateAfter(gap, slot('oc_3', day(4, '06'), day(4, '18'), 'pn_chen', 'pn_li')), { from: day(4), until: day(5) })).toEqual([
      { from: day(4), until: day(4, '06'), gap: expect.objectContaining({ gapId: 'og_1' }) },
      { from: day(4, '18'), until: day(5), gap: expect.objectContaining({ gapId: 'og_1' }) },
    ]));
});

describe('ST-07 a gap is declared', () => {
  const declare = (from: string, until: string) => scheduler('DeclareGap', { trade, from, until, reason: '外包电工驻场' }, NOW);

  it('where nobody is on call, also for a trade that has no plan yet', () => {
    const command = declare(day(4), day(5));
    const declared: RotaEvent = { type: 'OnCallGapDeclared', data: { ...gap.data, gapId: made(command, 0, 'og') } as never };
    given(first, second).when(command).then(declared);
    given().when(command).then(declared);
  });

  it('not over a slot, another gap, or backwards', () => {
    given(first)
      .when(declare(day(2, '23'), day(4)))
      .thenRejected('ON_CALL_PLANNED', 'input.from');
    given(gap)
      .when(declare(day(3), day(6)))
      .thenRejected('GAP_OVERLAPS', 'input.from');
    given()
      .when(declare(day(5), day(4)))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.until');
  });

  it('and taken back', () => {
    given(gap)
      .when(scheduler('WithdrawGap', { gapId: 'og_1' }, NOW))
      .then({ type: 'OnCallGapWithdrawn', data: { gapId: 'og_1' } });
    given(gap)
      .when(scheduler('WithdrawGap', { gapId: 'og_2' }, NOW))
      .thenRejected('UNKNOWN_GAP', 'input.gapId');
    given()
      .when(scheduler('WithdrawGap', { gapId: 'og_1' }, NOW))
      .thenRejected('UNKNOWN_ROTA', 'input.trade');
  });
});

describe('ST-07 somebody else takes a post', () => {
  const override = (from: string, until: string, more: object = {}) =>
    scheduler(
      'OverrideOnCall',
      { slotId: 'oc_1', post: 'primary' as const, personId: 'pn_wang', from, until, reason: '孩子生病', staff, ...more },
      NOW,
    );

  it('given a whole slot, then it keeps its id', () =>
    given(first)
      .when(override(day(2), day(3)))
      .then(slot('oc_1', day(2), day(3), 'pn_wang', 'pn_li', '孩子生病')));

  it('given a part, then before and after stay as they were', () => {
    const command = override(day(2, '08'), day(2, '12'));
    given(first)
      .when(command)
      .then(
        slot('oc_1', day(2), day(2, '08'), 'pn_chen', 'pn_li', '孩子生病'),
        slot(made(command, 1), day(2, '08'), day(2, '12'), 'pn_wang', 'pn_li', '孩子生病'),
        slot(made(command, 2), day(2, '12'), day(3), 'pn_chen', 'pn_li', '孩子生病'),
      );
  });

  it('given they are at that post, then it is fact already; given they are at the other, then it takes two people', () => {
    given(first)
      .when(override(day(2), day(3), { personId: 'pn_chen' }))
      .then();
    given(first)
      .when(override(day(2), day(3), { personId: 'pn_li' }))
      .thenRejected('SAME_PERSON', 'input.personId');
    given(first)
      .when(override(day(2), day(3), { personId: 'pn_chen', post: 'backup' }))
      .thenRejected('SAME_PERSON', 'input.personId');
  });

  it('given what is not there, or not possible, then it is refused', () => {
    given(first)
      .when(override(day(1), day(3)))
      .thenRejected('OUTSIDE_SLOT', 'input.from');
    given(first)
      .when(override(day(3), day(2)))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.until');
    given(first)
      .when(override(day(2), day(3), { slotId: 'oc_9' }))
      .thenRejected('UNKNOWN_SLOT', 'input.slotId');
    given(first)
      .when(override(day(2), day(3), { staff: [] }))
      .thenRejected('UNKNOWN_PERSON', 'input.personId');
    given()
      .when(override(day(2), day(3)))
      .thenRejected('UNKNOWN_ROTA', 'input.trade');
  });
});

describe('ST-07 a post is swapped', () => {
  const offered: RotaEvent = {
    type: 'OnCallSwapOffered',
    data: { slotId: 'oc_1', post: 'primary', fromPersonId: 'pn_chen', toPersonId: 'pn_wang' },
  };
  const accepted: RotaEvent = { ...offered, type: 'OnCallSwapAccepted' } as RotaEvent;
  const declined: RotaEvent = { type: 'OnCallSwapDeclined', data: { slotId: 'oc_1', toPersonId: 'pn_wang' } };
  const withdrawn: RotaEvent = { ...declined, type: 'OnCallSwapWithdrawn' } as RotaEvent;
  const offer = (by = chen, more: object = {}, at = NOW) =>
    by('OfferOnCallSwap', { slotId: 'oc_1', post: 'primary', toPersonId: 'pn_wang', staff, ...more }, at) as RotaCommand;
  const accept = (by = wang, at = NOW) => by('AcceptOnCallSwap', { slotId: 'oc_1', staff }, at);
  const decline = (by = wang, at = NOW) => by('DeclineOnCallSwap', { slotId: 'oc_1' }, at);
  const withdraw = (by = chen, at = NOW) => by('WithdrawOnCallSwap', { slotId: 'oc_1' }, at);

  it('given both agree, then it is the other one’s', () => {
    given(first).when(offer()).then(offered);
    given(first, offered)
      .when(accept())
      .then(accepted, slot('oc_1', day(2), day(3), 'pn_wang', 'pn_li'));
  });

  it('given it is open, then there is no second one, nor an override, until it is declined or withdrawn', () => {
    given(first, offered).when(offer()).then();
    given(first, offered)
      .when(offer(scheduler, { post: 'backup' }))
      .thenRejected('SWAP_OPEN', 'input.slotId');
    given(first, offered)
      .when(
        scheduler(
          'OverrideOnCall',
          { slotId: 'oc_1', post: 'primary' as const, personId: 'pn_wang', from: day(2), until: day(3), reason: '…', staff },
          NOW,
        ),
      )
      .thenRejected('SWAP_OPEN', 'input.slotId');
    given(first, offered).when(decline()).then(declined);
    given(first, offered).when(withdraw()).then(withdrawn);
    given(first, offered, declined).when(offer()).then(offered);
    given(first, offered, withdrawn).when(withdraw()).then();
    given(first, offered, withdrawn).when(accept()).thenRejected('NO_SWAP_OPEN', 'input.slotId');
  });

  it('given nobody answered and it has begun, then it is declined or withdrawn until it is over, and can be overridden after', () => {
    const begun = day(2, '12');
    given(first, offered).when(decline(wang, begun)).then(declined);
    given(first, offered).when(withdraw(chen, begun)).then(withdrawn);
    const replace = (at: string) =>
      scheduler(
        'OverrideOnCall',
        { slotId: 'oc_1', post: 'primary' as const, personId: 'pn_wang', from: day(2), until: day(3), reason: '顶班', staff },
        at,
      );
    given(first, offered, withdrawn)
      .when(replace(begun))
      .then(slot('oc_1', day(2), day(3), 'pn_wang', 'pn_li', '顶班'));
    given(first, offered).when(replace(begun)).thenRejected('SWAP_OPEN', 'input.slotId');
    for (const wish of [decline(wang, day(3)), withdraw(chen, day(3)), accept(wang, day(3)), offer(chen, {}, day(3))])
      given(first, offered).when(wish).thenRejected('SLOT_OVER', 'input.slotId');
    given(first, offered)
      .when(replace(day(3)))
      .then(slot('oc_1', day(2), day(3), 'pn_wang', 'pn_li', '顶班'));
  });

  it('given somebody else, or the one who is the other post, or too late, then it is refused', () => {
    given(first).when(offer(wang)).thenRejected('NOT_YOURS', 'input.slotId');
    given(first, offered).when(accept(chen)).thenRejected('NOT_YOURS', 'input.slotId');
    given(first, offered).when(withdraw(wang)).thenRejected('NOT_YOURS', 'input.slotId');
    given(first)
      .when(offer(chen, { toPersonId: 'pn_li' }))
      .thenRejected('SAME_PERSON', 'input.toPersonId');
    given(first)
      .when(offer(chen, { toPersonId: 'pn_chen' }))
      .thenRejected('SAME_PERSON', 'input.toPersonId');
    given(first)
      .when(offer(chen, {}, day(2)))
      .thenRejected('SLOT_STARTED', 'input.slotId');
    given(first, offered)
      .when(accept(wang, day(2)))
      .thenRejected('SLOT_STARTED', 'input.slotId');
  });
});

describe('ST-07 somebody is no longer there', () => {
  const release = (from: string) => scheduler('ReleaseFromOnCall', { personId: 'pn_li', from }, NOW);
  const because = 'pn_li is not available';

  it('given their slots, then from then on each is a gap; what was, stays', () => {
    const after = [
      slot('oc_1', day(2), day(2, '12'), 'pn_chen', 'pn_li', because),
      { type: 'OnCallSlotWithdrawn', data: { slotId: 'oc_2', trade, reason: because } },
    ] as const;
    given(first, second)
      .when(release(day(2, '12')))
      .then(...after);
    const plan = stateAfter(first, second, ...after);
    expect(gapsIn(plan, { from: day(2), until: day(4) })).toEqual([{ from: day(2, '12'), until: day(4), gap: null }]);
    given(first, second, ...after)
      .when(release(day(2, '12')))
      .then();
  });
});

describe('ST-07 the quality of a plan', () => {
  const period = { from: day(2), until: day(4) };

  it('given it is covered and shared, then it is 100', () =>
    expect(qualityOf(stateAfter(first, slot('oc_2', day(3), day(4), 'pn_li', 'pn_chen')), period)).toMatchObject({
      ...{ score: 100, covered: 1, balance: 1, gapHours: 0 },
    }));

  it('given gaps, or one who does it all, then it is less, and says who', () => {
    expect(qualityOf(stateAfter(first), period)).toEqual({
      ...{ score: 25, covered: 0.5, balance: 0.5, gapHours: 24 },
      people: [
        { personId: 'pn_chen', primaryHours: 24, overloaded: true },
        { personId: 'pn_li', primaryHours: 0, overloaded: false },
      ],
    });
    expect(qualityOf(stateAfter(), period)).toEqual({ score: 0, covered: 0, balance: 0, gapHours: 48, people: [] });
  });
});
