/**
 * `npm run bench -- shedding [ROWS]`: what passing records over costs, and how soon they are in afterwards. First the sieve alone,
 * of batches as they come, at AGGRESSIVE and CIRCUIT_BREAK, of 200 symbols. Then one log three times through the sink: all kept,
 * which is its capacity; all passed over; and filled in, beside the optimum, the backlog by that capacity. Twice: with repeats
 * judged, and without.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { tradeMaker } from '@k2/e2e/worlds/trades.ts'
import { workerStager } from '@k2/iceberg-sink/adapters/stage.ts'
import { icebergSink } from '@k2/iceberg-sink/compose.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { sieveOf, siftBatch } from '@k2/landing/sift.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { LogBatch, Slices } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { KEEP_ALL, policyAt } from '@k2/shedding/policy.ts'
import { DEFAULT_TIERS, PRESETS } from '@k2/shedding/priority.ts'
import { COMMIT_ROWS, seconds, TOPIC } from './bench-sink-log.ts'

const BATCH_RECORDS = 2_000
const ROUNDS = 2_000
const VALUE_BYTES = 110
const APPEND_RECORDS = 5_000
const LOOK_MS = 20
const others = Array.from({ length: 140 }, (_, i) => `K${i.toString(36).toUpperCase()}`)
const rules = { tiers: DEFAULT_TIERS, lines: PRESETS.standard }

export async function sheddingBench([rowsText = '200000']: readonly string[]): Promise<object> {
  const rows = Number(rowsText)
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-shedding-'))
  const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
  try {
    await fill(log, rows)
    const figures = { bench: 'shedding', rows, ...sieved() }
    // Once to warm up.
    await through(join(folder, 'warm'), log, false)
    const unjudged = await through(join(folder, 'unjudged'), log, false)
    return { ...figures, ...unjudged, judged: await through(join(folder, 'judged'), log, true) }
  } finally {
    await log.close()
    await rm(folder, { recursive: true })
  }
}

function slices(texts: readonly string[]): Slices {
  const ends = Int32Array.from(texts, ({ length }) => length)
  for (let i = 1; i < ends.length; i++) ends[i]! += ends[i - 1]!
  return { bytes: Buffer.from(texts.join('')), starts: ends.map((_, i) => ends[i - 1] ?? 0), ends }
}

/** CPU ns a record, and the share that is kept. */
function sieved(): Record<string, number> {
  const { critical, high } = DEFAULT_TIERS.ASX!
  const symbols = [...critical, ...high, ...others]
  const keys = Array.from({ length: BATCH_RECORDS }, (_, i) => symbols[(i * 7_919) % symbols.length]!)
  const batch: LogBatch = {
    ...{ topic: TOPIC.name, partition: 0, from: 0n, to: BigInt(BATCH_RECORDS), count: BATCH_RECORDS },
    offsetDeltas: Int32Array.from(keys.keys()),
    timesMs: new Float64Array(BATCH_RECORDS),
    keys: slices(keys),
    values: slices(keys.map((key) => key.padEnd(VALUE_BYTES, '.'))),
  }
  const figures: Record<string, number> = {}
  for (const level of [3, 4] as const) {
    const sieve = sieveOf(policyAt(rules, level))
    for (let i = 0; i < ROUNDS / 8; i++) siftBatch(batch, sieve)
    const start = process.cpuUsage()
    let kept = 0
    for (let i = 0; i < ROUNDS; i++) kept += siftBatch(batch, sieve).count
    const records = ROUNDS * BATCH_RECORDS
    figures[`sift_level_${level}_cpu_ns_per_record`] = Math.round((seconds(process.cpuUsage(start)) * 1e9) / records)
    figures[`sift_level_${level}_kept_share`] = kept / records
  }
  return figures
}

/** None of a tier. */
async function fill(log: EmbeddedLog, rows: number): Promise<void> {
  await log.createTopics(TOPICS)
  const make = await tradeMaker(log.registry(incompatibility))
  for (let from = 0; from < rows; from += APPEND_RECORDS) {
    const count = Math.min(APPEND_RECORDS, rows - from)
    const records = Array.from({ length: count }, (_, i) => {
      const number = from + i
      return make(others[number % others.length]!, Math.floor(number / others.length))
    })
    await log.append(TOPIC.name, records)
  }
}

interface Cost {
  readonly seconds: number
  readonly cpuSeconds: number
}

async function measured(work: () => Promise<unknown>): Promise<Cost> {
  const [start, startMs] = [process.cpuUsage(), performance.now()]
  await work()
  return { cpuSeconds: seconds(process.cpuUsage(start)), seconds: (performance.now() - startMs) / 1_000 }
}

async function through(folder: string, log: EmbeddedLog, isJudged: boolean) {
  const kept = await landed(join(folder, 'kept'), log, isJudged, false)
  const deferred = await landed(join(folder, 'deferred'), log, isJudged, true)
  const { rows } = deferred
  if (rows !== kept.rows) throw new Error(`${rows} rows were filled in of ${kept.rows}`)
  const micros = ({ cpuSeconds }: Cost) => round((cpuSeconds / rows) * 1e6, 2)
  return {
    kept_cpu_micros_per_record: micros(kept.landing),
    deferred_cpu_micros_per_record: micros(deferred.landing),
    filled_cpu_micros_per_record: micros(deferred.filling!),
    capacity_rows_per_second: Math.round(rows / kept.landing.seconds),
    recovery_seconds: round(deferred.filling!.seconds, 2),
    recovery_by_optimum: round(deferred.filling!.seconds / kept.landing.seconds, 2),
    recovery_cpu_by_optimum: round(deferred.filling!.cpuSeconds / kept.landing.cpuSeconds, 2),
  }
}

async function landed(folder: string, log: EmbeddedLog, isJudged: boolean, isPressed: boolean) {
  const store = directoryStore()
  const catalog = localCatalog({ warehouse: join(folder, 'warehouse'), now: realClock.nowMs })
  const table = await openTable({ spec: TRADES, catalog, store, now: realClock.nowMs, random: Math.random })
  let policy = isPressed ? policyAt(rules, 4) : KEEP_ALL
  const ports = {
    ...{ log, registry: log.registry(incompatibility), tables: [table], store, stager: workerStager() },
    ...{ clock: realClock, logger: silentLogger, random: Math.random, reached: () => {}, policy: () => policy },
    telemetry: createTelemetry({ service: 'bench', environment: 'bench' }),
  }
  const sink = icebergSink(ports, {
    limits: { rows: COMMIT_ROWS, rowsMax: 4 * COMMIT_ROWS, bytes: 2 ** 26, ageMs: 15_000 },
    bufferBytesMax: 3 * 2 ** 27,
    stagingFolder: join(folder, 'staging'),
    // All of the time is the back-fill's, as all of it was the sink's before.
    backfill: { share: 1, order: 'newest', lookMs: LOOK_MS },
    ...(isJudged && { dedup: { windowMs: 3_600_000, memoryBytesMax: 2 ** 28, isJudged: () => true } }),
  })
  const stop = new AbortController()
  await sink.start!(stop.signal)
  const running = sink.run!(stop.signal)
  try {
    const landing = await measured(() => sink.drain(stop.signal))
    policy = KEEP_ALL
    const filling = isPressed ? await measured(() => filled(table)) : undefined
    const rows = (await table.plan({})).files.reduce((sum, file) => sum + file.rows, 0)
    return { landing, filling, rows }
  } finally {
    stop.abort()
    await running
    await sink.stop!()
  }
}

async function filled(table: Awaited<ReturnType<typeof openTable>>): Promise<void> {
  while ((await table.head()).progress.holes.length > 0) await realClock.sleep(LOOK_MS)
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
