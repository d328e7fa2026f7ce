import { toKafka } from './envelope';
import { BrokenPromise, fromKafka, publicEvent, publicEvents, typeOf } from './public-events';
import { deadLetters, topic } from './topics';

const attributes = {
  id: '0191b0a4-0000-7000-8000-000000000001',
  subject: 'workOrder-wo_1',
  time: '2026-03-01T04:12:00.000Z',
  recordedat: '2026-03-01T04:12:01.000Z',
  correlationid: 'c-1',
  causationid: 'c-2',
};

const dispatched = {
  orderId: 'wo_1',
  technicianId: 'pn_7',
  ruleId: 'trade-on-shift-least-loaded',
  ruleVersion: 1,
  responseDueAt: '2026-03-01T04:42:00.000Z',
};

describe('public events', () => {
  it('given what was promised, when a context tells it, then it has source, type and name, and comes back the same', () => {
    const told = publicEvent('workorders', 'WorkOrderDispatched', dispatched, attributes);
    expect(told).toEqual({
      ...attributes,
      source: '/hospital/workorders',
      type: 'cn.hospital.workorders.WorkOrderDispatched.v1',
      name: 'WorkOrderDispatched',
      data: dispatched,
    });
    expect(fromKafka(toKafka(told))).toEqual(told);
  });

  it('given more than was promised, when a context tells it, then the rest stays at home', () => {
    const told = publicEvent(
      'staffing',
      'PersonRegistered',
      { personId: 'pn_7', trade: 'electrician', name: '张三', phone: '13800000000' },
      attributes,
    );
    expect(told.data).toEqual({ personId: 'pn_7', trade: 'electrician' });
  });

  it('given less than was promised, when a context tells it, then the error names the field', () => {
    const { technicianId: _, ...less } = dispatched;
    expect(() => publicEvent('workorders', 'WorkOrderDispatched', less, attributes)).toThrow(/data\.technicianId/);
  });

  it.each([
    ['workorders', 'WorkOrderLeftWaiting'],
    ['workorders', 'toString'],
    ['cafeteria', 'WorkOrderRated'],
    ['constructor', 'name'],
  ])('given an event that was never promised (%s, %s), when a context tells it, then that is an error', (context, name) => {
    expect(() => publicEvent(context, name, {}, attributes)).toThrow(BrokenPromise);
  });

  it('given a field this version has not heard of, when it is heard, then it is ignored', () => {
    const message = toKafka(publicEvent('workorders', 'WorkOrderDispatched', dispatched, attributes));
    expect(fromKafka({ ...message, value: { ...message.value, colour: 'red' } }).data).toEqual(dispatched);
  });

  it('given data that breaks its promise, when it is heard, then the error says where', () => {
    const message = toKafka(publicEvent('workorders', 'WorkOrderRated', { orderId: 'wo_1', stars: 5 }, attributes));
    expect(() => fromKafka({ ...message, value: { orderId: 'wo_1', stars: 6 } })).toThrow(/data\.stars/);
  });

  it('given a type this version does not know, when it is heard, then it passes under a name no consumer switches on', () => {
    const type = typeOf('workorders', 'WorkOrderRated', 2);
    const message = toKafka({ ...publicEvent('workorders', 'WorkOrderRated', { orderId: 'wo_1', stars: 5 }, attributes), type });
    expect(fromKafka({ ...message, value: { stars: '五' } })).toMatchObject({ name: type, data: { stars: '五' } });
  });

  it('given all contexts, when their events are put together, then no name is used twice', () => {
    const names = Object.values(publicEvents).flatMap((events) => Object.keys(events));
    expect(new Set(names).size).toBe(names.length);
  });

  it('given all promises, when their fields are listed, then none is for a name, a phone or free text of a person', () => {
    const fields = Object.values(publicEvents).flatMap((events) =>
      Object.entries(events).flatMap(([name, { data }]) => Object.keys(data.shape).map((field) => `${name}.${field}`)),
    );
    const personal = /\.(name|.*[pP]hone|contact|description|comment|resolution|birth.*|address|email)$/;
    // Names of things.
    expect(fields.filter((field) => personal.test(field))).toEqual(['AssetRegistered.name', 'ItemRegistered.name', 'MeterRegistered.name']);
  });
});

describe('topics', () => {
  it('given context and aggregate, when a topic is named, then it says what is in it and in which version', () => {
    expect(topic('workorders', 'workOrder')).toBe('hospital.workorders.workOrder.events.v1');
    expect(deadLetters('workorders.hear')).toBe('workorders.hear.dlq');
  });
});
