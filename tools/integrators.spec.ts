import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { publicEvents, topicsOf } from '@hospital/contracts';
import { ShiftableClock } from '@hospital/kernel';
import { secretFor, webHook } from '../apps/workorders/src/delivery/web-hook';

/** docs/integrators.md, held to what the suite does. */
const page = readFileSync(join(__dirname, '../docs/integrators.md'), 'utf8');
const MASTER = 'a secret that no receiver knows, of 32';

it('given the topics that are promised, when the page is read, then its table names each of them and no other', () => {
  const named = [...page.matchAll(/^\| `(hospital\.\S+)`/gm)].map(([, name]) => name!);
  expect(named.sort()).toEqual(Object.keys(publicEvents).flatMap(topicsOf).sort());
});

describe('given the receiver that the page shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'integrators-'));
  const program = join(folder, 'receiver.mjs');
  writeFileSync(program, /```js\n([^]*?)```/.exec(page)![1]!);
  const child = spawn(process.execPath, [program], {
    env: { SECRET: secretFor(MASTER, 'pn_wang'), PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  let address = '';

  beforeAll(async () => {
    address = `http://127.0.0.1:${(await line()).replace('listening ', '')}/`;
  });
  afterAll(async () => {
    child.kill();
    await once(child, 'exit');
    rmSync(folder, { recursive: true });
  });

  const letterOf = (id: string, recipientId = 'pn_wang') => ({
    ...{ id, recipientId, aboutId: 'wo_1', orderId: 'wo_1', kind: 'WorkOrderAccepted' },
    ...{ text: '工单 wo_1 已接单', textEn: 'Work order wo_1 was accepted' },
    ...{ eventId: 'e', occurredAt: '2026-03-01T07:59:00.000Z', recordedAt: '2026-03-01T07:59:01.000Z' },
  });
  const send = (letter: ReturnType<typeof letterOf>, clock = new ShiftableClock(), secret = MASTER): Promise<void> =>
    webHook({ secret, allowedHosts: ['127.0.0.1'], development: true, clock })(letter, address, new AbortController().signal);

  it('when our letters come, one of them twice, then it takes each for done and acts once', async () => {
    await send(letterOf('nt_1'));
    await send(letterOf('nt_1'));
    await send({ ...letterOf('nt_2'), textEn: 'Work order wo_1 is done' });
    expect([await line(), await line()]).toEqual([
      '2026-03-01T07:59:01.000Z WorkOrderAccepted Work order wo_1 was accepted',
      '2026-03-01T07:59:01.000Z WorkOrderAccepted Work order wo_1 is done',
    ]);
  });

  it.each([
    ['for somebody else', () => send(letterOf('nt_3', 'pn_li'))],
    ['under another secret', () => send(letterOf('nt_3'), new ShiftableClock(), 'x'.repeat(32))],
    ['of an hour ago', () => send(letterOf('nt_3'), new ShiftableClock(-3_600_000))],
  ])('when one comes that is signed %s, then it refuses it', async (_, come) => {
    await expect(come()).rejects.toMatchObject({ code: 'HTTP_401' });
  });
});
