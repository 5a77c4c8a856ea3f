/**
 * `npm run bench -- lake [SECONDS]`: the table itself, on the local catalog. Planning by the number of files, cold and
 * warm; a commit a second, for an hour by default, with upkeep every minute (data files are named, not written: it is
 * the metadata that is measured); compaction of a thousand real small files, as a sink does that has compacted before.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { PARTITIONS_PER_COMMIT_MAX, TRADES } from '@k2/contracts/tables.ts'
import { workerRewriter } from '@k2/iceberg-sink/adapters/rewrite.ts'
import { bucketOf } from '@k2/lake/iceberg/bucket.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { localCatalog } from '@k2/lake/local/catalog.ts'
import { COMPACTION, chooseGroups } from '@k2/lake/maintenance/choose.ts'
import { compact } from '@k2/lake/maintenance/compact.ts'
import { expire } from '@k2/lake/maintenance/expire.ts'
import { type Lake, lake } from '@k2/lake/maintenance/world.fixture.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { dataFile, intent, MICROS, NAME } from '@k2/lake/table.examples.ts'
import type { DataFile, Table } from '@k2/lake/table.ts'
import { stage } from '@k2/landing/stage.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import { generate } from './bench-sink.ts'
import { reading, schemasOf, seconds, take } from './bench-sink-log.ts'

const DAY_MICROS = 86_400_000_000
const FILES_PER_COMMIT = 16
/** A thousand files of 22 kB. */
const SMALL_FILES_ROWS = 1_500_000
const SMALL_COMMIT_ROWS = 1_700
/** Landed and compacted before: a sink compacts every minute, so its code has long been compiled. */
const EARLIER_ROWS = 300_000
const QUESTION = { symbols: ['S7'], fromMicros: MICROS, toMicros: MICROS + 60_000_000 }

export async function lakeBench(seconds: number): Promise<object> {
  const planning = []
  for (const files of [10, 1_000, 10_000]) planning.push(await planningOf(files))
  return { bench: 'lake', planning, commits: await steady(seconds), compaction: await compaction() }
}

function percentiles(values: readonly number[]): { p50_ms: number; p99_ms: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]! * 1_000) / 1_000
  return { p50_ms: at(0.5), p99_ms: at(0.99) }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/** Files of sixteen symbols a commit, each commit of a later day. */
function filesOf(commit: number, count: number): DataFile[] {
  return Array.from({ length: count }, (_, i) => {
    const micros = MICROS + (commit % 365) * DAY_MICROS
    return dataFile(`/data/${commit}-${i}.parquet`, [{ symbol: `S${i}`, exchange: 'BINANCE', micros }])
  })
}

async function world() {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-lake-'))
  let aheadMs = 0
  const now = () => Date.now() + aheadMs
  const catalog = localCatalog({ warehouse: folder, now })
  const store = directoryStore()
  const open = () => openTable({ spec: TRADES, catalog, store, now, random: Math.random })
  const close = () => rm(folder, { recursive: true })
  const pass = (ms: number) => {
    aheadMs += ms
  }
  return { catalog, store, open, close, now, pass }
}

async function planningOf(files: number): Promise<object> {
  const { open, close } = await world()
  try {
    const table = await open()
    const commits = Math.ceil(files / FILES_PER_COMMIT)
    for (let i = 0; i < commits; i++) {
      const some = filesOf(i, Math.min(FILES_PER_COMMIT, files - i * FILES_PER_COMMIT))
      await table.commit(intent(0, i === 0 ? null : BigInt(i), BigInt(i + 1), { files: some }))
    }
    const appended = await plans(open)
    await table.upkeep.replace({ id: randomUUID(), removed: [], added: [] })
    return {
      files,
      appended: { manifests: commits, ...appended },
      merged: { manifests: (await table.upkeep.manifests()).all, ...(await plans(open)) },
    }
  } finally {
    await close()
  }
}

async function plans(open: () => Promise<Table>): Promise<object> {
  const table = await open()
  const head = (await table.head()).snapshotId!
  const cold = await timed(() => table.plan({}, head))
  const warm = []
  for (let i = 0; i < 200; i++) warm.push(await timed(() => table.plan(QUESTION, head)))
  return { cold_ms: Math.round(cold * 10) / 10, warm: percentiles(warm) }
}

/** Real groups, made-up files: what compaction does to the metadata is what is looked at. */
async function steady(seconds: number): Promise<object> {
  const { open, close, store, now, pass, catalog } = await world()
  try {
    const table = await open()
    const commits: number[] = []
    const upkeep: number[] = []
    let manifestsMax = 0
    let filesMax = 0
    for (let second = 0; second < seconds; second++) {
      const files = filesOf(0, FILES_PER_COMMIT).map((file) => ({
        ...file,
        path: `/data/${second}-${file.bucket}-${file.path.length}-${randomUUID()}.parquet`,
        sizeBytes: 6_000,
      }))
      const work = intent(0, second === 0 ? null : BigInt(second), BigInt(second + 1), { files })
      commits.push(await timed(() => table.commit(work)))
      pass(1_000)
      if (second % 60 !== 59) continue
      manifestsMax = Math.max(manifestsMax, (await table.upkeep.manifests()).all)
      filesMax = Math.max(filesMax, (await table.plan({ symbols: ['S7'] })).files.length)
      upkeep.push(
        await timed(async () => {
          const groups = chooseGroups(await table.upkeep.files())
          const removed = groups.flatMap((group) => group.files.map(({ path }) => path))
          const added = groups.map((group): DataFile => {
            const rows = group.files.reduce((sum, file) => sum + file.rows, 0)
            const sizeBytes = group.files.reduce((sum, file) => sum + file.sizeBytes, 0)
            const like = dataFile(`/data/${randomUUID()}.parquet`, [
              { symbol: `S${group.bucket}`, exchange: 'BINANCE', micros: MICROS },
            ])
            return { ...like, rows, sizeBytes, day: group.day, bucket: group.bucket }
          })
          if (removed.length > 0) await table.upkeep.replace({ id: randomUUID(), removed, added })
          await expire({ table, store, now, uuid: randomUUID })
        }),
      )
    }
    const { metadataLocation } = (await catalog.load(NAME))!
    return {
      commits: commits.length,
      commit: percentiles(commits),
      last_minute: percentiles(commits.slice(-60)),
      upkeep: percentiles(upkeep),
      manifests_max: manifestsMax,
      files_of_one_symbol_max: filesMax,
      files_now: (await table.upkeep.files()).length,
      snapshots: (await table.snapshots()).length,
      metadata_bytes: (await stat(metadataLocation)).size,
      plan: await plans(open),
    }
  } finally {
    await close()
  }
}

/** Files as a sink leaves them at one commit after the other, of generated trades, 22 kB each; in the sink's own worker. */
async function compaction(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-compaction-'))
  const here = await lake()
  const rewriter = workerRewriter({ memoryMb: 256, threads: 1, tempFolder: join(folder, 'spill') })
  const ports = { ...here, rewriter }
  const { signal } = new AbortController()
  try {
    await generate(folder, EARLIER_ROWS + SMALL_FILES_ROWS)
    const land = landing(here, join(folder, 'log'))
    await land.some(EARLIER_ROWS)
    await compact(ports, signal, { ...COMPACTION, tierFiles: 2 })
    const earlier = new Set((await here.table.upkeep.files()).map(({ path }) => path))
    await land.some(SMALL_FILES_ROWS)
    await land.close()
    const before = (await here.table.upkeep.files()).filter(({ path }) => !earlier.has(path))
    const start = process.cpuUsage()
    const done = await compact(ports, signal)
    const cpu_seconds = Math.round(seconds(process.cpuUsage(start)) * 100) / 100
    return { files_before: before.length, rows: before.reduce((sum, file) => sum + file.rows, 0), ...done, cpu_seconds }
  } finally {
    await rewriter.close()
    await here.close()
    await rm(folder, { recursive: true })
  }
}

/** Lands a log of trades, commit after commit. */
function landing({ table, store, stagingFolder }: Lake, path: string) {
  const log = openEmbeddedLog(path, { now: Date.now })
  const batches = reading(log)
  let commits = 0

  async function some(rows: number): Promise<void> {
    const schemas = await schemasOf(log)
    for (let landed = 0; landed < rows; ) {
      const taken = await take(batches, SMALL_COMMIT_ROWS)
      if (taken.length === 0) return
      landed += taken.reduce((sum, { count }) => sum + count, 0)
      const { columns } = stage(TRADES, taken, schemas, { pairs: PARTITIONS_PER_COMMIT_MAX, bucketOf })
      const written = writeDataFiles(TRADES, columns, { folder: stagingFolder, name: `part-${commits}`, bucketOf })
      const files: DataFile[] = []
      for (const file of written) {
        const location = join(table.location, 'data', file.path)
        await store.publish(join(stagingFolder, file.path), location)
        files.push({ ...file, path: location })
      }
      await table.commit(intent(0, commits === 0 ? null : BigInt(commits), BigInt(commits + 1), { files }))
      commits++
    }
  }

  return { some, close: () => log.close() }
}
