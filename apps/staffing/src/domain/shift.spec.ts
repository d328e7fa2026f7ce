import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { shift, type ShiftEvent } from './shift';

const as = (id: string, ...roles: readonly string[]) => commandsBy({ id, kind: 'person', roles });
const scheduler = as('pn_scheduler', 'scheduler');
const chen = as('pn_chen', 'technician');
const li = as('pn_li', 'technician');
const wang = as('pn_wang', 'technician');
const { given } = rulesOf(shift);

const NOW = '2026-03-01T00:00:00.000Z';
const hours = { trade: 'electrician', zones: ['inpatient'], from: '2026-03-02T00:00:00.000Z', until: '2026-03-02T08:00:00.000Z' };
const { from: START, until: END } = hours;
const colleague = (id: string, more: object = {}) => ({ id, trades: ['electrician'], employed: true, ...more });
const free = (id: string) => ({ person: colleague(id), others: [] });
const other = (from: string, until: string) => ({ id: 'sh_other', from: `2026-03-${from}:00.000Z`, until: `2026-03-${until}:00.000Z` });

const planned: ShiftEvent = { type: 'ShiftPlanned', data: { ...hours, personId: 'pn_chen' } };
const cancelled: ShiftEvent = { type: 'ShiftCancelled', data: { personId: 'pn_chen', reason: '门诊停诊' } };
const offered: ShiftEvent = { type: 'ShiftSwapOffered', data: { fromPersonId: 'pn_chen', toPersonId: 'pn_li' } };
const accepted: ShiftEvent = { type: 'ShiftSwapAccepted', data: { fromPersonId: 'pn_chen', toPersonId: 'pn_li' } };
const declined: ShiftEvent = { type: 'ShiftSwapDeclined', data: { toPersonId: 'pn_li' } };
const withdrawn: ShiftEvent = { type: 'ShiftSwapWithdrawn', data: { toPersonId: 'pn_li' } };
const reassigned = (personId: string, reason: string | null = null): ShiftEvent => ({
  type: 'ShiftReassigned',
  data: { ...hours, fromPersonId: 'pn_chen', personId, reason },
});
const plan = (more: object = {}) => scheduler('PlanShift', { ...hours, personId: 'pn_chen', ...free('pn_chen'), ...more }, NOW);
const offer = (by = chen, to = 'pn_li', at = NOW) => by('OfferSwap', { toPersonId: to, person: colleague(to) }, at);

describe('a shift is planned', () => {
  it('once, for somebody of the trade', () => {
    given().when(plan()).then(planned);
    given(planned).when(plan()).thenRejected('ALREADY_PLANNED', 'idempotencyKey');
  });

  it.each([
    [{ person: null }, 'UNKNOWN_PERSON', 'input.personId'],
    [{ person: colleague('pn_li') }, 'UNKNOWN_PERSON', 'input.personId'],
    [{ person: colleague('pn_chen', { employed: false }) }, 'LEFT', 'input.personId'],
    [{ person: colleague('pn_chen', { trades: ['plumber'] }) }, 'TRADE_NOT_HELD', 'input.personId'],
    [{ until: START }, 'ENDS_BEFORE_IT_STARTS', 'input.until'],
    [{ others: [other('02T07:59', '02T16:00')] }, 'SHIFT_OVERLAPS', 'input.personId'],
    [{ others: [other('01T00:00', '03T16:00')] }, 'SHIFT_OVERLAPS', 'input.personId'],
    [{ others: [other('02T17:59', '03T02:00')] }, 'REST_TOO_SHORT', 'input.personId'],
    [{ others: [other('01T08:00', '01T14:01')] }, 'REST_TOO_SHORT', 'input.personId'],
    [{ others: [other('02T08:00', '02T16:00')] }, 'REST_TOO_SHORT', 'input.personId'],
  ])('given %j, then it is refused as %s', (more, code, field) => given().when(plan(more)).thenRejected(code, field));

  it('given 10 hours of rest before and after, then it is legal', () =>
    given()
      .when(plan({ others: [other('01T06:00', '01T14:00'), other('02T18:00', '03T02:00')] }))
      .then(planned));
});

describe('a shift is cancelled', () => {
  const cancel = (at = NOW) => scheduler('CancelShift', { reason: '门诊停诊' }, at);

  it('once, and nothing is done with it any more', () => {
    given(planned).when(cancel()).then(cancelled);
    given(planned, cancelled).when(cancel()).then();
    given(planned, cancelled).when(offer()).thenRejected('SHIFT_CANCELLED', 'input.id');
  });

  it('not when it is over, or unknown', () => {
    given(planned).when(cancel(END)).thenRejected('SHIFT_OVER', 'input.id');
    given().when(cancel()).thenRejected('UNKNOWN_SHIFT', 'input.id');
  });

  it('ST-19 given whoever left had it and somebody else has taken it meanwhile, then it stays theirs', () => {
    const cancelOf = (personId: string) => scheduler('CancelShift', { reason: '门诊停诊', personId }, NOW);
    given(planned, offered, accepted, reassigned('pn_li')).when(cancelOf('pn_chen')).then();
    given(planned, offered).when(cancelOf('pn_chen')).then(cancelled);
  });
});

describe('ST-19 a shift is swapped', () => {
  const accept = (by = li, more: object = {}, at = NOW) => by('AcceptSwap', { ...free('pn_li'), ...more }, at);
  const decline = (by = li, at = NOW) => by('DeclineSwap', {}, at);
  const withdraw = (by = chen, at = NOW) => by('WithdrawSwap', {}, at);

  it('given both agree and it is legal, then it is the other one’s', () => {
    given(planned).when(offer()).then(offered);
    given(planned, offered).when(accept()).then(accepted, reassigned('pn_li'));
    given(planned, offered, accepted, reassigned('pn_li')).when(offer()).thenRejected('NOT_YOURS', 'input.id');
    given(planned, offered, accepted, reassigned('pn_li')).when(decline()).thenRejected('NO_SWAP_OPEN', 'input.id');
  });

  it('given it is open, then there is no second one, until it is declined or withdrawn', () => {
    given(planned, offered).when(offer()).then();
    given(planned, offered).when(offer(chen, 'pn_wang')).thenRejected('SWAP_OPEN', 'input.id');
    given(planned, offered).when(decline()).then(declined);
    given(planned, offered).when(withdraw()).then(withdrawn);
    given(planned, withdrawn).when(withdraw()).then();
    for (const closed of [declined, withdrawn])
      given(planned, offered, closed)
        .when(offer(chen, 'pn_wang'))
        .then({ type: 'ShiftSwapOffered', data: { fromPersonId: 'pn_chen', toPersonId: 'pn_wang' } });
  });

  it('given it would not be legal for the other one, then it is refused with the rule', () => {
    given(planned, offered)
      .when(accept(li, { others: [other('02T04:00', '02T12:00')] }))
      .thenRejected('SHIFT_OVERLAPS', 'input.id');
    given(planned, offered)
      .when(accept(li, { others: [other('02T12:00', '02T20:00')] }))
      .thenRejected('REST_TOO_SHORT', 'input.id');
    given(planned, offered)
      .when(accept(li, { person: colleague('pn_li', { employed: false }) }))
      .thenRejected('LEFT', 'input.id');
    given(planned, offered)
      .when(accept(li, { person: colleague('pn_wang') }))
      .thenRejected('UNKNOWN_PERSON', 'input.id');
    const plumber = colleague('pn_li', { trades: ['plumber'] });
    given(planned)
      .when(chen('OfferSwap', { toPersonId: 'pn_li', person: plumber }, NOW))
      .thenRejected('TRADE_NOT_HELD', 'input.toPersonId');
  });

  it('given somebody else, then it is not theirs to say; a scheduler may act for anybody', () => {
    given(planned).when(offer(wang)).thenRejected('NOT_YOURS', 'input.id');
    given(planned, offered).when(accept(wang)).thenRejected('NOT_YOURS', 'input.id');
    given(planned, offered).when(decline(chen)).thenRejected('NOT_YOURS', 'input.id');
    given(planned, offered).when(withdraw(li)).thenRejected('NOT_YOURS', 'input.id');
    given(planned).when(offer(scheduler)).then(offered);
    given(planned, offered).when(accept(scheduler)).then(accepted, reassigned('pn_li'));
  });

  it('given it is open to anybody, then whoever of the trade takes it first has it, by the same rules', () => {
    const open: ShiftEvent = { type: 'ShiftSwapOffered', data: { fromPersonId: 'pn_chen', toPersonId: null } };
    const volunteering = (more: object = {}) => wang('AcceptSwap', { ...free('pn_wang'), ...more }, NOW);
    given(planned)
      .when(chen('OfferSwap', { toPersonId: null, person: null }, NOW))
      .then(open);
    given(planned, open)
      .when(volunteering())
      .then({ type: 'ShiftSwapAccepted', data: { fromPersonId: 'pn_chen', toPersonId: 'pn_wang' } }, reassigned('pn_wang'));
    given(planned, open)
      .when(volunteering({ others: [other('02T04:00', '02T12:00')] }))
      .thenRejected('SHIFT_OVERLAPS', 'input.id');
    given(planned, open)
      .when(volunteering({ person: colleague('pn_wang', { trades: ['plumber'] }) }))
      .thenRejected('TRADE_NOT_HELD', 'input.id');
    given(planned, open)
      .when(chen('AcceptSwap', free('pn_chen'), NOW))
      .thenRejected('SAME_PERSON', 'input.id');
    given(planned, open).when(decline()).then();
    given(planned, open).when(offer()).thenRejected('SWAP_OPEN', 'input.id');
    given(planned, open)
      .when(withdraw())
      .then({ type: 'ShiftSwapWithdrawn', data: { toPersonId: null } });
  });

  it('given it has begun, or is theirs already, then it is not swapped', () => {
    given(planned)
      .when(offer(chen, 'pn_li', START))
      .thenRejected('SHIFT_STARTED', 'input.id');
    given(planned, offered)
      .when(accept(li, {}, START))
      .thenRejected('SHIFT_STARTED', 'input.id');
    given(planned).when(offer(chen, 'pn_chen')).thenRejected('SAME_PERSON', 'input.toPersonId');
  });

  it('given it was offered before it began, when it has, then nobody takes it, named or not, nor a scheduler for them; it is still declined or withdrawn', () => {
    const open: ShiftEvent = { type: 'ShiftSwapOffered', data: { fromPersonId: 'pn_chen', toPersonId: null } };
    given(planned, offered)
      .when(accept(scheduler, {}, START))
      .thenRejected('SHIFT_STARTED', 'input.id');
    given(planned, open)
      .when(accept(li, {}, START))
      .thenRejected('SHIFT_STARTED', 'input.id');
    given(planned, offered).when(decline(li, START)).then(declined);
    given(planned, offered).when(withdraw(chen, START)).then(withdrawn);
    // A moment before it is theirs to take.
    given(planned, offered)
      .when(accept(li, {}, '2026-03-01T23:59:59.999Z'))
      .then(accepted, reassigned('pn_li'));
  });

  it('given it was offered before, when it is over, was cancelled or given to somebody else, then it is neither taken nor declined', () => {
    for (const answer of [accept(li, {}, END), decline(li, END), withdraw(chen, END)])
      given(planned, offered).when(answer).thenRejected('SHIFT_OVER', 'input.id');
    for (const answer of [accept(), decline(), withdraw()])
      given(planned, offered, cancelled).when(answer).thenRejected('SHIFT_CANCELLED', 'input.id');
    for (const answer of [accept(), decline()])
      given(planned, offered, reassigned('pn_wang', '孩子生病')).when(answer).thenRejected('NO_SWAP_OPEN', 'input.id');
  });

  it('given it was offered before, when whoever was to take it has left or was forgotten, then it is not theirs, whoever says so', () => {
    for (const by of [li, scheduler]) {
      given(planned, offered)
        .when(accept(by, { person: colleague('pn_li', { employed: false }) }))
        .thenRejected('LEFT', 'input.id');
      given(planned, offered)
        .when(accept(by, { person: null }))
        .thenRejected('UNKNOWN_PERSON', 'input.id');
    }
    given(planned, offered).when(withdraw()).then(withdrawn);
  });
});

describe('a scheduler gives a shift to somebody else', () => {
  const reassign = (to: string, more: object = {}, at = START) =>
    scheduler('ReassignShift', { personId: to, reason: '孩子生病', ...free(to), ...more }, at);

  it('also when it has begun, and an open swap ends with it', () => {
    given(planned, offered).when(reassign('pn_wang')).then(reassigned('pn_wang', '孩子生病'));
    given(planned, offered, reassigned('pn_wang'))
      .when(li('DeclineSwap', {}, START))
      .thenRejected('NO_SWAP_OPEN', 'input.id');
    given(planned).when(reassign('pn_chen')).then();
  });

  it('under the same rules', () => {
    given(planned)
      .when(reassign('pn_wang', { others: [other('02T04:00', '02T12:00')] }))
      .thenRejected('SHIFT_OVERLAPS', 'input.personId');
    given(planned)
      .when(reassign('pn_wang', {}, END))
      .thenRejected('SHIFT_OVER', 'input.id');
  });
});
