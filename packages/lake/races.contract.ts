/** Exactly once through races, lost answers and crashes. Part of table.contract.ts. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { QUOTES } from '@k2/contracts/tables.ts'
import type { Catalog } from './catalog.ts'
import type { Moment } from './iceberg/attempts.ts'
import { openTable } from './iceberg/table.ts'
import type { Opened } from './table.contract.ts'
import { assertOnce, dataFile, expired, intent, TOPIC } from './table.examples.ts'
import type { Hole, Named, Table } from './table.ts'

type Open = (t: TestContext) => Promise<Opened>

export function raceContract(opened: Open): void {
  races(opened)
  expiries(opened)
  answersLost(opened)
  crashes(opened)
}

function races(opened: Open): void {
  it('opens one table for two who create it at once', async (t) => {
    const { catalog, store } = await opened(t)
    const options = { now: Date.now, random: Math.random, catalog, store }
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

const pathsIn = ({ lists, manifests, holes, dataFiles }: Named): string[] =>
  [...lists, ...manifests, ...holes, ...dataFiles.keys()].toSorted()

/** A table each of whose files is named by snapshots in a row: appended, and soon compacted away. */
async function historic(table: Table): Promise<bigint[]> {
  const holesAdded = Array.from({ length: 300 }, (_, i): Hole => {
    return { topic: TOPIC, partition: 0, from: BigInt(i * 2), to: BigInt(i * 2 + 1), reason: 'rejected' }
  })
  const first = intent(0, null, 600n, { holesAdded })
  await table.commit(first)
  await table.commit(intent(1, null, 10n))
  const struck = { holesRead: holesAdded, holesStruck: holesAdded }
  await table.commit(intent(0, 600n, 610n, struck))
  const removed = (await table.upkeep.files()).map(({ path }) => path)
  await table.upkeep.replace({ id: 'r', removed, added: [{ ...dataFile('/data/all.parquet'), rows: 3 }] })
  await table.commit(intent(1, 10n, 20n))
  return (await table.snapshots()).map(({ id }) => id)
}

const ways: [name: string, own: number[], other: number[], isUnheard: boolean][] = [
  ['each drops others', [0, 2], [1, 3], false],
  ['both drop the same', [0, 1, 2], [0, 1, 2], false],
  ['some are of both', [1, 2, 3], [0, 1, 2], false],
  ['the answer is lost', [0, 2], [1, 3], true],
]

function expiries(opened: Open): void {
  for (const [name, own, other, isUnheard] of ways) {
    it(`notes every file that nobody names where two drop snapshots at once: ${name}`, async (t) => {
      const { table, again, catalog } = await opened(t)
      const ids = await historic(table)
      const before = pathsIn(await table.upkeep.named())
      const noted: Named[] = []
      let calls = 0
      const commit: Catalog['commit'] = async (...request) => {
        if (calls++ === 0)
          noted.push(
            ...(await expired(
              table,
              other.map((i) => ids[i]!),
            )),
          )
        const loaded = await catalog.commit(...request)
        if (isUnheard && calls === 1) throw lost()
        return loaded
      }
      const slow = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
      noted.push(
        ...(await expired(
          slow,
          own.map((i) => ids[i]!),
        )),
      )
      const after = new Set(pathsIn(await (await again()).upkeep.named()))
      const gone = before.filter((path) => !after.has(path))
      assert.ok(gone.some((path) => path.includes('k2-holes')) && gone.some((path) => path.startsWith('/data/')))
      assert.deepEqual([...new Set(noted.flatMap(pathsIn))].toSorted(), gone)
    })
  }
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

  it('keeps the outcome unknown where the next try fails for good: the first may still get in', async (t) => {
    const { table, again, catalog } = await opened(t)
    const sent: (() => Promise<unknown>)[] = []
    const commit: Catalog['commit'] = async (...request) => {
      sent.push(() => catalog.commit(...request))
      throw sent.length === 1 ? lost() : new K2Error('LAKE_UNAVAILABLE', 'down')
    }
    const writer = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    await assert.rejects(writer.commit(intent(0, null, 10n)), { code: 'COMMIT_UNKNOWN' })
    await sent[0]!()
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
