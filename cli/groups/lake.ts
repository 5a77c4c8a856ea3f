/**
 * The lake itself, beside whatever runs on it: its commits and those of a sink meet in the catalog, and the later one
 * tries again. Asks no running K2. DuckDB and the lake are loaded when a command runs, not before.
 */

import type { Flag, Given } from '../arguments.ts'
import { commandsOf, type Group, type Line, type Shell } from '../command.ts'
import { type Row, writeRows } from '../rows.ts'

const TABLES = ['trades', 'quotes', 'reference_data'] as const

const LAKE_FLAGS: readonly Flag[] = [
  { name: 'table', kind: 'choice', choices: TABLES, doc: 'One table; by default all.' },
  { name: 'data', kind: 'text', doc: 'Folder of npm start. By default .k2; ICEBERG_CATALOG_URI names another lake.' },
]

const AGE: Flag = {
  name: 'older-than',
  kind: 'count',
  doc: 'Hours since a file was written; by default 72, at least 1.',
}
const HOUR_MS = 3_600_000

type Work = (place: Place, given: Given, shell: Shell) => Promise<Row>
type Place = Awaited<ReturnType<typeof placesIn>>['places'][number]

// biome-ignore format: a table reads by its columns
const COMMANDS: readonly Line<Work>[] = [
  ['check',   'Reads whole tables and their metadata, and says what is wrong.',          [],    ['k2 lake check', 'k2 lake check --table trades --format json'], check],
  ['compact', 'Makes large files of small ones; every row is proved to be there after.', [],    ['k2 lake compact', 'k2 lake compact --table trades'],           compacted],
  ['expire',  'Drops snapshots that are kept no longer; files go when no reader needs them.', [], ['k2 lake expire'],                                         expired],
  ['orphans', 'Deletes files that no snapshot names: left by crashes.',                  [AGE, { name: 'dry-run', kind: 'switch', doc: 'Only counts them.' }], ['k2 lake orphans --dry-run', 'k2 lake orphans --older-than 24'], orphaned],
]

export const lake: Group = {
  name: 'Lake',
  commands: commandsOf(COMMANDS, { name: 'lake', flags: LAKE_FLAGS, perform }),
}

async function perform(work: Work, given: Given, shell: Shell): Promise<void> {
  const { places, close } = await placesIn(given)
  const faults: string[] = []
  try {
    const rows: Row[] = []
    for (const place of places) {
      const row = await work(place, given, shell)
      if (Array.isArray(row.faults)) faults.push(...row.faults.map((fault) => `${place.table.spec.name}: ${fault}`))
      rows.push(row)
    }
    await writeRows(
      shell,
      rows,
      Object.keys(rows[0]!).filter((name) => name !== 'faults'),
    )
  } finally {
    await close()
  }
  if (faults.length === 0) return
  const { K2Error } = await import('@k2/contracts/codes.ts')
  for (const fault of faults) shell.tell(fault)
  throw new K2Error(
    'LAKE_DAMAGED',
    `${faults.length} ${faults.length === 1 ? 'thing is' : 'things are'} wrong with the lake.`,
  )
}

/** The tables that are there, each with what upkeep needs. Nothing is made where there is none. */
async function placesIn(given: Given) {
  const [{ mkdtemp, rm }, { tmpdir }, { join }, { randomUUID }] = await Promise.all([
    import('node:fs/promises'),
    import('node:os'),
    import('node:path'),
    import('node:crypto'),
  ])
  const [
    { K2Error },
    contracts,
    { openEngine },
    { compactFiles },
    { openTable },
    { openLake },
    { lakeSettings },
    service,
  ] = await Promise.all([
    import('@k2/contracts/codes.ts'),
    import('@k2/contracts/tables.ts'),
    import('@k2/lake/duckdb/engine.ts'),
    import('@k2/lake/duckdb/compaction.ts'),
    import('@k2/lake/iceberg/table.ts'),
    import('@k2/lake/open.ts'),
    import('@k2/lake/settings.ts'),
    import('@k2/service/settings.ts'),
  ])
  const data = (given.data as string | undefined) ?? '.k2'
  const folder = await mkdtemp(join(tmpdir(), 'k2-lake-'))
  const folders = { warehouse: join(data, 'warehouse'), cache: join(folder, 'cache') }
  const settings = service.readSettings(lakeSettings)
  const opened = await openLake(settings, folders, Date.now)
  const engine = await openEngine({ memoryMb: 512, threads: 1, tempFolder: join(folder, 'spill') })
  const close = async () => {
    await engine.close()
    await opened.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const { catalog, store, files } = opened
    const places = []
    for (const spec of contracts.TABLES) {
      if (given.table !== undefined && spec.name !== `${given.table}_v2`) continue
      if ((await catalog.load({ namespace: contracts.NAMESPACE, name: spec.name })) === undefined) continue
      const table = await openTable({ spec, catalog, store, now: Date.now, random: Math.random })
      const rewriter = {
        rewrite: ({ sources, ...target }: { sources: readonly string[] } & Parameters<typeof compactFiles>[3]) =>
          compactFiles(engine, spec, sources, target),
      }
      const stagingFolder = join(folder, 'staging')
      places.push({ table, store, files, engine, rewriter, stagingFolder, now: Date.now, uuid: randomUUID })
    }
    if (places.length > 0) return { places, close }
    const where = settings.catalogUri ?? settings.warehouse ?? folders.warehouse
    throw new K2Error('NOT_FOUND', `There is no table of K2 in ${where}. --data names the folder of npm start.`)
  } catch (error) {
    await close()
    throw error
  }
}

/** A table that takes long says how far it is. */
const TOLD_MS = 5_000

async function check(place: Place, _: Given, { signal, tell }: Shell): Promise<Row> {
  const maintenance = await import('@k2/lake/maintenance/check.ts')
  let toldMs = place.now()
  const advanced = (files: number, filesAll: number) => {
    if (place.now() < toldMs + TOLD_MS) return
    toldMs = place.now()
    tell(`${place.table.spec.name}: ${files} of ${filesAll} files`)
  }
  const { faults, filesNow, ...found } = await maintenance.check({ ...place, advanced }, signal)
  return { ...found, files_now: filesNow, faults: [...faults] }
}

async function compacted(place: Place, _: Given, { signal, tell }: Shell): Promise<Row> {
  const [{ compact }, { COMPACTION }] = await Promise.all([
    import('@k2/lake/maintenance/compact.ts'),
    import('@k2/lake/maintenance/choose.ts'),
  ])
  const done = await compact(place, signal, { ...COMPACTION, tierFiles: 2 })
  if (done.deletesRows)
    tell(
      `${place.table.spec.name}: another engine has deleted single rows, which new files would bring back. Data files were left as they are: rewrite them with that engine, then compact.`,
    )
  return {
    table: place.table.spec.name,
    files_before: done.filesBefore,
    files_after: done.filesAfter,
    bytes_before: done.bytesBefore,
    bytes_after: done.bytesAfter,
    commits: done.commits,
    lost: done.lost,
    deletes_rows: done.deletesRows,
  }
}

async function expired(place: Place): Promise<Row> {
  const [{ expire, sweep }, { upkeepSettings }, { readSettings }] = await Promise.all([
    import('@k2/lake/maintenance/expire.ts'),
    import('@k2/lake/settings.ts'),
    import('@k2/service/settings.ts'),
  ])
  const { upkeepGraceMs } = readSettings(upkeepSettings)
  const snapshots = await expire(place)
  return { table: place.table.spec.name, snapshots, files_deleted: await sweep(place, upkeepGraceMs) }
}

async function orphaned(place: Place, given: Given): Promise<Row> {
  const { orphans, removeOrphans } = await import('@k2/lake/maintenance/orphans.ts')
  const ageMs = given['older-than'] === undefined ? undefined : Number(given['older-than']) * HOUR_MS
  if (!given['dry-run']) return { table: place.table.spec.name, ...(await removeOrphans(place, ageMs)) }
  const found = await Array.fromAsync(orphans(place, ageMs))
  return {
    table: place.table.spec.name,
    files: found.length,
    bytes: found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}
