import type { Kafka } from 'kafkajs';

/** A public event may be as large as an append (1 MiB), and then come its envelope and the batch's own bytes. */
const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** Makes topics that are missing, and asks about each but once. */
export class Topics {
  private readonly known = new Set<string>();

  constructor(
    private readonly kafka: Kafka,
    private readonly shape: { readonly partitions: number; readonly replicationFactor: number },
  ) {}

  async ensure(topics: readonly string[]): Promise<void> {
    const unknown = topics.filter((topic) => !this.known.has(topic));
    if (unknown.length === 0) return;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const existing = new Set(await admin.listTopics());
      const missing = unknown.filter((topic) => !existing.has(topic));
      if (missing.length > 0)
        await admin.createTopics({
          topics: missing.map((topic) => ({
            topic,
            numPartitions: this.shape.partitions,
            replicationFactor: this.shape.replicationFactor,
            configEntries: [{ name: 'max.message.bytes', value: String(MAX_MESSAGE_BYTES) }],
          })),
        });
      for (const topic of unknown) this.known.add(topic);
    } finally {
      await admin.disconnect();
    }
  }
}
