/**
 * A writer that a test may kill: the sink's own landing (files, then one commit), over records that partition and offset
 * decide. Its one argument is a Job. Says every outcome on a line of its own; ends when its partitions are at their end.
 */
import { mkdirSync } from 'node:fs'
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { workerStager } from '@k2/iceberg-sink/adapters/stage.ts'
import { commit, type LandPorts, prepare } from '@k2/iceberg-sink/land.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { restCatalog } from '@k2/lake/rest/catalog.ts'
import { s3Store } from '@k2/lake/store/s3.ts'
import { topicPartition } from '@k2/lake/table.ts'
import type { StageBatch } from '@k2/landing/stage.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { FRAME_BYTES, writeFrame } from '@k2/log/framing.ts'
import { realClock } from '@k2/service/clock.ts'
import { recordOf, SYMBOLS } from './records.ts'
import { S3_ACCESS } from './servers.ts'

export interface Job {
  readonly catalog: string
  readonly s3: string
  readonly partitions: readonly number[]
  /** Records of a partition in one commit, and in all. */
  readonly rows: number
  readonly end: number
  /** Its own. */
  readonly folder: string
}

export const TOPIC = 'market.equities.trades.asx'

/** Of offset o of partition p: the same in every process. */
function batchOf(schemaId: number, partition: number, from: number, to: number): StageBatch {
  const values = Array.from({ length: to - from }, (_, i) => {
    const symbol = SYMBOLS[partition % SYMBOLS.length]!
    const { record } = recordOf('trades', symbol, '2014-03-10', partition * 1_000_000 + from + i)
    const value = encodeRecord('trades', record as never, FRAME_BYTES)
    writeFrame(value, 0, schemaId)
    return value
  })
  const ends = Int32Array.from(values.map(({ length }) => length))
  for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!
  const starts = Int32Array.from([0, ...ends.subarray(0, -1)])
  return {
    topic: TOPIC,
    partition,
    from: BigInt(from),
    to: BigInt(to),
    count: values.length,
    offsetDeltas: Int32Array.from(values, (_, i) => i),
    timesMs: new Float64Array(values.length),
    values: { bytes: Uint8Array.from(Buffer.concat(values)), starts, ends },
  } as StageBatch
}

async function write(job: Job): Promise<void> {
  mkdirSync(job.folder, { recursive: true })
  const log = openEmbeddedLog(`${job.folder}/log`, { now: Date.now })
  const registry = log.registry(incompatibility)
  const schemaId = await registry.register(`${TOPIC}-value`, SCHEMAS.trades)
  const store = s3Store({ ...S3_ACCESS, endpoint: job.s3 })
  const catalog = restCatalog({ uri: job.catalog, access: { kind: 'none' } })
  const open = () => openTable({ spec: TRADES, catalog, store, now: Date.now, random: Math.random })
  const table = await again(open)
  const stager = workerStager()
  const quiet = { retried: () => {}, told: () => {}, reached: () => {} }
  const ports: LandPorts = { log, registry, table, store, stager, clock: realClock, random: Math.random, ...quiet }
  const { signal } = new AbortController()
  for (;;) {
    const { progress, tableUuid } = await again(table.head)
    const at = (partition: number) => progress.offsets.get(topicPartition(TOPIC, partition)) ?? null
    const open = job.partitions.filter((partition) => Number(at(partition) ?? 0n) < job.end)
    if (open.length === 0) break
    const batches = open.map((partition) => {
      const from = Number(at(partition) ?? 0n)
      return batchOf(schemaId, partition, from, Math.min(job.end, from + job.rows))
    })
    const expected = (key: string) => progress.offsets.get(key as never) ?? null
    const load = { batches, expected, holes: progress.holes }
    try {
      const prepared = await prepare(ports, { ...load, stagingFolder: `${job.folder}/staging` }, signal)
      const { kind } = await commit(ports, prepared, { tableUuid, holes: progress.holes }, signal)
      say(kind)
    } catch (error) {
      passing(error)
    }
  }
  await stager.close()
  await log.close()
}

const say = (what: string) => process.stdout.write(`${what}\n`)

/** What cannot pass ends the process, and fails the test. */
function passing(error: unknown): void {
  if (!(error instanceof K2Error) || error.retry === 'never') throw error
  say(codeOf(error))
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      passing(error)
    }
  }
}

const [job] = process.argv.slice(2)
if (import.meta.main) await write(JSON.parse(job!))
