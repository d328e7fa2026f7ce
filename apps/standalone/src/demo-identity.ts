import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BadSetting, type KeySet, type Role } from '@hospital/service';
import { hasHistory, keepText, keptText } from './kept-file';

/** How long a demo token is good for. */
const VALID = '30d';

/** A secret of this data folder, made once. */
function kept(folder: string, name: string, make: () => string): string {
  const file = join(folder, name);
  const found = keptText(file);
  if (found !== undefined) return found;
  const made = make();
  keepText(file, made);
  return made;
}

/** Wraps the keys of persons when no MASTER_KEY is set; made for a new folder only. @throws {BadSetting} */
export function keptMasterKey(folder: string): Buffer {
  const make = (): string => {
    if (hasHistory(folder))
      throw new BadSetting(
        `MASTER_KEY: ${join(folder, 'master.key')} is missing, and without it nobody can read the personal data in ${folder} again. ` +
          `Put the file back from where it is kept, or set MASTER_KEY to what is in it.`,
      );
    return randomBytes(32).toString('base64');
  };
  const key = Buffer.from(kept(folder, 'master.key', make), 'base64');
  if (key.length === 32) return key;
  throw new BadSetting(`MASTER_KEY: ${join(folder, 'master.key')} is not whole: put it back from where it is kept`);
}

export interface DemoIssuer {
  readonly keys: KeySet;
  /** `valid`: for how long, as in `30d` and `2s`. */
  tokenFor(subject: string, roles: readonly Role[], valid?: string): Promise<string>;
}

/** Signs tokens for the demo; production brings an OpenID provider. */
export async function demoIssuer(folder: string, issuer: string, audience: string): Promise<DemoIssuer> {
  const { SignJWT } = await import('jose');
  const pem = kept(folder, 'demo-issuer.pem', () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const key = createPrivateKey(pem);
  return {
    keys: { keys: [{ ...createPublicKey(key).export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig' }] },
    tokenFor: (subject, roles, valid = VALID) =>
      new SignJWT({ roles })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setSubject(subject)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(valid)
        .sign(key),
  };
}
