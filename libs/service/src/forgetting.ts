import { idOf, type Recorded } from '@hospital/kernel';
import type { Context } from './context';
import { follow } from './following';

/** Destroys keys once it is recorded that somebody is to be forgotten: of whom the stream is about, unless told of whom else. */
export const forgetting = (context: Context, category: string, eventType: string, of = ({ stream }: Recorded) => [idOf(stream)]) =>
  follow(context, `forget-${eventType}`, [category], async (events) => {
    for (const event of events) if (event.type === eventType) for (const subject of of(event)) await context.vault.forget(subject);
  });
