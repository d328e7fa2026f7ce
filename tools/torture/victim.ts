import type { Socket } from 'node:net';
import { endOnSignal, logger, openBus, settingsFrom, start, type Surroundings, verifier } from '@hospital/service';
import { AssetsModule } from '@hospital/assets';
import { StaffingModule } from '@hospital/staffing';
import { WorkordersModule } from '@hospital/workorders';
import { DemoClock } from '../../apps/standalone/src/demo-clock';
import { demoIssuer, keptMasterKey } from '../../apps/standalone/src/demo-identity';

const MODULES = { staffing: StaffingModule, assets: AssetsModule, workorders: WorkordersModule };

/** Where each context answers; what a victim prints as one line of JSON when it is ready. */
export type Doors = Readonly<Record<keyof typeof MODULES, string>>;

/**
 * The contexts that hear of each other, in this process, with the demo's clock and keys, on the folder DATA_DIR. What the suite has
 * besides (the gateway, contexts nobody here listens to) keeps nothing on a disk and would double the time of a start.
 */
export async function liveAsVictim(): Promise<void> {
  // Whoever started it is gone when this ends; waiting for that must not keep it alive.
  process.stdin.on('end', () => process.exit(1)).resume();
  (process.stdin as Socket).unref();
  const settings = settingsFrom(process.env);
  const log = logger(settings, 'victim');
  const { keys } = await demoIssuer(settings.DATA_DIR, settings.AUTH_ISSUER, settings.AUTH_AUDIENCE);
  const surroundings: Surroundings = {
    settings,
    log,
    bus: await openBus(settings, 'victim', log),
    clock: new DemoClock(settings.DATA_DIR),
    verify: await verifier(keys, settings),
    masterKey: keptMasterKey(settings.DATA_DIR),
  };
  const apps: Awaited<ReturnType<typeof start>>[] = [];
  const doors: Record<string, string> = {};
  endOnSignal(async () => {
    for (const app of [...apps].reverse()) await app.close();
    await surroundings.bus?.close();
  });
  for (const [name, module] of Object.entries(MODULES)) {
    const app = await start(module, surroundings);
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    doors[name] = `${await app.getUrl()}/graphql`;
  }
  process.stdout.write(`${JSON.stringify({ doors })}\n`);
}
