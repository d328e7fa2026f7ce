import { publicEvent } from '@hospital/contracts';
import { type Actor, type Addressed, DAY, HOUR, type Instant, MINUTE, millis, plus, type Recorded, to } from '@hospital/kernel';
import { workorders } from '../../apps/workorders/src/app.module';
import { category, type CategoryDefinition, NO_NEEDS, USUAL_AGREEMENT } from '../../apps/workorders/src/domain/category';
import { dispatchRule, type Level, type Rule } from '../../apps/workorders/src/domain/dispatch-rule';
import { registered } from '../../apps/workorders/src/domain/escalation';
import type { Fault, Severity } from '../../apps/workorders/src/domain/intake';
import { place } from '../../apps/workorders/src/domain/place';
import { workOrder, type WorkOrderCommand, type WorkOrderEvent } from '../../apps/workorders/src/domain/work-order';
import { Agenda } from '../../apps/standalone/src/hospital/agenda';
import { Chance } from '../../apps/standalone/src/hospital/chance';
import { World } from './world';

export interface Plan {
  readonly seed: number;
  readonly months: number;
  readonly requestsPerMonth: number;
  /** The rule that ships, unless told. */
  readonly rule?: Omit<Rule, 'id' | 'version'>;
}

/** What one run did; times in milliseconds. */
export interface Outcome {
  readonly submitted: number;
  readonly events: number;
  /** SHA-256 over every event. */
  readonly fingerprint: string;
  /** From the moment nothing was missing until somebody was chosen. */
  readonly decision: readonly number[];
  /** From the moment nothing was missing until somebody accepted. */
  readonly answer: readonly number[];
  readonly breaches: readonly { readonly orderId: string; readonly what: string; readonly dueAt: Instant }[];
  readonly byStatus: Readonly<Record<string, number>>;
  readonly incomplete: number;
  /** Orders that others led to. */
  readonly followUps: number;
  /** Orders that asked for a certificate. */
  readonly needing: number;
  /** Orders that went to somebody without the certificate they asked for, as the personnel files say it. */
  readonly uncertified: readonly string[];
  readonly refused: ReadonlyMap<string, number>;
}

/** Midnight in Shanghai. */
const START: Instant = '2025-12-31T16:00:00.000Z';
const MONTH = 30.4 * DAY;
const HIGH_VOLTAGE = 'electrician-hv';
const ZONES = ['outpatient', 'inpatient', 'diagnostics'];
const TRADES: Readonly<Record<string, number>> = { electrician: 5, plumber: 3, 'hvac-technician': 2, 'lift-mechanic': 2, cleaner: 8 };
/** Of three certified electricians one is certified until a midnight in summer, and one certificate turns out void. */
const CERTIFIED: readonly (readonly [person: string, until: Instant])[] = [
  ['pn_electrician_1', '2027-12-31T16:00:00.000Z'],
  ['pn_electrician_2', '2026-06-30T16:00:00.000Z'],
  ['pn_electrician_3', '2027-12-31T16:00:00.000Z'],
];
const VOID = { person: 'pn_electrician_3', from: plus(START, 200 * DAY), told: plus(START, 214 * DAY) };

/** Share of all requests, what its field asks, and how long the work takes (minutes). */
const KINDS: readonly (readonly [name: string, nameEn: string, trade: string, share: number, minutes: number])[] = [
  ['照明与插座', 'Lighting and sockets', 'electrician', 30, 45],
  ['高压配电', 'High-voltage distribution', 'electrician', 8, 90],
  ['给排水', 'Plumbing', 'plumber', 24, 50],
  ['空调', 'Air conditioning', 'hvac-technician', 14, 70],
  ['电梯', 'Lift', 'lift-mechanic', 6, 60],
  ['保洁', 'Cleaning', 'cleaner', 18, 30],
];
/** Requests per hour of the local day, relative to each other; the peak is 7:30 to 9:30. */
const BY_HOUR = [1, 1, 1, 1, 1, 2, 4, 9, 12, 9, 6, 5, 4, 5, 6, 6, 5, 4, 3, 3, 2, 2, 1, 1];
const SEVERITIES: readonly Severity[] = ['low', 'normal', 'normal', 'normal', 'normal', 'high', 'high', 'critical'];

const DESK: Actor = { id: 'pn_desk', kind: 'person', roles: ['dispatcher'] };
const ADMINISTRATOR: Actor = { id: 'pn_administrator', kind: 'person', roles: ['administrator'] };
const actor = (id: string, role: string): Actor => ({ id, kind: 'person', roles: [role] });

interface Worker {
  readonly id: string;
  readonly trade: string;
  busy: boolean;
  /** Orders that were sent, most urgent first. */
  readonly queue: { readonly orderId: string; readonly priority: string }[];
}

/** A hospital that reports, answers, repairs and rates by chance, and a context that does the rest. */
export async function simulate({ seed, months, requestsPerMonth, rule }: Plan): Promise<Outcome> {
  const chance = new Chance(seed);
  const agenda = new Agenda();
  const seen = new Watcher();
  const pending: Recorded[] = [];
  const world = await World.begun(workorders, START, (event) => pending.push(event));
  const workers = new Map<string, Worker>();
  const orders = new Map<
    string,
    { readonly minutes: number; readonly priority: string; readonly reporterId: string; readonly missing: boolean }
  >();
  const within = (low: number, high: number): number => chance.between(low, high) * MINUTE;

  /** Somebody's wish; what it and all that followed led to, people then act on. */
  const does = async (wish: Addressed, by: Actor): Promise<void> => {
    await world.does(wish, by);
    react();
  };
  const order = <T extends WorkOrderCommand['type']>(
    id: string,
    type: T,
    data: Extract<WorkOrderCommand, { type: T }>['data'],
  ): Addressed => to(workOrder, id, type, data);
  const later = (ms: number, work: () => Promise<void>): void => agenda.add(plus(world.now, ms), work);
  const hears = async (context: string, name: string, data: Parameters<typeof publicEvent>[2]): Promise<void> => {
    const attributes = {
      id: '00000000-0000-4000-8000-000000000000',
      subject: 'simulated',
      time: world.now,
      recordedat: world.now,
      correlationid: '',
      causationid: '',
    };
    for (const command of workorders.hears(publicEvent(context, name, data, attributes)))
      await does(command, { id: 'system', kind: 'system', roles: [] });
  };

  const next = (worker: Worker): void => {
    const first = worker.busy ? undefined : worker.queue.shift();
    if (!first) return;
    worker.busy = true;
    const free = (): void => {
      worker.busy = false;
      next(worker);
    };
    later(within(1, 12), async () => {
      const before = seen.accepted;
      await does(order(first.orderId, 'AcceptWorkOrder', {}), actor(worker.id, 'technician'));
      if (seen.accepted === before) return free();
      later(Math.round(orders.get(first.orderId)!.minutes * MINUTE * (0.5 + chance.next())), async () => {
        const done = { resolution: '已修复', restoredAt: null, remaining: chance.once(0.02) ? '待配件更换' : null };
        await does(order(first.orderId, 'CompleteWorkOrder', done), actor(worker.id, 'technician'));
        free();
      });
    });
  };

  /** What people do when something has happened. */
  const react = (): void => {
    for (const recorded of pending.splice(0)) {
      seen.sees(recorded);
      const event = recorded as unknown as WorkOrderEvent;
      const orderId = recorded.stream.slice('workOrder-'.length);
      switch (event.type) {
        case 'WorkOrderReported': {
          const kind = KINDS.find(([, nameEn]) => `ct_${idPart(nameEn)}` === event.data.categoryId)!;
          const { priority, reporterId, missing } = event.data;
          orders.set(orderId, { minutes: kind[4], priority, reporterId, missing: missing.length > 0 });
          if (missing.length > 0)
            later(within(20, 300), () => does(order(orderId, 'ProvideInformation', { details: { spot: '三楼 3F' }, photos: [] }), DESK));
          break;
        }
        case 'WorkOrderDispatched': {
          const worker = workers.get(event.data.technicianId)!;
          if (chance.once(0.03)) {
            later(within(2, 10), () => does(order(orderId, 'DeclineWorkOrder', { reason: '手头有急修' }), actor(worker.id, 'technician')));
            break;
          }
          worker.queue.push({ orderId, priority: orders.get(orderId)!.priority });
          worker.queue.sort((a, b) => (a.priority < b.priority ? -1 : Number(a.priority > b.priority)));
          next(worker);
          break;
        }
        case 'WorkOrderCompleted': {
          const { reporterId } = orders.get(orderId)!;
          if (chance.once(0.6)) {
            const stars = chance.once(0.04) ? chance.between(1, 2) : chance.between(3, 5);
            later(within(30, 4_000), () => does(order(orderId, 'RateWorkOrder', { stars, comment: null }), actor(reporterId, 'clinician')));
          }
          break;
        }
        default:
      }
    }
  };

  await furnish();
  await staff();
  let submitted = 0;
  const end = plus(START, months * MONTH);
  for (let n = 0; n < months * requestsPerMonth; n += 1) agenda.add(someMoment(), report);
  for (let week = 0; week * 7 * DAY < months * MONTH; week += 1)
    agenda.add(plus(START, Math.max(0, week * 7 * DAY - HOUR)), () => roster(week));
  agenda.add(VOID.told, () =>
    hears('staffing', 'CertificateRevoked', {
      certificateId: `ce_${VOID.person}`,
      personId: VOID.person,
      kind: HIGH_VOLTAGE,
      from: VOID.from,
    }),
  );
  for (let item = agenda.next(); item; item = agenda.next()) {
    if (item.at >= plus(end, 30 * DAY)) break;
    await world.until(item.at);
    react();
    await item.work();
  }
  await world.until(plus(end, 30 * DAY));
  react();

  const rows = await world.ask('work-orders', {});
  const byStatus: Record<string, number> = {};
  for (const { row } of rows) byStatus[String(row['status'])] = (byStatus[String(row['status'])] ?? 0) + 1;
  const { decision, answer, breaches, incomplete, followUps, uncertified } = seen;
  const outcome = {
    submitted,
    events: world.events,
    fingerprint: world.fingerprint(),
    decision,
    answer,
    breaches,
    byStatus,
    incomplete,
    followUps,
  };
  await world.close();
  return { ...outcome, needing: seen.needing.size, uncertified, refused: world.refused };

  function someMoment(): Instant {
    const total = BY_HOUR.reduce((sum, weight) => sum + weight, 0);
    let pick = chance.next() * total;
    const hour = BY_HOUR.findIndex((weight) => (pick -= weight) < 0);
    const day = Math.floor(chance.next() * months * 30.4);
    return plus(START, day * DAY + hour * HOUR + chance.between(0, 3_599) * 1_000);
  }

  async function report(): Promise<void> {
    const pick = chance.next() * 100;
    let sum = 0;
    const [, nameEn] = KINDS.find(([, , , share]) => (sum += share) > pick)!;
    const facts = await registered(world.ask, `ct_${idPart(nameEn)}`, `as_${chance.of(ZONES)}`);
    const incomplete = chance.once(0.25);
    const clerk = chance.once(0.3);
    const reporterId = `pn_nurse_${chance.between(1, 40)}`;
    const fault: Fault = {
      ...facts,
      locationCode: null,
      description: '报修',
      details: incomplete ? {} : { spot: '三楼 3F' },
      photos: [],
      channel: clerk ? 'phone' : 'mini-program',
      reporterKind: 'clinician',
      severity: chance.of(SEVERITIES),
      reporterId,
      contact: null,
      parentId: null,
      incomplete: true,
    };
    submitted += 1;
    await does(order(`wo_${String(submitted).padStart(6, '0')}`, 'ReportFault', fault), clerk ? DESK : actor(reporterId, 'clinician'));
  }

  async function furnish(): Promise<void> {
    if (rule) {
      const id = 'dr_simulated';
      await does(to(dispatchRule, id, 'DefineDispatchRule', { ...rule, id, name: id }), ADMINISTRATOR);
    }
    for (const zone of ZONES) {
      await hears('assets', 'AssetRegistered', { assetId: `as_${zone}`, name: zone, kind: 'building' });
      await does(to(place, `as_${zone}`, 'ClassifyPlace', { zone, criticality: zone === 'inpatient' ? 3 : 2 }), ADMINISTRATOR);
    }
    for (const [name, nameEn, trade] of KINDS) {
      const definition: CategoryDefinition = {
        ...{ name, nameEn, trade, openToPatients: true, agreement: USUAL_AGREEMENT, ruleId: rule ? 'dr_simulated' : null },
        requires: nameEn.startsWith('High') ? { minimumLevel: 'middle' as Level, certificate: HIGH_VOLTAGE } : NO_NEEDS,
        fields: [{ key: 'spot', label: '位置', labelEn: 'Spot', kind: 'text', required: true, options: [] }],
      };
      await does(to(category, `ct_${idPart(nameEn)}`, 'DefineCategory', definition), ADMINISTRATOR);
    }
  }

  async function staff(): Promise<void> {
    for (const [trade, heads] of Object.entries(TRADES))
      for (let n = 1; n <= heads; n += 1) {
        const id = `pn_${idPart(trade)}_${n}`;
        workers.set(id, { id, trade, busy: false, queue: [] });
        await hears('staffing', 'PersonRegistered', { personId: id, trade });
        await hears('staffing', 'SkillLevelGranted', {
          personId: id,
          trade,
          level: n === 1 ? 'senior' : n <= 3 ? 'middle' : 'junior',
          from: START,
        });
      }
    for (const [personId, validUntil] of CERTIFIED)
      await hears('staffing', 'CertificateIssued', {
        certificateId: `ce_${personId}`,
        personId,
        kind: HIGH_VOLTAGE,
        validFrom: START,
        validUntil,
      });
  }

  /** Five days of seven from 8:00 to 17:30, one of each trade in turn until 22:00; who is on call changes with the week. */
  async function roster(week: number): Promise<void> {
    const monday = plus(START, week * 7 * DAY);
    for (const [trade, heads] of Object.entries(TRADES)) {
      const ids = Array.from({ length: heads }, (_, n) => `pn_${idPart(trade)}_${n + 1}`);
      const slot = { slotId: `oc_${idPart(trade)}_${week}`, trade, from: monday, until: plus(monday, 7 * DAY) };
      await hears('staffing', 'OnCallSlotSet', { ...slot, primaryId: ids[week % heads]!, backupId: ids[(week + 1) % heads]! });
      for (let day = 0; day < 7; day += 1)
        for (const [n, personId] of ids.entries()) {
          if ((day + n) % 7 >= 5) continue;
          const late = (week + day) % heads === n;
          const from = plus(monday, day * DAY + (late ? 12.5 : 8) * HOUR);
          const until = plus(from, 9.5 * HOUR);
          const zones = [ZONES[n % ZONES.length]!];
          await hears('staffing', 'ShiftPlanned', {
            shiftId: `sh_${idPart(personId)}_${week}_${day}`,
            personId,
            trade,
            zones,
            from,
            until,
          });
        }
    }
  }
}

const idPart = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '_');

/** Takes the figures from the events themselves. */
class Watcher {
  readonly decision: number[] = [];
  readonly answer: number[] = [];
  readonly breaches: { orderId: string; what: string; dueAt: Instant }[] = [];
  readonly uncertified: string[] = [];
  incomplete = 0;
  followUps = 0;
  accepted = 0;
  private readonly undecided = new Map<string, Instant>();
  private readonly unanswered = new Map<string, Instant>();
  readonly needing = new Set<string>();

  sees(recorded: Recorded): void {
    const event = recorded as unknown as WorkOrderEvent;
    const id = recorded.stream;
    const at = recorded.metadata.occurredAt;
    switch (event.type) {
      case 'WorkOrderReported':
        if (event.data.parentId !== null) this.followUps += 1;
        if (event.data.requires.certificate !== null) this.needing.add(id);
        if (event.data.missing.length > 0) this.incomplete += 1;
        else this.ready(id, at);
        break;
      case 'WorkOrderInformationProvided':
        if (event.data.missing.length === 0) this.ready(id, at);
        break;
      case 'WorkOrderDispatched':
        this.decided(id, at, event.data.technicianId);
        break;
      case 'WorkOrderAccepted':
        this.accepted += 1;
        this.took(this.answer, this.unanswered, id, at);
        break;
      case 'WorkOrderResponseBreached':
        this.breaches.push({ orderId: id, what: 'response', dueAt: event.data.dueAt });
        break;
      case 'WorkOrderLimitPassed':
        this.breaches.push({ orderId: id, what: event.data.clock, dueAt: event.data.dueAt });
        break;
      default:
    }
  }

  /** Nothing is missing. */
  private ready(id: string, at: Instant): void {
    this.undecided.set(id, at);
    this.unanswered.set(id, at);
  }

  private decided(id: string, at: Instant, technicianId: string): void {
    this.took(this.decision, this.undecided, id, at);
    const until = CERTIFIED.find(([person]) => person === technicianId)?.[1];
    // A certificate that turned out void counted until that was told.
    const held = until !== undefined && at < until && !(technicianId === VOID.person && at >= VOID.told);
    if (this.needing.has(id) && !held) this.uncertified.push(id);
  }

  /** The first time only: after a reopening other clocks count. */
  private took(times: number[], since: Map<string, Instant>, id: string, at: Instant): void {
    const from = since.get(id);
    if (from === undefined) return;
    times.push(millis(at) - millis(from));
    since.delete(id);
  }
}
