import { logger, nestLogger } from './log';
import { listening } from './testing/opened';

describe('given a logger', () => {
  it('when Nest says what it wires, then that is for debugging; what it warns of is not', () => {
    const { log, logged } = listening();
    const nest = nestLogger(log);
    nest.log('InstanceLoader');
    nest.warn('careful');
    nest.error('broken', 'at a.ts:1');
    expect(logged.map(({ level, msg }) => [level, msg])).toEqual([
      [20, 'InstanceLoader'],
      [40, 'careful'],
      [50, 'broken'],
    ]);
  });

  it('when a level is set, then it holds', () => expect(logger({ LOG_LEVEL: 'warn' }, 'staffing').level).toBe('warn'));
});
