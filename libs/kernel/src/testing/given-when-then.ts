import { type Actor, type Command, type Decider, type Event, fold, isRejection, type Rejection } from '../index';

interface Then<E extends Event> {
  /** Exactly these events, in this order; none: the wish was already fact. */
  then(...events: readonly E[]): void;
  thenRejected(code: string, field?: string): void;
}

/** given(events).when(command).then(events): one sentence per rule. Folding what was decided must not throw either. */
export const rulesOf = <S, C extends Command, E extends Event>(decider: Decider<S, C, E>) => ({
  given: (...history: readonly E[]) => ({
    when: (command: C): Then<E> => {
      const decide = (): readonly E[] | Rejection => decider.decide(command, fold(decider, history));
      return {
        then: (...events) => {
          const decided = decide();
          expect(decided).toEqual(events);
          expect(() => fold(decider, [...history, ...events])).not.toThrow();
        },
        thenRejected: (code, field) => {
          const decided = decide();
          expect(isRejection(decided) ? { code: decided.code, field: decided.field } : decided).toEqual({ code, field });
        },
      };
    },
  }),
});

/** Commands with everything a test does not care about filled in. */
export const commandsBy = (by: Actor, defaults: Partial<Command> = {}) => {
  let n = 0;
  return <T extends string, D extends Command['data']>(type: T, data: D, at: string, more: Partial<Command> = {}): Command<T, D> => ({
    id: `00000000-0000-4000-8000-${String((n += 1)).padStart(12, '0')}`,
    correlationId: '00000000-0000-4000-8000-0000000000c0',
    ...defaults,
    ...more,
    type,
    data,
    at,
    by,
  });
};
