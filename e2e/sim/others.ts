/** Other engines at the same table. They read and write as ours do, and know nothing of our keys. */
import { TRADES } from '@k2/contracts/tables.ts'
import { storeList, storeManifest } from '@k2/lake/iceberg/append.ts'
import { MAIN } from '@k2/lake/iceberg/apply.ts'
import { headId, lineage, snapshotOf } from '@k2/lake/iceberg/history.ts'
import { readManifestList } from '@k2/lake/iceberg/manifest-list.ts'
import type { SnapshotJson } from '@k2/lake/iceberg/metadata.ts'
import { hex, snapshotIdOutside } from '@k2/lake/iceberg/random.ts'
import type { Store } from '@k2/lake/store/store.ts'
import type { SimCatalog } from './catalog.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimStore } from './store.ts'

interface Parts {
  readonly scheduler: Scheduler
  readonly catalog: SimCatalog
  readonly store: SimStore
}

/** All of it within one step: what takes turns with ours is tested by ours. */
export async function appendByOther({ scheduler, catalog, store }: Parts): Promise<void> {
  const { metadata } = catalog
  if (metadata === undefined) return
  const { random } = scheduler
  const direct = store.direct() as Store
  const name = hex(random, 8)
  const rows = Array.from({ length: scheduler.between(1, 4) }, (_, i) => `other@${name}-${i}`)
  const path = `${metadata.location}/data/other-${name}.parquet`
  store.put(path, rows, 500)
  const file = { path, sizeBytes: 500, rows: rows.length, day: scheduler.between(20_514, 20_516), bucket: 3, stats: [] }
  const manifest = await storeManifest(direct, TRADES, metadata, [file], name)
  const head = headId(metadata)
  const snapshotId = snapshotIdOutside(metadata, random)
  const parent = head === null ? undefined : snapshotOf(metadata, head)
  const before = parent === undefined ? [] : readManifestList(store.read(parent['manifest-list']).bytes, 'list')
  const list = await storeList(direct, metadata, before, [manifest], snapshotId, name)
  const snapshot: SnapshotJson = {
    'snapshot-id': snapshotId,
    ...(head === null ? {} : { 'parent-snapshot-id': head }),
    'sequence-number': metadata['last-sequence-number'] + 1n,
    'timestamp-ms': Math.max(scheduler.nowMs, parent?.['timestamp-ms'] ?? 0),
    'manifest-list': list,
    summary: { operation: 'append', 'added-data-files': '1', 'added-records': String(rows.length) },
  }
  catalog.apply(
    [{ type: 'assert-ref-snapshot-id', ref: MAIN, 'snapshot-id': head }],
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': MAIN, type: 'branch', 'snapshot-id': snapshotId },
    ],
  )
}

/** To some earlier snapshot; false where there is none with fewer of our records. */
export function rollBack({ scheduler, catalog }: Parts): boolean {
  const { metadata } = catalog
  if (metadata === undefined) return false
  const named = metadata.properties['k2.snapshot-id']
  const past = [...lineage(metadata, headId(metadata))].map((snapshot) => snapshot['snapshot-id'])
  const before = past.slice(past.findIndex((id) => String(id) === named) + 1)
  if (named === undefined || before.length === 0 || before.length === past.length) return false
  const to = scheduler.pick(before)
  catalog.apply([], [{ action: 'set-snapshot-ref', 'ref-name': MAIN, type: 'branch', 'snapshot-id': to }])
  return true
}

/** The properties speak of a snapshot that is not in the history of the head. */
export function isTornOff({ metadata }: Pick<SimCatalog, 'metadata'>): boolean {
  const named = metadata?.properties['k2.snapshot-id']
  let at = metadata?.['current-snapshot-id'] ?? undefined
  while (at !== undefined && String(at) !== named)
    at = metadata?.snapshots?.find((snapshot) => snapshot['snapshot-id'] === at)?.['parent-snapshot-id']
  return at === undefined
}
