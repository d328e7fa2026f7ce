import * as fc from 'fast-check';
import { type Envelope, envelopeFrom, type JsonObject, toKafka } from './envelope';

const event: Envelope = {
  id: '0191b0a4-0000-7000-8000-000000000001',
  source: '/hospital/workorders',
  type: 'cn.hospital.workorders.WorkOrderReported.v1',
  subject: 'workOrder-wo_1',
  time: '2026-03-01T04:12:00.000Z',
  recordedat: '2026-03-01T04:12:01.000Z',
  correlationid: 'c-1',
  causationid: 'c-2',
  data: { orderId: 'wo_1' },
};

const text = fc.string({ unit: 'grapheme', minLength: 1 });
const instant = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString());
const envelopes: fc.Arbitrary<Envelope> = fc.record(
  {
    id: text,
    source: text,
    type: text,
    subject: text,
    time: instant,
    recordedat: instant,
    correlationid: text,
    causationid: text,
    sequence: text,
    data: fc.dictionary(text, fc.jsonValue()) as fc.Arbitrary<JsonObject>,
  },
  { requiredKeys: ['id', 'source', 'type', 'subject', 'time', 'recordedat', 'correlationid', 'causationid', 'data'] },
);

/** Through bytes and back, as a broker carries it. */
const overTheWire = ({ value, headers }: ReturnType<typeof toKafka>): Pick<ReturnType<typeof toKafka>, 'value' | 'headers'> => ({
  value: JSON.parse(Buffer.from(JSON.stringify(value)).toString('utf8')) as JsonObject,
  headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, Buffer.from(header).toString('utf8')])),
});

describe('the envelope', () => {
  it('given an event, when it becomes a Kafka message, then it is a CloudEvent 1.0 in binary mode', () => {
    expect(toKafka({ ...event, sequence: '0000000007' })).toEqual({
      key: 'workOrder-wo_1',
      value: { orderId: 'wo_1' },
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: '0191b0a4-0000-7000-8000-000000000001',
        ce_source: '/hospital/workorders',
        ce_type: 'cn.hospital.workorders.WorkOrderReported.v1',
        ce_subject: 'workOrder-wo_1',
        ce_time: '2026-03-01T04:12:00.000Z',
        ce_recordedat: '2026-03-01T04:12:01.000Z',
        ce_correlationid: 'c-1',
        ce_causationid: 'c-2',
        ce_sequence: '0000000007',
      },
    });
  });

  it('given any event, Chinese or not, when it has travelled as bytes, then it is the same event', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        // JSON has one zero and no -0.
        const sent = JSON.parse(JSON.stringify(envelope)) as Envelope;
        expect(envelopeFrom(overTheWire(toKafka(sent)))).toEqual(sent);
      }),
    );
  });

  it('given Chinese in an attribute, when it becomes a header, then it stands there as it is, not percent-encoded', () => {
    expect(toKafka({ ...event, subject: 'workOrder-3号楼 100%' }).headers['ce_subject']).toBe('workOrder-3号楼 100%');
  });

  it.each(['specversion', 'id', 'source', 'type', 'subject', 'time', 'recordedat', 'correlationid', 'causationid'])(
    'given a message without ce_%s, when it is read, then the error names that attribute',
    (attribute) => {
      const { [`ce_${attribute}`]: _, ...headers } = toKafka(event).headers;
      expect(() => envelopeFrom({ value: {}, headers })).toThrow(
        expect.objectContaining({ attribute, message: expect.stringMatching(/ is missing/) as string }),
      );
    },
  );

  it.each([
    ['specversion', 'ce_specversion', '0.3'],
    ['time', 'ce_time', 'yesterday'],
    ['recordedat', 'ce_recordedat', '昨天'],
    ['datacontenttype', 'content-type', 'application/avro'],
    ['datacontenttype', 'content-type', 'application/cloudevents+json'],
  ])('given an unusable %s, when it is read, then the error names that attribute', (attribute, header, value) => {
    const headers = { ...toKafka(event).headers, [header]: value };
    expect(() => envelopeFrom({ value: {}, headers })).toThrow(expect.objectContaining({ attribute }));
  });

  it('given a content type with a charset and the extension of another maker, when it is read, then both are accepted', () => {
    const headers = { ...toKafka(event).headers, 'content-type': 'application/json; charset=UTF-8', ce_partitionkey: 'x' };
    expect(envelopeFrom({ value: event.data, headers })).toEqual(event);
  });
});
