import type { Command, Deadline, Decider, Instant, JsonObject, Recorded, View } from '@hospital/kernel';
import { idOf, to } from '@hospital/kernel';

/** The smallest aggregate that can be made, moved, become overdue, be greeted and be forgotten. */
export type ThingEvent =
  | { type: 'ThingMade'; data: { dueAt: Instant | null } }
  | { type: 'ThingMoved'; data: { dueAt: Instant | null } }
  | { type: 'ThingOverdueNoted'; data: { dueAt: Instant } }
  | { type: 'ThingGreeted'; data: { text: string } }
  | { type: 'ThingForgotten'; data: JsonObject };
export type ThingCommand =
  | Command<'MakeThing', { dueAt: Instant | null }>
  | Command<'MoveThing', { dueAt: Instant | null }>
  | Command<'NoteOverdue', { dueAt: Instant }>
  | Command<'GreetThing', { text: string }>
  | Command<'ForgetThing'>;
type Thing = { readonly dueAt: Instant | null };

export const thing: Decider<Thing, ThingCommand, ThingEvent> = {
  category: 'thing',
  initial: { dueAt: null },
  decide(command, { dueAt }) {
    switch (command.type) {
      case 'MakeThing':
        return [{ type: 'ThingMade', data: command.data }];
      case 'MoveThing':
        return [{ type: 'ThingMoved', data: command.data }];
      case 'NoteOverdue':
        return command.data.dueAt === dueAt ? [{ type: 'ThingOverdueNoted', data: command.data }] : [];
      case 'GreetThing':
        return [{ type: 'ThingGreeted', data: command.data }];
      case 'ForgetThing':
        return [{ type: 'ThingForgotten', data: {} }];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'ThingMade':
      case 'ThingMoved':
        return { dueAt: event.data.dueAt };
      case 'ThingOverdueNoted':
        return { dueAt: null };
      default:
        return state;
    }
  },
};

export interface ThingRow extends JsonObject {
  readonly id: string;
  readonly dueAt: Instant | null;
  readonly overdueSince: Instant | null;
  readonly greetings: number;
  readonly correlationId: string;
  readonly drill: boolean;
}

export const things: View<ThingRow> = {
  name: 'things',
  version: 1,
  categories: ['thing'],
  columns: ['dueAt', 'greetings'],
  project(row, recorded) {
    const { type, data } = recorded as unknown as ThingEvent;
    const { correlationId, drill = false } = recorded.metadata;
    const before = row ?? { id: idOf(recorded.stream), dueAt: null, overdueSince: null, greetings: 0, correlationId, drill };
    switch (type) {
      case 'ThingMade':
      case 'ThingMoved':
        return { ...before, dueAt: data.dueAt };
      case 'ThingOverdueNoted':
        return { ...before, dueAt: null, overdueSince: data.dueAt };
      case 'ThingGreeted':
        return { ...before, greetings: before.greetings + 1 };
      case 'ThingForgotten':
        return undefined;
    }
  },
};

export const overdue: Deadline = {
  name: 'overdue',
  view: 'things',
  column: 'dueAt',
  correlation: 'correlationId',
  whenDue: (id, dueAt) => to(thing, id, 'NoteOverdue', { dueAt }),
};

/** Staffing is the context whose promises a thing can keep: it is told as a person who was registered. */
export const tellsOfThings = ({ type, stream }: Recorded) =>
  type === 'ThingMade' ? { type: 'PersonRegistered', data: { personId: `pn_${idOf(stream)}`, trade: 'plumber' } } : undefined;
