import type { Kafka } from 'kafkajs';

/** More can be added by hand only while nothing is published: keys change their partition. */
const PARTITIONS = 8;
/** A public event may be as large as an append (1 MiB), and then come its envelope and the batch's own bytes. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** Makes topics that are missing, replicated as the cluster is told to by default, and asks about each but once. */
export class Topics {
  private readonly known = new Set<string>();

  constructor(private readonly kafka: Kafka) {}

  async ensure(topics: readonly string[]): Promise<void> {
    const unknown = topics.filter((topic) => !this.known.has(topic));
    if (unknown.length === 0) return;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const existing = await admin.listTopics();
      const missing = unknown.filter((topic) => !existing.includes(topic));
      const configEntries = [{ name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) }];
      if (missing.length > 0)
        await admin.createTopics({ topics: missing.map((topic) => ({ topic, numPartitions: PARTITIONS, configEntries })) });
      for (const topic of unknown) this.known.add(topic);
    } finally {
      await admin.disconnect();
    }
  }
}
