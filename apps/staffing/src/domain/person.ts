import { type Command, type Decider, type Instant, type Personal, reject, type Rejection } from '@hospital/kernel';
import { dateAt, isDate } from './local-time';

/** The main trade of whoever has none of those the house knows. */
export const UNCLASSIFIED = 'unclassified';

export type Level = 'junior' | 'middle' | 'senior';
const LEVELS: readonly Level[] = ['junior', 'middle', 'senior'];

/** A level in one trade, from an instant until the next one in it. */
export type LevelGranted = { readonly trade: string; readonly level: Level; readonly from: Instant };

/** The level in force at an instant, of levels in the order they were granted in. */
export const levelAt = <L extends LevelGranted>(levels: readonly L[], trade: string, at: Instant): L | undefined =>
  levels.findLast((granted) => granted.trade === trade && granted.from <= at);

export type PersonCommand =
  | Command<
      'RegisterPerson',
      {
        name: Personal;
        phone: Personal | null;
        birthDate: Personal | null;
        /** The first is the main one. */
        trades: readonly string[];
        employedFrom: string | null;
      }
    >
  | Command<'AddTrade', { trade: string }>
  /** `from` null: from now on. */
  | Command<'GrantSkillLevel', { trade: string; level: Level; from: Instant | null; examId: string | null; reason: string | null }>
  | Command<'StartShift', { until: Instant }>
  /** `planned`: since when a planned shift of theirs runs; null: none does. */
  | Command<'EndShift', { planned: Instant | null }>
  | Command<'LeavePerson', Record<string, never>>
  | Command<'ForgetPerson', Record<string, never>>;

export type PersonEvent =
  | {
      type: 'PersonRegistered';
      data: {
        name: Personal;
        phone: Personal | null;
        birthDate: Personal | null;
        trade: string;
        trades: readonly string[];
        employedFrom: string | null;
      };
    }
  | { type: 'PersonTradeAdded'; data: { trade: string } }
  | {
      type: 'SkillLevelGranted';
      data: { trade: string; level: Level; from: Instant; examId: string | null; reason: string | null };
    }
  | { type: 'PersonShiftStarted'; data: { trade: string; from: Instant; until: Instant } }
  | { type: 'PersonShiftEnded'; data: { at: Instant } }
  | { type: 'PersonLeft'; data: { at: Instant } }
  | { type: 'PersonForgotten'; data: Record<string, never> };

export type Person =
  | { readonly status: 'unknown' }
  | { readonly status: 'left' }
  | { readonly status: 'forgotten' }
  | {
      readonly status: 'registered';
      readonly trades: readonly string[];
      readonly levels: readonly LevelGranted[];
      readonly shift: { readonly from: Instant; readonly until: Instant } | null;
      /** When they went off shift last. */
      readonly wentOffAt: Instant | null;
    };
type Registered = Extract<Person, { status: 'registered' }>;
type Granting = Extract<PersonCommand, { type: 'GrantSkillLevel' }>['data'];

function register({ trades: said, ...who }: Extract<PersonCommand, { type: 'RegisterPerson' }>['data'], at: Instant) {
  const { birthDate, employedFrom } = who;
  if (birthDate && !(isDate(birthDate.value ?? '') && birthDate.value! < dateAt(at)))
    return reject('INVALID_BIRTH_DATE', 'A birth date is a date that exists and is past (yyyy-mm-dd).', 'input.birthDate');
  if (employedFrom !== null && !isDate(employedFrom))
    return reject('INVALID_DATE', 'This is not a date that exists (yyyy-mm-dd).', 'input.employedFrom');
  const trades = [...new Set(said)].filter((trade) => trade !== UNCLASSIFIED);
  return [{ type: 'PersonRegistered' as const, data: { ...who, trade: trades[0] ?? UNCLASSIFIED, trades } }];
}

/** Up one step by an exam; down for a reason; above junior to begin with for either. */
function grant({ from: said, ...data }: Granting, { trades, levels }: Registered, at: Instant): readonly PersonEvent[] | Rejection {
  const { trade, level, examId, reason } = data;
  const from = said ?? at;
  if (!trades.includes(trade)) return reject('TRADE_NOT_HELD', `This person is no ${trade}.`, 'input.trade');
  const latest = levels.findLast((granted) => granted.trade === trade);
  if (latest?.level === level) return [];
  if (latest && from <= latest.from)
    return reject('NOT_AFTER_LATEST', `The latest level is from ${latest.from}; the next one starts after that.`, 'input.from');
  const steps = LEVELS.indexOf(level) - (latest ? LEVELS.indexOf(latest.level) : 0);
  if (latest && steps > 1) return reject('LEVEL_SKIPPED', `From ${latest.level} the next level is middle.`, 'input.level');
  if (latest && steps > 0 && examId === null) return reject('EXAM_REQUIRED', 'A higher level takes a passed exam.', 'input.examId');
  if (!latest && steps > 0 && examId === null && reason === null)
    return reject('EXAM_REQUIRED', 'To begin above junior takes a passed exam, or a reason.', 'input.examId');
  if (steps < 0 && reason === null) return reject('REASON_REQUIRED', 'A lower level takes a reason.', 'input.reason');
  return [{ type: 'SkillLevelGranted', data: { ...data, from } }];
}

function decide(command: PersonCommand, person: Person): readonly PersonEvent[] | Rejection {
  const { at } = command;
  if (command.type === 'RegisterPerson')
    return person.status === 'unknown' ? register(command.data, at) : reject('ALREADY_REGISTERED', 'This person exists.', 'idempotencyKey');
  if (person.status === 'unknown') return reject('UNKNOWN_PERSON', 'There is no such person.', 'input.id');
  if (person.status === 'forgotten')
    return command.type === 'ForgetPerson' ? [] : reject('FORGOTTEN', 'This person was forgotten.', 'input.id');
  if (command.type === 'ForgetPerson')
    return [...(person.status === 'left' ? [] : offShift(person, at)), { type: 'PersonForgotten', data: {} }];
  if (person.status === 'left') return command.type === 'LeavePerson' ? [] : reject('LEFT', 'This person has left.', 'input.id');
  const { shift, trades } = person;
  switch (command.type) {
    case 'AddTrade': {
      const { trade } = command.data;
      if (trade === UNCLASSIFIED) return reject('NOT_A_TRADE', 'Unclassified is what somebody without a trade is.', 'input.trade');
      return trades.includes(trade) ? [] : [{ type: 'PersonTradeAdded', data: { trade } }];
    }
    case 'GrantSkillLevel':
      return grant(command.data, person, at);
    case 'StartShift': {
      const { until } = command.data;
      if (until <= at) return reject('ENDS_BEFORE_IT_STARTS', 'A shift ends after it starts.', 'input.until');
      if (shift !== null && at < shift.until)
        return shift.until === until ? [] : reject('ON_SHIFT', `On shift until ${shift.until}; end that first.`, 'input.id');
      return [{ type: 'PersonShiftStarted', data: { trade: trades[0] ?? UNCLASSIFIED, from: at, until } }];
    }
    case 'EndShift': {
      const { planned } = command.data;
      const served = offShift(person, at);
      const gone = planned === null || (person.wentOffAt !== null && person.wentOffAt >= planned);
      return served.length > 0 || gone ? served : [{ type: 'PersonShiftEnded', data: { at } }];
    }
    case 'LeavePerson':
      return [...offShift(person, at), { type: 'PersonLeft', data: { at } }];
  }
}

const offShift = ({ shift }: Registered, at: Instant): readonly PersonEvent[] =>
  shift === null || shift.until <= at ? [] : [{ type: 'PersonShiftEnded', data: { at } }];

function evolve(person: Person, event: PersonEvent): Person {
  if (event.type === 'PersonRegistered')
    return { status: 'registered', trades: event.data.trades, levels: [], shift: null, wentOffAt: null };
  if (event.type === 'PersonForgotten' && person.status !== 'unknown') return { status: 'forgotten' };
  if (person.status !== 'registered') return person;
  switch (event.type) {
    case 'PersonTradeAdded':
      return { ...person, trades: [...person.trades, event.data.trade] };
    case 'SkillLevelGranted': {
      const { trade, level, from } = event.data;
      return { ...person, levels: [...person.levels, { trade, level, from }] };
    }
    case 'PersonShiftStarted':
      return { ...person, shift: { from: event.data.from, until: event.data.until } };
    case 'PersonShiftEnded':
      return { ...person, shift: null, wentOffAt: event.data.at };
    case 'PersonLeft':
      return { status: 'left' };
    case 'PersonForgotten':
      return { status: 'forgotten' };
  }
}

export const person: Decider<Person, PersonCommand, PersonEvent> = { category: 'person', initial: { status: 'unknown' }, decide, evolve };
