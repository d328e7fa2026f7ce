/** Everything one aggregate of a context tells the others. The message key is the stream, `<aggregate>-<id>`. */
export const topic = (context: string, aggregate: string): string => `hospital.${context}.${aggregate}.events.v1`;

/** Where a consumer group puts what it cannot handle. */
export const deadLetters = (group: string): string => `${group}.dlq`;
