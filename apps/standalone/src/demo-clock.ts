import { join } from 'node:path';
import { DAY, HOUR, MINUTE, ShiftableClock } from '@hospital/kernel';
import type { FastifyInstance } from 'fastify';
import { keepText, keptText } from './kept-file';

const UNITS: Readonly<Record<string, number>> = { D: DAY, H: HOUR, M: MINUTE, S: 1_000 };

/** Milliseconds of an ISO 8601 duration in days, hours, minutes and seconds (`PT30M`), up to a year. */
export function duration(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^P(?=.)(\d{1,3}D)?(T(?=.)(\d{1,4}H)?(\d{1,5}M)?(\d{1,6}S)?)?$/.test(text)) return undefined;
  const ms = [...text.matchAll(/(\d+)([DHMS])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit!]!, 0);
  return ms <= 366 * DAY ? ms : undefined;
}

/** A clock that can be moved ahead, and stays ahead over restarts: what was recorded must not come to lie in the future. */
export class DemoClock extends ShiftableClock {
  private readonly file: string;

  constructor(folder: string) {
    const file = join(folder, 'demo-clock.json');
    super(aheadIn(file));
    this.file = file;
  }

  override advance(ms: number): string {
    keepText(this.file, JSON.stringify({ aheadMs: aheadIn(this.file) + ms }));
    return super.advance(ms);
  }

  /** GET /demo/clock, POST /demo/clock {"advance": "PT30M"} */
  serve(http: FastifyInstance): void {
    http.get('/demo/clock', async () => ({ now: this.now() }));
    http.post('/demo/clock', async ({ body }, reply) => {
      const ms = duration((body as { advance?: unknown } | null)?.advance);
      if (ms === undefined)
        return reply
          .code(400)
          .send({ code: 'INVALID_INPUT', field: 'advance', message: 'advance must be an ISO 8601 duration like PT30M, at most a year.' });
      return { now: this.advance(ms) };
    });
  }
}

function aheadIn(file: string): number {
  const text = keptText(file) ?? '{}';
  try {
    return Number((JSON.parse(text) as { aheadMs: number }).aheadMs) || 0;
  } catch {
    return 0;
  }
}
