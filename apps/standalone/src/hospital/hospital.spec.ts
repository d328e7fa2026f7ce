import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, DAY, MINUTE, plus } from '@hospital/kernel';
import { openEngines } from '@hospital/engines';
import { BadSetting, logger, settingsFrom } from '@hospital/service';
import { demoFrom } from '../demo-settings';
import { demoIssuer } from '../demo-identity';
import { startSuite, type Suite } from '../suite';
import { type Seeding, seedHospital } from './seed';
import { MONTH } from './stage';

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

  /** When history had ended. */
  const latest = async (): Promise<string> => plus(await start(), MONTHS * MONTH);

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

  it('WO-09 when months are over, then each is closed, every order of it in the loop or named as an exception, and every request is in one', async () => {
    const began = await start();
    const names: string[] = [];
    for (let at = began; at < plus(began, (MONTHS + 1) * MONTH); at = plus(at, MONTH / 2)) names.push(at.slice(0, 7));
    const list = [...new Set(names)];
    const fields =
      'total closed cancelled merged broughtForward closedLoopShare carriedOver { orderId owner { name } dueOn } exceptions { orderId because }';
    const asked = await ask(
      `{ ${list.map((name, n) => `m${n}: month(month: "${name}") { ${fields} } p${n}: monthPreview(month: "${name}") { total until }`).join(' ')} }`,
    );
    const now = await ask('{ workOrders { totalCount } }');
    let total = 0;
    for (const n of list.keys()) {
      const [month, preview] = [asked[`m${n}`], asked[`p${n}`]];
      total += preview.total;
      // It is closed on its fifth day after.
      expect(month !== null).toBe(plus(preview.until, 4.375 * DAY) < plus(began, MONTHS * MONTH));
      if (month === null) continue;
      expect(month.total).toBe(preview.total);
      const all = month.total + month.broughtForward;
      expect(all).toBe(month.closed + month.cancelled + month.merged + month.carriedOver.length);
      expect(month.closedLoopShare).toBeCloseTo((all - month.exceptions.length) / all, 9);
      for (const { owner, dueOn } of month.carriedOver) expect([owner.name, dueOn]).toEqual([expect.any(String), expect.any(String)]);
    }
    expect(total).toBe(now.workOrders.totalCount);
  });

  it('WO-08 when lifts, generator sets and autoclaves need a firm, then its arrival is proved by a code, and its score counts who came within 2 h', async () => {
    const { vendors, vendorJobs } = await ask(`{
      vendors { edges { node { score { onTimeRate arrivedInTime { count } breached { count } } } } }
      vendorJobs(first: 100) { totalCount edges { node { proof arriveDueAt arrivedAt breachedAt openedAt trapped place { kind } } } } }`);
    const jobs = vendorJobs.edges.map(({ node }: { node: unknown }) => node);
    expect(jobs.length).toBeGreaterThan(0);
    for (const { proof, arriveDueAt, arrivedAt, breachedAt, openedAt, trapped, place } of jobs) {
      expect(place.kind).toMatch(/^(lift|generator|autoclave)/);
      expect(arriveDueAt).toBe(plus(openedAt, (trapped ? 30 : 120) * MINUTE));
      if (arrivedAt !== null) expect([proof, breachedAt !== null]).toEqual(['CODE', arrivedAt > arriveDueAt]);
    }
    const scores = vendors.edges.map(({ node }: { node: { score: unknown } }) => node.score);
    const sum = (of: (score: any) => number): number => scores.reduce((all: number, score: unknown) => all + of(score), 0); // eslint-disable-line @typescript-eslint/no-explicit-any
    const inTime = jobs.filter(({ arrivedAt, breachedAt }: Record<string, unknown>) => arrivedAt !== null && breachedAt === null).length;
    expect(sum(({ arrivedInTime }) => arrivedInTime.count)).toBe(inTime);
    expect(sum(({ breached }) => breached.count)).toBe(
      jobs.filter(({ breachedAt }: Record<string, unknown>) => breachedAt !== null).length,
    );
  });

  it('WO-11 when repairs are rated poorly, then somebody was sent again', async () => {
    const reopened = [];
    for (let after: string | null = ''; after !== null;) {
      const page = `first: 100${after && `, after: "${after}"`}`;
      const { workOrders } = await ask(
        `{ workOrders(${page}) { edges { node { timesReopened history { type } } } pageInfo { hasNextPage endCursor } } }`,
      );
      reopened.push(...workOrders.edges.filter(({ node }: { node: { timesReopened: number } }) => node.timesReopened > 0));
      after = workOrders.pageInfo.hasNextPage ? workOrders.pageInfo.endCursor : null;
    }
    expect(reopened.length).toBeGreaterThan(0);
    for (const { node } of reopened) expect(node.history.map(({ type }: { type: string }) => type)).toContain('WorkOrderReopened');
  });

  it('ST-07 when the weeks to come are looked at, then each trade has somebody on call, but for the gaps that were declared or left open', async () => {
    const now = await latest();
    const { onCallGaps } = await ask(`{ onCallGaps(from: "${now}", until: "${plus(now, 40 * DAY)}") { trade declared reason } }`);
    expect(onCallGaps).toEqual([
      { trade: 'hvac-technician', declared: false, reason: 'not planned' },
      { trade: 'lift-mechanic', declared: true, reason: expect.stringContaining('厂家培训') },
    ]);
  });

  it('ST-19 when duty is added up, then engineers have worked what was planned, and have more planned', async () => {
    const { people } = await ask('{ people(first: 100) { edges { node { id trade } } } }');
    const months = [plus(await latest(), -45 * DAY), plus(await latest(), 20 * DAY)].map((at) => at.slice(0, 7));
    for (const { node } of people.edges) {
      if (!['electrician', 'plumber', 'hvac-technician', 'lift-mechanic'].includes(node.trade)) continue;
      const ledgers = months.map((month, n) => `m${n}: dutyLedger(personId: "${node.id}", month: "${month}") { plannedHours servedHours }`);
      const { m0, m1 } = await ask(`{ ${ledgers.join(' ')} }`);
      expect(m0.plannedHours).toBeGreaterThan(0);
      expect(m0.servedHours).toBe(m0.plannedHours);
      expect(m1.plannedHours).toBeGreaterThan(0);
    }
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
