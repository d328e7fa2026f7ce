import { type Ask, HOUR, idOf, type Instant, instant, type JsonObject, millis, type Policy, type Recorded, to } from '@hospital/kernel';
import { rota } from './rota';
import { REST, shift } from './shift';

const since = ({ data, metadata }: Recorded): Instant => (typeof data['at'] === 'string' ? data['at'] : metadata.occurredAt);

/** Who has left works no more shifts. */
export const cancelShifts: Policy<readonly string[]> = {
  name: 'cancel-shifts',
  categories: ['person'],
  on: ['PersonLeft', 'PersonForgotten'],
  async facts(event, ask) {
    const open = await ask('shifts', { where: { personId: idOf(event.stream), status: 'planned', until: { from: since(event) } } });
    return open.map(({ key }) => key);
  },
  // Somebody else may have taken one meanwhile.
  react: ({ stream }, shifts) => shifts.map((id) => to(shift, id, 'CancelShift', { reason: 'left', personId: idOf(stream) })),
};

/** Nor is called: what stood on them becomes a gap that everybody sees. */
export const releaseFromOnCall: Policy<readonly string[]> = {
  name: 'release-from-on-call',
  categories: ['person'],
  on: ['PersonLeft', 'PersonForgotten'],
  async facts(event, ask) {
    const personId = idOf(event.stream);
    const until = { from: since(event) };
    const primary = await ask('on-call-slots', { where: { primaryId: personId, until } });
    const backup = await ask('on-call-slots', { where: { backupId: personId, until } });
    return [...new Set([...primary, ...backup].map(({ row }) => String(row['trade'])))];
  },
  react: (event, trades) =>
    trades.map((trade) => to(rota, trade, 'ReleaseFromOnCall', { personId: idOf(event.stream), from: since(event) })),
};

/** Since when somebody is not there any more; undefined while they are. */
async function goneSince(ask: Ask, personId: string, now: Instant): Promise<Instant | undefined> {
  const [found] = await ask('people', { key: personId });
  if (typeof found?.row['leftAt'] === 'string') return found.row['leftAt'];
  return found?.row['forgotten'] === false ? undefined : now;
}

interface Recheck {
  readonly own: JsonObject | undefined;
  readonly gone: boolean;
  readonly earlier: readonly string[];
}

/** What was planned at the same moment did not see each other: who left meanwhile does not work, and of two shifts too close the later gives way. */
export const recheckShift: Policy<Recheck> = {
  name: 'recheck-shift',
  categories: ['shift'],
  on: ['ShiftPlanned', 'ShiftReassigned'],
  async facts({ stream, data, metadata }, ask) {
    const id = idOf(stream);
    const personId = String(data['personId']);
    const [own] = await ask('shifts', { key: id });
    const near = { from: { to: edge(String(data['until']), REST) }, until: { from: edge(String(data['from']), 1 - REST) } };
    const found = await ask('shifts', { where: { personId, status: 'planned', ...near } });
    const placeOf = (row: JsonObject | undefined, key: string): string => `${String(row?.['assignedAt'])} ${key}`;
    const place = placeOf(own?.row, id);
    const earlier = found.filter(({ key, row }) => key !== id && placeOf(row, key) < place).map(({ key }) => key);
    return { own: own?.row, gone: (await goneSince(ask, personId, metadata.occurredAt)) !== undefined, earlier };
  },
  react({ stream, data }, { own, gone, earlier }) {
    const personId = String(data['personId']);
    if (!(gone || earlier.length > 0) || own?.['status'] !== 'planned' || own['personId'] !== personId) return [];
    const reason = gone ? 'left' : `too close to ${earlier.join(', ')}`;
    return [to(shift, idOf(stream), 'CancelShift', { reason, personId })];
  },
};

/** The same for a slot: who left meanwhile is not called. */
export const recheckSlot: Policy<{ readonly personId: string; readonly from: Instant } | undefined> = {
  name: 'recheck-slot',
  categories: ['rota'],
  on: ['OnCallSlotSet'],
  async facts({ data, metadata }, ask) {
    for (const personId of [String(data['primaryId']), String(data['backupId'])]) {
      const from = await goneSince(ask, personId, metadata.occurredAt);
      if (from !== undefined && from < String(data['until'])) return { personId, from };
    }
    return undefined;
  },
  react: ({ stream }, gone) => (gone ? [to(rota, idOf(stream), 'ReleaseFromOnCall', gone)] : []),
};

const LAST = millis('9999-12-31T23:59:59.999Z') - 24 * HOUR;
const edge = (at: Instant, by: number): Instant => instant(Math.min(LAST, millis(at)) + by);
