import { hostname } from 'node:os';
import { BadSetting, settingsFrom } from './config';

const KEY = Buffer.alloc(32, 1).toString('base64');

describe('given the environment', () => {
  it('when nothing is set, then one machine is served from a folder of its own', () => {
    const settings = settingsFrom({});
    expect(settings).toMatchObject({ HOST: '127.0.0.1', PORT: 4_000, DATA_DIR: './data', INSTANCE: hostname(), NODE_ENV: 'development' });
    expect([settings.EVENTSTORE_URL, settings.KAFKA_BROKERS, settings.AUTH_JWKS, settings.MASTER_KEY]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('when variables are empty, then they count as not set', () => {
    expect(settingsFrom({ EVENTSTORE_URL: '', KAFKA_BROKERS: '', PORT: '', MASTER_KEY: '' })).toEqual(settingsFrom({}));
  });

  it('when all is set well, then it is read', () => {
    expect(settingsFrom({ PORT: '0', KAFKA_BROKERS: 'a:9092, b:9092', EVENTSTORE_URL: 'esdb://h:2113', MASTER_KEY: KEY })).toMatchObject({
      PORT: 0,
      KAFKA_BROKERS: ['a:9092', 'b:9092'],
      EVENTSTORE_URL: 'esdb://h:2113',
      MASTER_KEY: Buffer.alloc(32, 1),
    });
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '1.5'],
    ['EVENTSTORE_URL', 'http://h'],
    ['KAFKA_BROKERS', ','],
    ['MASTER_KEY', 'c2hvcnQ='],
    ['LOG_LEVEL', 'loud'],
  ])('when %s is %s, then it is refused by name, and not repeated', (name, value) => {
    const set = (): unknown => settingsFrom({ [name]: value });
    expect(set).toThrow(BadSetting);
    expect(set).toThrow(new RegExp(`^${name}: (?!.*${value.replace(/[.=]/g, '\\$&')})`));
  });

  it('when several are wrong, then each is named', () => {
    expect(() => settingsFrom({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/PORT: .*LOG_LEVEL: /);
  });
});
