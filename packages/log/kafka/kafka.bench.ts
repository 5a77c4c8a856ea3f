/**
 * What a record costs this process, to append and to read, against kafkajs's own producer and consumer on the same
 * topics. Prints one JSON object: records per second, and µs of CPU a record.
 *
 *   usage  node packages/log/kafka/kafka.bench.ts HOST:PORT [RECORDS]    values of 120 B, snappy, 6 partitions
 */
import kafkajs from 'kafkajs'
import { compressSync, uncompressSync } from 'snappy'
import type { LogBatch } from '../log.ts'
import { openLog } from '../open.ts'

const [address, count = '1000000'] = process.argv.slice(2)
if (address === undefined) throw new Error('the address of a broker is missing: see the head of this file')
const RECORDS = Number(count)
const APPEND = 5_000
const PARTITIONS = 6
const VALUE_BYTES = 120
const KEYS = Array.from({ length: 50 }, (_, i) => `SYM${i}`)

/** Half of each value is like its neighbours', as Avro records are. */
const values = Array.from({ length: APPEND }, (_, i) => {
  const value = Buffer.alloc(VALUE_BYTES, 'market.equities')
  for (let at = 0; at < VALUE_BYTES / 2; at += 4) value.writeInt32BE(Math.imul(i + at, 2654435761), at)
  return value
})
const records = values.map((value, i) => ({ key: KEYS[i % KEYS.length]!, value }))

/** Units a second, and µs of CPU a unit. */
async function measured(units: number, work: () => Promise<unknown>) {
  const cpu = process.cpuUsage()
  const beganMs = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  const perSecond = Math.round((units / (performance.now() - beganMs)) * 1_000)
  return { perSecond, cpuMicros: Number(((user + system) / units).toPrecision(3)) }
}

const settings = {
  brokers: [address],
  clientId: 'bench',
  ssl: false,
  compression: 'snappy',
  lingerMs: 0,
  batchBytesMax: 500_000,
  appendBytesMax: 64 * 2 ** 20,
  appendDeadlineMs: 60_000,
  readBytesMax: 16 * 2 ** 20,
  callMs: 10_000,
  heartbeatMs: 3_000,
  sessionMs: 30_000,
  copies: 1,
  registryUrl: 'http://127.0.0.1:1',
} as const
const options = { folder: '', now: Date.now, incompatibility: () => undefined }
const unset = { sslCa: undefined, sslCertificate: undefined, sslKey: undefined, saslMechanism: undefined }
const { log } = await openLog(
  { ...settings, ...unset, saslUsername: undefined, saslPassword: undefined, registryAuth: undefined },
  options,
)
const run = Date.now().toString(36)
const [ours, theirs] = [`k2.bench.${run}.ours`, `k2.bench.${run}.kafkajs`]
await log.createTopics([ours, theirs].map((name) => ({ name, partitions: PARTITIONS, retentionMs: 3_600_000 })))

async function took(batches: AsyncIterable<LogBatch>): Promise<void> {
  let read = 0
  for await (const batch of batches) {
    read += batch.count
    if (read >= RECORDS) return
  }
}

const append = await measured(RECORDS, async () => {
  const under: Promise<unknown>[] = []
  for (let i = 0; i < RECORDS / APPEND; i++) {
    under.push(log.append(ours, records))
    if (under.length >= 4) await under.shift()
  }
  await Promise.all(under)
})
const { signal } = new AbortController()
const follow = await measured(RECORDS, () => took(log.follow([ours], [], { signal })))
const subscribe = await measured(RECORDS, () => took(log.subscribe(`${run}.ours`, [ours], { signal })))
const readRange = await measured(RECORDS, async () => {
  for (const range of await log.ranges([ours])) for await (const _ of log.readRange(range));
})

const { CompressionTypes, CompressionCodecs, Kafka, logLevel, Partitioners } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => compressSync(buffer),
  decompress: async (buffer: Buffer) => uncompressSync(buffer),
})
const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner: Partitioners.DefaultPartitioner,
})
await producer.connect()
const appendByKafkajs = await measured(RECORDS, async () => {
  for (let i = 0; i < RECORDS / APPEND; i++)
    await producer.send({ topic: theirs, acks: -1, compression: CompressionTypes.Snappy, messages: records })
})
await producer.disconnect()
const consumer = kafka.consumer({ groupId: `${run}.kafkajs` })
await consumer.connect()
await consumer.subscribe({ topic: ours, fromBeginning: true })
const readByKafkajs = await measured(RECORDS, async () => {
  const done = Promise.withResolvers<void>()
  let read = 0
  await consumer.run({
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch }) => {
      read += batch.messages.length
      if (read >= RECORDS) done.resolve()
    },
  })
  await done.promise
})
await consumer.disconnect()
await log.close()
console.log(
  JSON.stringify({ records: RECORDS, append, follow, subscribe, readRange, appendByKafkajs, readByKafkajs }, null, 1),
)
