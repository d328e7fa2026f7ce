import { pause } from '@hospital/kernel';
import { POOR } from '../../apps/workorders/src/domain/work-order';
import type { DemoIssuer } from '../../apps/standalone/src/demo-identity';
import type { Chance } from './chance';
import type { Doors } from './victim';

type Context = keyof Doors;

/** Who sends: subject and role of the token. */
interface Sender {
  readonly subject: string;
  readonly role: Parameters<DemoIssuer['tokenFor']>[1][number];
}

/** A mutation that says no where the script knows of no reason. */
interface Wish {
  readonly context: Context;
  readonly mutation: string;
  /** Type of what it answers with. */
  readonly entity: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly by: Sender;
  /** The events it leads to, each as {@link markOf} names them. */
  readonly leaves: readonly string[];
}

interface Answer {
  readonly id: string;
  readonly revision: number;
}

/** One aggregate and what was asked of it so far, one wish after the other. */
export interface Thing {
  readonly category: string;
  /** Known from the first acknowledgement on. */
  id?: string;
  /** Marks of all events that were acknowledged. */
  readonly acknowledged: string[];
  /** Marks of the wish that has no answer yet; may be there or not, as a whole. */
  asked: readonly string[];
  /** Plain text of the personal value it holds. */
  readonly contact?: string;
}

/** What tells the events of the load apart. The suite's own deeds are not among them. */
const TELLING: Readonly<Record<string, readonly string[]>> = {
  AssetRegistered: ['name'],
  DispatchRuleDefined: ['name'],
  CategoryDefined: ['nameEn'],
  PersonRegistered: ['trade'],
  PersonShiftStarted: ['until'],
  PersonShiftEnded: [],
  WorkOrderReported: ['description'],
  WorkOrderAccepted: ['technicianId'],
  WorkOrderCompleted: ['resolution'],
  WorkOrderRated: ['stars', 'comment'],
  WorkOrderReopened: ['stars'],
};

const mark = (type: string, ...values: readonly unknown[]): string => [type, ...values].join(' ');

/** An event as the load knows it; `undefined` for what the suite does by itself. */
export const markOf = (type: string, data: Readonly<Record<string, unknown>>): string | undefined =>
  TELLING[type] && mark(type, ...TELLING[type].map((field) => data[field]));

const ADMINISTRATOR: Sender = { subject: 'demo-administrator', role: 'administrator' };
const REPORTER: Sender = { subject: 'demo-clinician', role: 'clinician' };
const TRADES = ['electrician', 'plumber'];
/** Inputs that are not named after their mutation. */
const INPUTS: Readonly<Record<string, string>> = { acceptWorkOrder: 'WorkOrderInput', endShift: 'PersonInput' };
const REPAIRS_AT_A_TIME = 6;
/** Chances that nobody accepts an order any more, that a wish is sent twice at a time. */
const LEFT_LYING = 0.15;
const SENT_TWICE = 0.2;
/** Milliseconds: between two looks; and what a victim that lives never takes to answer. */
const POLL = 10;
const NO_ANSWER = 10_000;

/**
 * A scripted load: repairs from report to rating, people who come and go. Each wish is sent under one idempotency key until it is
 * answered, whatever dies meanwhile; some are sent twice at a time, some again long after they were answered.
 */
export class Load {
  /** Everything that was ever asked for. */
  readonly things: Thing[] = [];
  /** Answers that no correct suite gives. */
  readonly faults: string[] = [];
  commands = 0;
  repeated = 0;
  /** Called after each acknowledgement. */
  onAcknowledged: () => void = () => undefined;
  private doors: Doors | undefined;
  private readonly waiting: ((doors: Doors) => void)[] = [];
  private readonly tokens = new Map<string, Promise<string>>();
  private readonly answered: { readonly wish: Wish; readonly key: string; readonly answer: Answer }[] = [];
  private keys = 0;
  private names = 0;
  private stopping = false;

  constructor(
    private readonly chance: Chance,
    private readonly issuer: DemoIssuer,
    /** Until when whoever comes on shift stays, whatever the clock is moved to. */
    private readonly until: string,
  ) {}

  /** The victim lives and answers there. */
  open(doors: Doors): void {
    this.doors = doors;
    for (const go of this.waiting.splice(0)) go(doors);
  }

  /** The victim is about to die. */
  shut(): void {
    this.doors = undefined;
  }

  /** Finishes what was begun, begins nothing new. */
  stop(): void {
    this.stopping = true;
  }

  /** The whole script; resolves after {@link stop}, when every wish has been answered. */
  async run(): Promise<void> {
    const place = this.thing('asset');
    await this.send(place, {
      ...{ context: 'assets', mutation: 'registerAsset', entity: 'Asset', by: ADMINISTRATOR },
      input: { name: 'Ward 3', kind: 'building' },
      leaves: [mark('AssetRegistered', 'Ward 3')],
    });
    const categories: string[] = [];
    const ruleId = await this.defineRule();
    for (const trade of TRADES) {
      categories.push(await this.define(trade, ruleId));
      for (let n = 0; n < 2; n += 1) await this.startShift(await this.register(trade), this.until);
    }
    await this.untilPlaceIsKnown(categories[0]!, place.id!);
    await Promise.all([
      ...Array.from({ length: REPAIRS_AT_A_TIME }, (_, caller) => this.repairs(caller, categories, place.id!)),
      this.shifts(await this.register('guard')),
    ]);
  }

  /** Sends some of what was answered once more, and compares the answers. */
  async repeatSome(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) await this.repeat();
  }

  /** Reads back what reporters left to be called at. */
  async readContacts(): Promise<void> {
    for (const { id, contact } of this.things)
      if (id !== undefined && contact !== undefined) {
        const read = await this.ask<{ workOrder: { contact: string | null } | null }>(
          'query ($id: ID!) { workOrder(id: $id) { contact } }',
          { id },
        );
        if (read.workOrder?.contact !== contact) this.faults.push(`${id}: contact reads ${read.workOrder?.contact}, not ${contact}`);
      }
  }

  // --- the script ----------------------------------------------------------------------------------------------------------

  /** Without a bound: the rule that ships would send nobody more while orders are left lying. */
  private async defineRule(): Promise<string> {
    const rule = this.thing('dispatchRule');
    await this.send(rule, {
      ...{ context: 'workorders', mutation: 'defineDispatchRule', entity: 'DispatchRule', by: ADMINISTRATOR },
      input: { name: 'least loaded', order: ['OPEN_ORDERS'] },
      leaves: [mark('DispatchRuleDefined', 'least loaded')],
    });
    return rule.id!;
  }

  private async define(trade: string, ruleId: string): Promise<string> {
    const category = this.thing('category');
    await this.send(category, {
      ...{ context: 'workorders', mutation: 'defineFaultCategory', entity: 'FaultCategory', by: ADMINISTRATOR },
      input: { name: trade, nameEn: trade, trade, ruleId },
      leaves: [mark('CategoryDefined', trade)],
    });
    return category.id!;
  }

  private async register(trade: string): Promise<Thing> {
    const person = this.thing('person');
    await this.send(person, {
      ...{ context: 'staffing', mutation: 'registerPerson', entity: 'Person', by: ADMINISTRATOR },
      input: { name: `Person ${(this.names += 1)}`, trade },
      leaves: [mark('PersonRegistered', trade)],
    });
    return person;
  }

  private startShift(person: Thing, until: string): Promise<void> {
    return this.send(person, {
      ...{ context: 'staffing', mutation: 'startShift', entity: 'Person', by: ADMINISTRATOR },
      input: { id: person.id, until },
      leaves: [mark('PersonShiftStarted', until)],
    });
  }

  private async shifts(person: Thing): Promise<void> {
    while (!this.stopping) {
      await this.startShift(person, this.until);
      await this.send(person, {
        ...{ context: 'staffing', mutation: 'endShift', entity: 'Person', by: ADMINISTRATOR },
        input: { id: person.id },
        leaves: [mark('PersonShiftEnded')],
      });
    }
  }

  /** What assets tell takes a moment to be heard, and a report from an unknown place is refused. */
  private async untilPlaceIsKnown(categoryId: string, placeId: string): Promise<void> {
    for (;;) {
      const order = this.thing('workOrder');
      const refused = await this.attempt(order, this.report(order, 'first', categoryId, placeId));
      if (refused === undefined) return;
      this.things.splice(this.things.indexOf(order), 1);
      if (refused !== 'UNKNOWN_PLACE') this.faults.push(`the first report is refused: ${refused}`);
      await pause(POLL);
    }
  }

  private async repairs(caller: number, categories: readonly string[], placeId: string): Promise<void> {
    for (let n = 0; !this.stopping; n += 1) {
      const contact = this.chance.once(0.2) ? `555-${caller}-${n}` : undefined;
      const order = this.thing('workOrder', contact);
      await this.send(order, this.report(order, `${caller}/${n}`, this.chance.of(categories), placeId));
      await this.repair(order, `${caller}/${n}`);
      if (this.chance.once(0.15)) await this.repeat();
    }
  }

  private report(order: Thing, name: string, categoryId: string, placeId: string): Wish {
    return {
      ...{ context: 'workorders', mutation: 'reportFault', entity: 'WorkOrder', by: REPORTER },
      input: { categoryId, placeId, description: `Fault ${name}`, ...(order.contact === undefined ? {} : { contact: order.contact }) },
      leaves: [mark('WorkOrderReported', `Fault ${name}`)],
    };
  }

  /** To the rating; a first poor one begins it again. Some orders are left lying, so that their response is overdue one day. */
  private async repair(order: Thing, name: string): Promise<void> {
    for (let round = 1; !this.chance.once(LEFT_LYING); round += 1) {
      const technicianId = await this.dispatched(order.id!);
      const by: Sender = { subject: technicianId, role: 'technician' };
      const own = { context: 'workorders', entity: 'WorkOrder' } as const;
      const resolution = `Mended ${name} the ${round}. time`;
      await this.send(order, {
        ...own,
        by,
        mutation: 'acceptWorkOrder',
        input: { id: order.id },
        leaves: [mark('WorkOrderAccepted', technicianId)],
      });
      await this.send(order, {
        ...{ ...own, by, mutation: 'completeWorkOrder', input: { id: order.id, resolution } },
        leaves: [mark('WorkOrderCompleted', resolution)],
      });
      const stars = this.chance.between(1, 5);
      const comment = `Rated ${name} the ${round}. time`;
      const rated = mark('WorkOrderRated', stars, comment);
      const again = stars <= POOR && round === 1;
      await this.send(order, {
        ...{ ...own, by: REPORTER, mutation: 'rateWorkOrder', input: { id: order.id, stars, comment } },
        leaves: again ? [rated, mark('WorkOrderReopened', stars)] : [rated],
      });
      if (!again) return;
    }
  }

  /** Whom the suite has dispatched; it does so by itself. */
  private async dispatched(id: string): Promise<string> {
    for (;;) {
      const { workOrder } = await this.ask<{ workOrder: { status: string; technician: { id: string } | null } | null }>(
        'query ($id: ID!) { workOrder(id: $id) { status technician { id } } }',
        { id },
      );
      if (workOrder?.status === 'DISPATCHED') return workOrder.technician!.id;
      await pause(POLL);
    }
  }

  // --- sending -------------------------------------------------------------------------------------------------------------

  private thing(category: string, contact?: string): Thing {
    const made: Thing = { category, acknowledged: [], asked: [], ...(contact === undefined ? {} : { contact }) };
    this.things.push(made);
    return made;
  }

  private async send(thing: Thing, wish: Wish): Promise<void> {
    const refused = await this.attempt(thing, wish);
    if (refused !== undefined) this.faults.push(`${wish.leaves.join(', ')} is refused: ${refused}`);
  }

  /** Sends a wish until it is answered; the code of its rejection when it is refused. */
  private async attempt(thing: Thing, wish: Wish): Promise<string | undefined> {
    const key = `wish ${(this.keys += 1)}`;
    thing.asked = wish.leaves;
    const copies = Array.from({ length: this.chance.once(SENT_TWICE) ? 2 : 1 }, () => this.answerTo(wish, key));
    const answer = await Promise.race(copies);
    thing.asked = [];
    if (typeof answer === 'string') return answer;
    thing.id = answer.id;
    thing.acknowledged.push(...wish.leaves);
    this.answered.push({ wish, key, answer });
    this.commands += 1;
    this.onAcknowledged();
    for (const other of await Promise.all(copies)) this.compare(wish, answer, other);
    return undefined;
  }

  private async repeat(): Promise<void> {
    const { wish, key, answer } = this.chance.of(this.answered);
    this.repeated += 1;
    this.compare(wish, answer, await this.answerTo(wish, key));
  }

  private compare({ leaves }: Wish, first: Answer, again: Answer | string): void {
    if (typeof again === 'string' || again.id !== first.id || again.revision !== first.revision)
      this.faults.push(`${leaves.join(', ')} was answered ${JSON.stringify(first)}, and then ${JSON.stringify(again)}`);
  }

  private async answerTo({ context, mutation, entity, input, by }: Wish, key: string): Promise<Answer | string> {
    const inputType = INPUTS[mutation] ?? `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
    const { answer } = await this.post<{ answer: Answer & { code?: string } }>(
      context,
      `mutation ($input: ${inputType}!, $key: ID!) {
        answer: ${mutation}(input: $input, idempotencyKey: $key) { ... on ${entity} { id ${entity === 'FaultCategory' ? '' : 'revision'} } ... on Rejection { code } }
      }`,
      { input, key },
      by,
    );
    return answer.code ?? { id: answer.id, revision: answer.revision };
  }

  private ask<T>(query: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
    return this.post<T>('workorders', query, variables, ADMINISTRATOR);
  }

  /** Until there is an answer: from this life, or from one of the next. */
  private async post<T>(context: Context, query: string, variables: Readonly<Record<string, unknown>>, by: Sender): Promise<T> {
    const body = JSON.stringify({ query, variables });
    const authorization = `Bearer ${await this.tokenOf(by)}`;
    for (;;) {
      const doors = this.doors ?? (await new Promise<Doors>((resolve) => this.waiting.push(resolve)));
      let answer: { data?: T; errors?: readonly { extensions?: { code?: string } }[] };
      try {
        const response = await fetch(doors[context], {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body,
          signal: AbortSignal.timeout(NO_ANSWER),
        });
        answer = (await response.json()) as typeof answer;
      } catch {
        await pause(POLL);
        continue;
      }
      if (answer.data && !answer.errors) return answer.data;
      if (answer.errors?.[0]?.extensions?.code !== 'NOT_YET_VISIBLE') this.faults.push(`${query} is answered ${JSON.stringify(answer)}`);
      await pause(POLL);
    }
  }

  private tokenOf({ subject, role }: Sender): Promise<string> {
    let token = this.tokens.get(subject);
    if (!token) this.tokens.set(subject, (token = this.issuer.tokenFor(subject, [role])));
    return token;
  }
}
