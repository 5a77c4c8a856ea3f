/**
 * Kafka's own Java programs on the other side: keys go to the partitions that its client computes, each of its
 * compressions is read by us and ours by it, and the markers of its transactions are no records.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sliceAt } from '@k2/log/batches.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import type { Log } from '@k2/log/log.ts'
import { seeded } from '@k2/log/random.ts'
import { CODECS } from '@k2/log/recordbatch.ts'
import { kafkaOptions, kafkaTool } from '../worlds/real/kafka.ts'
import { startServer } from '../worlds/real/servers.ts'

const PARTITIONS = 7
const kafka = await startServer('kafka', 'java')
const log = openKafkaLog(kafkaOptions(kafka.url))
after(async () => {
  await log.close()
  await kafka.stop()
})

const random = seeded()
/** First and last code points of what keys are made of: one byte to four each. */
const LETTERS = [
  [0x21, 0x7e],
  [0xc0, 0x17f],
  [0x391, 0x3a1],
  [0x410, 0x44f],
  [0x4e00, 0x9fa5],
  [0x1f300, 0x1f5ff],
] as const
const letter = ([first, last]: (typeof LETTERS)[number]) => String.fromCodePoint(first + random.below(last - first + 1))
const keyOf = () => Array.from({ length: 1 + random.below(24) }, () => letter(random.pick(LETTERS))).join('')
const keys = ['BHP', 'CBA', 'BTCUSDT', 'x'.repeat(300), ...Array.from({ length: 2_500 }, keyOf)]
const pairs = Array.from({ length: 3_000 }, (_, i) => `${keys[i % keys.length]}\tvalue ${i}`)
const lines = (text: string) => text.split('\n').filter((line) => line !== '')

/** Each record as "partition key value", as the console consumer prints it. */
async function readAll(from: Log, topic: string): Promise<string[]> {
  const found: string[] = []
  for (const range of await from.ranges([topic]))
    for await (const batch of from.readRange(range))
      for (let i = 0; i < batch.count; i++)
        found.push(`Partition:${batch.partition}\t${text(sliceAt(batch.keys, i))}\t${text(sliceAt(batch.values, i))}`)
  return found
}

const text = (bytes: Uint8Array | null): string => (bytes === null ? 'null' : Buffer.from(bytes).toString())

async function topicOf(name: string): Promise<string> {
  await log.createTopics([{ name, partitions: PARTITIONS, retentionMs: 86_400_000 }])
  return name
}

function consumed(topic: string, count: number): Promise<string> {
  const args = ['--bootstrap-server', kafka.url, '--topic', topic, '--from-beginning', '--max-messages', String(count)]
  const printed = ['print.partition=true', 'print.key=true'].flatMap((property) => ['--formatter-property', property])
  return kafkaTool('consumer.ConsoleConsumer', [...args, ...printed, '--timeout-ms', '30000'], '')
}

test('what Java writes in each compression, we read; its partitions are those that we compute', {
  timeout: 240_000,
}, async () => {
  for (const codec of CODECS) {
    const topic = await topicOf(`java.${codec}`)
    const args = ['--bootstrap-server', kafka.url, '--topic', topic, '--compression-codec', codec]
    const properties = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=\t']
    await kafkaTool('ConsoleProducer', [...args, ...properties], `${pairs.join('\n')}\n`)
    const found = await readAll(log, topic)
    assert.deepEqual(found.map((line) => line.slice(line.indexOf('\t') + 1)).sort(), pairs.toSorted(), codec)
    const ours = await topicOf(`java.${codec}.ours`)
    await log.append(ours, pairs.map(recordOf))
    assert.deepEqual((await readAll(log, ours)).sort(), found.sort(), `${codec}: partitions`)
  }
})

test('what we write in each compression, Java reads, with its partitions', { timeout: 240_000 }, async () => {
  for (const codec of CODECS) {
    const options = kafkaOptions(kafka.url)
    const packed = openKafkaLog({ ...options, producer: { ...options.producer, codec } })
    try {
      const topic = await topicOf(`ours.${codec}`)
      await packed.append(topic, pairs.map(recordOf))
      const expected = await readAll(log, topic)
      assert.equal(expected.length, pairs.length)
      assert.deepEqual(lines(await consumed(topic, pairs.length)).sort(), expected.sort(), codec)
    } finally {
      await packed.close()
    }
  }
})

test('transactions of Java: their records, and not their markers', { timeout: 120_000 }, async () => {
  const topic = await topicOf(`java.transactions`)
  const args = ['--topic', topic, '--num-records', '1000', '--record-size', '100', '--throughput', '5000']
  const properties = [`bootstrap.servers=${kafka.url}`, 'compression.type=zstd']
  const more = ['--transactional-id', 'k2', '--transaction-duration-ms', '50', '--producer-props', ...properties]
  await kafkaTool('ProducerPerformance', [...args, ...more], '')
  assert.equal((await readAll(log, topic)).length, 1_000)
  const offsets = (await log.ranges([topic])).reduce((sum, { from, to }) => sum + Number(to - from), 0)
  assert.ok(offsets > 1_000, `${offsets} offsets: markers take some`)
})

function recordOf(pair: string) {
  const [key, value] = pair.split('\t')
  return { key: key!, value: Buffer.from(value!) }
}
