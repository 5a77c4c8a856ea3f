import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { QUOTES, type TableSpec, TRADES } from '@k2/contracts/tables.ts'
import { localCatalog } from '../local/catalog.ts'
import { directoryStore } from '../store/directory.ts'
import { tableContract } from '../table.contract.ts'
import { foreignDeletes, intent, NAME } from '../table.examples.ts'
import { MAIN } from './apply.ts'
import { newTable } from './create.ts'
import { headId } from './history.ts'
import { openTable } from './table.ts'

async function open() {
  const warehouse = await mkdtemp(join(tmpdir(), 'k2-lake-'))
  return {
    catalog: localCatalog({ warehouse, now: Date.now }),
    store: directoryStore(),
    close: () => rm(warehouse, { recursive: true, force: true }),
  }
}

tableContract('over a directory', open)

async function opened(t: TestContext) {
  const world = await open()
  t.after(world.close)
  const { catalog, store } = world
  return {
    catalog,
    store,
    again: (spec: TableSpec) => openTable({ spec, catalog, store, now: Date.now, random: Math.random }),
  }
}

it('does not write the tables of version 1', async (t) => {
  const { again } = await opened(t)
  for (const name of ['trades', 'quotes']) {
    await assert.rejects(again({ ...TRADES, name } as unknown as TableSpec), {
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`Use ${name}_v2`),
    })
  }
})

it('refuses a table of that name with other columns', async (t) => {
  const { catalog, again } = await opened(t)
  await catalog.create(NAME, newTable(QUOTES, 'uuid', Date.now()))
  await assert.rejects(again(TRADES), {
    code: 'LAKE_DAMAGED',
    message: /trades_v2 is not the one that K2 writes: field 2 is 2 quote_id/,
  })
})

it('refuses a table that was dropped, or dropped and created anew, while it was in use', async (t) => {
  const { catalog, again } = await opened(t)
  const table = await again(TRADES)
  await rm(table.location, { recursive: true })
  await assert.rejects(table.commit(intent(0, null, 10n)), { code: 'LAKE_DISAGREES', message: /is gone/ })
  await again(TRADES)
  await assert.rejects(table.commit(intent(0, null, 10n)), { code: 'LAKE_DISAGREES', message: /created anew/ })
  assert.equal((await catalog.load(NAME))!.metadata.snapshots!.length, 0)
})

it('refuses to plan over row deletes, which it could not apply, and goes on appending', async (t) => {
  const { catalog, store, again } = await opened(t)
  const table = await again(TRADES)
  await table.commit(intent(0, null, 10n))
  await foreignDeletes(catalog, store)
  const fresh = await again(TRADES)
  await assert.rejects(fresh.plan({}), {
    code: 'LAKE_DAMAGED',
    message: /deletes single rows, which K2 cannot apply yet/,
  })
  assert.deepEqual((await fresh.plan({ toMicros: 0 })).files, [])
  assert.equal((await fresh.commit(intent(0, 10n, 20n))).kind, 'committed')
  const kept = (await catalog.load(NAME))!.metadata
  assert.equal(kept.refs![MAIN]!['snapshot-id'], headId(kept))
})
