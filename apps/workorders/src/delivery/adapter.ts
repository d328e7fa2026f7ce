/** What leaves the house: ids and texts without a personal word. */
export interface Letter {
  /** nt_…; the same one may come twice and is to be taken once. */
  readonly id: string;
  readonly recipientId: string;
  readonly aboutId: string;
  readonly orderId: string | null;
  /** Type of the event it tells of. */
  readonly kind: string;
  readonly text: string;
  readonly textEn: string;
  /** Of the event it tells of, as in public messages; null in news from before they were kept. Letters come in no order: sort by these. */
  readonly eventId: string | null;
  readonly occurredAt: string | null;
  readonly recordedAt: string | null;
}

/** Brings a letter to an address by one channel. @throws {Undelivered} */
export type Adapter = (letter: Letter, address: string, signal: AbortSignal) => Promise<void>;
