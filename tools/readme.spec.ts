import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { settingsFrom } from '@hospital/service';
import { startSuite, type Suite } from '../apps/standalone/src/suite';

/** The README's repair, run as a reader would: each `# → …` must stand in what the command before it printed. */
const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
const section = readme.slice(readme.indexOf('## One repair'), readme.indexOf('## Asking'));
const script = [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block).join('\n');

let suite: Suite;
const folder = mkdtempSync(join(tmpdir(), 'readme-'));

beforeAll(async () => {
  suite = await startSuite(settingsFrom({ PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent' }));
});
afterAll(async () => {
  await suite.close();
  rmSync(folder, { recursive: true, force: true });
});

it('given the suite as it starts, when the README is followed with curl, then every step answers what the README says', async () => {
  const steps = script.replaceAll('http://localhost:4000', suite.url).split('\n');
  // Each promise becomes a line of output between markers, to be compared with what came before it.
  const marked = steps.map((line) =>
    line.startsWith('# → ') ? `printf '\\n@promise %s\\n' ${JSON.stringify(line.slice(4)).replaceAll('$', '\\$')}` : line,
  );
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', marked.join('\n')], { encoding: 'utf8' });

  const broken: string[] = [];
  let printed = '';
  let promises = 0;
  for (const line of stdout.split('\n')) {
    if (line.startsWith('@promise ')) {
      promises += 1;
      if (!printed.includes(line.slice('@promise '.length))) broken.push(`${line} is not in ${printed}`);
    } else if (line !== '') printed = line;
  }
  expect(broken).toEqual([]);
  expect(promises).toBe(section.split('\n').filter((line) => line.startsWith('# → ')).length);
});

it('the first two commands are those that run the suite and pass its tests', () => {
  const commands = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block!.trim());
  expect(commands.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
});
