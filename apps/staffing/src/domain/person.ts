import { type Command, type Decider, type Instant, type Personal, reject, type Rejection } from '@hospital/kernel';

export type PersonCommand =
  | Command<'RegisterPerson', { name: Personal; phone: Personal | null; trade: string }>
  | Command<'StartShift', { until: Instant }>
  | Command<'EndShift', Record<string, never>>
  | Command<'ForgetPerson', Record<string, never>>;

export type PersonEvent =
  | { type: 'PersonRegistered'; data: { name: Personal; phone: Personal | null; trade: string } }
  | { type: 'PersonShiftStarted'; data: { trade: string; from: Instant; until: Instant } }
  | { type: 'PersonShiftEnded'; data: { at: Instant } }
  | { type: 'PersonForgotten'; data: Record<string, never> };

export type Person =
  | { readonly status: 'unknown' }
  | { readonly status: 'registered'; readonly trade: string; readonly shift: { readonly from: Instant; readonly until: Instant } | null }
  | { readonly status: 'forgotten' };

function decide(command: PersonCommand, person: Person): readonly PersonEvent[] | Rejection {
  if (command.type === 'RegisterPerson')
    return person.status === 'unknown'
      ? [{ type: 'PersonRegistered', data: command.data }]
      : reject('ALREADY_REGISTERED', 'This person exists.', 'idempotencyKey');
  if (person.status === 'unknown') return reject('UNKNOWN_PERSON', 'There is no such person.', 'input.id');
  if (person.status === 'forgotten')
    return command.type === 'ForgetPerson' ? [] : reject('FORGOTTEN', 'This person was forgotten.', 'input.id');
  const { shift, trade } = person;
  const { at } = command;
  switch (command.type) {
    case 'StartShift': {
      const { until } = command.data;
      if (until <= at) return reject('ENDS_BEFORE_IT_STARTS', 'A shift ends after it starts.', 'input.until');
      if (shift !== null && at < shift.until)
        return shift.until === until ? [] : reject('ON_SHIFT', `On shift until ${shift.until}; end that first.`, 'input.id');
      return [{ type: 'PersonShiftStarted', data: { trade, from: at, until } }];
    }
    case 'EndShift':
      return shift === null || shift.until <= at ? [] : [{ type: 'PersonShiftEnded', data: { at } }];
    case 'ForgetPerson': {
      const ended: readonly PersonEvent[] = shift !== null && at < shift.until ? [{ type: 'PersonShiftEnded', data: { at } }] : [];
      return [...ended, { type: 'PersonForgotten', data: {} }];
    }
  }
}

function evolve(person: Person, event: PersonEvent): Person {
  if (event.type === 'PersonRegistered') return { status: 'registered', trade: event.data.trade, shift: null };
  if (person.status !== 'registered') return person;
  switch (event.type) {
    case 'PersonShiftStarted':
      return { ...person, shift: { from: event.data.from, until: event.data.until } };
    case 'PersonShiftEnded':
      return { ...person, shift: null };
    case 'PersonForgotten':
      return { status: 'forgotten' };
  }
}

export const person: Decider<Person, PersonCommand, PersonEvent> = { category: 'person', initial: { status: 'unknown' }, decide, evolve };
