import type { Json, JsonObject } from './json';

/**
 * A personal value inside an event: plain in commands and decisions (`value`), encrypted in every store and view (`sealed`).
 * Its key belongs to the person named by `personal`; when that key is forgotten the value reads `[erased]`.
 */
export interface Personal extends JsonObject {
  readonly personal: string;
  readonly value?: string;
  readonly sealed?: string;
}

export const personal = (subject: string, value: string): Personal => ({ personal: subject, value });
export const ERASED = '[erased]';

const isPersonal = (value: Json | undefined): value is Personal =>
  typeof value === 'object' && value !== null && typeof (value as Personal).personal === 'string';

/** A copy in which every personal value is replaced, by its name among its neighbours; the rest is shared with the original. */
export function mapPersonal(value: Json, by: (found: Personal, name: string) => Json, name = ''): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isPersonal(value)) return by(value, name);
  if (Array.isArray(value)) return value.map((item: Json) => mapPersonal(item, by, name));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, member === undefined ? member : mapPersonal(member, by, key)]),
  ) as JsonObject;
}

/** Without personal values, so that a digest of it tells nothing about anybody. */
export const masked = (value: JsonObject): JsonObject =>
  mapPersonal(value, ({ personal: subject }) => ({ personal: subject })) as JsonObject;

/** Seals and opens personal values. The keys of persons are kept by an engine. */
export interface Vault {
  /** What was decided becomes what may be stored. */
  seal(data: JsonObject): Promise<JsonObject>;
  /** Personal values become plain texts, {@link ERASED} those of forgotten persons. */
  open<T extends Json>(data: T): Promise<T>;
  /** For good: what was sealed for this person can never be read again, and nothing is sealed for them any more. */
  forget(subject: string): Promise<void>;
}
