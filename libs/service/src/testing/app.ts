import { Module } from '@nestjs/common';
import { topic } from '@hospital/contracts';
import { type Policy, to } from '@hospital/kernel';
import { z } from 'zod';
import { mutation } from '../commands';
import { settingsFrom } from '../config';
import { answers } from '../graphql';
import { historyOf } from '../history';
import { dateTime } from '../input';
import { connection, entity, type PageArguments } from '../paging';
import { context, deadlines, forget, graphql, hear, policies, tell, type Tools, views } from '../pieces';
import type { RequestContext } from '../request';
import type { Surroundings } from '../start';
import { standing } from './opened';
import { overdue, tellsOfThings, thing, things } from './things';
import { pino } from 'pino';

const types = `
  type Query {
    thing(id: ID!): Thing
    things(first: Int, after: String, filter: ThingFilter, orderBy: ThingOrder): ThingConnection!
    broken: String
  }
  input ThingFilter { due: Boolean dueFrom: DateTime dueTo: DateTime }
  enum ThingOrder { DUE_ASC DUE_DESC GREETINGS_ASC GREETINGS_DESC }
  type Mutation {
    makeThing(input: MakeThingInput!, idempotencyKey: ID!, expectedRevision: Int): ThingAnswer! @scopes(roles: ["dispatcher"])
  }
  input MakeThingInput { dueAt: DateTime }
  union ThingAnswer = Thing | Rejection
  type Thing @key(fields: "id") { id: ID! dueAt: DateTime greetings: Int! history: [HistoryEvent!]! evidence: Evidence! self: Thing! }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
  type ThingConnection { edges: [ThingEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type ThingEdge { cursor: String! node: Thing! }`;

const resolvers = ({ context: name, journal, views: own }: Tools) => ({
  Query: {
    thing: (_: unknown, { id }: { id: string }, request: RequestContext) => entity(own, things, id, request),
    things: (_: unknown, page: PageArguments, request: RequestContext) => connection(own, things, page, { orderBy: 'DUE_ASC' }, request),
    broken: () => {
      throw new Error('the password is 1234');
    },
  },
  Mutation: {
    makeThing: mutation(name, journal, {
      aggregate: thing,
      view: things,
      input: z.object({ dueAt: dateTime.nullish() }),
      of: { makes: 'th' },
      to: ({ dueAt }) => ({ type: 'MakeThing', data: { dueAt: dueAt ?? null } }),
    }),
  },
  ThingAnswer: answers('Thing'),
  Thing: { self: (row: unknown) => row, ...historyOf(journal, thing.category) },
});

const greet: Policy = {
  name: 'greet',
  categories: [thing.category],
  on: ['ThingMade'],
  facts: async () => undefined,
  react: ({ stream }) => [to(thing, stream.slice('thing-'.length), 'GreetThing', { text: 'hello' })],
};

/** A context with every piece there is. */
@Module({
  imports: [
    context({ name: 'staffing', aggregates: [thing], history: {} }),
    views(things),
    graphql(types, resolvers),
    policies(greet),
    deadlines(overdue),
    forget('thing', 'ThingForgotten'),
    tell(tellsOfThings),
    hear([topic('staffing', 'person')], () => []),
  ],
})
export class ThingsModule {}

/** Whoever says `Bearer <role>` has that role. */
export const surroundingsIn = (folder: string, more: Partial<Surroundings> = {}): Surroundings => ({
  settings: settingsFrom({ DATA_DIR: folder }),
  clock: standing(),
  log: pino({ level: 'silent' }),
  verify: async (authorization) => ({ id: 'pn_1', kind: 'person', roles: authorization === 'Bearer dispatcher' ? ['dispatcher'] : [] }),
  masterKey: Buffer.alloc(32, 1),
  ...more,
});
