/**
 * A broker that is killed and comes back, again and again: what is appended meanwhile is in the log once and in order, who
 * follows it misses nothing, a group's member goes on, and the log says what is the matter as long as it lasts.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sliceAt } from '@k2/log/batches.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import type { LogBatch } from '@k2/log/log.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startServer } from '../worlds/real/servers.ts'

const CRASHES = 2
const PARTITIONS = 4

const kafka = await startServer('kafka', 'outage')
const options = kafkaOptions(kafka.url)
const log = openKafkaLog({ ...options, producer: { ...options.producer, deadlineMs: 120_000 } })
after(async () => {
  await log.close()
  await kafka.stop()
})

/** The numbers of each partition, in the order in which they came. */
type Seen = Map<number, number[]>

function note(seen: Seen, batch: LogBatch): void {
  const numbers = seen.get(batch.partition) ?? []
  seen.set(batch.partition, numbers)
  for (let i = 0; i < batch.count; i++) numbers.push(Number(Buffer.from(sliceAt(batch.values, i)!).toString()))
}

const total = (seen: Seen) => [...seen.values()].reduce((sum, { length }) => sum + length, 0)

test('a broker that crashes loses, repeats and reorders nothing', { timeout: 300_000 }, async (t) => {
  const topic = 'outage'
  await log.createTopics([{ name: topic, partitions: PARTITIONS, retentionMs: 86_400_000 }])
  const [followed, grouped]: [Seen, Seen] = [new Map(), new Map()]
  const stop = new AbortController()
  const following = (async () => {
    for await (const batch of log.follow([topic], [], { signal: stop.signal })) note(followed, batch)
  })()
  const subscription = log.subscribe('outage', [topic], { signal: stop.signal })
  const reading = (async () => {
    for await (const batch of subscription) {
      note(grouped, batch)
      await subscription
        .commit([{ topic, partition: batch.partition, offset: batch.to }])
        .catch((error) => assert.ok(['STALE_MEMBER', 'LOG_UNAVAILABLE'].includes(error.code), error))
    }
  })()

  let sent = 0
  let isOver = false
  const troubles = new Set<string>()
  const appends: Promise<unknown>[] = []
  const producing = (async () => {
    while (!isOver) {
      const records = Array.from({ length: 10 }, () => {
        const partition = sent % PARTITIONS
        return { key: null, value: Buffer.from(String(sent++)), partition }
      })
      appends.push(log.append(topic, records))
      const trouble = log.trouble()
      if (trouble !== undefined) troubles.add(trouble)
      await sleep(5)
    }
  })()
  for (let i = 0; i < CRASHES; i++) {
    await sleep(1_500)
    await kafka.crash()
  }
  await sleep(1_500)
  isOver = true
  await producing
  await Promise.all(appends)
  t.diagnostic(JSON.stringify({ sent, troubles: [...troubles] }))
  assert.ok([...troubles].some((sentence) => /Kafka at .* cannot .*Check that it runs/.test(sentence)))

  const stored: Seen = new Map()
  for (const range of await log.ranges([topic])) for await (const batch of log.readRange(range)) note(stored, batch)
  const expected = (partition: number) =>
    Array.from({ length: Math.ceil((sent - partition) / PARTITIONS) }, (_, i) => i * PARTITIONS + partition)
  for (let partition = 0; partition < PARTITIONS; partition++)
    assert.deepEqual(stored.get(partition), expected(partition), `partition ${partition}: each once, in order`)
  for (let tries = 0; total(followed) < sent && tries < 200; tries++) await sleep(100)
  assert.deepEqual(new Map([...followed].sort()), new Map([...stored].sort()), 'who follows sees each once')
  // A member repeats what it had not noted before partitions were dealt anew, and skips nothing.
  const distinct = () => [...grouped.values()].reduce((sum, numbers) => sum + new Set(numbers).size, 0)
  for (let tries = 0; distinct() < sent && tries < 300; tries++) await sleep(100)
  assert.equal(distinct(), sent, 'a member sees each')
  assert.equal(log.trouble(), undefined)
  stop.abort()
  await Promise.all([following, reading])
})
