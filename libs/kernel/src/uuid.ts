import { createHash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** In lower case only: a server may answer in lower case what it was given in upper, and hashes would differ. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** Name-based UUID (RFC 9562, version 5): the same namespace and name give the same id, everywhere and for ever. */
export function uuidV5(namespace: string, name: string): string {
  if (!isUuid(namespace)) throw new TypeError(`not a UUID: ${namespace}`);
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The root namespace of every id this suite derives. */
export const NAMESPACE = '6f0c3c0e-7a52-5d0b-9c4e-3b1f0e8a2d71';

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * The id of a new thing, `<prefix>_<26 characters>`, from the command that makes it, so that a repeated command
 * names the same thing. Ids sort by creation: the first ten characters are the command's instant in milliseconds
 * when its key is a UUIDv7, else the key's own digest (unique, but in no order of time).
 */
export function idFrom(prefix: string, key: string, commandId: string): string {
  const digest = createHash('sha256').update(commandId).digest();
  const isV7 = isUuid(key) && key[14] === '7';
  const head = isV7 ? BigInt(`0x${key.replaceAll('-', '').slice(0, 12)}`) : BigInt(`0x${digest.toString('hex', 20, 26)}`);
  let bits = (head << 80n) | BigInt(`0x${digest.toString('hex', 0, 10)}`);
  let text = '';
  for (let i = 0; i < 26; i += 1, bits >>= 5n) text = BASE32[Number(bits & 31n)] + text;
  return `${prefix}_${text}`;
}
