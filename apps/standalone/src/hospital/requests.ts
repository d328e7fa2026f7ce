import {
  type Actor,
  type Addressed,
  DAY,
  HOUR,
  idFrom,
  type Instant,
  instant,
  later as laterOf,
  millis,
  MINUTE,
  plus,
  type Recorded,
} from '@hospital/kernel';
import { registered, techniciansOf, workOrder, type WorkOrderEvent } from '@hospital/workorders';
import type { Kind } from './fixture';
import type { Furniture } from './furniture';
import { actor, DESK, MONTH, type Stage } from './stage';
import { callsFirm, FirmCall } from './firm-call';

/** Requests per hour of the local day, relative to each other; the peak is 7:30 to 9:30. */
const BY_HOUR = [1, 1, 1, 1, 1, 2, 4, 9, 12, 9, 6, 5, 4, 5, 6, 6, 5, 4, 3, 3, 2, 2, 1, 1];
const SEVERITIES = ['low', 'normal', 'normal', 'normal', 'normal', 'high', 'high', 'critical'] as const;
const CHANNELS = ['mini-program', 'mini-program', 'app', 'web', 'phone'] as const;

/** What the people of this year remember of a request. */
interface Known {
  readonly kind: Kind;
  readonly priority: string;
  readonly reporterId: string;
}

interface Worker {
  readonly id: string;
  busy: boolean;
  readonly queue: { readonly orderId: string; readonly priority: string }[];
}

/** A year of requests: who reports what, and what those do who are sent. */
export class Requests {
  submitted = 0;
  private readonly known = new Map<string, Known>();
  private readonly workers = new Map<string, Worker>();

  constructor(
    private readonly stage: Stage,
    private readonly furniture: Furniture,
  ) {
    const { plan, later } = stage;
    stage.watch('workOrder', (orderId, event) => this.answer(orderId, event));
    for (let n = 0; n < plan.months * plan.requestsPerMonth; n += 1) later(this.someMoment(), () => this.report());
  }

  private does(id: string, type: string, data: Addressed['data'], by: Actor): Promise<boolean> {
    return this.stage.does(this.stage.orders, { aggregate: workOrder, id, type, data }, by);
  }

  private someMoment(): Instant {
    const { chance, start, plan } = this.stage;
    let pick = chance.next() * BY_HOUR.reduce((sum, weight) => sum + weight, 0);
    const hour = BY_HOUR.findIndex((weight) => (pick -= weight) < 0);
    const day = Math.floor(chance.next() * plan.months * (MONTH / DAY));
    // Hours of Shanghai: 16:00 UTC is midnight there.
    const midnight = millis(start) - ((millis(start) + 8 * HOUR) % DAY);
    return laterOf(instant(midnight + day * DAY + hour * HOUR + chance.between(0, 3_599) * 1_000), plus(start, HOUR));
  }

  private async report(): Promise<void> {
    const { stage, furniture } = this;
    const { chance, orders, now } = stage;
    const pick = chance.next() * 100;
    let sum = 0;
    const [categoryId, { name, asks, device }] = [...furniture.categories].find(([, { share }]) => (sum += share) > pick)!;
    const fitting = furniture.places.filter(({ kind }) => (device ? kind.startsWith(device) : ['floor', 'department'].includes(kind)));
    const facts = await registered(orders.ask, categoryId, chance.of(fitting).id);
    const channel = chance.of(CHANNELS);
    const incomplete = asks && chance.once(0.278);
    const reporterId = `pn_ward_${chance.between(1, 40)}`;
    this.submitted += 1;
    const time = millis(now).toString(16).padStart(12, '0');
    const orderId = idFrom('wo', `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`, orders.nextId());
    const details = asks && !incomplete ? { spot: '走廊 corridor' } : {};
    const said = { description: `${name}报修`, details, photos: [], severity: chance.of(SEVERITIES) };
    const by = { channel, reporterKind: 'clinician', reporterId, contact: null };
    const fault = { ...facts, ...said, ...by, locationCode: null, parentId: null, incomplete: true };
    await this.does(orderId, 'ReportFault', fault, channel === 'phone' ? DESK : actor(reporterId, 'clinician'));
    if (chance.once(0.02))
      stage.later(stage.within(3, 20), async () => {
        await this.does(orderId, 'CancelWorkOrder', { reason: '已自行恢复' }, actor(reporterId, 'clinician'));
      });
  }

  /** What people do when something has happened to an order. */
  private answer(orderId: string, recorded: Recorded): void {
    const { stage } = this;
    const event = recorded as unknown as WorkOrderEvent;
    switch (event.type) {
      case 'WorkOrderReported': {
        const { categoryId, priority, reporterId, missing } = event.data;
        this.known.set(orderId, { kind: this.furniture.categories.get(categoryId)!, priority, reporterId });
        const details = { spot: '护士站旁 beside the nurses’ station' };
        if (missing.length > 0)
          stage.later(stage.within(20, 180), async () => {
            await this.does(orderId, 'ProvideInformation', { details, photos: [] }, DESK);
          });
        return;
      }
      case 'WorkOrderLeftWaiting': {
        const { rule, job } = event.data;
        if (rule.mode === 'offer') stage.later(stage.within(30, 160), () => this.assignByHand(orderId, job.trade));
        return;
      }
      case 'WorkOrderDispatched':
      case 'WorkOrderAssigned':
        return this.send(event.data.technicianId, orderId, event.type === 'WorkOrderDispatched');
      case 'WorkOrderCompleted':
        return this.rate(orderId);
      default:
    }
  }

  /** Three of five say how it was; of those one in twenty poorly, which sends somebody again. */
  private rate(orderId: string): void {
    const { stage } = this;
    const { chance } = stage;
    if (!chance.once(0.6)) return;
    const stars = chance.once(0.05) ? chance.between(1, 2) : chance.between(3, 5);
    const comment = stars < 3 ? '又坏了' : null;
    stage.later(stage.within(30, 4_000), async () => {
      await this.does(orderId, 'RateWorkOrder', { stars, comment }, actor(this.known.get(orderId)!.reporterId, 'clinician'));
    });
  }

  private send(technicianId: string, orderId: string, mayDecline: boolean): void {
    const { stage } = this;
    if (mayDecline && stage.chance.once(0.03)) {
      stage.later(stage.within(2, 10), async () => {
        await this.does(orderId, 'DeclineWorkOrder', { reason: '手头有急修' }, actor(technicianId, 'technician'));
      });
      return;
    }
    const worker = this.workers.get(technicianId) ?? { id: technicianId, busy: false, queue: [] };
    this.workers.set(technicianId, worker);
    worker.queue.push({ orderId, priority: this.known.get(orderId)!.priority });
    worker.queue.sort((a, b) => (a.priority < b.priority ? -1 : Number(a.priority > b.priority)));
    this.next(worker);
  }

  private next(worker: Worker): void {
    const { stage } = this;
    const first = worker.busy ? undefined : worker.queue.shift();
    if (!first) return;
    const { orderId } = first;
    worker.busy = true;
    const free = (): void => {
      worker.busy = false;
      this.next(worker);
    };
    stage.later(stage.within(2, 15), async () => {
      if (!(await this.does(orderId, 'AcceptWorkOrder', {}, actor(worker.id, 'technician')))) return free();
      const { kind } = this.known.get(orderId)!;
      const firm = this.furniture.vendors.get(kind.trade);
      if (firm !== undefined && callsFirm(kind, stage.chance)) {
        new FirmCall(stage, { orderId, vendorId: firm, technicianId: worker.id }, () => this.complete(orderId, worker.id));
        return free();
      }
      const minutes = Math.round(kind.minutes * (0.5 + stage.chance.next()));
      stage.later(plus(stage.now, minutes * MINUTE), async () => {
        await this.complete(orderId, worker.id);
        free();
      });
    });
  }

  private async complete(orderId: string, technicianId: string): Promise<void> {
    const done = { resolution: '已修复', restoredAt: null, remaining: this.stage.chance.once(0.01) ? '待配件更换' : null };
    await this.does(orderId, 'CompleteWorkOrder', done, actor(technicianId, 'technician'));
  }

  /** The desk knows two names by heart, whatever they have to do already. */
  private async assignByHand(orderId: string, trade: string): Promise<void> {
    const { stage } = this;
    const { orders, now, chance } = stage;
    const [order] = await orders.ask('work-orders', { key: orderId });
    if (order?.row['status'] !== 'waiting') return;
    const asked = (order.row['requires'] as { certificate: string | null } | undefined)?.certificate ?? null;
    const there = (await techniciansOf(orders.ask, trade, now)).filter(
      ({ onShiftFrom, onShiftUntil, onCall, certificates }) =>
        ((onShiftFrom !== null && onShiftUntil !== null && onShiftFrom <= now && now < onShiftUntil) || onCall !== null) &&
        (asked === null || certificates.some(({ kind, from, until }) => kind === asked && from <= now && now < until)),
    );
    const technician = there.length > 0 ? chance.of(there.slice(0, 2)) : undefined;
    if (!technician) return stage.later(plus(now, 2 * HOUR), () => this.assignByHand(orderId, trade));
    await this.does(orderId, 'AssignWorkOrder', { technicianId: technician.id, technician, reason: '电话派工' }, DESK);
  }
}
