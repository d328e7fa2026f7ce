import { logLevel } from 'kafkajs';
import { pino } from 'pino';
import { bridge } from './log-lines';

/** A logger that keeps what it is told. */
function listening() {
  const logged: unknown[] = [];
  return { logged, log: pino({ level: 'debug' }, { write: (text: string) => void logged.push(JSON.parse(text)) }) };
}

const line = (level: logLevel, message: string) => ({
  namespace: 'Consumer',
  level,
  label: '',
  log: { timestamp: '2026-03-01T00:00:00.000Z', logger: 'kafkajs', message, groupId: 'g' },
});

describe('the log lines of kafkajs', () => {
  it('given a line of each level, when it is written, then our logger gets level, message and fields', () => {
    const { log, logged } = listening();
    const write = bridge(log)(logLevel.INFO);
    for (const level of [logLevel.ERROR, logLevel.WARN, logLevel.INFO, logLevel.DEBUG]) write(line(level, 'joined'));
    expect(logged).toEqual(
      [50, 40, 30, 20].map((level) => expect.objectContaining({ level, msg: 'joined', groupId: 'g', namespace: 'Consumer' })),
    );
  });

  it('given the warning that retries of the producer end, when it is written, then it is dropped: at least once is the contract', () => {
    const { log, logged } = listening();
    bridge(log)(logLevel.INFO)(line(logLevel.WARN, 'Limiting retries for the idempotent producer may invalidate EoS guarantees'));
    expect(logged).toEqual([]);
  });
});
