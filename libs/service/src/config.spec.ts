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
    ['NODE_ENV', 'Production'],
    ['NODE_ENV', 'prd'],
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '1.5'],
    ['EVENTSTORE_URL', 'http://h'],
    ['KAFKA_BROKERS', ','],
    ['KAFKA_TLS', 'perhaps'],
    ['KAFKA_SASL', 'scram-sha-512:user'],
    ['KAFKA_PREFIX', 'test installation/'],
    ['KAFKA_SASL', 'plain:user:a secret'],
    ['MASTER_KEY', 'c2hvcnQ='],
    ['TRUSTED_PROXIES', '10.0.0.0/8, proxy.local'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['INTAKE_PER_MINUTE', '0'],
    ['LOG_LEVEL', 'loud'],
    ['NOTIFY_WEBHOOK_SECRET', 'short'],
    ['NOTIFY_SMTP_URL', 'http://h'],
    ['NOTIFY_FROM', 'nobody'],
    ['NOTIFY_ALLOWED_HOSTS', ','],
  ])('when %s is %s, then it is refused by name, and not repeated', (name, value) => {
    const set = (): unknown => settingsFrom({ [name]: value });
    expect(set).toThrow(BadSetting);
    expect(set).toThrow(new RegExp(`^${name}: (?!.*${value.replace(/[.=]/g, '\\$&')})`));
  });

  it('when mail is set up without a sender, then the sender is asked for', () => {
    const server = { NOTIFY_SMTP_URL: 'smtps://mail.hospital.example' };
    expect(() => settingsFrom(server)).toThrow(/^NOTIFY_FROM: /);
    expect(settingsFrom({ ...server, NOTIFY_FROM: 'logistics@hospital.example' })).toMatchObject(server);
  });

  it('when several are wrong, then each is named', () => {
    expect(() => settingsFrom({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/PORT: .*LOG_LEVEL: /);
  });
});
