import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the bytes of photos are kept, by their SHA-256; an object store would be another one. */
export interface PhotoStore {
  /** Durable when it resolves; the same bytes are stored once. Answers their SHA-256 in hex. */
  keep(bytes: Buffer): Promise<string>;
  /** Whether it is there; asking makes it as fresh as a new one. */
  has(hash: string): Promise<boolean>;
  read(hash: string): Promise<Buffer | undefined>;
  /** Those that nobody has stored or asked for since (ms), few enough to look at in one go; what a crash left half written goes. */
  stale(before: number): AsyncIterable<string>;
  remove(hash: string): Promise<void>;
}

const HASH = /^[0-9a-f]{64}$/;
export const isPhotoHash = (text: string): boolean => HASH.test(text);

/** How many files one {@link PhotoStore.stale} looks at. */
const LOOKED_AT = 20_000;

/** `<folder>/ab/ab…`; replicas share the folder. */
export class PhotoFolder implements PhotoStore {
  constructor(private readonly folder: string) {}

  async keep(bytes: Buffer): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (await this.has(hash)) return hash;
    const incoming = join(this.folder, 'incoming');
    const shelf = join(this.folder, hash.slice(0, 2));
    for (const folder of [incoming, shelf]) await mkdir(folder, { recursive: true });
    const half = join(incoming, randomUUID());
    try {
      await synced(half, 'wx', (file) => file.writeFile(bytes));
      await rename(half, join(shelf, hash));
    } catch (error) {
      await rm(half, { force: true });
      throw error;
    }
    await synced(shelf, 'r');
    return hash;
  }

  async has(hash: string): Promise<boolean> {
    if (!isPhotoHash(hash)) return false;
    const now = new Date();
    return utimes(this.pathOf(hash), now, now).then(...yesOrNotThere);
  }

  async read(hash: string): Promise<Buffer | undefined> {
    return isPhotoHash(hash) ? readFile(this.pathOf(hash)).catch(unlessNotThere) : undefined;
  }

  async *stale(before: number): AsyncIterable<string> {
    const age = async (path: string): Promise<number> => (await stat(path).catch(unlessNotThere))?.mtimeMs ?? Infinity;
    const shelves = (await readdir(this.folder).catch(unlessNotThere)) ?? [];
    // From another place each time: what one go does not reach, a later one does.
    const first = Math.floor(Math.random() * shelves.length);
    let looked = 0;
    for (const shelf of [...shelves.slice(first), ...shelves.slice(0, first)])
      for (const name of (await readdir(join(this.folder, shelf)).catch(unlessNotThere)) ?? []) {
        if ((looked += 1) > LOOKED_AT) return;
        const path = join(this.folder, shelf, name);
        if ((await age(path)) >= before) continue;
        if (isPhotoHash(name)) yield name;
        else if (shelf === 'incoming') await rm(path, { force: true });
      }
  }

  remove(hash: string): Promise<void> {
    return rm(this.pathOf(hash), { force: true });
  }

  private pathOf(hash: string): string {
    if (!isPhotoHash(hash)) throw new RangeError('not the hash of a photo');
    return join(this.folder, hash.slice(0, 2), hash);
  }
}

async function synced(path: string, flags: string, work?: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

const unlessNotThere = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
};
const yesOrNotThere = [() => true, (error: NodeJS.ErrnoException) => unlessNotThere(error) ?? false] as const;
