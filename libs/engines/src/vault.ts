import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import {
  type Clock,
  ERASED,
  type EventStore,
  type Json,
  type JsonObject,
  link,
  mapPersonal,
  NO_STREAM,
  OutcomeUnknown,
  StreamErased,
  technical,
  type Vault,
  WrongRevision,
} from '@hospital/kernel';

type Keys = Map<string, Buffer | undefined>;

/** The keys of all persons whose values occur anywhere inside. */
async function keysFor(value: Json, find: (subject: string) => Promise<Buffer | undefined>): Promise<Keys> {
  const keys: Keys = new Map();
  mapPersonal(value, (hit) => (keys.set(hit.personal, undefined), hit));
  for (const subject of keys.keys()) keys.set(subject, await find(subject));
  return keys;
}

const encrypt = (key: Buffer, text: string, about: string): string => {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
};

const decrypt = (key: Buffer, sealed: string, about: string): string | undefined => {
  try {
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(about))
      .setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
};

/**
 * Keys of persons (AES-256-GCM), each in its own stream, wrapped by the master key. Keys are remembered for a minute, so another
 * process may still read a forgotten person for that long. Who is forgotten stays forgotten: nothing is sealed for them any more.
 */
export class KeyVault implements Vault {
  private readonly known = new Map<string, { key: Buffer | undefined; until: number }>();

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    /** 32 bytes. */
    private readonly masterKey: Buffer,
    /** The context: each forgets by itself, also where several share a store. */
    private readonly scope = 'own',
    private readonly remember = 60_000,
  ) {
    if (masterKey.length !== 32) throw new RangeError('the master key must have 32 bytes');
  }

  async seal(data: JsonObject): Promise<JsonObject> {
    const keys = await keysFor(data, async (subject) => (await this.key(subject)) ?? this.create(subject));
    if (keys.size === 0) return data;
    return mapPersonal(data, ({ personal: subject, value, sealed }) => {
      const key = keys.get(subject);
      return { personal: subject, sealed: sealed ?? (key ? encrypt(key, value ?? '', subject) : '') };
    }) as JsonObject;
  }

  async open<T extends Json>(data: T): Promise<T> {
    const keys = await keysFor(data, (subject) => this.key(subject));
    if (keys.size === 0) return data;
    return mapPersonal(data, ({ personal: subject, sealed }) => {
      const key = keys.get(subject);
      return (key && sealed !== undefined && decrypt(key, sealed, subject)) ?? ERASED;
    }) as T;
  }

  async forget(subject: string): Promise<void> {
    this.known.delete(subject);
    await this.store.erase(this.streamOf(subject));
    this.known.delete(subject);
  }

  private async key(subject: string): Promise<Buffer | undefined> {
    const hit = this.known.get(subject);
    if (hit && hit.until > performance.now()) return hit.key;
    const [created] = await this.store.read(this.streamOf(subject), { direction: 'backwards', limit: 1 });
    const wrapped = created?.data['wrapped'];
    const text = typeof wrapped === 'string' ? decrypt(this.masterKey, wrapped, subject) : undefined;
    if (wrapped !== undefined && text === undefined) throw new RangeError('the keys of this store were wrapped with another master key');
    const key = text === undefined ? undefined : Buffer.from(text, 'base64');
    if (this.known.size > 10_000) this.known.clear();
    if (key) this.known.set(subject, { key, until: performance.now() + this.remember });
    return key;
  }

  private streamOf(subject: string): string {
    return `personKey-${this.scope}.${subject}`;
  }

  /** `undefined` for a person who was forgotten. */
  private async create(subject: string): Promise<Buffer | undefined> {
    const wrapped = encrypt(this.masterKey, randomBytes(32).toString('base64'), subject);
    const id = randomUUID();
    const at = this.clock.now();
    const event = link(this.streamOf(subject), 0, '', { id, type: 'PersonKeyCreated', data: { wrapped } }, technical(id, at));
    try {
      await this.store.append(this.streamOf(subject), NO_STREAM, [event]);
    } catch (error) {
      if (error instanceof StreamErased) return undefined;
      // Somebody else was first, or it is there after all: the key that counts is the one in the stream.
      if (!(error instanceof WrongRevision) && !(error instanceof OutcomeUnknown)) throw error;
    }
    const key = await this.key(subject);
    if (key === undefined) throw new OutcomeUnknown(`no key could be written for ${subject}`);
    return key;
  }
}
