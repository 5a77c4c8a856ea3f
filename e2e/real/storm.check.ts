/**
 * Many commits on a real catalog and store: four writers, two with a partition each and two that fight for the same
 * ones; conflicts, errors, lost requests and lost answers on the way; writers killed at any moment; and a compaction and
 * an expiry beside them. In the end each record is there once, as PyIceberg reads it. K2_COMMITS says how many commits,
 * K2_FAULT_SEED repeats a run's decisions. K2_PYTHON names a Python with readers/requirements.txt.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { expire, sweep } from '@k2/lake/maintenance/expire.ts'
import { seeded } from '@k2/lake/table.examples.ts'
import { startEngine } from '../worlds/real/engines.ts'
import { type Fault, proxyTo } from '../worlds/real/proxy.ts'
import { World } from '../worlds/real/running.ts'
import { s3Environment, startServer } from '../worlds/real/servers.ts'
import { type Job, TOPIC } from '../worlds/real/writer.ts'

const COMMITS = Number(process.env.K2_COMMITS ?? 500)
/** Of a partition in one commit. */
const ROWS = 50
/** Those that fight cut the log in other places: the same work twice would be known by its id. */
const WRITERS: readonly Pick<Job, 'partitions' | 'rows'>[] = [
  { partitions: [1], rows: ROWS },
  { partitions: [2], rows: ROWS },
  { partitions: [3, 4], rows: ROWS },
  { partitions: [3, 4], rows: 35 },
]
/** By the offsets alone: two fight for one share. */
const END = Math.ceil(COMMITS / 3) * ROWS
const TO_CATALOG: readonly Fault[] = ['lose-request', 'lose-answer', 'give-up', 'conflict', 'no-server']
const TO_S3: readonly Fault[] = ['lose-request', 'lose-answer', 'give-up', 'no-server']
/** Newer ones stay, and their files longer still: a compaction may be on its way from there. */
const KEPT = { allMs: 20_000, everyMinuteMs: 20_000 }
const GRACE_MS = 30_000
const KILL_MS = [4_000, 20_000] as const
const WRITER = fileURLToPath(new URL('../worlds/real/writer.ts', import.meta.url))

const s3 = await startServer('s3', 'storm')
const postgres = await startServer('postgres', 'storm')
const catalog = await startServer('catalog', 'storm', { POSTGRES: postgres.url, S3: s3.url })
after(async () => {
  for (const server of [catalog, postgres, s3]) await server.stop()
})

const seed = Number(process.env.K2_FAULT_SEED ?? Date.now() % 1_000_000)
const random = seeded(seed)
const oneOf = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)]!
const counted: Record<string, number> = {}
const count = (what: string) => {
  counted[what] = (counted[what] ?? 0) + 1
}

/** A writer, started again as often as it is killed; resolves when it has come to its end. */
async function persistent(job: Job): Promise<void> {
  for (;;) {
    const child = spawn(process.execPath, [WRITER, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [code, err] = await lived(child)
    if (code === 0) return
    assert.equal(code, null, err)
    count('killed')
  }
}

async function lived(child: ChildProcess): Promise<[code: number | null, err: string]> {
  let err = ''
  child.stderr!.on('data', (chunk) => {
    err = `${err}${chunk}`.slice(-4_000)
  })
  createInterface(child.stdout!).on('line', count)
  const kill = setTimeout(() => child.kill('SIGKILL'), KILL_MS[0] + random() * (KILL_MS[1] - KILL_MS[0]))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(kill)
  return [code, err]
}

/** Again and again until it is told to end; what passes is counted and tried again. */
async function beside(name: string, pauseMs: number, signal: AbortSignal, work: () => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await work()) > 0) count(name)
    } catch (error) {
      if (!(error instanceof K2Error) || error.retry === 'never') throw error
      count(`${name}: ${codeOf(error)}`)
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
}

const UPKEEP_MS_MAX = 120_000

test(`${COMMITS} commits through faults, kills and upkeep: each record once`, { timeout: 1_500_000 }, async (t) => {
  const toCatalog = await proxyTo(catalog.url, (method) => {
    const fault = random() < 0.15 ? oneOf(TO_CATALOG) : undefined
    return fault === 'conflict' && method !== 'POST' ? undefined : fault
  })
  const toS3 = await proxyTo(s3.url, () => (random() < 0.04 ? oneOf(TO_S3) : undefined))
  const well = { ...s3Environment(s3.url), ICEBERG_CATALOG_URI: catalog.url }
  const world = await World.open(well)
  const upkeep = await World.open({ ...s3Environment(toS3.url), ICEBERG_CATALOG_URI: toCatalog.url })
  const reader = startEngine('PyIceberg', catalog.url, well)
  const done = new AbortController()
  t.after(async () => {
    done.abort()
    reader.close()
    await Promise.all([world.close(), upkeep.close()])
    for (const proxy of [toCatalog, toS3]) proxy.close()
  })
  await world.table()
  const others = Promise.all([
    beside('compacted', 3_000, done.signal, async () => (await upkeep.compact()).commits),
    beside('expired', 2_000, done.signal, async () => {
      const ports = { ...upkeep.lake, table: await upkeep.table(), now: Date.now, uuid: randomUUID }
      const snapshots = await expire(ports, KEPT)
      if ((await sweep(ports, GRACE_MS)) > 0) count('swept')
      return snapshots
    }),
  ])
  const shared = { catalog: toCatalog.url, s3: toS3.url, end: END }
  const jobs = WRITERS.map((writer, i) => ({ ...shared, ...writer, folder: join(world.folder, `writer-${i}`) }))
  await Promise.race([Promise.all(jobs.map(persistent)), others])
  // Where writers are quick, upkeep has its turn after them.
  const deadlineMs = performance.now() + UPKEEP_MS_MAX
  while (!counted.compacted || !counted.expired) {
    assert.ok(performance.now() < deadlineMs, JSON.stringify(counted))
    await Promise.race([sleep(200), others])
  }
  done.abort()
  await others
  t.diagnostic(JSON.stringify({ seed, catalog: toCatalog.counts, s3: toS3.counts, counted }))
  const offsets = await reader.ask('offsets', 'trades_v2')
  const each = [END, END, 0, END - 1]
  assert.deepEqual(offsets, { 1: each, 2: each, 3: each, 4: each })
  assert.deepEqual(await world.faults(), [])
  const { progress } = await (await world.table()).head()
  assert.equal(progress.offsets.get(`${TOPIC}/4`), BigInt(END))
  const happened = [
    ...TO_CATALOG.map((fault) => toCatalog.counts[fault!]),
    ...TO_S3.map((fault) => toS3.counts[fault!]),
  ]
  for (const times of [
    ...happened,
    counted.committed,
    counted.stale,
    counted.killed,
    counted.compacted,
    counted.expired,
  ])
    assert.ok((times ?? 0) > 0, 'everything that may happen has happened')
})
