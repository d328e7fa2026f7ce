import rateLimit from '@fastify/rate-limit';
import { HOUR, MINUTE } from '@hospital/kernel';
import { refuse, type Settings } from '@hospital/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Counts what somebody without an account sends. @throws {GraphQLError} RATE_LIMITED, status 429 */
export type Admit = (request: FastifyRequest, locationCode: string | undefined, what?: 'photo') => Promise<void>;

/** A report may show so many: whoever may report may also send what belongs to it. */
const PHOTOS_OF_A_REPORT = 5;

/** Of texts that anybody may send, as much is remembered as a location code has. */
const LONGEST_CODE = 64;

/** Counted in this process: with several gateways each counts for itself. */
export async function intakeLimits(
  http: FastifyInstance,
  { INTAKE_PER_MINUTE, INTAKE_PER_HOUR, INTAKE_PER_CODE }: Pick<Settings, 'INTAKE_PER_MINUTE' | 'INTAKE_PER_HOUR' | 'INTAKE_PER_CODE'>,
): Promise<Admit> {
  await http.register(rateLimit, { global: false });
  const codes = new WeakMap<FastifyRequest, string>();
  const limits = (times: number) => ({
    byAddress: [
      http.createRateLimit({ max: INTAKE_PER_MINUTE * times, timeWindow: MINUTE }),
      http.createRateLimit({ max: INTAKE_PER_HOUR * times, timeWindow: HOUR }),
    ],
    byCode: http.createRateLimit({ max: INTAKE_PER_CODE * times, timeWindow: HOUR, keyGenerator: (request) => codes.get(request) ?? '' }),
  });
  const [reports, photos] = [limits(1), limits(PHOTOS_OF_A_REPORT)];
  return async (request, locationCode, what) => {
    if (locationCode !== undefined) codes.set(request, locationCode.slice(0, LONGEST_CODE));
    const { byAddress, byCode } = what === 'photo' ? photos : reports;
    for (const take of locationCode === undefined ? byAddress : [...byAddress, byCode]) {
      const taken = await take(request);
      if (!taken.isAllowed && taken.isExceeded) throw limited(taken.ttlInSeconds, 'Too much at once without an account');
    }
  };
}

export function limited(seconds: number, what: string) {
  const refused = refuse('RATE_LIMITED', `${what}; again in ${seconds} s.`, 'request', 429);
  Object.assign(refused.extensions, { retryAfter: seconds });
  Object.assign(refused.extensions['http'] as object, { headers: new Map([['retry-after', String(seconds)]]) });
  return refused;
}
