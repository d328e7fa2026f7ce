import { execFile } from 'node:child_process';
import { copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { BadSetting, readSettings, type Settings } from '@hospital/service';
import { z } from 'zod';

const shape = z
  .object({
    /** Folder of the backups; absent: there are none. */
    BACKUP_DIR: z.string().min(1).optional(),
    /** Hour of the machine's day at which one is made; absent: only when asked for. */
    BACKUP_HOUR: z.coerce.number().int().min(0).max(23).optional(),
    /** How many are kept. */
    BACKUP_KEEP: z.coerce.number().int().min(1).default(7),
  })
  .refine((set) => set.BACKUP_HOUR === undefined || set.BACKUP_DIR !== undefined, { path: ['BACKUP_DIR'], error: 'where to?' });

export interface BackupSettings {
  readonly folder: string;
  readonly hour: number | undefined;
  readonly keep: number;
}

/** @throws {BadSetting} */
export function backupsFrom(
  environment: Readonly<Record<string, string | undefined>>,
  { EVENTSTORE_URL, KAFKA_BROKERS }: Settings,
): BackupSettings | undefined {
  const { BACKUP_DIR, BACKUP_HOUR, BACKUP_KEEP } = readSettings(shape, environment);
  if (BACKUP_DIR === undefined) return undefined;
  if (EVENTSTORE_URL !== undefined || KAFKA_BROKERS !== undefined)
    throw new BadSetting('BACKUP_DIR: an EventStoreDB and a Kafka are backed up by their own means');
  return { folder: BACKUP_DIR, hour: BACKUP_HOUR, keep: BACKUP_KEEP };
}

/** The next time that the machine's clock shows this hour. */
export function nextAt(hour: number, now: Date): Date {
  const next = new Date(now);
  next.setHours(hour, 0, 0, 0);
  if (next <= now) next.setDate(next.getDate() + 1);
  return next;
}

/** What a backup is made of. */
export interface BackupSource {
  /** Writes everything stored into a folder, as it is at this instant. */
  copyInto(folder: string): void;
  readonly dataFolder: string;
  readonly photos: string;
  /** Program that exits with 0 when every event in a file is what was once written. */
  readonly verify?: string;
}

export interface Backup {
  readonly folder: string;
  /** What the verification said of each file. */
  readonly verified: readonly string[];
}

const WHOLE = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/;
const UNFINISHED = '.unfinished';

/** Backups of a running house, each a folder of its own that has its name only once it is whole and verified. */
export class Backups {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<Backup> | undefined;

  constructor(
    private readonly settings: BackupSettings,
    private readonly source: BackupSource,
    private readonly tell: { made(backup: Backup): void; failed(error: unknown): void },
  ) {
    this.wait();
  }

  /** Makes one; asked again meanwhile, it is the same one. */
  async now(): Promise<void> {
    if (this.working) return;
    try {
      this.tell.made(await (this.working = this.make()));
    } catch (error) {
      if (!this.stopping.signal.aborted) this.tell.failed(error);
    } finally {
      this.working = undefined;
    }
  }

  /** One that is being made is given up. */
  async close(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.working?.catch(() => undefined);
  }

  private wait(): void {
    const { hour } = this.settings;
    if (hour === undefined || this.stopping.signal.aborted) return;
    const now = new Date();
    this.timer = setTimeout(() => void this.now().finally(() => this.wait()), nextAt(hour, now).getTime() - now.getTime()).unref();
  }

  private async make(): Promise<Backup> {
    const { folder, keep } = this.settings;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const there = await readdir(folder);
    for (const name of there) if (name.endsWith(UNFINISHED)) await rm(join(folder, name), { recursive: true, force: true });
    const earlier = there.filter((name) => WHOLE.test(name)).sort();
    const name = new Date().toISOString().replace(/[:.]/g, '-');
    const growing = join(folder, `${name}${UNFINISHED}`);
    try {
      await mkdir(growing, { mode: 0o700 });
      this.source.copyInto(growing);
      const verified = await this.verify(growing);
      // The demo's people and how far its clock is ahead; never a key.
      for (const own of ['demo-data.json', 'demo-clock.json'])
        await copyFile(join(this.source.dataFolder, own), join(growing, own)).catch(unlessMissing);
      await this.copyPhotos(join(growing, 'photos'), earlier.length > 0 ? join(folder, earlier.at(-1)!, 'photos') : undefined);
      await rename(growing, join(folder, name));
      for (const old of earlier.slice(0, Math.max(0, earlier.length + 1 - keep))) await rm(join(folder, old), { recursive: true });
      return { folder: join(folder, name), verified };
    } catch (error) {
      await rm(growing, { recursive: true, force: true });
      throw error;
    }
  }

  /** In processes of their own: the house goes on meanwhile. */
  private async verify(folder: string): Promise<readonly string[]> {
    const { verify = join(__dirname, 'verify.js') } = this.source;
    const said: string[] = [];
    for (const name of (await readdir(folder)).sort()) {
      await synced(join(folder, name), 'r+');
      if (!name.endsWith('.events.sqlite')) continue;
      const { stdout } = await promisify(execFile)(process.execPath, [verify, join(folder, name)], {
        signal: this.stopping.signal,
      }).catch((error: Error & { stdout?: string }) => {
        throw new Error(`${name}: ${error.stdout || error.message}`.trim(), { cause: error });
      });
      said.push(`${name}: ${stdout.trim()}`);
    }
    await synced(folder, 'r');
    return said;
  }

  /** Photos never change, so one that an earlier backup has is shared with it where the disk can. */
  private async copyPhotos(to: string, earlier: string | undefined): Promise<void> {
    const from = this.source.photos;
    const files = await readdir(from, { recursive: true, withFileTypes: true }).catch(unlessMissing);
    for (const file of files ?? []) {
      if (!file.isFile() || basename(file.parentPath) === 'incoming') continue;
      this.stopping.signal.throwIfAborted();
      const path = relative(from, join(file.parentPath, file.name));
      await mkdir(dirname(join(to, path)), { recursive: true });
      const shared = earlier !== undefined && (await link(join(earlier, path), join(to, path)).then(...whether));
      // One that nobody had use for may have been removed since.
      if (!shared) await copyFile(join(from, path), join(to, path)).then(() => synced(join(to, path), 'r+'), unlessMissing);
    }
  }
}

const whether = [() => true, () => false] as const;

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

async function synced(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
