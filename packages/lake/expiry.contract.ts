/** Snapshots go, and nothing that another one names. Part of table.contract.ts. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Opened } from './table.contract.ts'
import {
  dataFile,
  expired,
  filled,
  foreignAppend,
  intent,
  listed,
  merged,
  NAME,
  pathsOf,
  sorted,
} from './table.examples.ts'

type Open = (t: TestContext) => Promise<Opened>

export function expiryContract(opened: Open): void {
  it('drops snapshots and tells which files only they named', async (t) => {
    const { table, again } = await opened(t)
    const paths = await filled(table, 4)
    await table.upkeep.replace({ id: 'r', removed: paths.slice(0, 3), added: [merged('big', 3)] })
    const ids = (await table.snapshots()).map(({ id }) => id)
    const [freed] = await expired(table, ids)
    assert.ok(freed)
    assert.deepEqual([...freed.dataFiles.keys()].toSorted(), sorted(paths.slice(0, 3)))
    assert.equal(freed.lists.size, 4)
    assert.equal(freed.manifests.size, 4)
    const later = await again()
    assert.deepEqual(
      (await later.snapshots()).map(({ id }) => id),
      ids.slice(-1),
      'the head stays, whoever asks',
    )
    assert.deepEqual(await pathsOf(later), sorted(['/data/big.parquet', paths[3]!]))
    await assert.rejects(later.plan({}, ids[0]!), { code: 'NOT_FOUND' })
    assert.equal((await later.commit(intent(0, 40n, 50n))).kind, 'committed')
    const rest = await expired(table, ids)
    assert.deepEqual(
      rest.flatMap(({ dataFiles }) => [...dataFiles]),
      [],
    )
  })

  it('goes on from its offsets where only a foreign head is left', async (t) => {
    const { table, again, catalog, store } = await opened(t)
    await filled(table, 2)
    await foreignAppend(catalog, store, dataFile('/data/foreign.parquet'))
    const ids = (await table.snapshots()).map(({ id }) => id)
    await expired(table, ids)
    assert.deepEqual(
      (await table.snapshots()).map(({ id }) => id),
      ids.slice(1),
      'that which the properties speak of stays',
    )
    // Other engines know nothing of that.
    await catalog.commit(NAME, [], [{ action: 'remove-snapshots', 'snapshot-ids': ids.slice(1, 2) }])
    const later = await again()
    assert.deepEqual([...(await later.head()).progress.offsets.values()], [20n])
    assert.equal((await later.commit(intent(0, 10n, 20n))).kind, 'already')
    assert.equal((await later.commit(intent(0, 20n, 30n))).kind, 'committed')
  })

  it('keeps what ties a foreign head to the properties', async (t) => {
    const { table, again, catalog, store } = await opened(t)
    await filled(table, 2)
    for (const name of ['a', 'b']) await foreignAppend(catalog, store, dataFile(`/data/foreign-${name}.parquet`))
    const before = await table.snapshots()
    // As thinning does: of several in a minute the last stays.
    await expired(table, [before[0]!.id, before[2]!.id])
    const later = await again()
    assert.deepEqual(
      (await later.snapshots()).map(({ id }) => id),
      before.slice(1).map(({ id }) => id),
    )
    assert.deepEqual([...(await later.head()).progress.offsets.values()], [20n])
    assert.equal((await later.commit(intent(0, 20n, 30n))).kind, 'committed')
  })

  it('names everything that its snapshots need', async (t) => {
    const { table, store } = await opened(t)
    const paths = await filled(table, 3)
    await table.upkeep.replace({ id: 'r', removed: paths.slice(0, 2), added: [merged('big', 2)] })
    const { lists, manifests, dataFiles } = await table.upkeep.named()
    assert.deepEqual([...dataFiles.keys()].toSorted(), sorted([...paths, '/data/big.parquet']))
    const there = (await listed(store, table)).filter((path) => path.endsWith('.avro'))
    assert.deepEqual([...lists, ...manifests].toSorted(), there)
  })
}
