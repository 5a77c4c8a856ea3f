/** What every catalog does. An adapter's test calls this; `open` gives one without tables. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Catalog, Requirement, Update } from './catalog.ts'
import { MAIN } from './iceberg/apply.ts'
import { newTable } from './iceberg/create.ts'
import { headId } from './iceberg/history.ts'
import type { TableMetadata } from './iceberg/metadata.ts'
import { uuid } from './iceberg/random.ts'
import { NAME } from './table.examples.ts'

export interface CatalogWorld {
  readonly catalog: Catalog
  close(): Promise<void>
}

const conflict = { code: 'LAKE_CONFLICT' }
/** Beyond 2^53: a catalog that rounds it never finds it again. */
const BIG = 9_007_199_254_740_993n

/** A request that puts snapshot `id` on top of what `metadata` says. */
function request(metadata: TableMetadata, id: bigint): [Requirement[], Update[]] {
  const parent = headId(metadata)
  const snapshot = {
    'snapshot-id': id,
    ...(parent === null ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': metadata['last-sequence-number'] + 1n,
    'timestamp-ms': Math.max(Date.now(), metadata['last-updated-ms']),
    'manifest-list': `${metadata.location}/metadata/snap-${id}.avro`,
    summary: { operation: 'append', 'k2.offsets': '{"a":{"0":1}}' },
    'schema-id': metadata['current-schema-id'],
  }
  return [
    [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      { type: 'assert-ref-snapshot-id', ref: MAIN, 'snapshot-id': parent },
    ],
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': MAIN, type: 'branch', 'snapshot-id': id },
      { action: 'set-properties', updates: { 'k2.snapshot-id': String(id) } },
    ],
  ]
}

export function catalogContract(name: string, open: () => Promise<CatalogWorld>): void {
  async function created(t: TestContext) {
    const { catalog, close } = await open()
    t.after(close)
    const first = newTable(TRADES, uuid(Math.random), Date.now())
    return { catalog, first, made: await catalog.create(NAME, first) }
  }

  describe(`${name}: a catalog`, () => {
    it('knows no table before it is created', async (t) => {
      const { catalog, close } = await open()
      t.after(close)
      assert.equal(await catalog.load(NAME), undefined)
    })

    it('gives back what was created: columns, ids, partitions, order, properties', async (t) => {
      const { catalog, first, made } = await created(t)
      const loaded = (await catalog.load(NAME))!
      assert.deepEqual(loaded, made)
      const { metadata } = loaded
      assert.equal(headId(metadata), null)
      assert.deepEqual(metadata.schemas[0]!.fields, first.schemas[0]!.fields)
      assert.deepEqual(metadata['partition-specs'][0]!.fields, first['partition-specs'][0]!.fields)
      assert.deepEqual(metadata['sort-orders'].at(-1)!.fields, first['sort-orders'][0]!.fields)
      for (const [key, value] of Object.entries(first.properties)) assert.equal(metadata.properties[key], value, key)
    })

    it('creates a table once', async (t) => {
      const { catalog, first } = await created(t)
      await assert.rejects(catalog.create(NAME, first), conflict)
    })

    it('takes snapshot, branch and properties in together, ids exact', async (t) => {
      const { catalog, made } = await created(t)
      const answered = await catalog.commit(NAME, ...request(made.metadata, BIG))
      const { metadata } = (await catalog.load(NAME))!
      assert.equal(headId(metadata), BIG)
      assert.equal(headId(answered.metadata), BIG)
      assert.equal(metadata['last-sequence-number'], 1n)
      assert.equal(metadata.properties['k2.snapshot-id'], String(BIG))
      assert.deepEqual(
        metadata.snapshots!.map((snapshot) => snapshot.summary['k2.offsets']),
        ['{"a":{"0":1}}'],
      )
      assert.deepEqual(
        metadata.snapshots!.map((snapshot) => snapshot['snapshot-id']),
        [BIG],
      )
    })

    it('takes nothing of a request whose requirement does not hold', async (t) => {
      const { catalog, made } = await created(t)
      const [requirements, updates] = request(made.metadata, 1n)
      await catalog.commit(NAME, requirements, updates)
      const before = await catalog.load(NAME)
      const another: Requirement[] = [{ type: 'assert-table-uuid', uuid: uuid(Math.random) }]
      const wrongRef: Requirement[] = [{ type: 'assert-ref-snapshot-id', ref: MAIN, 'snapshot-id': 2n }]
      for (const wrong of [requirements, another, wrongRef]) {
        const [, more] = request(before!.metadata, 3n)
        await assert.rejects(catalog.commit(NAME, wrong, more), conflict)
      }
      assert.deepEqual(await catalog.load(NAME), before)
    })

    it('lets exactly one of many at once in', async (t) => {
      const { catalog, made } = await created(t)
      const racers = Array.from({ length: 8 }, (_, i) => catalog.commit(NAME, ...request(made.metadata, BigInt(i + 1))))
      const outcomes = await Promise.allSettled(racers)
      const winners = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [BigInt(i + 1)] : []))
      assert.equal(winners.length, 1)
      const losers = outcomes.filter((outcome) => outcome.status === 'rejected')
      for (const { reason } of losers) assert.equal(reason.code, 'LAKE_CONFLICT')
      assert.equal(headId((await catalog.load(NAME))!.metadata), winners[0])
    })

    it('moves the branch back, and forgets snapshots that are named', async (t) => {
      const { catalog, made } = await created(t)
      const one = await catalog.commit(NAME, ...request(made.metadata, 1n))
      await catalog.commit(NAME, ...request(one.metadata, 2n))
      await catalog.commit(
        NAME,
        [],
        [{ action: 'set-snapshot-ref', 'ref-name': MAIN, type: 'branch', 'snapshot-id': 1n }],
      )
      assert.equal(headId((await catalog.load(NAME))!.metadata), 1n)
      await catalog.commit(NAME, [], [{ action: 'remove-snapshots', 'snapshot-ids': [2n] }])
      const { metadata } = (await catalog.load(NAME))!
      assert.deepEqual(
        metadata.snapshots!.map((snapshot) => snapshot['snapshot-id']),
        [1n],
      )
      assert.equal(metadata['last-sequence-number'], 2n)
    })
  })
}
