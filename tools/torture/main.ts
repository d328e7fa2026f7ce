import { parseArgs } from 'node:util';
import { torture } from './torture';
import { liveAsVictim } from './victim';

/** `npm run torture -- --kills 500 --seed 7`; exits 1 when something was found. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' }, seed: { type: 'string' } } });
  const kills = Number(values.kills);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) throw new Error('--kills and --seed are whole numbers');
  const started = performance.now();
  const report = await torture({ kills, seed, program: __filename });
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  for (const fault of report.faults) console.log(`${fault}\n`);
  console.log(`seed ${seed}, ${seconds} s`);
  console.log(`${report.kills} kills, ${report.killsInStart} of them in the middle of a start`);
  console.log(`${report.commands} commands acknowledged, ${report.repeated} of them asked for again later`);
  console.log(`${report.events} events, ${report.breaches} limits that passed`);
  console.log(`${report.checks - (report.faults.length > 0 ? 1 : 0)} passed, ${report.faults.length} failed`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
}

if (process.argv[2] === 'victim') void liveAsVictim();
else void main();
