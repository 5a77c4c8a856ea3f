/**
 * What the hot path costs: the checksum, RecordBatch v2 both ways, the embedded log. Prints one JSON object.
 *
 *   usage  node packages/log/log.bench.ts [APPENDS]    records of 200 B, batches of 1,000
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatchWriter } from './batchwriter.ts'
import { crc32c } from './crc32c.ts'
import { openEmbeddedLog } from './embedded/embedded.ts'
import { decodeBatches } from './recordbatch.ts'

const APPENDS = Number(process.argv[2] ?? 500)
const RECORDS = 1_000
const VALUE = new Uint8Array(200).fill(7)
const NAME = { topic: 't', partition: 0 }
const keys = Array.from({ length: 50 }, (_, i) => `SYM${i}`)
const binaryKeys = keys.map((key) => new TextEncoder().encode(key))

/** Units a second, and µs of CPU a unit. */
async function measured(units: number, work: () => void | Promise<void>) {
  const cpu = process.cpuUsage()
  const beganMs = performance.now()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  const perSecond = Math.round((units / (performance.now() - beganMs)) * 1_000)
  return { perSecond, cpuMicros: Number(((user + system) / units).toPrecision(3)) }
}

function repeated(times: number, work: () => unknown): () => void {
  return () => {
    for (let i = 0; i < times; i++) work()
  }
}

function encode(): Uint8Array {
  for (let i = 0; i < RECORDS; i++) writer.add(i, 1_760_000_000_000, binaryKeys[i % 50]!, VALUE)
  return writer.finish(0n)
}

const writer = new BatchWriter()
const batch = encode()
const checksumMegabytes = await measured(
  (batch.length * 5_000) / 1e6,
  repeated(5_000, () => crc32c(batch)),
)
const encoded = await measured(RECORDS * 2_000, repeated(2_000, encode))
const decoded = await measured(
  RECORDS * 2_000,
  repeated(2_000, () => decodeBatches(batch, NAME)),
)

const folder = await mkdtemp(join(tmpdir(), 'k2-bench-'))
const log = openEmbeddedLog(folder, { now: Date.now })
await log.createTopics([
  { name: 't', partitions: 1, retentionMs: 86_400_000 },
  { name: 'ones', partitions: 1, retentionMs: 86_400_000 },
])
const records = Array.from({ length: RECORDS }, (_, i) => ({ key: keys[i % 50]!, value: VALUE }))
const append = await measured(APPENDS * RECORDS, async () => {
  for (let i = 0; i < APPENDS; i++) await log.append('t', records)
})
const read = await measured(APPENDS * RECORDS, async () => {
  for await (const _ of log.readRange({ ...NAME, from: 0n, to: BigInt(APPENDS * RECORDS) }));
})
const ones = await measured(APPENDS * 4, async () => {
  for (let i = 0; i < APPENDS * 4; i++) await log.append('ones', records.slice(0, 1))
})
await log.close()
await rm(folder, { recursive: true })
console.log(JSON.stringify({ checksumMegabytes, encoded, decoded, append, read, appendsOfOne: ones }))
