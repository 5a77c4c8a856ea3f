import assert from 'node:assert/strict'
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { TRADES } from '@k2/contracts/tables.ts'
import { catalogContract } from '../catalog.contract.ts'
import { headId } from '../iceberg/history.ts'
import { openTable } from '../iceberg/table.ts'
import { directoryStore } from '../store/directory.ts'
import { intent, NAME } from '../table.examples.ts'
import { localCatalog } from './catalog.ts'

async function open() {
  const warehouse = await mkdtemp(join(tmpdir(), 'k2-catalog-'))
  return {
    catalog: localCatalog({ warehouse, now: Date.now }),
    close: () => rm(warehouse, { recursive: true, force: true }),
  }
}

catalogContract('a directory', open)

/** A table of three versions: created, and two commits. */
async function committed(t: TestContext) {
  const { catalog, close } = await open()
  t.after(close)
  const table = await openTable({ spec: TRADES, catalog, store: directoryStore(), now: Date.now, random: Math.random })
  const first = await table.commit(intent(0, null, 10n))
  const second = await table.commit(intent(0, 10n, 20n))
  const folder = join(table.location, 'metadata')
  return { catalog, table, folder, first: first.head, second: second.head }
}

const newestId = async ({ catalog }: Awaited<ReturnType<typeof committed>>) =>
  headId((await catalog.load(NAME))!.metadata)

it('is laid out as Hadoop catalogs are, with nothing temporary left', async (t) => {
  const { folder } = await committed(t)
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.avro'))
  assert.deepEqual(names.sort(), ['v1.metadata.json', 'v2.metadata.json', 'v3.metadata.json', 'version-hint.text'])
  assert.equal(await readFile(join(folder, 'version-hint.text'), 'utf8'), '3')
})

for (const hint of ['1', '2', '0', 'v3', '']) {
  it(`finds the newest version when the hint says "${hint}"`, async (t) => {
    const world = await committed(t)
    await writeFile(join(world.folder, 'version-hint.text'), hint)
    assert.equal(await newestId(world), world.second.snapshotId)
  })
}

it('does not take an older version for the newest where the hint names one that is gone', async (t) => {
  const world = await committed(t)
  await rm(join(world.folder, 'v3.metadata.json'))
  const refused = {
    code: 'LAKE_DAMAGED',
    message: /version 3 is gone: .*v3\.metadata\.json, and only versions up to 2 are there\. Restore it/,
  }
  await assert.rejects(world.catalog.load(NAME), refused)
  await assert.rejects(world.table.commit(intent(0, 20n, 30n)), refused)
  for (const name of ['v1.metadata.json', 'v2.metadata.json']) await rm(join(world.folder, name))
  await assert.rejects(world.catalog.load(NAME), { code: 'LAKE_DAMAGED', message: /no version is there/ })
})

it('finds the newest version without a hint, and beside what a crash left', async (t) => {
  const world = await committed(t)
  await rm(join(world.folder, 'version-hint.text'))
  await writeFile(join(world.folder, '.0123456789abcdef.tmp'), '{"half":')
  await writeFile(join(world.folder, 'v4.metadata.json.tmp'), '{')
  assert.equal(await newestId(world), world.second.snapshotId)
  assert.equal((await world.table.commit(intent(0, 20n, 30n))).kind, 'committed')
})

it('names a newest version that is cut or damaged, and never falls back to an older one', async (t) => {
  const { catalog, folder, table } = await committed(t)
  const path = join(folder, 'v3.metadata.json')
  const whole = await readFile(path, 'utf8')
  const damages = [0, 1, 100, whole.length >> 1, whole.length - 1].map((length) => whole.slice(0, length))
  const others = [
    'null',
    '[]',
    '{}',
    '"text"',
    whole.replace('"format-version":2', '"format-version":3'),
    whole.replace('"location"', '"place"'),
  ]
  for (const text of [...damages, ...others]) {
    await writeFile(path, text)
    const refused = {
      code: 'LAKE_DAMAGED',
      message: /^The table metadata .*v3\.metadata\.json cannot be read: .*Restore/,
    }
    await assert.rejects(catalog.load(NAME), refused)
    await assert.rejects(table.commit(intent(0, 20n, 30n)), refused)
    await assert.rejects(
      openTable({ spec: TRADES, catalog, store: directoryStore(), now: Date.now, random: Math.random }),
      refused,
    )
  }
  await writeFile(path, whole)
  assert.equal((await table.commit(intent(0, 20n, 30n))).kind, 'committed')
})

it('names manifests and lists that are cut, damaged or gone', async (t) => {
  const { folder, catalog } = await committed(t)
  const fresh = () => openTable({ spec: TRADES, catalog, store: directoryStore(), now: Date.now, random: Math.random })
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.avro'))) {
    const path = join(folder, name)
    const whole = await readFile(path)
    const list = (await catalog.load(NAME))!.metadata.snapshots!.at(-1)!['manifest-list']
    if (name.startsWith('snap-') && path !== list) continue
    for (const length of [0, 3, 50, whole.length >> 1, whole.length - 1]) {
      await truncate(path, length)
      await assert.rejects(
        (await fresh()).plan({}),
        (error: { code: string; message: string }) => error.code === 'LAKE_DAMAGED' && error.message.includes(name),
      )
      await writeFile(path, whole)
    }
    await rm(path)
    await assert.rejects((await fresh()).plan({}), { code: 'LAKE_DAMAGED', message: /there is no such file/ })
    await writeFile(path, whole)
  }
})

it('takes back a commit whose base was deleted while it slept, for its name had been used before', async (t) => {
  const world = await committed(t)
  const { catalog, folder } = world
  const version = (number: number) => join(folder, `v${number}.metadata.json`)
  // Read by the catalog between loading version 3 and linking version 4: meanwhile others went on to version 50.
  const sleep = {
    [Symbol.iterator]: () => {
      copyFileSync(version(3), version(50))
      writeFileSync(join(folder, 'version-hint.text'), '50')
      for (const number of [1, 2, 3]) rmSync(version(number))
      return [].values()
    },
  }
  const overtaken = catalog.commit(NAME, sleep as never, [{ action: 'set-properties', updates: { late: 'yes' } }])
  await assert.rejects(overtaken, { code: 'COMMIT_UNKNOWN' })
  assert.equal((await readdir(folder)).includes('v4.metadata.json'), false)
  const { metadata, metadataLocation } = (await catalog.load(NAME))!
  assert.equal(metadataLocation, version(50))
  assert.equal(metadata.properties.late, undefined)
})

it('keeps a hundred versions and drops older ones, oldest first', async (t) => {
  const { catalog, folder } = await committed(t)
  for (let i = 0; i < 110; i++)
    await catalog.commit(NAME, [], [{ action: 'set-properties', updates: { i: String(i) } }])
  const numbers = (await readdir(folder)).flatMap((name) => /^v(\d+)\.meta/.exec(name)?.[1] ?? []).map(Number)
  assert.equal(Math.max(...numbers), 113)
  assert.equal(Math.min(...numbers), 13)
  assert.equal(numbers.length, 101)
})
