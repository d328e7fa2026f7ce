import { idOf } from '@hospital/kernel';
import type { Context } from './context';
import { follow, type SoleTask } from './following';

/** Destroys a person's key once it is recorded that the person is to be forgotten. */
export const forgetting = (context: Context, category: string, eventType: string): SoleTask =>
  follow(context, 'forget', [category], async (events) => {
    for (const { type, stream } of events) if (type === eventType) await context.vault.forget(idOf(stream));
  });
