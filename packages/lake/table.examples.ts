/** Data files and intents for tests: paths need not exist, for neither commits nor plans open data files. */
import assert from 'node:assert/strict'
import { type Column, TRADES } from '@k2/contracts/tables.ts'
import { dayOf } from '@k2/market/instant.ts'
import type { Catalog, LoadedTable } from './catalog.ts'
import { storeList, storeManifest } from './iceberg/append.ts'
import { MAIN } from './iceberg/apply.ts'
import { lowerBound, upperBound } from './iceberg/bounds.ts'
import { bucketOf } from './iceberg/bucket.ts'
import { headId } from './iceberg/history.ts'
import { type ManifestFile, readManifestList } from './iceberg/manifest-list.ts'
import type { SnapshotJson } from './iceberg/metadata.ts'
import { hex, snapshotIdOutside } from './iceberg/random.ts'
import { nextSequence } from './iceberg/snapshot.ts'
import type { Store } from './store/store.ts'
import type { Advance, ColumnStats, DataFile, Intent, Named, Table } from './table.ts'

export const TOPIC = 'market.crypto.trades.binance'
export const NAME = { namespace: 'market_data', name: TRADES.name }
export const MICROS = 1_700_000_000_000_000

/** Numbers in [0, 1) that a seed repeats. Source: mulberry32, Tommy Ettinger. */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const trade = (name: string): Column => TRADES.columns.find((column) => column.name === name)!

export interface Row {
  readonly symbol: string
  readonly exchange: string
  readonly micros: number
}

function stats(name: string, values: readonly (string | number)[]): ColumnStats {
  const { id, type } = trade(name)
  const sorted = values.toSorted((a, b) =>
    typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b))),
  )
  const lower = lowerBound(type, sorted[0]!)
  const upper = upperBound(type, sorted.at(-1)!)
  return { fieldId: id, sizeBytes: 100, valueCount: values.length, nullCount: 0, lower, ...(upper && { upper }) }
}

/** A file of these rows, which are of one day and bucket. */
export function dataFile(
  path: string,
  rows: readonly Row[] = [{ symbol: 'BTCUSDT', exchange: 'BINANCE', micros: MICROS }],
): DataFile {
  return {
    path,
    sizeBytes: 1000 + rows.length,
    rows: rows.length,
    day: dayOf(rows[0]!.micros),
    bucket: bucketOf(rows[0]!.symbol),
    stats: [
      stats(
        'symbol',
        rows.map((row) => row.symbol),
      ),
      stats(
        'exchange',
        rows.map((row) => row.exchange),
      ),
      stats(
        'timestamp',
        rows.map((row) => row.micros),
      ),
    ],
  }
}

export function advance(partition: number, expected: bigint | null, to: bigint): Advance {
  const last = { offset: to - 1n, messageId: `message-${partition}-${to}`, timeMs: 1_700_000_000_000 }
  return { topic: TOPIC, partition, expected, to, last }
}

/** One step of one partition, with one file; anything may be replaced. */
export function intent(partition: number, expected: bigint | null, to: bigint, other: Partial<Intent> = {}): Intent {
  return {
    commitId: `${partition}:${expected}-${to}`,
    files: [dataFile(`/data/${partition}-${expected}-${to}.parquet`)],
    advances: [advance(partition, expected, to)],
    holesRead: [],
    holesAdded: [],
    holesStruck: [],
    ...other,
  }
}

/** What another engine's append looks like: a snapshot without any key of ours. */
export async function foreignAppend(
  catalog: Catalog,
  store: Store,
  file: DataFile,
  summary = {},
  content: ManifestFile['content'] = 'data',
): Promise<LoadedTable> {
  const { metadata } = (await catalog.load(NAME))!
  const parent = headId(metadata)
  const id = snapshotIdOutside(metadata, Math.random)
  const manifest = { ...(await storeManifest(store, TRADES, metadata, [file], hex(Math.random, 8))), content }
  const list = metadata.snapshots?.find((snapshot) => snapshot['snapshot-id'] === parent)?.['manifest-list']
  const before = list === undefined ? [] : readManifestList(await store.read(list), list)
  const snapshot: SnapshotJson = {
    'snapshot-id': id,
    ...(parent === null ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': nextSequence(metadata),
    'timestamp-ms': Math.max(Date.now(), metadata['last-updated-ms']),
    'manifest-list': await storeList(store, metadata, before, [manifest], id, hex(Math.random, 8)),
    summary: { operation: 'append', ...summary },
    'schema-id': 0,
  }
  return catalog.commit(
    NAME,
    [{ type: 'assert-ref-snapshot-id', ref: MAIN, 'snapshot-id': parent }],
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': MAIN, type: 'branch', 'snapshot-id': id },
    ],
  )
}

/** What another engine's deletes of single rows look like: a manifest of files that say which. */
export const foreignDeletes = (catalog: Catalog, store: Store): Promise<LoadedTable> =>
  foreignAppend(catalog, store, dataFile('/data/deletes.parquet'), {}, 'deletes')

export const pathsOf = async (table: Table) => (await table.plan({})).files.map((file) => file.path).sort()

/** What was noted, time by time. */
export async function expired(table: Table, ids: readonly bigint[]): Promise<Named[]> {
  const noted: Named[] = []
  await table.upkeep.expire(ids, async (freed) => void noted.push(freed))
  return noted
}

/** The table holds the files of these intents, each once, and no other. */
export async function assertOnce(table: Table, ...intents: Intent[]): Promise<void> {
  assert.deepEqual(await pathsOf(table), intents.flatMap((one) => one.files.map((file) => file.path)).sort())
}

/** So many commits of one file each, of partition 0; returns their paths. */
export async function filled(table: Table, commits: number, from = 0): Promise<string[]> {
  const paths: string[] = []
  for (let i = from; i < from + commits; i++) {
    const work = intent(0, i === 0 ? null : BigInt(i * 10), BigInt((i + 1) * 10))
    assert.equal((await table.commit(work)).kind, 'committed')
    paths.push(work.files[0]!.path)
  }
  return paths
}

/** A file that stands for several. */
export const merged = (name: string, rows: number): DataFile => ({ ...dataFile(`/data/${name}.parquet`), rows })

export const sorted = (paths: readonly string[]) => paths.toSorted()

export async function listed({ list }: Store, table: Table): Promise<string[]> {
  const files = await Array.fromAsync(list(table.location))
  return files.map(({ location }) => location).toSorted()
}
