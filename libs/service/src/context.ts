import type { Bus, Journal, ViewStore } from '@hospital/kernel';
import type { Logger } from 'pino';
import type { Health } from './health';

/** A context at work: its name, what it writes with, and what its tasks need beside. */
export interface Context extends Journal {
  readonly name: string;
  /** Of all its own streams. */
  readonly categories: readonly string[];
  /** Where its read models are kept. */
  readonly rows: ViewStore;
  readonly bus: Bus;
  readonly log: Logger;
  /** Whoever fails at what it does all the time says so. */
  readonly health: Health;
  /** Stable name of this process among the replicas. */
  readonly instance: string;
}
