/** Holes that are too many for a summary lie in a file, and nobody who asks sees the difference. Part of table.contract.ts. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Catalog } from './catalog.ts'
import type { Opened } from './table.contract.ts'
import { dataFile, expired, foreignAppend, intent, NAME, pathsOf, TOPIC } from './table.examples.ts'
import type { Hole, Table } from './table.ts'

type Open = (t: TestContext) => Promise<Opened>

/** Every second offset of partition 0, up to `to`. */
const holesTo = (to: number): Hole[] =>
  Array.from({ length: to / 2 }, (_, i) => {
    const from = BigInt(i * 2)
    return { topic: TOPIC, partition: 0, from, to: from + 1n, reason: 'rejected' }
  })

const MANY = holesTo(400)
const first = intent(0, null, 400n, { holesAdded: MANY })

const said = async (table: Table) => (await table.snapshots()).map(({ summary }) => summary['k2.holes']!)
const fileIn = (text: string | undefined): string => (JSON.parse(text ?? '{}') as { file: string }).file

async function filesOf({ store }: Opened, table: Table): Promise<string[]> {
  const files = await Array.fromAsync(store.list(table.location))
  return files.map(({ location }) => location).filter((location) => location.includes('k2-holes-'))
}

export function holesContract(opened: Open): void {
  it('puts them into a file where they are many, and back where they are few again', async (t) => {
    const world = await opened(t)
    const { table, again, catalog } = world
    const few = { ...first, holesAdded: holesTo(20) }
    assert.equal((await table.commit(few)).kind, 'committed')
    const more = intent(0, 400n, 1_000n, { holesRead: few.holesAdded, holesAdded: MANY.slice(10) })
    const { head } = await table.commit(more)
    const back = intent(0, 1_000n, 1_001n, { holesRead: MANY, holesStruck: MANY.slice(1) })
    assert.equal((await (await again()).commit(back)).kind, 'committed')
    const [inline, file, inlineAgain] = await said(table)
    assert.match(inline!, /^\[\["market/)
    assert.match(fileIn(file), /\/metadata\/k2-holes-[0-9a-f]{32}-crc32-[0-9a-f]{8}\.json$/)
    assert.equal(inlineAgain, `[["${TOPIC}",0,0,1,"rejected"]]`)
    assert.equal((await catalog.load(NAME))!.metadata.properties['k2.holes'], inlineAgain)
    assert.deepEqual(head.progress.holes, MANY)
    assert.deepEqual((await (await again()).plan({}, head.snapshotId!)).head, head)
    assert.deepEqual((await table.head()).progress.holes, MANY.slice(0, 1))
  })

  it('names the same file again while they stay: appended to, compacted, appended to by others', async (t) => {
    const world = await opened(t)
    const { table, again, catalog, store } = world
    await table.commit(first)
    await table.commit(intent(0, 400n, 410n, { holesRead: MANY }))
    await table.commit(intent(1, null, 10n))
    const removed = await pathsOf(table)
    await table.upkeep.replace({ id: 'r', removed, added: [{ ...dataFile('/data/big.parquet'), rows: 3 }] })
    await foreignAppend(catalog, store, dataFile('/data/foreign.parquet'))
    const later = await again()
    assert.equal(new Set((await said(later)).slice(0, 4)).size, 1)
    assert.equal((await filesOf(world, table)).length, 1)
    assert.deepEqual((await later.head()).progress.holes, MANY)
    const stale = await later.commit(intent(0, 410n, 420n))
    assert.match(stale.kind === 'stale' ? stale.why : '', /has the holes .* and 195 more in the table.* from none/)
    assert.equal((await later.commit(intent(0, 410n, 420n, { holesRead: MANY }))).kind, 'committed')
  })

  it('writes one file for all attempts of a commit, and leaves none where it is stale', async (t) => {
    const world = await opened(t)
    const { table, again, catalog } = world
    const writer = (before: () => Promise<unknown>) => {
      let left = 3
      const commit: Catalog['commit'] = async (...request) => {
        if (left-- === 0) await before()
        if (left >= 0) throw new K2Error('LAKE_CONFLICT', 'another came first')
        return catalog.commit(...request)
      }
      return again({ catalog: { ...catalog, commit }, sleep: async () => {} })
    }
    assert.equal((await (await writer(async () => {})).commit(first)).kind, 'committed')
    assert.equal((await filesOf(world, table)).length, 1)
    const other = intent(0, 400n, 500n, { holesRead: MANY })
    const late = await writer(() => table.commit(other))
    const adds = { holesRead: MANY, holesAdded: holesTo(402).slice(-1) }
    assert.equal((await late.commit(intent(0, 400n, 410n, adds))).kind, 'stale')
    assert.equal((await filesOf(world, table)).length, 1)
    // What another adds between two attempts is in the second's file.
    const others = holesTo(20).map((hole) => ({ ...hole, partition: 1 }))
    const between = await writer(() => table.commit(intent(1, null, 20n, { holesAdded: others })))
    const last = intent(0, 500n, 501n, { holesRead: MANY, holesStruck: MANY.slice(0, 1) })
    assert.equal((await between.commit(last)).kind, 'committed')
    assert.deepEqual((await (await again()).head()).progress.holes, [...MANY.slice(1), ...others])
  })

  it('keeps the file while a snapshot or the properties name it, and no longer', async (t) => {
    const world = await opened(t)
    const { table, again, catalog, store } = world
    await table.commit(first)
    const [file] = await filesOf(world, table)
    await foreignAppend(catalog, store, dataFile('/data/foreign.parquet'))
    const ids = async () => (await table.snapshots()).map(({ id }) => id)
    const kept = await expired(table, await ids())
    assert.deepEqual(
      kept.flatMap(({ holes }) => [...holes]),
      [],
    )
    await catalog.commit(NAME, [], [{ action: 'remove-snapshots', 'snapshot-ids': (await ids()).slice(0, 1) }])
    assert.deepEqual([...(await table.upkeep.named()).holes], [file])
    const later = await again()
    assert.deepEqual((await later.head()).progress.holes, MANY)
    await later.commit(intent(0, 400n, 500n, { holesRead: MANY, holesStruck: MANY }))
    assert.deepEqual([...(await later.upkeep.named()).holes], [], 'struck, and no snapshot is left that names it')
    await later.commit(intent(0, 500n, 1_000n, { holesAdded: MANY }))
    const two = await filesOf(world, table)
    assert.equal(two.length, 2, 'the same holes later are another file')
    await later.commit(intent(0, 1_000n, 1_100n, { holesRead: MANY, holesStruck: MANY }))
    const [freed] = await expired(later, await ids())
    assert.deepEqual(
      [...freed!.holes],
      two.filter((one) => one !== file),
    )
  })

  it('says which file is missing or damaged, and lets nothing in', async (t) => {
    const world = await opened(t)
    const { table, again, store } = world
    await table.commit(first)
    const file = fileIn((await said(table))[0])
    const next = intent(0, 400n, 410n, { holesRead: MANY })
    await store.write(file, Buffer.from('[]'))
    const damaged = { code: 'LAKE_DAMAGED', message: new RegExp(`The file of holes ${file} is damaged: its checksum`) }
    for (const work of ['head', 'plan', 'commit'] as const) {
      const fresh = await again()
      await assert.rejects(
        work === 'head' ? fresh.head() : work === 'plan' ? fresh.plan({}) : fresh.commit(next),
        damaged,
      )
    }
    await store.delete(file)
    const gone = { code: 'LAKE_DAMAGED', message: new RegExp(`names ${file}, and there is no such file`) }
    await assert.rejects((await again()).head(), gone)
    assert.equal((await table.snapshots()).length, 1)
  })
}
