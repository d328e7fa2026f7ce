import { readFile } from 'node:fs/promises';
import { type Actor, MINUTE } from '@hospital/kernel';
import { GraphQLError } from 'graphql';
import type { JSONWebKeySet as KeySet, JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { z } from 'zod';
import { BadSetting, type Settings } from './config';

export const ROLES = [
  'reporter',
  'clinician',
  'dispatcher',
  'technician',
  'storekeeper',
  'buyer',
  'energy-manager',
  'scheduler',
  'director',
  'auditor',
  'integrator',
  'administrator',
] as const;
export type Role = (typeof ROLES)[number];

export type { KeySet };

export interface Identity extends Actor {
  readonly roles: readonly Role[];
}

/** Turns an `Authorization` header into an identity. @throws {GraphQLError} UNAUTHENTICATED, status 401, or KEYS_UNAVAILABLE, 503 */
export type Verify = (authorization: string | undefined) => Promise<Identity>;

/** Whoever asks without an account; may use what is for anybody. */
export const ANONYMOUS: Identity = { id: 'anonymous', kind: 'patient', roles: [] };

export const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'];
const REMEMBERED = 10_000;
/** A key that is withdrawn is not noticed for so long (ms). */
const REMEMBER = MINUTE;

const claims = z.object({
  sub: z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/),
  exp: z.number(),
  kind: z.enum(['person', 'robot', 'patient']).default('person'),
  roles: z.array(z.string()).default([]),
});

const unauthenticated = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });

const KEYS_AWAY = { code: 'KEYS_UNAVAILABLE', retryable: true, http: { status: 503 } };
/** When a key is looked for, these are faults of the token; anything else is one of whoever keeps the keys. */
const OF_THE_TOKEN = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS', 'ERR_JOSE_NOT_SUPPORTED'];

/** Checks bearer tokens (JWT) against pinned algorithms, issuer and audience. `keys`: a key set, or where it is (URL or file). */
export async function verifier(
  keys: KeySet | string,
  { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience }: Pick<Settings, 'AUTH_ISSUER' | 'AUTH_AUDIENCE'>,
  log?: Pick<Logger, 'error'>,
): Promise<Verify> {
  const { jwtVerify } = await import('jose');
  const source = await finderIn(keys);
  let told = -Infinity;
  const find: JWTVerifyGetKey = async (...asked) => {
    try {
      return await source(...asked);
    } catch (error) {
      if (OF_THE_TOKEN.includes((error as { code?: string }).code ?? '')) throw error;
      if (Date.now() - told >= MINUTE) {
        told = Date.now();
        log?.error({ err: error }, 'the keys that sign tokens cannot be fetched');
      }
      throw new GraphQLError('Tokens cannot be checked at the moment; ask again.', { extensions: KEYS_AWAY });
    }
  };

  // Verifying a signature costs more than a small query; a token that was verified is remembered, though not beyond its expiry.
  const known = new Map<string, { identity: Identity; until: number }>();
  return async (authorization) => {
    const token = /^Bearer ([\w.-]+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unauthenticated('A bearer token is needed.');
    const hit = known.get(token);
    if (hit && hit.until > Date.now()) return hit.identity;
    known.delete(token);
    const verified = await jwtVerify(token, find, { algorithms: ALGORITHMS, issuer, audience }).catch((error: unknown) => {
      throw error instanceof GraphQLError ? error : unauthenticated('The bearer token is not valid.');
    });
    const parsed = claims.safeParse(verified.payload);
    if (!parsed.success) throw unauthenticated('The bearer token lacks a usable subject, expiry or roles.');
    const { sub, kind, roles, exp } = parsed.data;
    const identity: Identity = { id: sub, kind, roles: ROLES.filter((role) => roles.includes(role)) };
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
    known.set(token, { identity, until: Math.min(exp * 1_000, Date.now() + REMEMBER) });
    return identity;
  };
}

async function finderIn(keys: KeySet | string): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, createRemoteJWKSet } = await import('jose');
  try {
    if (typeof keys === 'string' && /^https?:/.test(keys)) return createRemoteJWKSet(new URL(keys));
    return createLocalJWKSet(typeof keys === 'string' ? JSON.parse(await readFile(keys, 'utf8')) : keys);
  } catch (error) {
    throw new BadSetting(`AUTH_JWKS: ${(error as Error).message}`);
  }
}
