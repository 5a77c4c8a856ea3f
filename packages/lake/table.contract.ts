/**
 * What every table does, whatever its catalog and store: exactly once, through conflicts, lost answers, crashes and
 * what other engines do to it. An adapter's test calls this; `open` gives a catalog and a store with nothing in them.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Catalog } from './catalog.ts'
import { expiryContract } from './expiry.contract.ts'
import { holesContract } from './holes.contract.ts'
import { MAIN } from './iceberg/apply.ts'
import { openTable, type TableOptions } from './iceberg/table.ts'
import { planContract } from './plan.contract.ts'
import { raceContract } from './races.contract.ts'
import type { Store } from './store/store.ts'
import { advance, assertOnce, dataFile, foreignAppend, intent, NAME, TOPIC } from './table.examples.ts'
import type { Hole, Table } from './table.ts'
import { upkeepContract } from './upkeep.contract.ts'

export interface World {
  readonly catalog: Catalog
  readonly store: Store
  close(): Promise<void>
}

export interface Opened extends World {
  readonly table: Table
  /** Another writer's view of the same table. */
  again(options?: Partial<TableOptions>): Promise<Table>
}

const key = (partition: number) => `${TOPIC}/${partition}` as const
const deferred = (partition: number, from: bigint, to: bigint): Hole => ({
  topic: TOPIC,
  partition,
  from,
  to,
  reason: 'deferred',
  policy: 'p1',
})

export function tableContract(name: string, open: () => Promise<World>): void {
  async function opened(t: TestContext): Promise<Opened> {
    const world = await open()
    t.after(() => world.close())
    const again = (options: Partial<TableOptions> = {}) =>
      openTable({
        spec: TRADES,
        now: Date.now,
        random: Math.random,
        catalog: world.catalog,
        store: world.store,
        ...options,
      })
    return { ...world, table: await again(), again }
  }

  describe(`${name}: a table takes work in exactly once`, () => {
    commits(opened)
    raceContract(opened)
    others(opened)
  })
  describe(`${name}: a table keeps its holes`, () => holesContract(opened))
  describe(`${name}: a table is planned on`, () => planContract(opened))
  describe(`${name}: a table is kept healthy`, () => {
    upkeepContract(opened)
    expiryContract(opened)
  })
}

type Open = (t: TestContext) => Promise<Opened>

function commits(opened: Open): void {
  it('opens empty, and the same for the second who opens it', async (t) => {
    const { table, again } = await opened(t)
    const head = await table.head()
    assert.equal(head.snapshotId, null)
    assert.equal(head.committedAtMs, null)
    assert.deepEqual([...head.progress.offsets], [])
    assert.deepEqual(await (await again()).head(), head)
    assert.deepEqual(await table.plan({}), { head, files: [], skipped: { manifests: 0, files: 0, bytes: 0 } })
  })

  it('lands files, offsets, last records and holes in one step', async (t) => {
    const { table } = await opened(t)
    const work = intent(0, null, 10n, { holesAdded: [deferred(0, 4n, 6n)] })
    const outcome = await table.commit(work)
    assert.equal(outcome.kind, 'committed')
    const head = await table.head()
    assert.deepEqual(outcome.head, head)
    assert.equal(head.progress.offsets.get(key(0)), 10n)
    assert.deepEqual(head.progress.last.get(key(0)), work.advances[0]!.last)
    assert.deepEqual(head.progress.holes, [deferred(0, 4n, 6n)])
    await assertOnce(table, work)
    const [snapshot] = await table.snapshots()
    assert.equal(snapshot!.id, head.snapshotId)
    assert.equal(snapshot!.summary['added-records'], '1')
    assert.equal(snapshot!.summary['total-records'], '1')
  })

  it('says already to the same work, also when others came after it', async (t) => {
    const { table } = await opened(t)
    await table.commit(intent(0, null, 10n))
    await table.commit(intent(1, null, 5n))
    assert.equal((await table.commit(intent(0, null, 10n))).kind, 'already')
    await assertOnce(table, intent(0, null, 10n), intent(1, null, 5n))
  })

  it('refuses work from another offset, and says which', async (t) => {
    const { table } = await opened(t)
    await table.commit(intent(0, null, 10n))
    for (const expected of [null, 9n, 11n]) {
      const outcome = await table.commit(intent(0, expected, 20n))
      assert.equal(outcome.kind, 'stale')
      assert.match(
        outcome.kind === 'stale' ? outcome.why : '',
        new RegExp(`${key(0)} stands at offset 10 .* prepared from ${expected ?? 'none'}`),
      )
    }
    await assertOnce(table, intent(0, null, 10n))
  })

  it('refuses work that read other holes, and says which', async (t) => {
    const { table } = await opened(t)
    await table.commit(intent(0, null, 10n, { holesAdded: [deferred(0, 4n, 6n)] }))
    const outcome = await table.commit(intent(0, 10n, 20n))
    assert.match(
      outcome.kind === 'stale' ? outcome.why : '',
      /binance\/0 has the holes .*\[4, 6\) deferred in the table.*from none/,
    )
  })

  it('adds holes without rows, strikes parts of them with rows, and never one that is not there', async (t) => {
    const { table } = await opened(t)
    await table.commit(intent(0, null, 10n, { files: [], holesAdded: [deferred(0, 0n, 10n)] }))
    await table.commit(intent(0, 10n, 20n, { holesRead: [deferred(0, 0n, 10n)], holesAdded: [deferred(0, 10n, 15n)] }))
    assert.deepEqual((await table.head()).progress.holes, [deferred(0, 0n, 15n)])
    const read = [deferred(0, 0n, 15n)]
    const backfill = { advances: [], holesRead: read, holesStruck: [deferred(0, 3n, 12n)], commitId: 'back-fill' }
    assert.equal((await table.commit(intent(0, null, 0n, backfill))).kind, 'committed')
    const { holes, offsets } = (await table.head()).progress
    assert.deepEqual(holes, [deferred(0, 0n, 3n), deferred(0, 12n, 15n)])
    assert.equal(offsets.get(key(0)), 20n)
    const twice = { ...backfill, holesRead: holes, commitId: 'back-fill again' }
    await assert.rejects(table.commit(intent(0, null, 0n, twice)), /is struck and was no hole/)
  })

  it('lands progress without rows', async (t) => {
    const { table } = await opened(t)
    await table.commit(intent(0, null, 10n, { files: [] }))
    assert.equal((await table.head()).progress.offsets.get(key(0)), 10n)
    await assertOnce(table)
  })

  it('never goes back: that is a bug of ours', async (t) => {
    const { table } = await opened(t)
    await assert.rejects(table.commit(intent(0, 10n, 9n)), RangeError)
    await assert.rejects(
      table.commit(intent(0, null, 9n, { advances: [advance(0, null, 9n), advance(0, 9n, 10n)] })),
      RangeError,
    )
    await assert.rejects(table.commit(intent(0, null, 9n, { holesAdded: [deferred(0, 8n, 10n)] })), /lies beyond 9/)
  })

  it("moves time forward only, whatever the writer's clock says", async (t) => {
    const { table, again } = await opened(t)
    await table.commit(intent(0, null, 10n))
    const slow = await again({ now: () => 0 })
    assert.equal((await slow.commit(intent(0, 10n, 20n))).kind, 'committed')
    const [first, second] = await table.snapshots()
    assert.ok(second!.committedAtMs >= first!.committedAtMs)
  })
}

/** Moves the branch, as a person's rollback does. */
async function rollBack({ catalog }: World, to: bigint): Promise<void> {
  await catalog.commit(NAME, [], [{ action: 'set-snapshot-ref', 'ref-name': MAIN, type: 'branch', 'snapshot-id': to }])
}

const disagrees = { code: 'LAKE_DISAGREES', message: /rolled the table back.*Nothing is written until/ }

function others(opened: Open): void {
  it('goes on over appends of others', async (t) => {
    const { table, catalog, store } = await opened(t)
    const foreign = intent(9, null, 0n, { files: [dataFile('/data/foreign.parquet')] })
    await foreignAppend(catalog, store, foreign.files[0]!)
    await table.commit(intent(0, null, 10n))
    await foreignAppend(catalog, store, dataFile('/data/foreign-2.parquet'))
    assert.equal((await table.head()).progress.offsets.get(key(0)), 10n)
    assert.equal((await table.commit(intent(0, null, 10n))).kind, 'already')
    assert.equal((await table.commit(intent(0, 10n, 20n))).kind, 'committed')
    const second = { ...foreign, files: [dataFile('/data/foreign-2.parquet')] }
    await assertOnce(table, foreign, second, intent(0, null, 10n), intent(0, 10n, 20n))
  })

  it('refuses after a rollback by others, and again when they append on it', async (t) => {
    const world = await opened(t)
    const { table, catalog, store } = world
    const first = await table.commit(intent(0, null, 10n))
    await table.commit(intent(0, 10n, 20n))
    await rollBack(world, first.head.snapshotId!)
    await assert.rejects(table.head(), disagrees)
    await assert.rejects(table.commit(intent(0, 10n, 20n)), disagrees)
    await foreignAppend(catalog, store, dataFile('/data/foreign.parquet'))
    await assert.rejects(table.head(), disagrees)
    const past = await table.plan({}, first.head.snapshotId!)
    assert.equal(past.head.progress.offsets.get(key(0)), 10n)
  })

  it('knows its progress from the properties when its snapshots have expired', async (t) => {
    const { table, catalog, store } = await opened(t)
    const work = intent(0, null, 10n, { holesAdded: [deferred(0, 4n, 6n)] })
    const { head } = await table.commit(work)
    await foreignAppend(catalog, store, dataFile('/data/foreign.parquet'))
    await catalog.commit(NAME, [], [{ action: 'remove-snapshots', 'snapshot-ids': [head.snapshotId!] }])
    const now = await table.head()
    assert.deepEqual(now.progress, head.progress)
    assert.equal((await table.commit(work)).kind, 'already')
    const next = intent(0, 10n, 20n, { holesRead: head.progress.holes })
    assert.equal((await table.commit(next)).kind, 'committed')
    assert.equal((await table.head()).progress.offsets.get(key(0)), 20n)
  })
}
