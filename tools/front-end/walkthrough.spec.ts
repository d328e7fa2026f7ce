import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { settingsFrom } from '@hospital/service';
import { startSuite, type Suite } from '../../apps/standalone/src/suite';

/** docs/walkthrough.md, done as a reader would: after each block of commands stand the answers that it printed. */
const root = join(__dirname, '../..');
const FILE = join(root, 'docs/walkthrough.md');

let suite: Suite;
const folder = mkdtempSync(join(tmpdir(), 'walkthrough-'));
beforeAll(async () => {
  suite = await startSuite(settingsFrom({ PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent' }));
});
afterAll(async () => {
  await suite?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The file with the answers of this run. */
async function walked(text: string): Promise<string> {
  const blocks = text.replace(/\n```json\n[^]*?```\n/g, '').split(/(?<=```sh\n)([^]*?)(?=```\n)/);
  const script = blocks.map((block, n) => (n % 2 === 1 ? `${block}\necho "@end"\n` : '')).join('');
  const { stdout } = await promisify(execFile)('bash', ['-uo', 'pipefail', '-c', script.replace('http://localhost:4000', suite.url)], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  const printed = stdout.split('@end\n');
  const answers = (nth: number): string => {
    const lines = printed[nth]!.split('\n').filter((line) => line !== '');
    return lines.map((line) => `\n\`\`\`json\n${shortened(line)}\n\`\`\`\n`).join('');
  };
  const made = blocks
    .map((block, n) => (n > 0 && n % 2 === 0 ? block.replace('```\n', () => `\`\`\`\n${answers(n / 2 - 1)}`) : block))
    .join('');
  return execFileSync(join(root, 'node_modules/.bin/prettier'), ['--stdin-filepath', FILE], { input: made, encoding: 'utf8', cwd: root });
}

/** What was answered, without how far the contexts had got, and ids by their kind alone. */
function shortened(line: string): string {
  const { data, errors } = JSON.parse(line) as { data?: unknown; errors?: unknown };
  return JSON.stringify(errors ? { errors } : data).replace(/\b([a-z]{2})_[0-9a-z]{10,}/g, '$1_…');
}

/** Without what another day or other starting data would make otherwise: instants, counts, names. */
const lasting = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…')
    .replace(/"(elapsed|total|closed|cancelled|merged|closedLoopShare)": ([\d.]+|null)/g, '"$1": …')
    .replace(/\d+ open orders?/g, '… open orders')
    .replace(/"name": "[\u4e00-\u9fff]+"/g, '"name": …');

it('given the suite as it starts, when the walk is made with curl, then each step answers what docs/walkthrough.md says', async () => {
  const text = readFileSync(FILE, 'utf8');
  const made = await walked(text);
  if (process.env['WRITE'] === '1') writeFileSync(FILE, made);
  expect(lasting(process.env['WRITE'] === '1' ? readFileSync(FILE, 'utf8') : text)).toBe(lasting(made));
});
