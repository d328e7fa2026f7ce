import { DAY } from '@hospital/kernel';
import type { Kafka } from 'kafkajs';
import type { Log } from '../log';

/** More can be added by hand only while nothing is published: keys change their partition. */
const PARTITIONS = 8;
/** A public event may be as large as an append (1 MiB), and then come its envelope and the batch's own bytes; kept as by the embedded bus. */
const CONFIG = { 'max.message.bytes': 2 * 1024 * 1024, 'retention.ms': 30 * DAY };

/** Makes topics that are missing, replicated as the cluster is told to by default, and asks about each but once. */
export class Topics {
  private readonly known = new Set<string>();

  constructor(
    private readonly kafka: Kafka,
    private readonly log: Log,
  ) {}

  async ensure(topics: readonly string[]): Promise<void> {
    const unknown = topics.filter((topic) => !this.known.has(topic));
    if (unknown.length === 0) return;
    await this.ask(async (admin) => {
      const existing = await admin.listTopics();
      const missing = unknown.filter((topic) => !existing.includes(topic));
      const configEntries = Object.entries(CONFIG).map(([name, value]) => ({ name, value: String(value) }));
      if (missing.length > 0)
        await admin.createTopics({ topics: missing.map((topic) => ({ topic, numPartitions: PARTITIONS, configEntries })) });
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [...unknown] });
      for (const { name: topic, partitions } of found)
        if (partitions.length !== PARTITIONS) this.log.warn({ topic, partitions: partitions.length }, `has not ${PARTITIONS} partitions`);
      for (const topic of unknown) this.known.add(topic);
    });
  }

  /** Somebody may have deleted them. */
  forget(topics: readonly string[]): void {
    for (const topic of topics) this.known.delete(topic);
  }

  /** Names the cluster, for as long as it lives. */
  clusterId(): Promise<string> {
    return this.ask(async (admin) => (await admin.describeCluster()).clusterId);
  }

  private async ask<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    return work(admin).finally(() => admin.disconnect());
  }
}
