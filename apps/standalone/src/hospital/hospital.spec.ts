import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, plus } from '@hospital/kernel';
import { openEngines } from '@hospital/engines';
import { BadSetting, logger, settingsFrom } from '@hospital/service';
import { demoFrom } from '../demo-settings';
import { demoIssuer } from '../demo-identity';
import { startSuite, type Suite } from '../suite';
import { type Seeding, seedHospital } from './seed';
import { MONTH } from './year';

const KEY = Buffer.alloc(32, 7);
const MONTHS = 8;
/** One for all: nothing is published while history is written. */
const NO_BUS: Bus = { publish: async () => undefined, subscribe: async () => undefined, close: async () => undefined };
const SEEDING: Seeding = { seed: 7, months: 1, requestsPerMonth: 40, end: '2026-03-01T00:00:00.000Z', progress: () => undefined };

const scratch = mkdtempSync(join(tmpdir(), 'hospital-'));
const folderOf = (name: string): string => join(scratch, name);
const settingsOf = (name: string) => settingsFrom({ PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: folderOf(name) });
const seeded = (name: string, seeding: Partial<Seeding> = {}) => seedHospital(settingsOf(name), KEY, NO_BUS, { ...SEEDING, ...seeding });
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Ids of all events of a context, in order. */
async function eventIds(name: string, context: string): Promise<readonly string[]> {
  const { store, close } = await openEngines(context, settingsOf(name), logger({ LOG_LEVEL: 'silent' }, 'spec'), NO_BUS);
  const ids: string[] = [];
  const categories = ['person', 'certificate', 'shift', 'rota', 'workOrder', 'technician', 'category', 'place'];
  for await (const { events } of store.readAll({ categories })) ids.push(...events.map(({ id }) => id));
  await close();
  return ids;
}

describe('given a hospital with a history, begun in an empty data folder', () => {
  let suite: Suite;
  const open = async (): Promise<Suite> =>
    startSuite(settingsOf('whole'), { beginning: 'hospital', size: { months: MONTHS, requestsPerMonth: 25 } });
  beforeAll(async () => (suite = await open()), 120_000);
  afterAll(() => suite.close());

  /* eslint-disable @typescript-eslint/no-explicit-any -- answers are compared, not typed */
  const ask = async (query: string, asOf?: string): Promise<any> => {
    const { token } = suite.tokens.find(({ role }) => role === 'director')!;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(asOf ? { 'x-as-of': asOf } : {}) };
    const answer = await fetch(`${suite.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return ((await answer.json()) as { data: any }).data;
  };
  /* eslint-enable @typescript-eslint/no-explicit-any */
  const start = async (): Promise<string> =>
    (await ask('{ people(first: 1) { edges { node { history { recordedAt } } } } }')).people.edges[0].node.history[0].recordedAt;

  it('ST-01 when heads are counted, then 12 engineers, 35 cleaners, 20 guards, 8 others of a trade and ten without one make 85', async () => {
    const { headcount } = await ask('{ headcount { total byTrade { trade people } } }');
    const by = Object.fromEntries(headcount.byTrade.map(({ trade, people }: { trade: string; people: number }) => [trade, people]));
    expect(headcount.total).toBe(85);
    expect(by['electrician'] + by['plumber'] + by['hvac-technician'] + by['lift-mechanic']).toBe(12);
    expect(by).toMatchObject({ cleaner: 35, guard: 20, 'waste-handler': 8, unclassified: 10 });
  });

  it('ST-14 when ages are taken from the birth dates, then the mean is about 42 and six of ten are 50 or older', async () => {
    const { ageProfile } = await ask('{ ageProfile { meanAge share50AndOver known } }');
    expect(ageProfile.known).toBe(85);
    expect(ageProfile.meanAge).toBeCloseTo(42, 0);
    expect(ageProfile.share50AndOver).toBeCloseTo(0.6, 1);
  });

  it('ST-02 when certificates are counted, then 85 of 100 people hold one, and yet three electricians only', async () => {
    const { all, hv } = await ask(`{ all: certificateCoverage { overall { rate } }
      hv: certificateCoverage(kind: "electrician-hv") { byTrade { trade holders } } }`);
    expect(all.overall.rate).toBeCloseTo(0.85, 2);
    expect(hv.byTrade).toContainEqual({ trade: 'electrician', holders: 3 });
  });

  it.each([
    ['lift', 10],
    ['lift-dirty', 2],
    ['autoclave', 3],
    ['central-air-conditioning', 1],
    ['generator', 10],
    ['generator-over-10-years', 5],
    ['building', 3],
  ])('AS-03 when the register is asked for %s, then there are %d', async (kind, count) =>
    expect((await ask(`{ assets(filter: { kind: "${kind}" }) { totalCount } }`)).assets.totalCount).toBe(count),
  );

  it('when goods, meters, firms and people known by name are looked for, then they are there', async () => {
    const { items, meters, vendors, people } = await ask(
      '{ items { totalCount } meters { totalCount } vendors { totalCount } people(first: 100) { edges { node { name trade onShift } } } }',
    );
    expect([items.totalCount, meters.totalCount, vendors.totalCount]).toEqual([20, 7, 3]);
    expect(people.edges.map(({ node }: { node: unknown }) => node)).toContainEqual({ name: '陈建国', trade: 'electrician', onShift: true });
  });

  it('WO-05 when months are counted, then every request is there, about a quarter incomplete, and answered sooner by rule than by hand', async () => {
    const began = await start();
    const month = (n: number): string => {
      const [from, until] = [plus(began, (n - 1) * MONTH), plus(began, n * MONTH)];
      return `m${n}: kpi(name: TIME_TO_ACKNOWLEDGE, from: "${from}", until: "${until}") { n value }`;
    };
    const whole = `from: "${began}", until: "${plus(began, MONTHS * MONTH)}"`;
    const { m2, m8, volume, incomplete } = await ask(`{ ${month(2)} ${month(8)}
      volume: kpi(name: VOLUME, ${whole}) { value } incomplete: kpi(name: INCOMPLETE_AT_INTAKE, ${whole}) { value } }`);
    expect(volume.value).toBeGreaterThanOrEqual(MONTHS * 25);
    expect(incomplete.value).toBeGreaterThan(12);
    expect(incomplete.value).toBeLessThan(38);
    expect(m2.value).toBeGreaterThan(m8.value);
  });

  it('when past months are asked for, then each had the people and the orders it had then', async () => {
    const began = await start();
    const at = async (n: number) => {
      const { headcount, workOrders } = await ask('{ headcount { total } workOrders { totalCount } }', plus(began, n * MONTH));
      return [headcount.total, workOrders.totalCount];
    };
    const [[before], [, early], [, later]] = [await at(-1), await at(2), await at(6)];
    expect(before).toBe(0);
    expect(early).toBeGreaterThan(0);
    expect(later).toBeGreaterThan(early);
    // One had come by then, and two had not yet left.
    expect((await at(2.5))[0]).toBe(86);
  });

  it('when one repair is asked for half way, then it was as it was, and its history is what was written', async () => {
    const { workOrders } = await ask('{ workOrders(first: 1, filter: { status: [CLOSED] }) { edges { node { id } } } }');
    const { id } = workOrders.edges[0].node;
    const query = `{ workOrder(id: "${id}") { status history { type recordedAt } evidence { intact } } }`;
    const { workOrder } = await ask(query);
    expect(workOrder.evidence.intact).toBe(true);
    const accepted = workOrder.history.find(({ type }: { type: string }) => type === 'WorkOrderAccepted').recordedAt;
    expect((await ask(query, accepted)).workOrder.status).toBe('ACCEPTED');
  });

  it('when the suite starts again, then nothing of the past happens a second time', async () => {
    const query = '{ headcount { total } workOrders { totalCount } complaints { totalCount } notifications { totalCount } }';
    const before = await ask(query);
    await suite.close();
    suite = await open();
    expect(await ask(query)).toEqual(before);
  });
});

describe('given a seed', () => {
  it('when a history is written twice, then people and every event have the same ids; given another seed, others', async () => {
    const [one, same, other] = [await seeded('one'), await seeded('same'), await seeded('other', { seed: 8 })];
    expect(same).toEqual(one);
    for (const context of ['staffing', 'workorders']) expect(await eventIds('same', context)).toEqual(await eventIds('one', context));
    expect(other!.people[0]!.id).not.toBe(one!.people[0]!.id);
    expect(one!.submitted).toBe(40);
  }, 60_000);

  it('when a folder holds a history already, then it is left as it is', async () => expect(await seeded('one')).toBeUndefined());
});

describe('given a first start that was killed', () => {
  it('in the middle of the history, when the suite starts, then it begins anew and is whole', async () => {
    const killed = (share: number): void => {
      if (share > 0.5) throw new Error('killed');
    };
    await expect(seeded('killed', { progress: killed })).rejects.toThrow('killed');
    expect(existsSync(join(folderOf('killed'), 'workorders.events.sqlite'))).toBe(false);
    await seeded('killed');
    expect(await eventIds('killed', 'workorders')).toEqual(await eventIds('one', 'workorders'));
  }, 60_000);

  it('while the files were moved, when it starts, then it goes on moving', async () => {
    await seeded('moving');
    const growing = join(folderOf('moving'), 'seeding');
    mkdirSync(growing);
    writeFileSync(join(growing, 'done'), '');
    renameSync(join(folderOf('moving'), 'workorders.events.sqlite'), join(growing, 'workorders.events.sqlite'));
    expect(await seeded('moving')).toBeUndefined();
    expect(existsSync(growing)).toBe(false);
    expect(await eventIds('moving', 'workorders')).toEqual(await eventIds('one', 'workorders'));
  }, 60_000);
});

describe('what the demo begins with', () => {
  it('is a hospital that moves gently, unless the environment or --empty says otherwise', () => {
    expect(demoFrom({}, [])).toEqual({ beginning: 'hospital', paceMinutes: 5 });
    expect(demoFrom({ DEMO: 'small', DEMO_PACE: '0' }, [])).toEqual({ beginning: 'small', paceMinutes: 0 });
    expect(demoFrom({ DEMO: 'small' }, ['--empty']).beginning).toBe('empty');
    expect(() => demoFrom({ DEMO: 'large' }, [])).toThrow(BadSetting);
    expect(() => demoFrom({ DEMO_PACE: '-1' }, [])).toThrow('DEMO_PACE');
  });

  it('is nothing when it is empty', async () => {
    const suite = await startSuite(settingsOf('empty'), { beginning: 'empty' });
    expect(suite.tokens.filter(({ role }) => role === 'technician')).toEqual([]);
    await suite.close();
    expect(await eventIds('empty', 'staffing')).toEqual([]);
  });

  it('is nothing in production, whatever is asked for', async () => {
    const issuer = await demoIssuer(folderOf('issuer'), 'hospital-logistics', 'hospital-logistics');
    const AUTH_JWKS = join(folderOf('issuer'), 'jwks.json');
    writeFileSync(AUTH_JWKS, JSON.stringify(issuer.keys));
    const production = { NODE_ENV: 'production', PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: folderOf('production'), AUTH_JWKS };
    const suite = await startSuite(settingsFrom({ ...production, MASTER_KEY: KEY.toString('base64') }), { beginning: 'hospital' });
    await suite.close();
    expect(suite.tokens).toEqual([]);
    expect(await eventIds('production', 'staffing')).toEqual([]);
  });
});
