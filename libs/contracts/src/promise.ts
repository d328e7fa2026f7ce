import { z } from 'zod';

/**
 * What a context promises the others about one kind of event. Fields may be added; one that changes its meaning or goes away makes
 * a new version, told beside the old one until nobody listens to that any more.
 */
export interface Promised<Data extends z.ZodObject = z.ZodObject> {
  readonly aggregate: string;
  readonly version: number;
  /** One English sentence. */
  readonly summary: string;
  /** Holds no personal data: people are pseudonyms (`pn_…`), and there is no free text. */
  readonly data: Data;
}

/** Promises about one aggregate. `which` says which one it is, in every event. */
export const promise =
  <Which extends z.ZodRawShape>(aggregate: string, which: Which) =>
  <More extends z.ZodRawShape>(summary: string, more: More, version = 1) => ({
    aggregate,
    version,
    summary,
    data: z.object(which).extend(more),
  });

/** `<prefix>_<characters that sort by creation>` */
export const idOf = (prefix: string, what: string): z.ZodString =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9A-Za-z_.-]{1,100}$`))
    .describe(what);

export const personId = idOf('pn', 'Pseudonym of a person');
export const instant = (what: string): z.ZodISODateTime => z.iso.datetime({ precision: 3 }).describe(what);
export const code = (what: string): z.ZodString => z.string().min(1).max(100).describe(what);
export const label = (what: string): z.ZodString => z.string().min(1).max(200).describe(what);
