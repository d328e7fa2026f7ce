import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY, MINUTE, pause, plus } from '@hospital/kernel';
import { DemoClock } from '../../apps/standalone/src/demo-clock';
import { demoIssuer } from '../../apps/standalone/src/demo-identity';
import { USUAL_AGREEMENT } from '../../apps/workorders/src/domain/category';
import { audit, type Findings } from './audit';
import { Chance } from './chance';
import { Life } from './life';
import { Load, type Thing } from './load';

export interface Plan {
  readonly kills: number;
  /** The script and the moments to kill at follow from it; the machine adds its own chance. */
  readonly seed: number;
  /** A built program that lives as a victim when told so. */
  readonly program: string;
}

export interface Report {
  readonly kills: number;
  readonly killsInStart: number;
  readonly commands: number;
  readonly repeated: number;
  readonly events: number;
  readonly breaches: number;
  /** Checks made, and what they found; none is ever expected. */
  readonly checks: number;
  readonly faults: readonly string[];
}

/** So many deaths on an empty folder, before anything could be asked for. */
const STILLBORN = 3;
/** Milliseconds a living victim may take to get ready, or to acknowledge the next wish. */
const PATIENCE = 30_000;
/** Lives that may end in peace until everything is done that the suite does by itself. */
const LAST_LIVES = 10;
const REPEATED_AT_THE_END = 60;

/** Kills the suite again and again in the middle of a load, and looks after each death at what it left on the disk. */
export async function torture({ kills, seed, program }: Plan): Promise<Report> {
  const home = mkdtempSync(join(tmpdir(), 'torture-'));
  try {
    return await new Torture(home, kills, new Chance(seed), program).run();
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

class Torture {
  private readonly folder: string;
  private readonly faults: string[] = [];
  private checks = 0;
  private deaths = 0;
  private killsInStart = 0;
  /** Milliseconds the last start took. */
  private startTook = 1_000;
  private load!: Load;
  private checking: Promise<Findings | undefined> = Promise.resolve(undefined);

  constructor(
    private readonly home: string,
    private readonly kills: number,
    private readonly chance: Chance,
    private readonly program: string,
  ) {
    this.folder = join(home, 'data');
  }

  async run(): Promise<Report> {
    const issuer = await demoIssuer(this.folder, 'hospital-logistics', 'hospital-logistics');
    this.load = new Load(this.chance, issuer, plus(new DemoClock(this.folder).now(), 300 * DAY));
    const script = this.load.run();
    while (this.deaths < this.kills && this.faults.length === 0 && this.load.faults.length === 0) await this.liveAndDie();
    await this.checking;
    const last = this.faults.length + this.load.faults.length === 0 ? await this.liveInPeace(script) : undefined;
    return {
      kills: this.deaths,
      killsInStart: this.killsInStart,
      commands: this.load.commands,
      repeated: this.load.repeated,
      events: last?.events ?? 0,
      breaches: last?.breaches ?? 0,
      checks: this.checks,
      faults: [...this.load.faults, ...this.faults],
    };
  }

  private async liveAndDie(): Promise<void> {
    const inStart = this.deaths < STILLBORN || this.chance.once(0.2);
    const life = new Life(this.program, this.folder);
    const born = performance.now();
    if (inStart) await Promise.race([life.ended, pause(this.chance.next() * this.startTook)]);
    else if (await this.open(life)) {
      this.startTook = performance.now() - born;
      await this.within(life, this.acknowledgements(this.chance.between(1, 25)));
      if (this.chance.once(0.5)) await pause(this.chance.next() * 30);
    }
    life.kill();
    this.load.shut();
    this.noteEnd(life, await life.ended, 'SIGKILL');
    this.deaths += 1;
    if (inStart) this.killsInStart += 1;
    await this.checkLater();
    // While it is dead, time goes on without it.
    if (this.chance.once(0.3)) new DemoClock(this.folder).advance(this.chance.between(1, 45) * MINUTE);
  }

  /** Ends the script, lets everything become due while nothing runs, and lives on until nothing is left to do. */
  private async liveInPeace(script: Promise<void>): Promise<Findings | undefined> {
    const life = new Life(this.program, this.folder);
    this.load.stop();
    if (await this.open(life)) await this.within(life, script);
    life.kill();
    this.load.shut();
    this.noteEnd(life, await life.ended, 'SIGKILL');
    new DemoClock(this.folder).advance((USUAL_AGREEMENT.respondMinutes + 1) * MINUTE);

    let found: Findings | undefined;
    for (let lives = 1; lives <= LAST_LIVES && this.faults.length + this.load.faults.length === 0; lives += 1) {
      found = await this.liveOn(lives);
      if (found && found.undone.length === 0) return found;
    }
    if (found) this.faults.push(...found.undone.map((what) => `${what}, and nothing does it`));
    return found;
  }

  private async liveOn(lives: number): Promise<Findings | undefined> {
    const life = new Life(this.program, this.folder);
    if (await this.open(life)) {
      if (lives === 1)
        await this.within(
          life,
          this.load.repeatSome(REPEATED_AT_THE_END).then(() => this.load.readContacts()),
        );
      await pause(lives * 300);
    }
    this.load.shut();
    life.stop();
    this.noteEnd(life, await life.ended, '0');
    await this.checkLater();
    return this.checking;
  }

  private async open(life: Life): Promise<boolean> {
    const doors = await this.within(life, life.ready);
    if (doors) this.load.open(doors);
    return doors !== undefined;
  }

  private acknowledgements(count: number): Promise<void> {
    return new Promise((resolve) => {
      let left = count;
      this.load.onAcknowledged = () => void ((left -= 1) === 0 && resolve());
    });
  }

  /** What is waited for, unless the life ends first or nothing happens. */
  private async within<T>(life: Life, awaited: Promise<T>): Promise<T | undefined> {
    const waiting = new AbortController();
    const gone = life.ended.then(() => undefined);
    const silent = pause(PATIENCE, waiting.signal).then(() => {
      if (!waiting.signal.aborted) this.faults.push(`nothing has happened for ${PATIENCE / 1_000} s`);
      return undefined;
    });
    const result = await Promise.race([awaited, gone, silent]);
    waiting.abort();
    return result;
  }

  private noteEnd(life: Life, how: string, expected: string): void {
    if (how !== expected) this.faults.push(`life ${this.deaths + 1} ended with ${how}, not ${expected}`);
    if (life.complaints !== '') this.faults.push(`life ${this.deaths + 1} complained:\n${life.complaints}`);
  }

  /** Looks at a copy: opening the files here would do a part of the recovery that the next life has to do. */
  private async checkLater(): Promise<void> {
    await this.checking;
    const copy = join(this.home, `death-${this.deaths}`);
    cpSync(this.folder, copy, { recursive: true });
    this.checking = this.check(copy, this.deaths, structuredClone(this.load.things));
  }

  private async check(copy: string, death: number, things: readonly Thing[]): Promise<Findings | undefined> {
    try {
      const found = await audit(copy, things, this.chance);
      this.checks += 1;
      this.faults.push(...found.faults);
      return found;
    } catch (error) {
      this.faults.push(`after death ${death} the folder cannot be read: ${String((error as Error).stack)}`);
      return undefined;
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }
}
