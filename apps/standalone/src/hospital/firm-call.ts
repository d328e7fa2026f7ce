import { type Addressed, DAY, MINUTE, millis, personal, plus } from '@hospital/kernel';
import { vendorJob } from '@hospital/workorders';
import type { Chance } from './chance';
import type { Kind } from './fixture';
import { actor, type Stage } from './stage';

/** Lifts, generator sets and autoclaves: of so many faults a firm is called. */
const CALLED = 0.45;
/** Somebody is shut in. */
const TRAPPED = 0.08;
/** So many firms come later than they owe. */
const LATE = 0.12;
const BUYER = actor('demo-buyer', 'buyer');

/** Whether a technician who has seen a fault calls the firm that maintains the device. */
export const callsFirm = ({ device }: Kind, chance: Chance): boolean => device !== undefined && chance.once(CALLED);

interface Of {
  readonly orderId: string;
  readonly vendorId: string;
  readonly technicianId: string;
}

/** One call of a firm, from the hand-over to the invoice. */
export class FirmCall {
  private readonly id: string;
  private readonly code: string;

  constructor(
    private readonly stage: Stage,
    private readonly of: Of,
    /** What the technician does when the firm is done, or cannot be called. */
    private readonly done: () => Promise<void>,
  ) {
    this.id = stage.named(stage.orders, 'vj');
    this.code = String(stage.chance.between(0, 999_999)).padStart(6, '0');
    stage.later(stage.within(5, 25), () => this.handOver());
  }

  private does(type: string, data: Addressed['data'], by = actor(this.of.technicianId, 'technician')): Promise<boolean> {
    return this.stage.does(this.stage.orders, { aggregate: vendorJob, id: this.id, type, data }, by);
  }

  private async handOver(): Promise<void> {
    const { stage, of } = this;
    const { orders, chance } = stage;
    const [order] = await orders.ask('work-orders', { key: of.orderId });
    const [firm] = await orders.ask('vendors', { key: of.vendorId });
    // Cancelled meanwhile.
    if (order?.row['status'] !== 'accepted' || !firm) return;
    const { trade, placeId, vendorArrivalMinutes = null } = order.row;
    const handing = {
      order: { id: of.orderId, ended: null, trade, placeId, vendorArrivalMinutes },
      vendor: { id: of.vendorId, agreements: firm.row['agreements'] },
      reason: '需厂家工具与配件',
      trapped: String(trade) === 'lift-mechanic' && chance.once(TRAPPED),
      code: personal(of.technicianId, this.code),
    };
    if (!(await this.does('HandToVendor', handing))) return this.done();
    const [job] = await orders.ask('vendor-jobs', { key: this.id });
    const allowed = (millis(String(job!.row['arriveDueAt'])) - millis(stage.now)) / MINUTE;
    const share = chance.once(LATE) ? 1.1 + chance.next() : 0.3 + 0.6 * chance.next();
    stage.later(plus(stage.now, Math.round(allowed * share) * MINUTE), () => this.arrive());
  }

  /** Whoever receives the firm tells it the code of this call. */
  private async arrive(): Promise<void> {
    await this.does('CheckInArrival', { proof: { kind: 'code', code: this.code }, place: null });
    this.stage.later(this.stage.within(40, 240), () => this.finish());
  }

  private async finish(): Promise<void> {
    const { stage } = this;
    const amountFen = stage.chance.between(8, 90) * 10_000;
    await this.does('FinishVendorJob', { result: '已更换损坏部件', costs: [{ kind: '配件与人工', amountFen }] });
    await this.done();
    const invoiceNumber = `0440${stage.chance.between(100_000, 999_999)}`;
    stage.later(plus(stage.now, stage.chance.between(5, 20) * DAY), async () => {
      await this.does('SettleVendorJob', { amountFen, invoiceNumber }, BUYER);
    });
  }
}
