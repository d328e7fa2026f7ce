import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What follows a request without an account: `<order>.<mac>`. Nothing of it is stored, and every replica makes the same one. */
export function followTokens(masterKey: Buffer) {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'hospital-logistics/follow', 32));
  const macOf = (orderId: string): Buffer => createHmac('sha256', key).update(`follow/${orderId}`).digest();
  return {
    tokenOf: (orderId: string): string => `${orderId}.${macOf(orderId).toString('base64url')}`,
    /** The order a token follows; `undefined` when it is none of ours. */
    orderOf(token: string): string | undefined {
      const [, orderId, told] = /^(wo_[a-z0-9]{1,60})\.([\w-]{43})$/.exec(token) ?? [];
      if (orderId === undefined || told === undefined) return undefined;
      // The last of the 43 characters has bits to spare: bytes are compared, so each token could be written in a few ways.
      return timingSafeEqual(macOf(orderId), Buffer.from(told, 'base64url')) ? orderId : undefined;
    },
  };
}
