import { existsSync } from 'node:fs';
import { sentenceOf, verifyStored } from './verify-stored';

/** `npm run verify -- data/workorders.events.sqlite`; exits 1 when something is not what was written, 2 when that cannot be told. */
async function main([file]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error('name the file of a store that is not running');
  // Opened, it would be made.
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  const { events, breaks } = await verifyStored(file).catch((error: Error) => {
    throw error.message.includes(file) ? error : new Error(`${file}: ${error.message}`);
  });
  for (const found of breaks) console.log(sentenceOf(found));
  if (breaks.length === 0) console.log(`intact: ${events} events`);
  process.exitCode = breaks.length === 0 ? 0 : 1;
}

void main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
