/** Upkeep changes files, manifests and snapshots, and no answer. Part of table.contract.ts. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Catalog } from './catalog.ts'
import { readManifestList } from './iceberg/manifest-list.ts'
import type { Opened } from './table.contract.ts'
import {
  dataFile,
  filled,
  foreignAppend,
  foreignDeletes,
  intent,
  listed,
  merged,
  NAME,
  pathsOf,
  seeded,
  sorted,
} from './table.examples.ts'

type Open = (t: TestContext) => Promise<Opened>

export function upkeepContract(opened: Open): void {
  replaces(opened)
  rowDeletes(opened)
  races(opened)
}

function replaces(opened: Open): void {
  it('puts one file in the place of several; offsets, holes and totals stay', async (t) => {
    const { table, again } = await opened(t)
    const paths = await filled(table, 5)
    const before = await table.head()
    const replacement = { id: 'r1', removed: paths.slice(0, 4), added: [merged('big', 4)] }
    assert.equal(await table.upkeep.replace(replacement), true)
    const later = await again()
    assert.deepEqual(await pathsOf(later), sorted(['/data/big.parquet', paths[4]!]))
    const { progress, snapshotId } = await later.head()
    assert.deepEqual(progress, before.progress)
    assert.notEqual(snapshotId, before.snapshotId)
    const { operation, summary } = (await later.snapshots()).at(-1)!
    assert.equal(operation, 'replace')
    assert.deepEqual(
      ['deleted-data-files', 'added-data-files', 'deleted-records', 'total-data-files', 'total-records'].map(
        (key) => summary[key],
      ),
      ['4', '1', '4', '2', '5'],
    )
    // The past is as it was.
    const past = await later.plan({}, before.snapshotId!)
    assert.deepEqual(sorted(past.files.map(({ path }) => path)), sorted(paths))
    // And the log goes on where it was.
    assert.equal((await later.commit(intent(0, 50n, 60n))).kind, 'committed')
    assert.equal((await later.commit(intent(0, 40n, 50n))).kind, 'already')
  })

  it('leaves few manifests, however many commits there were', async (t) => {
    const { table } = await opened(t)
    const paths = await filled(table, 12)
    assert.equal((await table.upkeep.manifests()).all, 12)
    assert.equal(await table.upkeep.replace({ id: 'm', removed: [], added: [] }), true)
    assert.equal((await table.upkeep.manifests()).all, 1)
    assert.deepEqual(await pathsOf(table), sorted(paths))
    assert.equal(await table.upkeep.replace({ id: 'r', removed: paths.slice(0, 11), added: [merged('b', 11)] }), true)
    assert.equal((await table.upkeep.manifests()).all, 1)
    assert.deepEqual(await pathsOf(table), sorted(['/data/b.parquet', paths[11]!]))
    await filled(table, 1, 12)
    assert.equal((await table.upkeep.manifests()).all, 2)
  })

  it('tells day, bucket, size and rows of each file', async (t) => {
    const { table } = await opened(t)
    const { path, sizeBytes, rows, day, bucket } = intent(0, null, 10n).files[0]!
    await filled(table, 1)
    assert.deepEqual(await table.upkeep.files(), [{ path, sizeBytes, rows, day, bucket }])
  })

  it('refuses to take out what is not there, and leaves nothing behind', async (t) => {
    const { table, store } = await opened(t)
    const paths = await filled(table, 2)
    const files = await listed(store, table)
    const gone = { id: 'x', removed: [paths[0]!, '/data/never.parquet'], added: [merged('c', 2)] }
    assert.equal(await table.upkeep.replace(gone), false)
    assert.deepEqual(await listed(store, table), files)
    assert.deepEqual(await pathsOf(table), sorted(paths))
  })

  it("keeps other engines' files, and takes them in", async (t) => {
    const { table, catalog, store } = await opened(t)
    const [path] = await filled(table, 1)
    await foreignAppend(catalog, store, dataFile('/data/foreign.parquet'))
    const head = await table.head()
    assert.equal(await table.upkeep.replace({ id: 'f', removed: [path!], added: [merged('d', 1)] }), true)
    assert.deepEqual(await pathsOf(table), ['/data/d.parquet', '/data/foreign.parquet'])
    assert.deepEqual((await table.head()).progress, head.progress)
    const both = ['/data/d.parquet', '/data/foreign.parquet']
    assert.equal(await table.upkeep.replace({ id: 'g', removed: both, added: [merged('e', 2)] }), true)
    assert.deepEqual(await pathsOf(table), ['/data/e.parquet'])
    assert.equal((await table.commit(intent(0, 10n, 20n))).kind, 'committed')
  })
}

/** Of the newest snapshot, those of deletes. */
async function deletesIn({ catalog, store }: Opened) {
  const { metadata } = (await catalog.load(NAME))!
  const list = metadata.snapshots!.at(-1)!['manifest-list']
  return readManifestList(await store.read(list), list).filter(({ content }) => content === 'deletes')
}

function rowDeletes(opened: Open): void {
  it('takes no file out from under deletes of its rows; manifests of data come together, theirs stay', async (t) => {
    const world = await opened(t)
    const { table, catalog, store } = world
    const paths = await filled(table, 3)
    await foreignDeletes(catalog, store)
    await filled(table, 2, 3)
    const deletes = await deletesIn(world)
    assert.deepEqual(await table.upkeep.manifests(), { all: 6, small: 5, deletes: 1 })
    assert.equal(await table.upkeep.replace({ id: 'r', removed: paths, added: [merged('big', 3)] }), false)
    const files = (await table.upkeep.files()).map(({ path }) => path)
    assert.equal(await table.upkeep.replace({ id: 'm', removed: [], added: [] }), true)
    assert.deepEqual(await table.upkeep.manifests(), { all: 2, small: 0, deletes: 1 })
    assert.deepEqual(await deletesIn(world), deletes, 'with the number that says which files they are of')
    assert.deepEqual(sorted((await table.upkeep.files()).map(({ path }) => path)), sorted(files))
  })

  it('is not in where deletes of rows came first', async (t) => {
    const { table, again, catalog, store } = await opened(t)
    const paths = await filled(table, 3)
    let isFirst = true
    const commit: Catalog['commit'] = async (...request) => {
      if (isFirst) await foreignDeletes(catalog, store)
      isFirst = false
      return catalog.commit(...request)
    }
    const slow = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    assert.equal(await slow.upkeep.replace({ id: 'r', removed: paths, added: [merged('big', 3)] }), false)
    assert.equal(isFirst, false)
    assert.deepEqual(sorted((await table.upkeep.files()).map(({ path }) => path)), sorted(paths))
  })
}

function races(opened: Open): void {
  it('decides again after a commit came first: the newcomer stays', async (t) => {
    const { table, again, catalog } = await opened(t)
    const paths = await filled(table, 3)
    let isFirst = true
    const commit: Catalog['commit'] = async (...request) => {
      if (isFirst) {
        isFirst = false
        paths.push(...(await filled(table, 1, 3)))
      }
      return catalog.commit(...request)
    }
    const slow = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    const work = { id: 'r', removed: paths.slice(0, 3), added: [merged('big', 3)] }
    assert.equal(await slow.upkeep.replace(work), true)
    assert.deepEqual(await pathsOf(table), sorted(['/data/big.parquet', paths[3]!]))
  })

  it('lets one of two compactions of a file in', async (t) => {
    const { table, again } = await opened(t)
    const paths = await filled(table, 3)
    const writers = await Promise.all([again(), again()])
    const outcomes = await Promise.all(
      writers.map((writer, i) =>
        writer.upkeep.replace({ id: `r${i}`, removed: paths.slice(i, i + 2), added: [merged(`m${i}`, 2)] }),
      ),
    )
    assert.deepEqual(outcomes.toSorted(), [false, true])
    const expected = outcomes[0] ? ['/data/m0.parquet', paths[2]!] : ['/data/m1.parquet', paths[0]!]
    assert.deepEqual(await pathsOf(table), sorted(expected))
  })

  it('is in once where the answer was lost', async (t) => {
    const { table, again, catalog } = await opened(t)
    const paths = await filled(table, 3)
    const commit: Catalog['commit'] = async (...request) => {
      await catalog.commit(...request)
      throw new K2Error('COMMIT_UNKNOWN', 'the answer was lost')
    }
    const writer = await again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    assert.equal(await writer.upkeep.replace({ id: 'r', removed: paths, added: [merged('big', 3)] }), true)
    assert.deepEqual(await pathsOf(table), ['/data/big.parquet'])
    assert.equal((await table.snapshots()).filter(({ operation }) => operation === 'replace').length, 1)
  })

  it('loses and doubles nothing among appends and compactions of several writers', async (t) => {
    const seed = Number(process.hrtime.bigint() % 1_000_000n)
    t.diagnostic(`seed ${seed}`)
    const random = seeded(seed)
    const { table, again } = await opened(t)
    const live = new Map<string, number>()
    const appends = [1, 2].map(async (partition) => {
      const writer = await again()
      for (let i = 0; i < 12; i++) {
        const work = intent(partition, i === 0 ? null : BigInt(i * 10), BigInt((i + 1) * 10))
        assert.equal((await writer.commit(work)).kind, 'committed')
        live.set(work.files[0]!.path, 1)
      }
    })
    const compactions = [0, 1].map(async (one) => {
      const writer = await again()
      for (let i = 0; i < 6; i++) {
        const some = [...live].filter(() => random() < 0.5)
        if (some.length === 0) continue
        const rows = some.reduce((sum, [, count]) => sum + count, 0)
        const file = merged(`c${one}-${i}`, rows)
        if (!(await writer.upkeep.replace({ id: file.path, removed: some.map(([path]) => path), added: [file] })))
          continue
        for (const [path] of some) live.delete(path)
        live.set(file.path, rows)
      }
    })
    await Promise.all([...appends, ...compactions])
    assert.deepEqual(await pathsOf(table), sorted([...live.keys()]))
    const { files } = await table.plan({})
    assert.equal(
      files.reduce((sum, file) => sum + file.rows, 0),
      24,
    )
    assert.equal((await table.snapshots()).at(-1)!.summary['total-records'], '24')
  })
}
