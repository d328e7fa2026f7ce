import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFrom } from '@hospital/service';
import { Desk } from '../../apps/standalone/src/hospital/desk';
import { Live } from '../../apps/standalone/src/hospital/live';
import { tellStory } from '../../apps/standalone/src/hospital/story';
import { startSuite, type Suite } from '../../apps/standalone/src/suite';
import { FrontEnd } from './front-end';
import { oneProcess } from './one-process';
import type { Hospital } from './hospital';

describe('WO-08 given a running demo, when its night is played', () => {
  let hospital: Hospital;
  const said: string[] = [];
  beforeAll(async () => {
    hospital = await oneProcess();
    await tellStory(hospital.url, (line) => said.push(line));
  }, 60_000);
  afterAll(() => hospital.close());

  it('then it says step by step what happened, and the ids to follow', () => {
    const whole = said.join('\n');
    for (const step of [
      '03:12',
      '周涛: ',
      'no valid certificate lift-rescue',
      '李明 is sent, on call',
      '30 minutes',
      'in time',
      'complains: cp_',
      'the director looks at the figures',
      'so far: 1 orders',
      '安捷电梯救援 Anjie Lift Rescue: 100.0 % of its arrivals in time, 0 too late',
    ])
      expect(whole).toContain(step);
  });

  it('then every step is recorded: somebody on call, a firm within its 30 minutes, an end and a complaint', async () => {
    const id = /wo_[0-9a-z]{26}/.exec(said.join('\n'))![0];
    const director = await FrontEnd.of(hospital, 'demo-director', 'director');
    const { data } = await director.ask<{ workOrder: { history: readonly { type: string }[] } & Record<string, unknown> }>(
      `{ workOrder(id: "${id}") { status onCall severity complaints { kind } vendorJobs { status trapped breachedAt proof } evidence { intact }
        history { type } } }`,
    );
    expect(data!.workOrder).toMatchObject({
      ...{ status: 'COMPLETED', severity: 'CRITICAL', evidence: { intact: true } },
      ...{ complaints: [{ kind: 'DELAY' }], vendorJobs: [{ status: 'FINISHED', trapped: true, breachedAt: null, proof: 'CODE' }] },
    });
    expect(data!.workOrder.history.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted', 'WorkOrderCompleted']),
    );
  });

  it('then it can be played again', async () => {
    const again: string[] = [];
    await tellStory(hospital.url, (line) => again.push(line));
    expect(again.join('\n')).toContain('the lift runs again');
  }, 60_000);
});

describe('given a demo that moves by itself', () => {
  let suite: Suite;
  let live: Live;
  const folder = mkdtempSync(join(tmpdir(), 'live-'));
  const failures: unknown[] = [];
  beforeAll(async () => {
    suite = await startSuite(settingsFrom({ PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: folder }));
    live = new Live(suite, 1_440, (error) => failures.push(error));
  }, 60_000);
  afterAll(async () => {
    await live.close();
    await suite.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('when it takes steps, then requests are reported, accepted and completed, in the name of those they were sent to', async () => {
    const { token } = suite.tokens.find(({ role }) => role === 'director')!;
    const director = new Desk(suite.url, token);
    const done = async (): Promise<number> =>
      (await director.ask('{ workOrders(filter: { status: [COMPLETED, CLOSED] }) { totalCount } }'))['workOrders'].totalCount;
    for (let n = 0; n < 100 && (await done()) < 3; n += 1) await live.step();
    expect(await done()).toBeGreaterThanOrEqual(3);
    expect(failures).toEqual([]);
  });
});
