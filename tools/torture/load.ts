import { pause } from '@hospital/kernel';
import type { DemoIssuer } from '../../apps/standalone/src/demo-identity';
import type { Chance } from './chance';
import type { Doors } from './victim';

type Context = keyof Doors;

/** Who sends: subject and role of the token. */
interface Sender {
  readonly subject: string;
  readonly role: Parameters<DemoIssuer['tokenFor']>[1][number];
}

/** A mutation that says no where the script knows of no reason. */
interface Wish {
  readonly context: Context;
  readonly mutation: string;
  /** Type of what it answers with. */
  readonly entity: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly by: Sender;
  /** The events it leads to, each as {@link markOf} names them. */
  readonly leaves: readonly string[];
}

interface Answer {
  readonly id: string;
  readonly revision: number;
}

/** One aggregate and what was asked of it so far, one wish after the other. */
export interface Thing {
  readonly category: string;
  /** Known from the first acknowledgement on. */
  id?: string;
  /** Marks of all events that were acknowledged. */
  readonly acknowledged: string[];
  /** Marks of the wish that has no answer yet; may be there or not, as a whole. */
  asked: readonly string[];
  /** Plain text of the personal value it holds. */
  readonly contact?: string;
}

/** An event as the load knows it; `undefined` for what the suite does by itself. */
export function markOf(type: string, data: Readonly<Record<string, unknown>>): string | undefined {
  switch (type) {
    case 'WorkOrderDispatched':
    case 'WorkOrderLeftWaiting':
    case 'WorkOrderResponseBreached':
      return undefined;
    default: {
      const { name: _, phone: __, from: ___, at: ____, ...told } = data;
      const texts = ['description', 'technicianId', 'resolution', 'stars', 'comment', 'trade', 'kind', 'nameEn', 'until'].map(
        (field) => told[field],
      );
      return [type, ...texts.filter((text) => text !== undefined && text !== null)].join(' ');
    }
  }
}

const DISPATCHER: Sender = { subject: 'demo-administrator', role: 'administrator' };
const REPORTERS: readonly Sender[] = ['nurse-1', 'nurse-2', 'nurse-3'].map((subject) => ({ subject, role: 'clinician' }));
const TRADES = ['electrician', 'plumber'];
const CALLERS = 8;
/** Milliseconds; a victim that is alive answers long before. */
const NO_ANSWER = 10_000;
