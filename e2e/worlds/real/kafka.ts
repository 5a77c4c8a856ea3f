/** A log on a real Kafka, quick to deal partitions anew. */
import type { KafkaOptions } from '@k2/log/kafka/kafka.ts'

export function kafkaOptions(address: string): KafkaOptions {
  return {
    brokers: [address],
    clientId: 'k2-test',
    connectMs: 5_000,
    requestMs: 10_000,
    deadlineMs: 15_000,
    producer: {
      codec: 'snappy',
      lingerMs: 0,
      batchBytesMax: 500_000,
      bufferBytesMax: 64 * 2 ** 20,
      deadlineMs: 20_000,
    },
    reading: { bufferBytesMax: 16 * 2 ** 20, partitionBytesMax: 2 ** 20 },
    groups: { heartbeatMs: 200, sessionMs: 10_000, rebalanceMs: 10_000 },
    copies: 1,
    now: Date.now,
  }
}
