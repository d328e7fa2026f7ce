import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const TOOL = resolve(__dirname, 'kafka.mjs');

const obstacle =
  process.env['REAL_KAFKA'] === '1'
    ? (JSON.parse(spawnSync(process.execPath, [TOOL, 'check'], { encoding: 'utf8' }).stdout) as { readonly skipped?: string }).skipped
    : 'REAL_KAFKA=1 is not set';
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
  const gone = async (pid: number): Promise<void> => {
    while (alive(pid)) await new Promise((look) => setImmediate(look));
  };
  const run = async () => {
    const tool = spawn(process.execPath, [TOOL, 'run']);
    const [line] = (await once(createInterface({ input: tool.stdout }), 'line')) as [string];
    return { tool, ...(JSON.parse(line) as { readonly brokers: string; readonly pid: number }) };
  };

  it('given a broker, when the input of the tool is closed, then both end', async () => {
    const { tool, pid } = await run();
    tool.stdin.end();
    expect(await once(tool, 'exit')).toEqual([0, null]);
    expect(alive(pid)).toBe(false);
  });

  it('given a broker, when the tool is killed and cannot stop it, then it ends all the same', async () => {
    const { tool, pid } = await run();
    expect(alive(pid)).toBe(true);
    tool.kill('SIGKILL');
    await once(tool, 'exit');
    await gone(pid);
  });
});
