import { idOf, type Instant, type JsonObject, type Personal, type View } from '@hospital/kernel';
import type { Level, PersonEvent } from '../domain/person';

export type LevelRow = { readonly trade: string; readonly level: Level; readonly from: Instant; readonly examId: string | null };

export interface PersonRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: Personal;
  readonly phone: Personal | null;
  readonly birthDate: Personal | null;
  /** The main one. */
  readonly trade: string;
  readonly trades: readonly string[];
  readonly levels: readonly LevelRow[];
  readonly employedFrom: string | null;
  readonly leftAt: Instant | null;
  readonly onShiftFrom: Instant | null;
  readonly onShiftUntil: Instant | null;
  /** When they went off a shift last, one they had started or one that was planned. */
  readonly wentOffAt: Instant | null;
  readonly forgotten: boolean;
}

export const people: View<PersonRow> = {
  name: 'people',
  version: 3,
  categories: ['person'],
  columns: ['id', 'forgotten', 'trade', 'leftAt', 'employedFrom', 'onShiftUntil', 'onShiftFrom'],
  project(row, recorded) {
    const event = recorded as unknown as PersonEvent;
    const { revision, stream } = recorded;
    if (event.type === 'PersonRegistered')
      return {
        ...event.data,
        ...{ id: idOf(stream), revision, levels: [], leftAt: null, forgotten: false },
        ...{ onShiftFrom: null, onShiftUntil: null, wentOffAt: null },
      };
    if (!row) return undefined;
    switch (event.type) {
      case 'PersonTradeAdded': {
        const trades = [...row.trades, event.data.trade];
        return { ...row, revision, trade: trades[0] ?? row.trade, trades };
      }
      case 'SkillLevelGranted': {
        const { trade, level, from, examId } = event.data;
        return { ...row, revision, levels: [...row.levels, { trade, level, from, examId }] };
      }
      case 'PersonShiftStarted':
        return { ...row, revision, onShiftFrom: event.data.from, onShiftUntil: event.data.until };
      case 'PersonShiftEnded': {
        const { at } = event.data;
        const { onShiftUntil } = row;
        return { ...row, revision, onShiftUntil: onShiftUntil === null || onShiftUntil < at ? onShiftUntil : at, wentOffAt: at };
      }
      case 'PersonLeft':
        return { ...row, revision, leftAt: event.data.at };
      case 'PersonForgotten':
        return { ...row, revision, forgotten: true };
    }
  },
};
