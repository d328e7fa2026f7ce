import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { DuplicateEvent, Resemblance } from '../domain/duplicate';

/** What an order may be a duplicate of, and what was said to that. */
export interface Proposal extends JsonObject {
  readonly of: string;
  readonly status: 'proposed' | 'confirmed' | 'dismissed';
  /** Null when nobody proposed it and a dispatcher saw it. */
  readonly because: (Resemblance & JsonObject) | null;
  readonly reason: string | null;
  readonly at: Instant;
}

export interface DuplicateRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly proposals: readonly Proposal[];
  /** When the oldest proposal that waits for an answer was made. */
  readonly openSince: Instant | null;
  /** Undefined while nothing but the report has said it. */
  readonly parentId: string | null | undefined;
}

type Said = Pick<Proposal, 'of' | 'status' | 'at'> & Partial<Proposal>;

function withProposal(row: DuplicateRow, said: Said): DuplicateRow {
  const known = row.proposals.find(({ of }) => of === said.of) ?? { because: null, reason: null };
  const proposals = [...row.proposals.filter(({ of }) => of !== said.of), { ...known, ...said }];
  const waiting = proposals.flatMap(({ status, at }) => (status === 'proposed' ? [at] : [])).sort();
  return { ...row, proposals, openSince: waiting[0] ?? null };
}

/** How each order stands to others, by the order's id. */
export const duplicates: View<DuplicateRow> = {
  name: 'duplicates',
  version: 1,
  categories: ['duplicate'],
  columns: ['openSince', 'parentId'],
  project(before, recorded) {
    const event = recorded as unknown as DuplicateEvent;
    const { revision } = recorded;
    const row = { proposals: [], openSince: null, parentId: undefined, ...before, id: idOf(recorded.stream), revision };
    switch (event.type) {
      case 'DuplicateProposed': {
        const { of, because, at } = event.data;
        return withProposal(row, { of, because, at, status: 'proposed' });
      }
      case 'DuplicateConfirmed':
        return withProposal(row, { of: event.data.of, at: event.data.at, status: 'confirmed' });
      case 'DuplicateDismissed': {
        const { of, reason, at } = event.data;
        return withProposal(row, { of, reason, at, status: 'dismissed' });
      }
      case 'ParentRelated':
        return { ...row, parentId: event.data.parentId };
      case 'ParentUnrelated':
        return { ...row, parentId: null };
    }
  },
};
