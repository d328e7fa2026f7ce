import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { ReporterContactEvent } from '../domain/reporter-contact';

/** How long the contact that came with a request is kept; the key is the id of the order. */
export interface ReporterContactRow extends JsonObject {
  readonly id: string;
  /** Null: the request goes on, or nothing is left to forget. */
  readonly forgetAt: Instant | null;
  readonly forgottenAt: Instant | null;
  readonly because: 'agreed' | 'asked' | null;
  readonly correlationId: string;
}

export const reporterContacts: View<ReporterContactRow> = {
  name: 'reporter-contacts',
  version: 1,
  categories: ['reporterContact'],
  columns: ['forgetAt'],
  project(_, recorded) {
    const event = recorded as unknown as ReporterContactEvent;
    const told = { id: idOf(recorded.stream), correlationId: recorded.metadata.correlationId };
    switch (event.type) {
      case 'ReporterContactKept':
        return { ...told, forgetAt: event.data.until, forgottenAt: null, because: null };
      case 'ReporterContactForgotten':
        return { ...told, forgetAt: null, forgottenAt: event.data.at, because: event.data.because };
      default:
        return undefined;
    }
  },
};
