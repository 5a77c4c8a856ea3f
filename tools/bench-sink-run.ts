/**
 * One run of `npm run bench -- sink`: FOLDER RUN. The last line is its figures.
 *
 *   whole             the sink as it runs, its worker included, until all is committed
 *   generated | avsc  its stages one after the other in one thread, by that decoder, and the CPU of each:
 *                     read    log to batches, checksums included       own     their bytes into buffers that can be moved
 *                     decode  Avro to columns                          order   columns to the rows of each file
 *                     write   the rest of writing Parquet              commit  publish, manifest, list, metadata, fsync
 */
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { avscDecoder } from '@k2/contracts/records/by-avsc.ts'
import { tableDecoder } from '@k2/contracts/records/decode.ts'
import { PARTITIONS_PER_COMMIT_MAX, TRADES } from '@k2/contracts/tables.ts'
import { workerStager } from '@k2/iceberg-sink/adapters/stage.ts'
import { icebergSink } from '@k2/iceberg-sink/compose.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { merge } from '@k2/lake/parquet/merge.ts'
import { arrange } from '@k2/lake/parquet/order.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import type { Table } from '@k2/lake/table.ts'
import { ownBatch } from '@k2/landing/batch.ts'
import { stage } from '@k2/landing/stage.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { COMMIT_ROWS, reading, schemasOf, seconds, TOPIC, take } from './bench-sink-log.ts'

export interface Figures {
  readonly cpuSeconds: number
  readonly peakMemoryMb: number
  readonly bytes: number
  /** CPU seconds. */
  readonly stages?: Readonly<Record<string, number>>
}

async function tradesTable(folder: string, run: string) {
  const warehouse = join(folder, `warehouse-${run}`)
  const store = directoryStore()
  const catalog = localCatalog({ warehouse, now: realClock.nowMs })
  const random = Math.random
  const table = await openTable({ spec: TRADES, catalog, store, now: realClock.nowMs, random, reached: () => {} })
  return { store, table }
}

async function wholeRun(folder: string, log: EmbeddedLog): Promise<number> {
  const { store, table } = await tradesTable(folder, 'whole')
  const sink = icebergSink(
    {
      log,
      registry: log.registry(incompatibility),
      tables: [table],
      store,
      stager: workerStager(),
      clock: realClock,
      logger: silentLogger,
      telemetry: createTelemetry({ service: 'bench', environment: 'bench' }),
      random: Math.random,
      reached: () => {},
    },
    {
      limits: { rows: COMMIT_ROWS, rowsMax: 4 * COMMIT_ROWS, bytes: 2 ** 26, ageMs: 15_000 },
      bufferBytesMax: 3 * 2 ** 27,
      stagingFolder: join(folder, 'staging-whole'),
      backfill: { share: 0.5, order: 'newest', lookMs: 1_000 },
    },
  )
  const stop = new AbortController()
  await sink.start!(stop.signal)
  const running = sink.run!(stop.signal)
  await sink.drain(stop.signal)
  stop.abort()
  await running
  await sink.stop!()
  return bytesOf(table)
}

const bytesOf = async (table: Table): Promise<number> =>
  (await table.plan({})).files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

async function stagedRun(folder: string, log: EmbeddedLog, by: 'generated' | 'avsc') {
  const { store, table } = await tradesTable(folder, by)
  const stages = { read: 0, own: 0, decode: 0, order: 0, write: 0, commit: 0 }
  async function timed<T>(name: keyof typeof stages, work: () => T | Promise<T>): Promise<T> {
    const before = process.cpuUsage()
    const result = await work()
    stages[name] += seconds(process.cpuUsage(before))
    return result
  }
  const schemas = await schemasOf(log)
  const decoderOf = by === 'avsc' ? avscDecoder : tableDecoder
  const limits = { pairs: PARTITIONS_PER_COMMIT_MAX, bucketOf }
  const batches = reading(log)
  const staging = join(folder, `staging-${by}`)
  const next = new Map<string, bigint>()
  for (let n = 0; ; n++) {
    const taken = await timed('read', () => take(batches))
    if (taken.length === 0) break
    const own = await timed('own', () => taken.map(ownBatch))
    const staged = await timed('decode', () => stage(TRADES, own, schemas, limits, { decoderOf }))
    // Done once more within the writing, and so taken off it below.
    await timed('order', () => arrange(TRADES, merge(TRADES, staged.columns), bucketOf))
    const writing = { folder: staging, name: `part-${n}`, bucketOf }
    const written = await timed('write', () => writeDataFiles(TRADES, staged.columns, writing))
    await timed('commit', async () => {
      const files = written.map((file) => ({ ...file, path: `${table.location}/data/${file.path}` }))
      await Promise.all(files.map(({ path }, i) => store.publish(join(staging, written[i]!.path), path)))
      const advances = [...staged.to].map(([name, to]) => {
        const expected = next.get(name) ?? null
        next.set(name, to)
        return { topic: TOPIC.name, partition: Number(name.split('/')[1]), expected, to }
      })
      const intent = { commitId: `bench-${n}`, files, advances, holesRead: [], holesAdded: [], holesStruck: [] }
      const outcome = await table.commit(intent)
      if (outcome.kind === 'stale') throw new Error(outcome.why)
    })
  }
  stages.write -= stages.order
  return { bytes: await bytesOf(table), stages }
}

const [folder = '', run = 'whole'] = process.argv.slice(2)
const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
const before = process.cpuUsage()
const done =
  run === 'whole' ? { bytes: await wholeRun(folder, log) } : await stagedRun(folder, log, run as 'generated' | 'avsc')
const figures: Figures = {
  ...done,
  cpuSeconds: seconds(process.cpuUsage(before)),
  peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
}
await log.close()
process.stdout.write(`${JSON.stringify(figures)}\n`)
