import { randomUUID } from 'node:crypto';
import { DAY, MINUTE, plus } from '@hospital/kernel';
import { eventually, FrontEnd, type Order, type Rejection, type Wish } from './front-end';
import type { Hospital } from './hospital';

/** Somebody of the ward's trade. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly desk: FrontEnd;
}

const NAMES = ['陈建国', '李明', '王志强'];

async function hire(hospital: Hospital, administrator: FrontEnd, name: string, trade: string): Promise<Colleague> {
  const { id } = await administrator.does('registerPerson', { name, phone: '13800000000', trade });
  return { id, name, desk: await FrontEnd.of(hospital, id, 'technician') };
}

/** A place, a kind of fault and people with a trade of their own, so that one journey does not meet the orders of another. */
export class Ward {
  private firstOrder = '';

  private constructor(
    private readonly hospital: Hospital,
    readonly trade: string,
    readonly categoryId: string,
    readonly placeId: string,
    readonly colleagues: readonly Colleague[],
    readonly administrator: FrontEnd,
    readonly dispatcher: FrontEnd,
    /** A nurse who reports what is broken. */
    readonly nurse: FrontEnd,
  ) {}

  /** Registers everything, through the gateway, and waits until work orders know of it. The first of the people comes on shift. */
  static async with(hospital: Hospital, { people, onShift }: { readonly people: number; readonly onShift: boolean }): Promise<Ward> {
    const name = randomUUID().slice(0, 8);
    const trade = `electrician-${name}`;
    const administrator = await FrontEnd.of(hospital, `administrator-${name}`, 'administrator');
    const category = await administrator.does('defineFaultCategory', { name: `电气 ${name}`, nameEn: `Electrical ${name}`, trade });
    const place = await administrator.does('registerAsset', { name: `住院楼 ${name}`, kind: 'building' });
    const colleagues: Colleague[] = [];
    for (const person of NAMES.slice(0, people)) colleagues.push(await hire(hospital, administrator, person, trade));
    const dispatcher = await FrontEnd.of(hospital, `dispatcher-${name}`, 'dispatcher');
    const nurse = await FrontEnd.of(hospital, `nurse-${name}`, 'clinician');
    const ward = new Ward(hospital, trade, category.id, place.id, colleagues, administrator, dispatcher, nurse);
    await ward.becomeKnown();
    if (onShift) await ward.comeOnShift();
    return ward;
  }

  /** The first of the people. */
  get technician(): Colleague {
    return this.colleagues[0]!;
  }

  /** Somebody more, of another trade perhaps. */
  hire(name: string, trade = this.trade): Promise<Colleague> {
    return hire(this.hospital, this.administrator, name, trade);
  }

  /** Another kind of fault for the ward's trade, as an administrator defines it; known when this returns. */
  async define(definition: object): Promise<string> {
    const { id } = await this.administrator.does('defineFaultCategory', {
      ...{ name: '专项维修', nameEn: 'Special repair', trade: this.trade },
      ...definition,
    });
    await this.knowsCategory(id, 1);
    return id;
  }

  /** A kind of fault for which somebody is sent however much they have to do; the rule that ships has a bound. */
  async defineUnbounded(definition: object = {}): Promise<string> {
    const rule = { name: '不限在手数量', order: ['OPEN_ORDERS', 'LONGEST_IDLE'] };
    const { id: ruleId } = await this.administrator.does('defineDispatchRule', rule);
    return this.define({ ...definition, ruleId });
  }

  /** Until whoever reports meets this version of a category. */
  async knowsCategory(id: string, version: number): Promise<void> {
    await eventually(
      () =>
        this.nurse.read<{ node: { version: number } | null }>('query ($id: ID!) { node(id: $id) { ... on FaultCategory { version } } }', {
          id,
        }),
      ({ node }) => node?.version === version,
    );
  }

  /** Plans that somebody works from a moment ago on, in these zones. */
  async plan({ id: personId }: Colleague, zones: readonly string[] = [], trade = this.trade): Promise<void> {
    const now = await this.hospital.now();
    await this.administrator.does('planShift', { personId, trade, zones, from: plus(now, -MINUTE), until: plus(now, 7 * DAY) });
  }

  fault(more: object = {}): object {
    return { categoryId: this.categoryId, placeId: this.placeId, description: '三楼护士站灯管闪烁', ...more };
  }

  report(more: object = {}, wish?: Wish): Promise<Order> {
    return this.nurse.does('reportFault', this.fault(more), wish);
  }

  async dispatched(more?: object): Promise<Order> {
    const { id } = await this.report(more);
    return this.when(id, ({ status }) => status === 'DISPATCHED');
  }

  async accepted(): Promise<Order> {
    const { id } = await this.dispatched();
    return this.technician.desk.does('acceptWorkOrder', { id });
  }

  async completed(): Promise<Order> {
    const { id } = await this.accepted();
    return this.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
  }

  when(id: string, is: (order: Order) => boolean): Promise<Order> {
    return eventually(
      () => this.nurse.order(id),
      (order) => order !== null && is(order),
    ) as Promise<Order>;
  }

  /** The first of the people comes on shift, and repairs what waited for that. */
  async comeOnShift(): Promise<void> {
    const { id, desk } = this.technician;
    await this.administrator.does('startShift', { id, until: plus(await this.hospital.now(), 7 * DAY) });
    await this.when(this.firstOrder, ({ status }) => status === 'DISPATCHED');
    await desk.does('acceptWorkOrder', { id: this.firstOrder });
    await desk.does('completeWorkOrder', { id: this.firstOrder, resolution: '试完工' });
  }

  /** News of places and people travels between contexts: a first order shows when they have arrived. */
  private async becomeKnown(): Promise<void> {
    const key = randomUUID();
    const placed = (answer: Order | Rejection): answer is Order => answer.__typename === 'WorkOrder';
    const fault = this.fault({ description: '试报修' });
    const order = await eventually(() => this.nurse.wish('reportFault', fault, { key }), placed);
    this.firstOrder = (order as Order).id;
    await eventually(
      () => this.dispatcher.does('dispatchWorkOrder', { id: this.firstOrder }),
      ({ dispatch }) => dispatch?.considered.length === this.colleagues.length,
    );
  }
}
