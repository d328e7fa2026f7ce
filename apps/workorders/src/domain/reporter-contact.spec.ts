import { type Ask, DAY, type JsonObject, plus, type Recorded } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { USUAL_AGREEMENT } from './category';
import { contactKeptLongEnough, keepContact, reporterContact, type ReporterContactEvent } from './reporter-contact';

const T0 = '2026-03-01T03:12:00.000Z';
const day = (n: number): string => plus(T0, n * DAY);
const administrator = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const system = commandsBy({ id: 'system', kind: 'system', roles: [] });
const kept = (until: string | null): ReporterContactEvent => ({ type: 'ReporterContactKept', data: { until } });
const forgotten = (because: 'agreed' | 'asked', at: string): ReporterContactEvent => ({
  type: 'ReporterContactForgotten',
  data: { because, at },
});
const asked = (at: string) => administrator('ForgetReporterContact', { left: true, dueAt: null }, at);
const due = (dueAt: string) => system('ForgetReporterContact', { left: true, dueAt }, dueAt);

const { given } = rulesOf(reporterContact);

describe('WO-24 where somebody without an account can be reached', () => {
  it('given it was kept for as long as is agreed, then it is forgotten, once', () => {
    given(kept(day(30)))
      .when(due(day(30)))
      .then(forgotten('agreed', day(30)));
    given(kept(day(30)), forgotten('agreed', day(30)))
      .when(due(day(30)))
      .then();
  });

  it('given an administrator says so, then it is forgotten, also while the request is under way, once', () => {
    for (const before of [[], [kept(day(30))], [kept(day(30)), kept(null)]])
      given(...before)
        .when(asked(day(1)))
        .then(forgotten('asked', day(1)));
    given(forgotten('asked', day(1)))
      .when(asked(day(2)))
      .then();
  });

  it('given the request was reopened, or ended anew, then what was due before is not', () => {
    given(kept(day(30)), kept(null))
      .when(due(day(30)))
      .then();
    given(kept(day(30)), kept(null), kept(day(40)))
      .when(due(day(30)))
      .then();
  });

  it('given until when it is kept, then that is recorded when it has changed, and not once it is forgotten', () => {
    given()
      .when(system('KeepReporterContact', { until: day(30) }, T0))
      .then(kept(day(30)));
    given(kept(day(30)))
      .when(system('KeepReporterContact', { until: day(30) }, T0))
      .then();
    given(forgotten('asked', T0))
      .when(system('KeepReporterContact', { until: day(30) }, T0))
      .then();
  });

  it('given none was left, then there is nothing to forget, and the field is named', () =>
    given()
      .when(administrator('ForgetReporterContact', { left: false, dueAt: null }, T0))
      .thenRejected('NO_CONTACT', 'input.id'));

  it('given its time has come, then the wish names the instant', () =>
    expect(contactKeptLongEnough.whenDue('wo_1', day(30))).toEqual({
      ...{ aggregate: reporterContact, id: 'wo_1', type: 'ForgetReporterContact', data: { left: true, dueAt: day(30) } },
    }));
});

describe('WO-24 how long such a contact is kept', () => {
  const wishes = async (type: string, contact: JsonObject | null, contactDays: number | null = 30, ofKind = 3_650) => {
    const rows: Readonly<Record<string, JsonObject>> = {
      'work-orders wo_1': { contact, categoryId: 'ct_1', contactDays },
      'categories ct_1': { agreement: { ...USUAL_AGREEMENT, contactDays: ofKind } },
    };
    const ask: Ask = async (view, { key }) => [{ key: String(key), row: rows[`${view} ${String(key)}`]! }];
    const event = { type, stream: 'workOrder-wo_1', data: {}, metadata: { occurredAt: T0 } } as unknown as Recorded;
    expect(keepContact.on).toContain(type);
    return keepContact.react(event, await keepContact.facts(event, ask, day(9)));
  };
  const ofPatient = { personal: 'wo_1', sealed: 'x' };
  const keep = (until: string | null) => [{ aggregate: reporterContact, id: 'wo_1', type: 'KeepReporterContact', data: { until } }];

  it.each(['WorkOrderRated', 'WorkOrderLeftUnrated', 'WorkOrderCancelled', 'WorkOrderMerged'])(
    'given %s, then for the days it was opened under, from when that happened, whatever its kind agrees by now',
    async (type) => {
      expect(await wishes(type, ofPatient)).toEqual(keep(day(30)));
      expect(await wishes(type, ofPatient, 0)).toEqual(keep(T0));
    },
  );

  it('given it was opened before its days were agreed with it, then for those of its kind', async () =>
    expect(await wishes('WorkOrderRated', ofPatient, null, 20)).toEqual(keep(day(20))));

  it('given it is reopened, then for as long as it is under way', async () =>
    expect(await wishes('WorkOrderReopened', ofPatient)).toEqual(keep(null)));

  it('given the contact of somebody who has an account, or none, then nothing is decided: it goes with the account', async () => {
    expect(await wishes('WorkOrderRated', { personal: 'pn_reporter', sealed: 'x' })).toEqual([]);
    expect(await wishes('WorkOrderRated', null)).toEqual([]);
  });
});
