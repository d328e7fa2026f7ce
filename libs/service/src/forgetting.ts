import { idOf, type Journal } from '@hospital/kernel';
import { follow, type SoleTask, type Solo } from './following';

/** Destroys a person's key once it is recorded that the person is to be forgotten. */
export class Forget {
  private readonly task: SoleTask;

  constructor(context: string, category: string, eventType: string, journal: Journal, solo: Solo) {
    this.task = follow(`${context}.forget`, [category], solo, async (events) => {
      for (const { type, stream } of events) if (type === eventType) await journal.vault.forget(idOf(stream));
    });
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }
}
