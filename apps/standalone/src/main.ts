import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileInUse, FileUnusable } from '@hospital/engines';
import { BadSetting, endOnSignal, logger, type Settings, settingsFrom } from '@hospital/service';
import { Backups, backupsFrom, type BackupSettings } from './backup';
import { demoFrom } from './demo-settings';
import { tellStory } from './hospital/story';
import { startSuite, type Suite } from './suite';

async function main(): Promise<void> {
  const settings = settingsFrom({ LOG_LEVEL: 'warn', ...process.env });
  if (process.argv[2] === 'demo') return demo(settings);
  const backups = backupsFrom(process.env, settings);
  const suite = await startSuite(settings, { ...demoFrom(process.env, process.argv.slice(2)), progress: bar() });
  endOnSignal(backUp(suite, settings, backups));
  const lines = [
    ['GraphQL', `${suite.url}/graphql`, 'POST'],
    ...(settings.NODE_ENV === 'production'
      ? []
      : [
          ['GraphiQL', `${suite.url}/graphiql`, 'in a browser'],
          ['Schema', `${suite.url}/schema`, 'in a browser'],
        ]),
    ['Health', `${suite.url}/health/ready`, 'GET'],
    ...(suite.tokens.length > 0
      ? [
          ['Demo clock', `${suite.url}/demo/clock`, 'GET, POST {"advance":"PT30M"}'],
          ['Demo tokens', `${suite.url}/demo/tokens`, 'GET'],
        ]
      : []),
  ].map(([what, where, how]) => `  ${what!.padEnd(12)} ${where!.padEnd(40)} ${how}`);
  // One token per role: the technician is the first of those on shift.
  const seen = new Set<string>();
  const tokens = suite.tokens
    .filter(({ role }) => !seen.has(role) && seen.add(role))
    .map(({ role, token }) => `  ${role.padEnd(15)} ${token}`);
  // Whoever started it may have stopped listening.
  process.stdout.on('error', () => undefined);
  process.stdout.write(`\nHospital logistics is ready. Data: ${settings.DATA_DIR}. Ctrl-C stops it.\n\n${lines.join('\n')}\n`);
  if (tokens.length > 0) process.stdout.write(`\nDemo tokens, one per role:\n\n${tokens.join('\n')}\n`);
  process.stdout.write('\n');
}

/** Backups at their hour and on SIGUSR2; @returns what ends them and the suite */
function backUp(suite: Suite, settings: Settings, wanted: BackupSettings | undefined): () => Promise<void> {
  const source = {
    copyInto: suite.copyInto,
    dataFolder: settings.DATA_DIR,
    photos: settings.PHOTOS_DIR ?? join(settings.DATA_DIR, 'photos'),
  };
  const log = logger(settings, 'standalone');
  const backups =
    wanted &&
    new Backups(wanted, source, {
      made: ({ folder, verified }) => process.stdout.write(`Backup: ${folder}, verified (${verified.join('; ')}).\n`),
      failed: (error) => log.error({ err: error }, 'there is no backup'),
    });
  // Unheard, this signal would end the process.
  process.on('SIGUSR2', () => void (backups ? backups.now() : log.error('there is no backup: BACKUP_DIR is not set')));
  return async () => {
    await backups?.close();
    await suite.close();
  };
}

/** `npm run demo`: one night of the demo hospital, at the suite that runs, or at one that is started for it and leaves nothing behind. */
async function demo(settings: Settings): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const running = `http://${settings.HOST}:${settings.PORT}`;
  const there = await fetch(`${running}/demo/clock`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (there) return tellStory(running, say);
  const folder = mkdtempSync(join(tmpdir(), 'hospital-story-'));
  const suite = await startSuite({ ...settings, PORT: 0, DATA_DIR: folder });
  try {
    await tellStory(suite.url, say);
    say('(No demo was running: this one was started for the story and has ended. With npm start running, what happened stays.)');
  } finally {
    await suite.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How far the history of a first start is; in a terminal one line that grows, elsewhere one at the start. */
function bar(): (share: number) => void {
  let drawn = -1;
  return (share) => {
    const tenths = Math.floor(share * 40);
    if (tenths === drawn) return;
    if (drawn < 0) process.stdout.write('First start: a year of a demo hospital is played (DEMO=small or DEMO=empty does without).\n');
    drawn = tenths;
    if (process.stdout.isTTY) process.stdout.write(`\r  [${'█'.repeat(tenths).padEnd(40, '·')}] ${Math.floor(share * 100)} %`);
  };
}

main().catch((error: unknown) => {
  const plain = [BadSetting, FileInUse, FileUnusable].some((known) => error instanceof known);
  process.stderr.write(`${plain ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
