import type { Logger } from 'pino';
import { furnish } from './furniture';
import { direct } from './office';
import { Requests } from './requests';
import { type Colleague, employ } from './staff';
import { type Machines, type Plan, Stage } from './stage';

export interface Played {
  readonly people: readonly Colleague[];
  readonly submitted: number;
  readonly events: number;
}

/** Writes the history of a hospital: people and things on its first day, then months of requests and what became of them. */
export async function play(
  plan: Plan,
  machines: Machines,
  masterKey: Buffer,
  owner: string,
  log: Logger,
  progress: (share: number) => void,
): Promise<Played> {
  const stage = new Stage(plan, machines, masterKey, log);
  const furniture = await furnish(stage);
  const people = await employ(stage);
  direct(stage, people);
  const requests = new Requests(stage, furniture);
  await stage.run(progress);
  const events = await stage.finish(owner);
  return { people, submitted: requests.submitted, events };
}
