import { createHmac } from 'node:crypto';
import { lookup, type LookupAddress } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '@hospital/kernel';
import { isLoopback } from '../domain/subscription';
import type { Adapter } from './adapter';
import { Undelivered } from './delivering';
import { isPrivate } from './private-addresses';

export interface WebHookSettings {
  readonly secret: string;
  /** Hosts that may lie inside. */
  readonly allowedHosts: readonly string[];
  /** Then loopback may do without TLS, when it is among the allowed hosts. */
  readonly development: boolean;
  readonly clock: Clock;
  /** How names become addresses; the system's way unless told. */
  readonly resolve?: typeof lookup;
}

/** What one recipient is told to verify letters with: no other's can be forged with it. */
export const secretFor = (master: string, recipientId: string): string => createHmac('sha256', master).update(recipientId).digest('hex');

/** What the receiver computes as well: HMAC-SHA-256 over the second and the body, so that neither can be changed or sent again late. */
export const signatureOf = (secret: string, second: number, body: string): string =>
  `t=${second},v1=${createHmac('sha256', secret).update(`${second}.${body}`).digest('hex')}`;

/**
 * POSTs to addresses that people chose, so: TLS, nothing inside unless it is allowed, and no redirect is followed. The address is
 * judged as it is connected to: a name that resolves differently the second time gains nothing. (`fetch` cannot be told that.)
 */
export const webHook = ({ secret, allowedHosts, development, clock, resolve = lookup }: WebHookSettings): Adapter => {
  const guarded: LookupFunction = (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const found: readonly LookupAddress[] = error ? [] : addresses;
      const inside = !allowedHosts.includes(hostname) && found.some(({ address }) => isPrivate(address));
      const fault = error ?? (inside ? new Undelivered('PRIVATE_ADDRESS', true) : null);
      if (fault || found.length === 0) callback(fault ?? new Undelivered('UNKNOWN_HOST'), '', 0);
      else if (options.all) callback(null, [...found]);
      else callback(null, found[0]!.address, found[0]!.family);
    });

  return async (letter, address, signal) => {
    const url = new URL(address);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (url.protocol !== 'https:' && !(development && url.protocol === 'http:' && isLoopback(url.hostname)))
      throw new Undelivered('NOT_HTTPS', true);
    // An address is not looked up.
    if (isIP(host) !== 0 && !allowedHosts.includes(host) && isPrivate(host)) throw new Undelivered('PRIVATE_ADDRESS', true);
    const body = JSON.stringify(letter);
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-hospital-delivery': letter.id,
      'x-hospital-signature': signatureOf(secretFor(secret, letter.recipientId), Math.floor(Date.parse(clock.now()) / 1_000), body),
    };
    const post = url.protocol === 'https:' ? requestSecure : requestPlain;
    judge(await statusOf(post(url, { method: 'POST', headers, lookup: guarded, signal, agent: false }), body));
  };
};

const statusOf = (request: ClientRequest, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request.on('error', (error) => reject(error instanceof Undelivered ? error : new Undelivered('NO_CONNECTION')));
    request.on('response', (response: IncomingMessage) => {
      // What it says beyond its status is nothing to us.
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.end(body);
  });

function judge(status: number): void {
  if (status >= 200 && status < 300) return;
  throw status >= 300 && status < 400 ? new Undelivered('REDIRECTED', true) : new Undelivered(`HTTP_${status}`, status === 410);
}
