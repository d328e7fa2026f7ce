import { assets } from '@hospital/assets';
import { energy } from '@hospital/energy';
import type { Engines } from '@hospital/engines';
import { inventory } from '@hospital/inventory';
import {
  type Actor,
  type Addressed,
  DAY,
  HOUR,
  idFrom,
  instant,
  type Instant,
  isRejection,
  later as laterOf,
  MINUTE,
  millis,
  personal,
  plus,
  type Recorded,
  to,
} from '@hospital/kernel';
import { certificate, person, rota, staffing } from '@hospital/staffing';
import {
  category,
  dispatchRule,
  locationCode,
  NO_NEEDS,
  place,
  registered,
  SHIPPED,
  techniciansOf,
  USUAL_AGREEMENT,
  vendor,
  workOrder,
  type WorkOrderEvent,
  workorders,
} from '@hospital/workorders';
import type { Logger } from 'pino';
import { Agenda } from './agenda';
import { Branch, type Parts } from './branch';
import { Chance } from './chance';
import { ageOf, ASSETS, CERTIFIED, CODED, ITEMS, KINDS, KNOWN, METERS, nameOf, TRADES, type Thing, VENDORS } from './fixture';

export interface Plan {
  readonly seed: number;
  readonly months: number;
  readonly requestsPerMonth: number;
  /** The instant at which history ends and the suite goes on. */
  readonly end: Instant;
}

export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly trade: string;
  readonly onShift: boolean;
}

export interface Played {
  readonly people: readonly Colleague[];
  readonly submitted: number;
  readonly events: number;
}

export const MONTH = (365 / 12) * DAY;
const WEEK = 7 * DAY;
/** From then on the rule that ships dispatches; before, somebody at the desk does, later and by habit. */
export const RULE_AFTER_MONTHS = 6;
const BY_HAND = 'dr_by_hand';

const ADMINISTRATOR: Actor = { id: 'demo-setup', kind: 'person', roles: ['administrator'] };
const DESK: Actor = { id: 'demo-dispatcher', kind: 'person', roles: ['dispatcher'] };
const actor = (id: string, role: string): Actor => ({ id, kind: 'person', roles: [role] });

/** Requests per hour of the local day, relative to each other; the peak is 7:30 to 9:30. */
const BY_HOUR = [1, 1, 1, 1, 1, 2, 4, 9, 12, 9, 6, 5, 4, 5, 6, 6, 5, 4, 3, 3, 2, 2, 1, 1];
const SEVERITIES = ['low', 'normal', 'normal', 'normal', 'normal', 'high', 'high', 'critical'] as const;
const CHANNELS = ['mini-program', 'mini-program', 'app', 'web', 'phone'] as const;
/** So many of a trade take turns on shift by weeks. */
const AT_WORK: Readonly<Record<string, number>> = {
  ...{ electrician: 3, plumber: 2, 'hvac-technician': 1, 'lift-mechanic': 1, cleaner: 6, guard: 3, 'waste-handler': 2 },
};
/** Trades whose people are called at night. */
const ON_CALL = ['electrician', 'plumber', 'hvac-technician', 'lift-mechanic', 'cleaner'];

interface Worker {
  readonly id: string;
  busy: boolean;
  readonly queue: { readonly orderId: string; readonly priority: string }[];
}

/** Writes the history of a hospital: people and things on its first day, then months of requests and what became of them. */
export async function play(
  plan: Plan,
  engines: Readonly<Record<'workorders' | 'staffing' | 'assets' | 'inventory' | 'energy', Engines>>,
  masterKey: Buffer,
  owner: string,
  log: Logger,
  progress: (share: number) => void,
): Promise<Played> {
  const { seed, months, requestsPerMonth, end } = plan;
  const start = plus(end, -months * MONTH);
  const chance = new Chance(seed);
  const agenda = new Agenda();
  const pending: Recorded[] = [];
  let now = start;
  const clock = { now: () => now, until: async () => undefined };
  const later = (at: Instant, work: () => Promise<void>): void => agenda.add(at, work);

  const branches = new Map<string, Branch>();
  const branch = (parts: Parts): Branch => {
    const made = new Branch(parts, seed, {
      ...{ clock, engines: engines[parts.name as keyof typeof engines], masterKey, log, later },
      watch: (event) => pending.push(event),
      told: async (from, event) => {
        for (const [name, other] of branches) if (name !== from) await other.hear(event);
      },
    });
    branches.set(parts.name, made);
    return made;
  };
  // News of a year ago would reach nobody: who is told of what is left out.
  const policies = workorders.policies.filter(({ name }) => name !== 'tell-concerned');
  const orders = branch({ ...workorders, name: 'workorders', policies });
  const staff = branch(staffing);
  const things = branch(assets);
  const stores = branch(inventory);
  const meters = branch(energy);
  const named = (of: Branch, prefix: string): string => idFrom(prefix, '', of.nextId());

  const people: (Colleague & { readonly joinedMonth: number })[] = [];
  const places: (Thing & { readonly id: string })[] = [];
  const categories = new Map<string, (typeof KINDS)[number]>();
  const workers = new Map<string, Worker>();
  const known = new Map<string, { readonly minutes: number; readonly priority: string; readonly reporterId: string }>();
  let submitted = 0;

  const within = (low: number, high: number): Instant => plus(now, chance.between(low, high) * MINUTE);
  /** A wish of somebody, and what people do about what it led to. */
  const does = async (of: Branch, wish: Addressed, by: Actor): Promise<boolean> => {
    const answer = await of.does(wish, by);
    react();
    return !isRejection(answer);
  };
  const onOrder = (id: string, type: string, data: Addressed['data'], by: Actor): Promise<boolean> =>
    does(orders, { aggregate: workOrder, id, type, data }, by);

  function react(): void {
    for (const recorded of pending.splice(0)) if (recorded.stream.startsWith('workOrder-')) answer(recorded);
  }

  /** What people do when something has happened to an order. */
  function answer(recorded: Recorded): void {
    const event = recorded as unknown as WorkOrderEvent;
    const orderId = recorded.stream.slice('workOrder-'.length);
    switch (event.type) {
      case 'WorkOrderReported': {
        const { categoryId, priority, reporterId, missing } = event.data;
        known.set(orderId, { minutes: categories.get(categoryId)![4], priority, reporterId });
        if (missing.length > 0)
          later(within(20, 180), async () => {
            await onOrder(orderId, 'ProvideInformation', { details: { spot: '护士站旁 beside the nurses’ station' }, photos: [] }, DESK);
          });
        return;
      }
      case 'WorkOrderLeftWaiting':
        if (event.data.rule.mode === 'offer') later(within(30, 160), () => assignByHand(orderId, event.data.job.trade));
        return;
      case 'WorkOrderDispatched':
      case 'WorkOrderAssigned':
        return send(event.data.technicianId, orderId, event.type === 'WorkOrderDispatched');
      case 'WorkOrderCompleted': {
        const { reporterId } = known.get(orderId)!;
        if (chance.once(0.6)) {
          const stars = chance.once(0.05) ? chance.between(1, 2) : chance.between(3, 5);
          later(within(30, 4_000), async () => {
            await onOrder(orderId, 'RateWorkOrder', { stars, comment: null }, actor(reporterId, 'clinician'));
          });
        }
        return;
      }
      default:
    }
  }

  function send(technicianId: string, orderId: string, mayDecline: boolean): void {
    if (mayDecline && chance.once(0.03)) {
      later(within(2, 10), async () => {
        await onOrder(orderId, 'DeclineWorkOrder', { reason: '手头有急修' }, actor(technicianId, 'technician'));
      });
      return;
    }
    const worker = workers.get(technicianId)!;
    worker.queue.push({ orderId, priority: known.get(orderId)!.priority });
    worker.queue.sort((a, b) => (a.priority < b.priority ? -1 : Number(a.priority > b.priority)));
    next(worker);
  }

  function next(worker: Worker): void {
    const first = worker.busy ? undefined : worker.queue.shift();
    if (!first) return;
    worker.busy = true;
    const free = (): void => {
      worker.busy = false;
      next(worker);
    };
    later(within(2, 15), async () => {
      if (!(await onOrder(first.orderId, 'AcceptWorkOrder', {}, actor(worker.id, 'technician')))) return free();
      const minutes = Math.round(known.get(first.orderId)!.minutes * (0.5 + chance.next()));
      later(plus(now, minutes * MINUTE), async () => {
        const done = { resolution: '已修复', restoredAt: null, remaining: chance.once(0.01) ? '待配件更换' : null };
        await onOrder(first.orderId, 'CompleteWorkOrder', done, actor(worker.id, 'technician'));
        free();
      });
    });
  }

  /** The desk knows two names by heart, whatever they have to do already. */
  async function assignByHand(orderId: string, trade: string): Promise<void> {
    const [order] = await orders.ask('work-orders', { key: orderId });
    if (order?.row['status'] !== 'waiting') return;
    const asked = (order.row['requires'] as { certificate: string | null } | undefined)?.certificate ?? null;
    const there = (await techniciansOf(orders.ask, trade, now)).filter(
      ({ onShiftFrom, onShiftUntil, onCall, certificates }) =>
        ((onShiftFrom !== null && onShiftUntil !== null && onShiftFrom <= now && now < onShiftUntil) || onCall !== null) &&
        (asked === null || certificates.some(({ kind, from, until }) => kind === asked && from <= now && now < until)),
    );
    const technician = there.length > 0 ? chance.of(there.slice(0, 2)) : undefined;
    if (!technician) return later(plus(now, 2 * HOUR), () => assignByHand(orderId, trade));
    await onOrder(orderId, 'AssignWorkOrder', { technicianId: technician.id, technician, reason: '电话派工' }, DESK);
  }

  async function report(): Promise<void> {
    const pick = chance.next() * 100;
    let sum = 0;
    const [categoryId, kind] = [...categories].find(([, [, , , share]]) => (sum += share) > pick)!;
    const [, nameEn, , , , , asks] = kind;
    const fitting = places.filter(({ kind: of, zone }) => zone !== null && (nameEn === 'Lift' ? of.startsWith('lift') : of !== 'building'));
    const facts = await registered(orders.ask, categoryId, chance.of(fitting).id);
    const channel = chance.of(CHANNELS);
    const incomplete = asks && chance.once(0.278);
    const reporterId = `pn_ward_${chance.between(1, 40)}`;
    submitted += 1;
    const time = millis(now).toString(16).padStart(12, '0');
    const orderId = idFrom('wo', `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`, orders.nextId());
    const fault = {
      ...facts,
      ...{ locationCode: null, description: `${kind[0]}报修`, details: asks && !incomplete ? { spot: '走廊 corridor' } : {}, photos: [] },
      ...{
        channel,
        reporterKind: 'clinician',
        severity: chance.of(SEVERITIES),
        reporterId,
        contact: null,
        parentId: null,
        incomplete: true,
      },
    };
    await onOrder(orderId, 'ReportFault', fault, channel === 'phone' ? DESK : actor(reporterId, 'clinician'));
    if (chance.once(0.02))
      later(within(3, 20), async () => {
        await onOrder(orderId, 'CancelWorkOrder', { reason: '已自行恢复' }, actor(reporterId, 'clinician'));
      });
  }

  async function furnish(): Promise<void> {
    for (const thing of ASSETS) {
      const id = named(things, 'as');
      await does(things, to(assets.aggregates[0], id, 'RegisterAsset', { name: thing.name, kind: thing.kind }), ADMINISTRATOR);
      await does(orders, to(place, id, 'ClassifyPlace', { zone: thing.zone, criticality: thing.criticality }), ADMINISTRATOR);
      if (CODED.includes(thing.kind))
        await does(
          orders,
          to(locationCode, named(orders, 'lc'), 'IssueLocationCode', { place: { id }, spot: thing.name, zone: thing.zone }),
          ADMINISTRATOR,
        );
      places.push({ ...thing, id });
    }
    for (const [name, unit] of ITEMS)
      await does(stores, to(inventory.aggregates[0], named(stores, 'it'), 'RegisterItem', { name, unit }), ADMINISTRATOR);
    for (const [name, medium, unit] of METERS)
      await does(meters, to(energy.aggregates[0], named(meters, 'mt'), 'RegisterMeter', { name, medium, unit }), ADMINISTRATOR);
    for (const [name, trades, arrivalMinutes, entrapmentMinutes] of VENDORS) {
      const agreement = { trades, arrivalMinutes, entrapmentMinutes, from: start, until: null };
      await does(orders, to(vendor, named(orders, 'vn'), 'RegisterVendor', { name, contact: null, agreement }), ADMINISTRATOR);
    }
    const { id: _, version: __, ...rule } = SHIPPED;
    await does(
      orders,
      to(dispatchRule, BY_HAND, 'DefineDispatchRule', { ...rule, id: BY_HAND, name: '人工派工 By hand', mode: 'offer' }),
      ADMINISTRATOR,
    );
    for (const kind of KINDS) {
      const id = named(orders, 'ct');
      categories.set(id, kind);
      await does(
        orders,
        to(category, id, 'DefineCategory', definitionOf(kind, months > RULE_AFTER_MONTHS ? BY_HAND : null)),
        ADMINISTRATOR,
      );
    }
  }

  /** Everybody who is there in the end, some of whom came later; and two who left. */
  async function hire(): Promise<void> {
    let n = 0;
    for (const [trade, heads] of Object.entries(TRADES)) {
      const byName = KNOWN.filter(([, of]) => of === trade);
      for (let place = 0; place < heads; place += 1, n += 1) {
        const [name, , onShift] = byName[place] ?? [
          nameOf(n),
          trade,
          place < (AT_WORK[trade] ?? 0) && !ON_CALL.slice(0, 4).includes(trade),
        ];
        const joinedMonth = trade === 'guard' && place >= heads - 3 ? 2 + 3 * (heads - 1 - place) : 0;
        const colleague = { id: named(staff, 'pn'), name, trade, onShift, joinedMonth };
        people.push(colleague);
        const kind = CERTIFIED.find(([of, , holders]) => of === trade && place < holders)?.[1];
        const age = ageOf(n);
        if (joinedMonth === 0) await join(colleague, age, kind, n);
        else if (joinedMonth < months) later(plus(start, joinedMonth * MONTH), () => join(colleague, age, kind, n));
        else await join(colleague, age, kind, n);
      }
    }
    for (const [n, trade] of ['cleaner', 'guard'].entries()) {
      const gone = { id: named(staff, 'pn'), name: nameOf(90 + n), trade };
      await join(gone, 59, undefined, 90 + n);
      later(plus(start, Math.min(4 + 4 * n, months - 0.1) * MONTH), async () => {
        await does(staff, to(person, gone.id, 'LeavePerson', {}), ADMINISTRATOR);
      });
    }
  }

  async function join(who: Pick<Colleague, 'id' | 'name' | 'trade'>, age: number, kind: string | undefined, n: number): Promise<void> {
    const { id, name, trade } = who;
    workers.set(id, { id, busy: false, queue: [] });
    const born = dateOf(plus(end, -(age * 365.25 + 30 + ((n * 37) % 300)) * DAY));
    await does(
      staff,
      to(person, id, 'RegisterPerson', {
        ...{ name: personal(id, name), phone: personal(id, `139${String(10_000_000 + n * 7_919)}`), birthDate: personal(id, born) },
        ...{ trades: trade === '' ? [] : [trade], employedFrom: dateOf(now) },
      }),
      ADMINISTRATOR,
    );
    const level = n % 3 === 0 ? 'senior' : n % 3 === 1 ? 'middle' : 'junior';
    if (trade !== '')
      await does(staff, to(person, id, 'GrantSkillLevel', { trade, level, from: null, examId: null, reason: '入职评定' }), ADMINISTRATOR);
    if (kind === undefined) return;
    const number = personal(id, `${kind.toUpperCase()}-${String(1_000 + n)}`);
    const validity = { validFrom: dateOf(now), validUntil: dateOf(plus(end, 400 * DAY)), zone: 'Asia/Shanghai' };
    const issuing = { personId: id, person: { id, trades: trade === '' ? [] : [trade], employed: true }, kind, number, ...validity };
    await does(staff, to(certificate, named(staff, 'ce'), 'IssueCertificate', issuing), ADMINISTRATOR);
  }

  async function planOnCall(): Promise<void> {
    const days = Math.ceil(months * (MONTH / DAY)) + 60;
    for (const trade of ON_CALL) {
      const able = people.filter((one) => one.trade === trade).slice(0, 5);
      const roster = able.map(({ id }) => ({ id, trades: [trade], employed: true }));
      for (let day = 0; day < days; day += 364) {
        const rotation = {
          firstDay: dateOf(plus(start, (day - 1) * DAY)),
          days: Math.min(364, days - day),
          slotDays: 7,
          handOverTime: '08:00',
        };
        const wish = { ...rotation, trade, zone: 'Asia/Shanghai', people: able.map(({ id }) => id), staff: roster };
        await does(staff, to(rota, trade, 'PublishOnCall', wish), ADMINISTRATOR);
      }
    }
  }

  async function shifts(week: number): Promise<void> {
    const until = [plus(now, WEEK), end].sort()[0]!;
    for (const [trade, heads] of Object.entries(AT_WORK)) {
      const there = people.filter((one) => one.trade === trade && workers.has(one.id));
      for (let n = 0; n < heads; n += 1)
        await does(staff, to(person, there[(week + n) % there.length]!.id, 'StartShift', { until }), ADMINISTRATOR);
    }
  }

  async function switchRuleOn(): Promise<void> {
    for (const [id, kind] of categories) await does(orders, to(category, id, 'ReviseCategory', definitionOf(kind, null)), ADMINISTRATOR);
  }

  function someMoment(): Instant {
    let pick = chance.next() * BY_HOUR.reduce((sum, weight) => sum + weight, 0);
    const hour = BY_HOUR.findIndex((weight) => (pick -= weight) < 0);
    const day = Math.floor(chance.next() * months * (MONTH / DAY));
    // Hours of Shanghai: 16:00 UTC is midnight there.
    const midnight = millis(start) - ((millis(start) + 8 * HOUR) % DAY);
    const at = instant(midnight + day * DAY + hour * HOUR + chance.between(0, 3_599) * 1_000);
    return laterOf(at, plus(start, HOUR));
  }

  await furnish();
  await hire();
  await planOnCall();
  for (let week = 0; week * WEEK < months * MONTH; week += 1) later(plus(start, week * WEEK + 1), () => shifts(week));
  if (months > RULE_AFTER_MONTHS) later(plus(start, RULE_AFTER_MONTHS * MONTH), switchRuleOn);
  for (let n = 0; n < months * requestsPerMonth; n += 1) agenda.add(someMoment(), report);

  const span = millis(end) - millis(start);
  for (let entry = agenda.next(); entry && entry.at < end; entry = agenda.next()) {
    now = laterOf(now, entry.at);
    await entry.work();
    react();
    progress((millis(now) - millis(start)) / span);
  }
  now = end;
  await orders.finish(owner, ['tell', 'forget', 'tell-concerned']);
  await staff.finish(owner, ['tell', 'forget']);
  for (const other of [things, stores, meters]) await other.finish(owner, ['tell']);
  const events = [...branches.values()].reduce((sum, one) => sum + one.events, 0);
  return { people: people.map(({ joinedMonth: _, ...one }) => one), submitted, events };
}

const dateOf = (at: Instant): string => at.slice(0, 10);

const definitionOf = ([name, nameEn, trade, , , certificate, asks]: (typeof KINDS)[number], ruleId: string | null) => ({
  ...{ name, nameEn, trade, openToPatients: true, agreement: USUAL_AGREEMENT, ruleId },
  requires: { ...NO_NEEDS, certificate },
  fields: asks ? [{ key: 'spot', label: '具体位置', labelEn: 'Spot', kind: 'text' as const, required: true, options: [] }] : [],
});
