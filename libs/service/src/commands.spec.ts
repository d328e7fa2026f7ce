import { type Journal, personal, plus, type Rejection } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { z } from 'zod';
import type { Role } from './auth';
import { mutation } from './commands';
import { dateTime, id, text } from './input';
import type { RequestContext } from './request';
import { freshFolder } from './testing/opened';
import { thing, type ThingRow, things } from './testing/things';

const given = freshFolder();

const asking = (person = 'pn_1', roles: readonly Role[] = ['dispatcher']): RequestContext => ({
  identity: { id: person, kind: 'person', roles },
  correlationId: '00000000-0000-4000-8000-0000000000c0',
});

const mutations = (journal: Journal) => ({
  make: mutation('staffing', journal, {
    aggregate: thing,
    view: things,
    input: z.object({ dueAt: dateTime.nullish(), occurredAt: dateTime.nullish() }),
    of: { makes: 'th' },
    to: ({ dueAt, occurredAt }) => ({ type: 'MakeThing', data: { dueAt: dueAt ?? null }, ...(occurredAt ? { at: occurredAt } : {}) }),
  }),
  greet: mutation('staffing', journal, {
    aggregate: thing,
    view: things,
    input: z.object({ id, text: text(10) }),
    of: (input) => input.id,
    to: (input) => ({ type: 'GreetThing', data: { text: input.text } }),
  }),
  forget: mutation('staffing', journal, {
    aggregate: thing,
    view: things,
    input: z.object({ id }),
    of: (input) => input.id,
    to: () => ({ type: 'ForgetThing', data: {} }),
  }),
});

const rejected = (answer: ThingRow | Rejection): Partial<Rejection> => ({
  code: (answer as Rejection).code,
  field: (answer as Rejection).field!,
});

async function opened() {
  const context = await given.open();
  return { context, ...mutations(context) };
}

describe('given a mutation that makes something', () => {
  it('when somebody sends it, then it is made, by them and now, and its position is told', async () => {
    const { context, make } = await opened();
    const request = asking('pn_1', ['director']);
    const row = (await make(undefined, { idempotencyKey: 'k', input: {} }, request)) as ThingRow;
    expect(row.id).toMatch(/^th_[0-9a-z]{26}$/);
    const [made] = await context.store.read(`thing-${row.id}`);
    expect(made!.metadata).toMatchObject({
      occurredAt: AT,
      actor: { id: 'pn_1', roles: ['director'] },
      correlationId: request.correlationId,
    });
    expect(request.wrote).toBe(made!.position);
  });

  it('when it is sent twice with one key, then it is the same thing, made once', async () => {
    const { context, make } = await opened();
    const [first, second] = [
      await make(undefined, { idempotencyKey: 'k', input: {} }, asking()),
      await make(undefined, { idempotencyKey: 'k', input: {} }, asking()),
    ];
    expect(second).toEqual(first);
    expect((await context.store.read(`thing-${(first as ThingRow).id}`)).length).toBe(1);
  });

  it('when two people use the same key, then they make two things', async () => {
    const { make } = await opened();
    const both = await Promise.all(['pn_1', 'pn_2'].map((person) => make(undefined, { idempotencyKey: 'k', input: {} }, asking(person))));
    expect(new Set(both.map((row) => (row as ThingRow).id)).size).toBe(2);
  });

  it('when a key is used again for something else, then that is refused', async () => {
    const { make } = await opened();
    await make(undefined, { idempotencyKey: 'k', input: {} }, asking());
    expect(rejected(await make(undefined, { idempotencyKey: 'k', input: { dueAt: AT } }, asking()))).toEqual({
      code: 'IDEMPOTENCY_KEY_REUSED',
      field: 'idempotencyKey',
    });
  });

  it('when it is sent again after what it looks up has changed, then it is still the same wish', async () => {
    const context = await given.open();
    let known = AT;
    const make = mutation('staffing', context, {
      aggregate: thing,
      view: things,
      input: z.object({}),
      of: { makes: 'th' },
      to: () => ({ type: 'MakeThing', data: { dueAt: known } }),
    });
    const first = await make(undefined, { idempotencyKey: 'k', input: {} }, asking());
    known = plus(AT, 1);
    expect(await make(undefined, { idempotencyKey: 'k', input: {} }, asking())).toEqual(first);
    expect((first as ThingRow).dueAt).toBe(AT);
  });

  it('when it says something personal, then no digest of that is kept: another text passes for the same wish', async () => {
    const context = await given.open();
    const greet = mutation('staffing', context, {
      aggregate: thing,
      view: things,
      input: z.object({ id, phone: text(20) }),
      of: (input) => input.id,
      to: ({ phone }) => ({ type: 'GreetThing', data: { text: personal('pn_1', phone) as never } }),
    });
    const answers = [];
    for (const phone of ['13800000000', '13900000000'])
      answers.push(await greet(undefined, { idempotencyKey: 'k', input: { id: 'a', phone } }, asking()));
    expect(answers[1]).toEqual(answers[0]);
  });

  it.each([plus(AT, 1), '9999-12-31T23:59:59-14:00'])(
    'when it is to have happened at %s, in the future, then it is refused',
    async (occurredAt) => {
      const { context, make } = await opened();
      const answer = await make(undefined, { idempotencyKey: 'k', input: { occurredAt } }, asking());
      expect((answer as Rejection).field).toBe('input.occurredAt');
      expect(await context.store.head(['thing'])).toBeUndefined();
    },
  );

  it('when it happened before, and elsewhere on earth, then that instant is recorded', async () => {
    const { context, make } = await opened();
    const row = await make(undefined, { idempotencyKey: 'k', input: { occurredAt: '2026-03-01T08:00:00+08:00' } }, asking());
    expect((await context.store.read(`thing-${(row as ThingRow).id}`))[0]!.metadata).toMatchObject({
      occurredAt: '2026-03-01T00:00:00.000Z',
      recordedAt: AT,
    });
  });
});

describe('given a mutation about something', () => {
  it('when one key is used for two things, then both are changed', async () => {
    const { greet } = await opened();
    const rows = [];
    for (const which of ['a', 'b']) rows.push(await greet(undefined, { idempotencyKey: 'k', input: { id: which, text: 'hi' } }, asking()));
    expect(rows).toMatchObject([
      { id: 'a', greetings: 1 },
      { id: 'b', greetings: 1 },
    ]);
  });

  it('when it expects another revision than there is, then it is refused', async () => {
    const { greet } = await opened();
    const send = (key: string, expectedRevision?: number | null) =>
      greet(undefined, { idempotencyKey: key, expectedRevision, input: { id: 'a', text: 'hi' } }, asking());
    expect(await send('1', null)).toMatchObject({ greetings: 1 });
    expect(rejected(await send('2', 5))).toEqual({ code: 'STALE_REVISION', field: 'expectedRevision' });
    expect(await send('3', 0)).toMatchObject({ greetings: 2 });
  });

  it.each([
    [{ idempotencyKey: ' ', input: { id: 'a', text: 'hi' } }, 'idempotencyKey'],
    [{ idempotencyKey: 'k', expectedRevision: -1, input: { id: 'a', text: 'hi' } }, 'expectedRevision'],
    [{ idempotencyKey: 'k', input: { id: 'a/b', text: 'hi' } }, 'input.id'],
    [{ idempotencyKey: 'k', input: { id: 'a', text: '\u0007' } }, 'input.text'],
    [{ idempotencyKey: 'k', input: { id: 'a', text: 'far too long' } }, 'input.text'],
  ])('when it is sent %j, then the field at fault is named', async (args, field) => {
    const { greet } = await opened();
    expect(rejected(await greet(undefined, args, asking()))).toEqual({ code: 'INVALID_INPUT', field });
  });

  it('when nothing is left to show afterwards, then it says so', async () => {
    const { forget } = await opened();
    expect(rejected(await forget(undefined, { idempotencyKey: 'k', input: { id: 'a' } }, asking()))).toMatchObject({ code: 'GONE' });
  });
});
