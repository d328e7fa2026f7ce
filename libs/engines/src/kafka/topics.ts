import { DAY } from '@hospital/kernel';
import type { Kafka } from 'kafkajs';

/** More can be added by hand only while nothing is published: keys change their partition. */
const PARTITIONS = 8;
const FOREIGN = `somebody else made this topic: ours have ${PARTITIONS} partitions`;
/** A public event may be as large as an append (1 MiB), and then come its envelope and the batch's own bytes; kept as by the embedded bus. */
const CONFIG = { 'max.message.bytes': 2 * 1024 * 1024, 'retention.ms': 30 * DAY };

/** Makes topics that are missing, replicated as the cluster is told to by default, and asks about each but once. */
export class Topics {
  private readonly known = new Set<string>();
  private cluster: string | undefined;

  constructor(private readonly kafka: Kafka) {}

  /** Answers the id of the cluster. */
  async ensure(topics: readonly string[]): Promise<string> {
    const unknown = topics.filter((topic) => !this.known.has(topic));
    if (unknown.length === 0 && this.cluster !== undefined) return this.cluster;
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      const existing = await admin.listTopics();
      const missing = unknown.filter((topic) => !existing.includes(topic));
      const configEntries = Object.entries(CONFIG).map(([name, value]) => ({ name, value: String(value) }));
      if (missing.length > 0)
        await admin.createTopics({ topics: missing.map((topic) => ({ topic, numPartitions: PARTITIONS, configEntries })) });
      const { topics: found } = await admin.fetchTopicMetadata({ topics: unknown });
      for (const { name: topic, partitions } of found.filter(({ name }) => unknown.includes(name)))
        if (partitions.length !== PARTITIONS) this.kafka.logger().warn(FOREIGN, { topic, partitions: partitions.length });
      for (const topic of unknown) this.known.add(topic);
      return (this.cluster = (await admin.describeCluster()).clusterId);
    } finally {
      await admin.disconnect();
    }
  }

  /** Somebody may have deleted them. */
  forget(topics: readonly string[]): void {
    for (const topic of topics) this.known.delete(topic);
  }
}
