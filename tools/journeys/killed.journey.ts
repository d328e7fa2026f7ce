import { randomUUID } from 'node:crypto';
import { pause } from '@hospital/kernel';
import { type Answer, eventually, type Failure, FrontEnd, type Rejection, type Wish } from './front-end';
import type { Context, DividedHospital, Hospital } from './hospital';
import { Ward } from './ward';

/** So many front-ends send the same kind of wish, each one after the other, and rest in between (ms). */
const FRONT_ENDS = 3;
const REST = 100;
/** Wishes granted before the kill, meanwhile by the others, and after it. */
const SOME = 10;

/** A context that has just started may also not have seen yet what it knew. */
const TRY_AGAIN = ['CONTEXT_UNAVAILABLE', 'NOT_YET_VISIBLE'];

interface Granted {
  readonly text: string;
  readonly key: string;
  readonly id: string;
}

/** A steady load of one kind of wish. Each is sent again under its key until it is granted, as the outbox of a front-end does. */
class Load {
  readonly granted: Granted[] = [];
  /** How often the context did not answer, by front-end. */
  readonly unanswered: number[] = Array.from({ length: FRONT_ENDS }, () => 0);
  /** Of all that was granted. */
  position = 0n;
  private stopping = false;
  private readonly running: Promise<unknown>;

  constructor(
    readonly context: keyof typeof COUNTED,
    private readonly send: (text: string, wish: Wish) => Promise<Answer<{ answer: { readonly id: string } | Rejection }>>,
  ) {
    this.running = Promise.all(this.unanswered.map((_, frontEnd) => this.run(frontEnd)));
    this.running.catch(() => undefined);
  }

  private async run(frontEnd: number): Promise<void> {
    for (let n = 1; !this.stopping; n += 1) {
      await this.untilGranted(frontEnd, `${this.context} ${frontEnd}-${n}`);
      await pause(REST);
    }
  }

  private async untilGranted(frontEnd: number, text: string): Promise<void> {
    const key = randomUUID();
    for (;;) {
      const { data, errors, positions } = await this.send(text, { key });
      if (data && 'id' in data.answer) {
        const position = BigInt(positions[this.context]?.position ?? 0);
        if (position > this.position) this.position = position;
        return void this.granted.push({ text, key, id: data.answer.id });
      }
      expect(TRY_AGAIN).toContain(errors[0]?.extensions.code);
      this.unanswered[frontEnd]! += 1;
      await pause(REST);
    }
  }

  /** Until so many more are granted. */
  async grants(more: number): Promise<void> {
    const enough = this.granted.length + more;
    const granted = eventually(
      async () => this.granted.length,
      (count) => count >= enough,
    );
    await Promise.race([granted, this.running]);
  }

  /** Sends once more what was granted long ago, and would have been if only the answer had been lost. */
  async repeat(): Promise<void> {
    for (const { text, key, id } of this.granted.slice(0, SOME)) {
      const { data } = await eventually(
        () => this.send(text, { key }),
        ({ errors }) => !TRY_AGAIN.includes(errors[0]?.extensions.code ?? ''),
      );
      expect(data?.answer).toMatchObject({ id });
    }
  }

  /** Every wish that was sent has been granted then. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }
}

interface Seen {
  readonly workOrder: {
    readonly status: string;
    readonly technician: { readonly name: string | null } | null;
    readonly place: { readonly name: string } | null;
  } | null;
  readonly person: { readonly name: string } | null;
  readonly asset: { readonly name: string } | null;
  readonly assets: object | null;
  readonly calendars: object | null;
}

/** Which contexts did not answer. @throws when something else is wrong */
const missingIn = (errors: readonly Failure[]): readonly string[] => [
  ...new Set(
    errors.map(({ extensions: { code, context } }) => {
      expect(code).toBe('CONTEXT_UNAVAILABLE');
      return context!;
    }),
  ),
];

/** How many there are of a load. */
const COUNTED = {
  workorders: 'query ($name: ID) { list: workOrders(filter: { reporterId: $name }) { totalCount } }',
  staffing: 'query ($name: String) { list: people(filter: { trade: $name }) { totalCount } }',
};

/** What such front-ends meet: founded by {@link foundForLoad}. */
export interface UnderLoad {
  readonly hospital: DividedHospital;
  readonly at: Ward;
  readonly categoryId: string;
  readonly orderId: string;
}

export async function foundForLoad(hospital: Hospital): Promise<Omit<UnderLoad, 'hospital'>> {
  const at = await Ward.with(hospital, { people: 1, onShift: true });
  const categoryId = await at.defineUnbounded();
  const { id: orderId } = await at.accepted();
  return { at, categoryId, orderId };
}

/** Front-ends report faults and register people all the time, while contexts are killed. */
export function killedJourney(founded: () => UnderLoad): void {
  const look = (): Promise<Answer<Seen>> => {
    const { at, orderId } = founded();
    return at.nurse.ask<Seen>(
      `query ($order: ID!, $person: ID!, $place: ID!) {
        workOrder(id: $order) { status technician { name } place { name } }
        person(id: $person) { name }
        asset(id: $place) { name }
        assets(first: 1) { totalCount }
        calendars(first: 1) { totalCount }
      }`,
      { order: orderId, person: at.technician.id, place: at.placeId },
    );
  };

  it('GW-08 when assets are killed, then an order is answered without the name of its place, until they are back', async () => {
    const { hospital } = founded();
    const { data: whole } = await look();
    expect(whole!.workOrder!.place!.name).toMatch(/^住院楼 /);
    await hospital.kill('assets');
    const { status, data, errors } = await look();
    expect(status).toBe(200);
    expect(data).toEqual({ ...whole, workOrder: { ...whole!.workOrder, place: null }, asset: null, assets: null });
    expect(missingIn(errors)).toEqual(['assets']);
    await hospital.start('assets');
    const { data: again } = await eventually(look, (seen) => seen.errors.length === 0);
    expect(again).toEqual(whole);
  });

  it.each<[Context, Partial<Seen>]>([
    ['workorders', { workOrder: null, calendars: null }],
    ['staffing', { person: null }],
  ])(
    'GW-08 when one of them (%s) is killed, then answers name what is missing until it is back, and no granted wish is lost or done twice',
    async (killed, missing) => {
      const { hospital, at, categoryId } = founded();
      // Whose reports these are, and what the people are: other runs have other names.
      const name = `porter-${randomUUID().slice(0, 8)}`;
      const nurse = await FrontEnd.of(hospital, name, 'clinician');
      const person = { phone: '13800000000', trade: name };
      const reports = new Load('workorders', (description, wish) =>
        nurse.attempt('reportFault', at.fault({ categoryId, description }), wish),
      );
      const people = new Load('staffing', (name, wish) => at.administrator.attempt('registerPerson', { ...person, name }, wish));
      const [hit, spared] = killed === 'workorders' ? [reports, people] : [people, reports];
      const whole = (await look()).data!;
      expect(whole).toMatchObject({ workOrder: { status: 'ACCEPTED' }, person: { name: at.technician.name } });
      await hit.grants(SOME);

      await hospital.kill(killed);
      const { status, data, errors } = await look();
      expect(status).toBe(200);
      expect(data).toMatchObject({ asset: whole.asset, assets: whole.assets, ...missing });
      expect(missingIn(errors)).toEqual([killed]);
      await eventually(
        async () => hit.unanswered,
        (times) => times.every((time) => time > 0),
      );
      await spared.grants(SOME);

      const spawned = performance.now();
      const sinceThen = (): string => `${(performance.now() - spawned).toFixed(0)} ms`;
      await hospital.start(killed);
      const { data: again } = await eventually(look, (seen) => seen.errors.length === 0);
      console.info(`${killed}: whole answers ${sinceThen()} after it was started`);
      expect(again).toEqual(whole);
      await hit.grants(1);
      console.info(`${killed}: wishes granted ${sinceThen()} after it was started`);
      await hit.grants(SOME);
      await hit.repeat();

      await Promise.all([reports.stop(), people.stop()]);
      expect(spared.unanswered).toEqual(spared.unanswered.map(() => 0));
      for (const { context, granted, position } of [reports, people]) {
        expect(new Set(granted.map(({ id }) => id)).size).toBe(granted.length);
        const headers = { 'x-wait-for': `${context}=${position}` };
        expect(await at.dispatcher.read(COUNTED[context], { name }, headers)).toEqual({ list: { totalCount: granted.length } });
      }
      for (const { id, text } of reports.granted) {
        expect(await at.when(id, (order) => order.status === 'DISPATCHED')).toMatchObject({ description: text });
        const { history, evidence } = await at.nurse.historyOf(id);
        expect(history.map(({ type }) => type)).toEqual(['WorkOrderReported', 'WorkOrderDispatched']);
        expect(evidence.intact).toBe(true);
      }
      for (const { id, text } of people.granted) {
        const query = 'query ($id: ID!) { person(id: $id) { name history { type } evidence { intact } } }';
        expect(await at.administrator.read(query, { id })).toEqual({
          person: { name: text, history: [{ type: 'PersonRegistered' }], evidence: { intact: true } },
        });
      }
    },
  );
}
