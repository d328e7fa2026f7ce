import { BadSetting, endOnSignal, settingsFrom } from '@hospital/service';
import { startSuite } from './suite';

async function main(): Promise<void> {
  const settings = settingsFrom({ LOG_LEVEL: 'warn', ...process.env });
  const suite = await startSuite(settings);
  endOnSignal(suite.close);
  const lines = [
    ['GraphQL', `${suite.url}/graphql`, 'POST'],
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

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof BadSetting ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
});
