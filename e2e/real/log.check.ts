/** What every log does, held against a real Kafka. */
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { logContract } from '@k2/log/log.contract.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startServer } from '../worlds/real/servers.ts'

const kafka = await startServer('kafka', 'log')
after(() => kafka.stop())

const open = async () => {
  let log = openKafkaLog(kafkaOptions(kafka.url))
  return {
    get log() {
      return log
    },
    async reopen() {
      await log.close()
      log = openKafkaLog(kafkaOptions(kafka.url))
      return log
    },
    close: () => log.close(),
  }
}

logContract('Kafka', open)

it('a member that works on a batch for longer than its session keeps its partitions', async () => {
  const options = kafkaOptions(kafka.url)
  const log = openKafkaLog({ ...options, groups: { ...options.groups, sessionMs: 6_000 } })
  const topic = 'slow'
  await log.createTopics([{ name: topic, partitions: 1, retentionMs: 86_400_000 }])
  await log.append(topic, [{ key: 'k', value: Buffer.from('v') }])
  const stop = new AbortController()
  let asked = 0
  const startAt = async () => {
    asked++
    return undefined
  }
  for await (const batch of log.subscribe('slow', [topic], { signal: stop.signal, startAt })) {
    await sleep(9_000)
    stop.abort()
    assert.equal(asked, 1, 'partitions were dealt once')
    assert.equal(batch.to, 1n)
  }
  await log.close()
})

it('what waits for a reader is bounded, however much there is to read', { timeout: 60_000 }, async () => {
  const options = kafkaOptions(kafka.url)
  const log = openKafkaLog({ ...options, reading: { bufferBytesMax: 2 ** 20, partitionBytesMax: 2 ** 18 } })
  const topic = 'large'
  await log.createTopics([{ name: topic, partitions: 4, retentionMs: 86_400_000 }])
  const value = Buffer.alloc(100_000)
  for (let at = 0; at < value.length; at += 4) value.writeInt32BE(Math.imul(at, 2_654_435_761) | 0, at)
  for (let i = 0; i < 100; i++)
    await log.append(
      topic,
      Array.from({ length: 10 }, (_, partition) => ({ key: null, value, partition: partition % 4 })),
    )
  const stop = new AbortController()
  let [read, peak] = [0, 0]
  const { arrayBuffers: before } = process.memoryUsage()
  for await (const batch of log.follow([topic], [], { signal: stop.signal })) {
    read += batch.count
    await sleep(1)
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
    if (read === 1_000) stop.abort()
  }
  assert.equal(read, 1_000)
  await log.close()
  assert.ok(peak < 60 * 2 ** 20, `of 100 MB ${peak} bytes were held at once`)
})
