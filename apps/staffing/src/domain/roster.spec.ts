import type { Ask, JsonObject, Policy, Query, Recorded } from '@hospital/kernel';
import { cancelShifts, recheckShift, recheckSlot, releaseFromOnCall } from './roster';

const T4 = '2026-03-01T04:00:00.000Z';
const event = (stream: string, type: string, data: JsonObject): Recorded =>
  ({ stream, type, data, metadata: { occurredAt: T4 } }) as unknown as Recorded;

/** Answers from rows; notes what was asked. */
function rows(answer: (view: string, query: Query) => readonly JsonObject[]) {
  const asked: (readonly [string, Query])[] = [];
  const ask: Ask = async (view, query) => {
    asked.push([view, query]);
    return answer(view, query).map((row) => ({ key: String(row['id']), row }));
  };
  return { ask, asked };
}
async function reaction<F>(policy: Policy<F>, to: Recorded, ask: Ask) {
  const commands = policy.react(to, await policy.facts(to, ask, ''));
  return commands.map(({ aggregate, id, type, data }) => [aggregate.category, id, type, data]);
}

describe('given somebody leaves', () => {
  const left = event('person-pn_chen', 'PersonLeft', { at: T4 });

  it('when shifts are planned with them, then those that are not over are cancelled', async () => {
    const { ask, asked } = rows(() => [{ id: 'sh_1' }, { id: 'sh_2' }]);
    expect(await reaction(cancelShifts, left, ask)).toEqual([
      ['shift', 'sh_1', 'CancelShift', { reason: 'left', personId: 'pn_chen' }],
      ['shift', 'sh_2', 'CancelShift', { reason: 'left', personId: 'pn_chen' }],
    ]);
    expect(asked).toEqual([['shifts', { where: { personId: 'pn_chen', status: 'planned', until: { from: T4 } } }]]);
  });

  it('when they are on call, then each trade is told once', async () => {
    const { ask } = rows((_, { where }) =>
      where?.['primaryId']
        ? [{ id: 'oc_1', trade: 'electrician' }]
        : [
            { id: 'oc_2', trade: 'electrician' },
            { id: 'oc_3', trade: 'plumber' },
          ],
    );
    const command = { personId: 'pn_chen', from: T4 };
    expect(await reaction(releaseFromOnCall, left, ask)).toEqual([
      ['rota', 'electrician', 'ReleaseFromOnCall', command],
      ['rota', 'plumber', 'ReleaseFromOnCall', command],
    ]);
    expect(await reaction(releaseFromOnCall, event('person-pn_chen', 'PersonForgotten', {}), ask)).toHaveLength(2);
  });
});

const here = { id: 'pn_chen', leftAt: null, forgotten: false };

describe('given somebody who left while they were being planned', () => {
  const gone = { ...here, leftAt: T4 };
  const shift = { id: 'sh_1', personId: 'pn_chen', status: 'planned', assignedAt: T4 };
  const planned = event('shift-sh_1', 'ShiftPlanned', { personId: 'pn_chen', from: T4, until: '2026-03-01T08:00:00.000Z' });
  const slot = event('rota-hvac-technician', 'OnCallSlotSet', {
    primaryId: 'pn_li',
    backupId: 'pn_chen',
    until: '2026-03-01T08:00:00.000Z',
  });
  const seen = (person: JsonObject) =>
    rows((view, { key }) => (view === 'shifts' ? [shift] : [key === 'pn_li' ? { ...here, id: 'pn_li' } : person])).ask;

  it('when the shift is looked at again, then it is cancelled', async () => {
    expect(await reaction(recheckShift, planned, seen(gone))).toEqual([
      ['shift', 'sh_1', 'CancelShift', { reason: 'left', personId: 'pn_chen' }],
    ]);
    expect(await reaction(recheckShift, planned, seen({ ...here, forgotten: true }))).toHaveLength(1);
    expect(await reaction(recheckShift, planned, seen(here))).toEqual([]);
  });

  it('when the slot is looked at again, then it is released from when they left, unless it was over by then', async () => {
    expect(await reaction(recheckSlot, slot, seen(gone))).toEqual([
      ['rota', 'hvac-technician', 'ReleaseFromOnCall', { personId: 'pn_chen', from: T4 }],
    ]);
    expect(await reaction(recheckSlot, slot, seen({ ...here, leftAt: '2026-03-01T08:00:00.000Z' }))).toEqual([]);
    expect(await reaction(recheckSlot, slot, seen(here))).toEqual([]);
  });
});

describe('given two shifts of one person that were planned at the same moment', () => {
  const row = (id: string, assignedAt: string, more: object = {}) => ({ id, personId: 'pn_chen', status: 'planned', assignedAt, ...more });
  const planned = (id: string) =>
    event(`shift-${id}`, 'ShiftPlanned', { personId: 'pn_chen', from: '2026-03-02T00:00:00.000Z', until: '2026-03-02T08:00:00.000Z' });
  const seen = (...both: readonly JsonObject[]) =>
    rows((view, { key }) => (view === 'people' ? [here] : key ? both.filter(({ id }) => id === key) : both));

  it('when each is looked at, then the one recorded later gives way, and only that', async () => {
    const { ask, asked } = seen(row('sh_1', T4), row('sh_2', '2026-03-01T04:00:00.001Z'));
    expect(await reaction(recheckShift, planned('sh_1'), ask)).toEqual([]);
    expect(await reaction(recheckShift, planned('sh_2'), ask)).toEqual([
      ['shift', 'sh_2', 'CancelShift', { reason: 'too close to sh_1', personId: 'pn_chen' }],
    ]);
    expect(asked[1]![1].where).toEqual({
      ...{ personId: 'pn_chen', status: 'planned' },
      from: { to: '2026-03-02T18:00:00.000Z' },
      until: { from: '2026-03-01T14:00:00.001Z' },
    });
  });

  it('when they were recorded at the same instant, then still only one does', async () => {
    const { ask } = seen(row('sh_1', T4), row('sh_2', T4));
    expect(await reaction(recheckShift, planned('sh_1'), ask)).toEqual([]);
    expect(await reaction(recheckShift, planned('sh_2'), ask)).toHaveLength(1);
  });

  it('when it is somebody else’s by now, or cancelled, then nothing happens', async () => {
    for (const change of [{ personId: 'pn_li' }, { status: 'cancelled' }]) {
      const { ask } = seen(row('sh_1', T4), row('sh_2', '2026-03-01T05:00:00.000Z', change));
      expect(await reaction(recheckShift, planned('sh_2'), ask)).toEqual([]);
    }
  });
});
