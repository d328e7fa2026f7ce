import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { noBroker } from './test-broker';

const TOOL = resolve(__dirname, 'kafka.mjs');

const obstacle = noBroker();
const startable = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`The Kafka tool starts no broker: ${obstacle}`);

describe('the Kafka tool', () => {
  it('given a machine without Java, when it is asked, then it says that this is why', () => {
    const { stdout, status } = spawnSync(process.execPath, [TOOL, 'check'], { encoding: 'utf8', env: { PATH: '/nowhere' } });
    expect(JSON.parse(stdout)).toEqual({ skipped: 'there is no Java (17 or later) on the path' });
    expect(status).toBe(0);
  });

  it('given a machine without Java, when it is to start a broker, then it says why it does not, and ends', () => {
    const { stdout, status } = spawnSync(process.execPath, [TOOL, 'run'], { encoding: 'utf8', env: { PATH: '/nowhere' } });
    expect(JSON.parse(stdout)).toHaveProperty('skipped');
    expect(status).toBe(0);
  });

  it('given an unknown command, when it is called, then it explains itself and fails', () => {
    const { stderr, status } = spawnSync(process.execPath, [TOOL, 'fly'], { encoding: 'utf8' });
    expect(stderr).toContain('usage:');
    expect(status).toBe(2);
  });
});

startable('the broker of the Kafka tool', () => {
  const alive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const until = async (satisfied: () => boolean): Promise<void> => {
    while (!satisfied()) await new Promise((look) => setImmediate(look));
  };

  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'kafka-spec-'));
  });
  afterEach(() => rmSync(temporary, { recursive: true }));

  const begin = () => spawn(process.execPath, [TOOL, 'run'], { env: { ...process.env, TMPDIR: temporary } });
  const run = async () => {
    const tool = begin();
    const [line] = (await once(createInterface({ input: tool.stdout }), 'line')) as [string];
    return { tool, ...(JSON.parse(line) as { readonly brokers: string; readonly pid: number }) };
  };

  it('given a broker, when the input of the tool is closed, then both end, and nothing is left behind', async () => {
    const { tool, pid } = await run();
    tool.stdin.end();
    expect(await once(tool, 'exit')).toEqual([0, null]);
    expect(alive(pid)).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('given a broker, when the tool is told to end (SIGTERM), then both end, and nothing is left behind', async () => {
    const { tool, pid } = await run();
    tool.kill('SIGTERM');
    expect(await once(tool, 'exit')).toEqual([0, null]);
    expect(alive(pid)).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('given a broker that is still starting, when the tool is told to end, then nothing is left behind', async () => {
    const tool = begin();
    await until(() => readdirSync(temporary).length > 0);
    tool.kill('SIGTERM');
    expect(await once(tool, 'exit')).toEqual([0, null]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('given a broker, when the tool is killed and cannot stop it, then it ends all the same, and nothing is left behind', async () => {
    const { tool, pid } = await run();
    expect(alive(pid)).toBe(true);
    tool.kill('SIGKILL');
    await once(tool, 'exit');
    await until(() => !alive(pid) && readdirSync(temporary).length === 0);
  });
});
