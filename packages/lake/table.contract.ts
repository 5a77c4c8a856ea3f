/**
 * What every table does, whatever its catalog and store: exactly once, through conflicts, lost answers, crashes and
 * what other engines do to it. An adapter's test calls this; `open` gives a catalog and a store with nothing in them.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Catalog } from './catalog.ts'
import { MAIN } from './iceberg/apply.ts'
import { type Moment, openTable, type TableOptions } from './iceberg/table.ts'
import { planContract } from './plan.contract.ts'
import type { Store } from './store/store.ts'
import { advance, dataFile, foreignAppend, intent, NAME, TOPIC } from './table.examples.ts'
import type { Hole, Intent, Table } from './table.ts'

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
    races(opened)
    answersLost(opened)
    crashes(opened)
    others(opened)
  })
  describe(`${name}: a table is planned on`, () => planContract(opened))
}

type Open = (t: TestContext) => Promise<Opened>

const pathsOf = async (table: Table) => (await table.plan({})).files.map((file) => file.path).sort()

/** Every attempt at the intent succeeded or was seen to have: its file is there once. */
async function assertOnce(table: Table, ...intents: Intent[]) {
  assert.deepEqual(await pathsOf(table), intents.flatMap((one) => one.files.map((file) => file.path)).sort())
}

function commits(opened: Open): void {
  it('opens empty, and the same for the second who opens it', async (t) => {
    const { table, again } = await opened(t)
    const head = await table.head()
    assert.equal(head.snapshotId, null)
    assert.equal(head.committedAtMs, null)
    assert.deepEqual([...head.progress.offsets], [])
    assert.deepEqual(await (await again()).head(), head)
    assert.deepEqual(await table.plan({}), { head, files: [], skipped: { manifests: 0, files: 0 } })
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

function races(opened: Open): void {
  it('opens one table for two who create it at once', async (t) => {
    const { catalog, store } = await opened(t)
    const options = { now: Date.now, random: Math.random, catalog, store }
    const { QUOTES } = await import('@k2/contracts/tables.ts')
    const tables = await Promise.all(Array.from({ length: 4 }, () => openTable({ ...options, spec: QUOTES })))
    const uuids = new Set(await Promise.all(tables.map(async (table) => (await table.head()).tableUuid)))
    assert.equal(uuids.size, 1)
  })

  it('lets writers of different partitions all in', async (t) => {
    const { table, again } = await opened(t)
    const writers = await Promise.all(Array.from({ length: 4 }, () => again()))
    const works = writers.map((_, i) => [intent(i, null, 10n), intent(i, 10n, 20n), intent(i, 20n, 30n)])
    await Promise.all(
      writers.map(async (writer, i) => {
        for (const work of works[i]!) assert.equal((await writer.commit(work)).kind, 'committed')
      }),
    )
    await assertOnce(table, ...works.flat())
    assert.deepEqual([...(await table.head()).progress.offsets.values()], [30n, 30n, 30n, 30n])
    assert.equal((await table.snapshots()).at(-1)!.summary['total-data-files'], '12')
  })

  it('lets exactly one of two writers of a partition in; the other is stale', async (t) => {
    const { table, again } = await opened(t)
    const works = [intent(0, null, 10n), intent(0, null, 11n)]
    const writers = await Promise.all(works.map(() => again()))
    const outcomes = await Promise.all(writers.map((writer, i) => writer.commit(works[i]!)))
    assert.deepEqual(outcomes.map((outcome) => outcome.kind).sort(), ['committed', 'stale'])
    await assertOnce(table, works[outcomes.findIndex((outcome) => outcome.kind === 'committed')]!)
  })

  it('gives up a storm of conflicts in the end, with nothing in and no list left behind', async (t) => {
    const { table, again, catalog, store } = await opened(t)
    const storm = { ...catalog, commit: async () => Promise.reject(new K2Error('LAKE_CONFLICT', 'another came first')) }
    const stormy = await again({ catalog: storm, sleep: async () => {} })
    await assert.rejects(stormy.commit(intent(0, null, 10n)), { code: 'LAKE_UNAVAILABLE' })
    await assertOnce(table)
    const files = await Array.fromAsync(store.list(table.location))
    assert.deepEqual(
      files.filter((file) => file.location.includes('snap-')),
      [],
    )
  })

  it('gets through a few conflicts', async (t) => {
    const { table, again, catalog } = await opened(t)
    let left = 5
    const commit: Catalog['commit'] = async (...request) => {
      if (left-- > 0) throw new K2Error('LAKE_CONFLICT', 'another came first')
      return catalog.commit(...request)
    }
    const writer = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    assert.equal((await writer.commit(intent(0, null, 10n))).kind, 'committed')
    await assertOnce(table, intent(0, null, 10n))
  })
}

const lost = () => new K2Error('COMMIT_UNKNOWN', 'the answer was lost')

function answersLost(opened: Open): void {
  it('says already where the commit was in and its answer was lost', async (t) => {
    const { table, again, catalog } = await opened(t)
    const commit: Catalog['commit'] = async (...request) => {
      await catalog.commit(...request)
      throw lost()
    }
    const writer = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    assert.equal((await writer.commit(intent(0, null, 10n))).kind, 'already')
    await assertOnce(table, intent(0, null, 10n))
  })

  it('tries again where the request was lost', async (t) => {
    const { table, again, catalog } = await opened(t)
    let calls = 0
    const commit: Catalog['commit'] = async (...request) => {
      if (calls++ === 0) throw lost()
      return catalog.commit(...request)
    }
    const writer = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    assert.equal((await writer.commit(intent(0, null, 10n))).kind, 'committed')
    await assertOnce(table, intent(0, null, 10n))
  })

  it('has one copy where a request thought lost gets in after all', async (t) => {
    const { table, again, catalog } = await opened(t)
    let delayed: (() => Promise<unknown>) | undefined
    const commit: Catalog['commit'] = async (...request) => {
      if (delayed === undefined) {
        delayed = () => catalog.commit(...request)
        throw lost()
      }
      await delayed()
      return catalog.commit(...request)
    }
    const writer = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    assert.equal((await writer.commit(intent(0, null, 10n))).kind, 'already')
    await assertOnce(table, intent(0, null, 10n))
  })

  it('keeps the outcome unknown while it cannot look, and knows it later', async (t) => {
    const { table, again, catalog } = await opened(t)
    let isDown = false
    const down: Catalog = {
      ...catalog,
      load: async (name) => (isDown ? Promise.reject(new K2Error('LAKE_UNAVAILABLE', 'down')) : catalog.load(name)),
      commit: async (...request) => {
        await catalog.commit(...request)
        isDown = true
        throw lost()
      },
    }
    const writer = await again({ catalog: down, sleep: async () => {} })
    await assert.rejects(writer.commit(intent(0, null, 10n)), { code: 'COMMIT_UNKNOWN' })
    isDown = false
    assert.equal((await writer.commit(intent(0, null, 10n))).kind, 'already')
    await assertOnce(table, intent(0, null, 10n))
  })

  it('does not delete a list whose snapshot got in although the answer was conflict', async (t) => {
    const { table, again, catalog } = await opened(t)
    const commit: Catalog['commit'] = async (...request) => {
      await catalog.commit(...request)
      return catalog.commit(...request)
    }
    const writer = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    assert.equal((await writer.commit(intent(0, null, 10n))).kind, 'already')
    await assertOnce(table, intent(0, null, 10n))
  })
}

const MOMENTS: Moment[] = [
  'lake.commit.decided',
  'lake.commit.manifest-written',
  'lake.commit.list-written',
  'lake.commit.published',
]

function crashes(opened: Open): void {
  for (const moment of MOMENTS) {
    it(`is whole after a crash at ${moment}, and trying again gives one copy`, async (t) => {
      const { table, again } = await opened(t)
      await table.commit(intent(1, null, 5n))
      const reached = (now: Moment) => {
        if (now === moment) throw new Error('crash')
      }
      await assert.rejects((await again({ reached })).commit(intent(0, null, 10n)), /crash/)
      const isIn = moment === 'lake.commit.published'
      await assertOnce(await again(), intent(1, null, 5n), ...(isIn ? [intent(0, null, 10n)] : []))
      assert.equal((await (await again()).commit(intent(0, null, 10n))).kind, isIn ? 'already' : 'committed')
      await assertOnce(await again(), intent(1, null, 5n), intent(0, null, 10n))
    })
  }
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
