import { type Clock, MINUTE, pause, plus } from '@hospital/kernel';
import { Chance } from './chance';
import { Desk } from './desk';

export interface Demo {
  readonly url: string;
  readonly tokens: readonly { readonly role: string; readonly subject: string; readonly token: string }[];
  readonly clock: Clock;
}

interface Category {
  readonly id: string;
  readonly name: string;
  readonly fields: readonly { readonly key: string; readonly kind: string; readonly required: boolean }[];
}

/** Only so many of its own requests are on their way at a time. */
const MOST = 20;
const SEVERITIES = ['LOW', 'NORMAL', 'NORMAL', 'NORMAL', 'HIGH'];

/** Keeps the demo moving: reports, accepts, completes and rates through the graph; only what it reported itself. */
export class Live {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private readonly own = new Set<string>();
  private readonly nurse: Desk;

  constructor(
    private readonly demo: Demo,
    paceMinutes: number,
    private readonly failed: (error: unknown) => void,
    private readonly chance = new Chance(Date.now() % 1_000_000),
  ) {
    this.nurse = this.deskOf('demo-clinician')!;
    this.running = this.run(paceMinutes);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** One request more, and one step for each of the others. */
  async step(): Promise<void> {
    for (const id of [...this.own]) await this.moveOn(id);
    if (this.own.size < MOST) await this.report();
  }

  private async run(paceMinutes: number): Promise<void> {
    const { clock } = this.demo;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await clock.until(plus(clock.now(), Math.round(paceMinutes * MINUTE * (0.5 + this.chance.next()))), signal);
      if (!signal.aborted) await this.step().catch(this.failed);
      // However fast the demo's clock is moved.
      await pause(1_000, signal);
    }
  }

  private async report(): Promise<void> {
    const { faultCategories, assets } = await this.nurse.ask(`{
      faultCategories(first: 100, filter: { retired: false }) { edges { node { id name fields { key kind required } } } }
      assets(first: 100) { edges { node { id kind } } }
    }`);
    const places = (assets.edges as { node: { id: string; kind: string } }[]).filter(({ node }) =>
      /building|floor|department/.test(node.kind),
    );
    // What asks for more than words is for people.
    const simple = (faultCategories.edges as { node: Category }[])
      .map(({ node }) => node)
      .filter(({ fields }) => fields.every(({ kind, required }) => kind === 'TEXT' || !required));
    if (places.length === 0 || simple.length === 0) return;
    const { id: categoryId, name, fields } = this.chance.of(simple);
    const details = fields.filter(({ required }) => required).map(({ key }) => ({ key, value: '走廊 corridor' }));
    const place = { categoryId, placeId: this.chance.of(places).node.id, description: `${name}报修` };
    const { id } = await this.nurse.does('reportFault', 'WorkOrder', { ...place, details, severity: this.chance.of(SEVERITIES) });
    this.own.add(String(id));
  }

  private async moveOn(id: string): Promise<void> {
    const { workOrder } = await this.nurse.ask('query ($id: ID!) { workOrder(id: $id) { status technician { id } } }', { id });
    const technician = this.deskOf(workOrder?.technician?.id);
    switch (workOrder?.status) {
      case 'DISPATCHED':
        await technician?.does('acceptWorkOrder', 'WorkOrder', { id });
        return;
      case 'ACCEPTED':
        await technician?.does('completeWorkOrder', 'WorkOrder', { id, resolution: '已修复' });
        return;
      case 'COMPLETED':
        this.own.delete(id);
        if (this.chance.once(0.6)) await this.nurse.does('rateWorkOrder', 'WorkOrder', { id, stars: this.chance.between(3, 5) });
        return;
      case 'WAITING':
      case 'NEEDS_INFORMATION':
        return;
      default:
        this.own.delete(id);
    }
  }

  private deskOf(subject: string | undefined): Desk | undefined {
    const found = this.demo.tokens.find((one) => one.subject === subject);
    return found && new Desk(this.demo.url, found.token);
  }
}
