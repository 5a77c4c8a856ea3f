/**
 * `npm run bench -- layout [ROWS]`: what trades cost in Parquet, by row order, encodings and zstd's level: bytes a trade and
 * µs of CPU a row, from columns in memory to closed files, in commits of the sink's size. Generated trades, and the real
 * ones of K2_SAMPLES where it is set.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ColumnBatch } from '@k2/contracts/columns.ts'
import { PARTITIONS_PER_COMMIT_MAX, type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { rewriteDataFile } from '@k2/lake/duckdb/parquet.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { LAYOUT, type Layout } from '@k2/lake/parquet/chunk.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import type { DataFile } from '@k2/lake/table.ts'
import { stage } from '@k2/landing/stage.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { realClock } from '@k2/service/clock.ts'
import { generate } from './bench-sink.ts'
import { reading, schemasOf, seconds, take } from './bench-sink-log.ts'

const BHP = ['asx', 'trades', '7078.csv']
/** Each is written so often, and the cheapest is told: others work on the machine. */
const TIMES = 5

const BY_SYMBOL: TableSpec = { ...TRADES, sortedBy: ['symbol'] }
const BY_PRICE: TableSpec = { ...TRADES, sortedBy: ['symbol', 'price', 'timestamp'] }

// biome-ignore format: a table reads by its columns
const layouts: readonly [name: string, spec: TableSpec, layout: Partial<Layout>][] = [
  ['as the sink writes',                  TRADES,    {}],
  ['zstd level 1',                        TRADES,    { level: 1 }],
  ['zstd level 9',                        TRADES,    { level: 9 }],
  ['no deltas: PLAIN and dictionaries',   TRADES,    { isDelta: false }],
  ['by symbol, else as the log has them', BY_SYMBOL, {}],
  ['by symbol, then price',               BY_PRICE,  {}],
]

export async function layoutBench(rows: number): Promise<object> {
  const samples = process.env.K2_SAMPLES
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-layout-'))
  try {
    await generate(join(folder, 'generated'), rows)
    const figures: Record<string, object> = { generated: await measured(join(folder, 'generated')) }
    if (samples !== undefined) {
      const main = fileURLToPath(import.meta.resolve('@k2/embedded/main.ts'))
      const args = [main, '--once', '--csv', join(samples, ...BHP), '--data', join(folder, 'real')]
      const env = { ...process.env, K2_LOG_LEVEL: 'warn' }
      execFileSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
      figures.real = await measured(join(folder, 'real'))
    }
    return { bench: 'layout', rows, ...figures }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measured(folder: string): Promise<object> {
  const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
  const commits = await staged(log)
  await log.close()
  const rows = commits.reduce((sum, [batch]) => sum + batch!.rows, 0)
  const told = (bytes: number, cpu: number) => ({
    bytes_per_trade: Math.round((bytes / rows) * 100) / 100,
    cpu_micros_per_row: Math.round((cpu / rows) * 1e8) / 100,
  })
  const figures: Record<string, object> = {}
  // Not measured: whoever came first would pay for the compiler.
  for (let time = 0; time < TIMES; time++) write(join(folder, 'files'), commits, TRADES, LAYOUT)
  for (const [name, spec, layout] of layouts) {
    let least = Number.POSITIVE_INFINITY
    let bytes = 0
    for (let time = 0; time < TIMES; time++) {
      const before = process.cpuUsage()
      bytes = sizeOf(write(join(folder, 'files'), commits, spec, { ...LAYOUT, ...layout }))
      least = Math.min(least, seconds(process.cpuUsage(before)))
    }
    figures[name] = told(bytes, least)
  }
  figures['by DuckDB, which reads and sorts them first'] = told(...(await byDuckDB(folder, commits)))
  return { files: commits.length, ...figures }
}

const sizeOf = (files: readonly DataFile[]): number => files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

type Commits = readonly (readonly ColumnBatch[])[]

function write(folder: string, commits: Commits, spec: TableSpec, layout: Layout): DataFile[] {
  return commits.flatMap((columns, n) => writeDataFiles(spec, columns, { folder, name: `part-${n}`, bucketOf, layout }))
}

async function byDuckDB(folder: string, commits: Commits): Promise<[bytes: number, cpu: number]> {
  const from = join(folder, 'files')
  const files = write(from, commits, TRADES, LAYOUT)
  const engine = await openEngine({ memoryMb: 512, threads: 1, tempFolder: join(folder, 'tmp') })
  const before = process.cpuUsage()
  const written: DataFile[] = []
  for (const [n, { path, day, bucket }] of files.entries()) {
    const writing = { day, bucket, folder: join(folder, 'anew'), name: `part-${n}` }
    written.push(await rewriteDataFile(engine, TRADES, [join(from, path)], writing))
  }
  const cpu = seconds(process.cpuUsage(before))
  await engine.close()
  return [sizeOf(written), cpu]
}

/** Columns of each commit, as the sink would make them. */
async function staged(log: EmbeddedLog): Promise<Commits> {
  const schemas = await schemasOf(log)
  const batches = reading(log)
  const commits: (readonly ColumnBatch[])[] = []
  for (let taken = await take(batches); taken.length > 0; taken = await take(batches)) {
    commits.push(stage(TRADES, taken, schemas, { pairs: PARTITIONS_PER_COMMIT_MAX, bucketOf }).columns)
  }
  return commits
}
