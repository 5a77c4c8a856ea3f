/** A log on a real Kafka, quick to deal partitions anew. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
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

/** Runs one of Kafka's own Java programs: its standard output. */
export async function kafkaTool(name: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(join(import.meta.dirname, 'kafka.sh'), ['tool', name, ...args])
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([
    child.stdout.toArray().then((chunks) => Buffer.concat(chunks).toString()),
    child.stderr.toArray().then((chunks) => Buffer.concat(chunks).toString()),
    once(child, 'close'),
  ])
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${err}`)
  return out
}
