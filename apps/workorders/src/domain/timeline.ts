import type { Instant } from '@hospital/kernel';

/** What figures are taken of: what became of each order, and when. */

export const STAGES = ['needs-information', 'waiting', 'dispatched', 'accepted', 'paused', 'completed'] as const;
export type Stage = (typeof STAGES)[number];

/** What a repair was rated, whose it was, and for which team. */
export type Rating = { readonly stars: number; readonly technicianId: string | null; readonly trade: string };

/** One order with its clocks kept apart, each from the report on. */
export interface Timeline {
  readonly id: string;
  readonly reportedAt: Instant;
  /** When the request was recorded, which may be long after. */
  readonly knownAt: Instant;
  /** The closed month that counts it; null: none yet. */
  readonly countedIn: string | null;
  /** First dispatched, assigned or grabbed. */
  readonly dispatchedAt: Instant | null;
  /** First accepted or grabbed. */
  readonly acknowledgedAt: Instant | null;
  /** It works again; not while it is reopened. */
  readonly restoredAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly status: Exclude<Stage, 'paused'> | 'closed' | 'cancelled' | 'merged';
  readonly cancelReason: string | null;
  /** Milliseconds in each stage it has left. */
  readonly spent: Readonly<Record<Stage, number>>;
  /** From hand to hand or from team to team. */
  readonly handOvers: number;
  readonly incompleteAtIntake: boolean;
  /** Nobody reported it: it follows from another order. */
  readonly bySystem: boolean;
  /** Latest limit to accept it. */
  readonly responseDueAt: Instant | null;
  readonly responseBreaches: number;
  readonly overdue: readonly { readonly clock: string; readonly stage: string }[];
  /** Every rating that was given, oldest first. */
  readonly ratings: readonly Rating[];
  /** The time to rate the latest repair passed without a rating, which is no rating of any kind. */
  readonly leftUnrated: boolean;
  readonly onCallDispatches: readonly { readonly at: Instant; readonly acceptedAt: Instant | null }[];
  readonly drill: boolean;
  readonly trade: string;
  readonly categoryId: string;
  readonly placeId: string;
  readonly minimumLevel: string | null;
}

/** Somebody on site: the first stretch of labour, or a firm that was called. */
export interface Arrival {
  readonly orderId: string;
  readonly calledAt: Instant | null;
  readonly arrivedAt: Instant | null;
}

/** All a formula may use: orders reported in a window, who came for them, and complaints filed in that window. */
export interface Observed {
  readonly orders: readonly Timeline[];
  readonly arrivals: readonly Arrival[];
  readonly complaints: readonly { readonly orderId: string | null }[];
}
