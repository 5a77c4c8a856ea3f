/** Compaction, expiry, sweeping, orphans and the check, on a table with real files. */
import assert from 'node:assert/strict'
import { readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { compactFiles } from '../duckdb/compaction.ts'
import { rewriteDataFile } from '../duckdb/parquet.ts'
import { scanSql } from '../duckdb/read.ts'
import { named } from '../duckdb/whole.ts'
import { localCatalog } from '../local/catalog.ts'
import { foreignDeletes, TOPIC } from '../table.examples.ts'
import { check } from './check.ts'
import { COMPACTION, type CompactionLimits } from './choose.ts'
import { compact } from './compact.ts'
import { expire } from './expire.ts'
import { orphans, removeOrphans } from './orphans.ts'
import { type Lake, lake } from './world.fixture.ts'

const ALL: CompactionLimits = { ...COMPACTION, tierFiles: 2 }
const HOUR = 3_600_000
const never = new AbortController().signal

async function opened(t: TestContext): Promise<Lake> {
  const world = await lake()
  t.after(() => world.close())
  return world
}

const checked = (world: Lake) => check(world, never)

it('compacts many small commits into few files, and every row stays as it was', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 12; i++) await world.land(40, 2)
  const before = await world.rows()
  const snapshot = (await world.table.head()).snapshotId!
  const done = await compact(world, never)
  assert.equal(done.commits, 1)
  assert.ok(done.filesBefore >= 48 && done.filesAfter === done.filesBefore / 12, JSON.stringify(done))
  assert.deepEqual(await world.rows(), before)
  assert.deepEqual(await world.rows(snapshot), before, 'the past too')
  assert.equal((await world.table.upkeep.files()).length, done.filesAfter)
  assert.equal((await world.table.upkeep.manifests()).all, 1)
  assert.deepEqual((await checked(world)).faults, [])
  assert.equal((await compact(world, never)).commits, 0, 'nothing is left to do')
  await world.land(40, 2)
  assert.equal((await world.rows()).length, before.length + 40)
})

it('takes manifests together where files need nothing', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 35; i++) await world.land(1, 35)
  assert.deepEqual(await compact(world, never), {
    filesBefore: 0,
    filesAfter: 0,
    bytesBefore: 0,
    bytesAfter: 0,
    commits: 1,
    lost: 0,
    deletesRows: false,
  })
  assert.equal((await world.table.upkeep.manifests()).all, 1)
  assert.deepEqual((await checked(world)).faults, [])
})

// biome-ignore format: a table reads by its columns
const DELETED: readonly [when: string, before: number, lost: number][] = [
  ['are deleted already',                            0,  0],
  ['are deleted while the first file is rewritten',  1,  1],
]

for (const [when, at, lost] of DELETED) {
  it(`leaves data files alone where single rows ${when}`, async (t) => {
    const world = await opened(t)
    for (let i = 0; i < 3; i++) await world.land(40, 2)
    const files = await world.table.upkeep.files()
    let rewrites = 0
    const deleted = () => foreignDeletes(localCatalog({ ...world, now: world.now }), world.store)
    const rewriter: Lake['rewriter'] = {
      async rewrite(request) {
        if (++rewrites === at) await deleted()
        return world.rewriter.rewrite(request)
      },
    }
    if (at === 0) await deleted()
    const done = await compact({ ...world, rewriter }, never, ALL)
    assert.deepEqual([done.deletesRows, done.lost, done.filesBefore, rewrites > 0], [true, lost, 0, at > 0])
    assert.deepEqual(await world.table.upkeep.files(), files)
    const left = await Array.fromAsync(world.store.list(join(world.table.location, 'data')))
    assert.equal(left.length, files.length)
  })
}

// biome-ignore format: a table reads by its columns
const LOSSES: readonly [what: string, select: string, changed: RegExp][] = [
  ['a row is lost',         'SELECT * FROM rows WHERE kafka_offset <> 16', /changed 3 of 3/],
  ['a row is there twice',  'SELECT * FROM rows UNION ALL SELECT * FROM rows WHERE kafka_offset = 16', /changed 3 of 3/],
  ['two rows swap a cell',  'SELECT * REPLACE ((CASE kafka_offset WHEN 16 THEN 1.00000020 WHEN 20 THEN 1.00000016 ELSE price END)::DECIMAL(18, 8) AS price) FROM rows', /changed 1 of 3/],
  ['a text is another',      "SELECT * REPLACE (CASE kafka_offset WHEN 16 THEN 'nobody' ELSE side END AS side) FROM rows", /changed 1 of 3/],
]

for (const [what, select, changed] of LOSSES) {
  it(`refuses a compaction in which ${what}`, async (t) => {
    const world = await opened(t)
    for (let i = 0; i < 3; i++) await world.land(40)
    const before = await world.rows()
    const files = (await world.table.upkeep.files()).map(({ path }) => path)
    const faulty: typeof rewriteDataFile = async (engine, spec, sources, target) => {
      const file = await rewriteDataFile(engine, spec, sources, target)
      const path = join(target.folder, file.path)
      await engine.run(`CREATE OR REPLACE TEMP TABLE rows AS FROM ${scanSql(spec, [path])}`)
      const list = spec.columns.find(({ name }) => name === 'trade_conditions')
      const ids = spec.columns
        .filter(({ elementId }) => elementId === undefined)
        .map(({ name, id }) => `${name}: ${id}`)
      await engine.run(
        `COPY (${select}) TO '${path}' (FORMAT parquet, FIELD_IDS {${ids.join(', ')}, trade_conditions: {__duckdb_field_id: ${list!.id}, element: ${list!.elementId}}})`,
      )
      return named(target.folder, file)
    }
    const rewriter: Lake['rewriter'] = {
      rewrite: ({ sources, ...target }) => compactFiles(world.engine, TRADES, sources, target, faulty),
    }
    await assert.rejects(compact({ ...world, rewriter }, never, ALL), {
      code: 'INTERNAL',
      message: changed,
    })
    const after = (await world.table.upkeep.files()).map(({ path }) => path)
    assert.deepEqual(after, files)
    assert.deepEqual(await world.rows(), before)
    assert.deepEqual((await checked(world)).faults, [])
  })
}

it('removes orphans past their age, and nothing else', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 3; i++) await world.land(20)
  const old = new Date(Date.now() - 4 * 24 * HOUR)
  const put = async (name: string, when?: Date) => {
    const path = join(world.table.location, name)
    await world.store.write(path, Buffer.from('left'))
    if (when) await utimes(path, when, when)
    return path
  }
  const orphan = await put('data/exchange_date=2014-03-09/symbol_bucket=1/left.parquet', old)
  const list = await put('metadata/snap-1-left.avro', old)
  await put('data/exchange_date=2014-03-09/symbol_bucket=1/young.parquet')
  await put('data/notes.txt', old)
  for (const { path } of await world.table.upkeep.files()) await utimes(path, old, old)
  const found = await Array.fromAsync(orphans(world))
  assert.deepEqual(found.map(({ location }) => location).toSorted(), [orphan, list])
  assert.deepEqual(await removeOrphans(world), { files: 2, bytes: 8 })
  assert.deepEqual(await Array.fromAsync(orphans(world)), [])
  assert.deepEqual((await checked(world)).faults, [])
  await assert.rejects(Array.fromAsync(orphans(world, 1_000)), { code: 'INVALID_ARGUMENT' })
})

it('leaves what waits for its deletion to the sweep', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 3; i++) await world.land(20)
  await compact(world, never, ALL)
  world.pass(5 * 24 * HOUR)
  await world.land(1)
  assert.ok((await expire(world)) > 0)
  assert.deepEqual(await Array.fromAsync(orphans(world)), [])
})

// biome-ignore format: a table reads by its columns
const DAMAGES: readonly [what: string, damage: (world: Lake) => Promise<void>, fault: RegExp][] = [
  ['a data file is gone',          async (world) => world.store.delete((await world.table.upkeep.files())[0]!.path),            /is named by a snapshot, and is not there/],
  ['a data file is cut',           async (world) => truncate((await world.table.upkeep.files())[0]!.path, 100),                 /has 100 bytes, and its manifest says/],
  ['a data file has another page', async (world) => flip((await world.table.upkeep.files())[0]!.path),                          /cannot be read|is damaged|rows/],
  ['a manifest is gone',           async (world) => world.store.delete([...(await world.table.upkeep.named()).manifests][0]!),  /there is no such file|cannot be read/],
  ['a file of holes is damaged',   async (world) => damageHoles(world),                                                         /The file of holes .* is damaged/],
  ['records landed twice',         async (world) => double(world),                                                              /are there more than once/],
  ['a file of records is missing', async (world) => lose(world),                                                                /are neither rows nor in holes/],
]

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path)
  await writeFile(path, bytes.fill(0xff, 4, 60))
}

/** That of the past alone: the newest has them struck. */
async function damageHoles(world: Lake): Promise<void> {
  const table = await world.again({ holesInlineBytesMax: 0 })
  const holes = [{ topic: 'others', partition: 0, from: 0n, to: 3n, reason: 'rejected' } as const]
  const work = { files: [], holesRead: [], holesAdded: [], holesStruck: [] }
  const to = { topic: 'others', partition: 0, to: 3n }
  await table.commit({ ...work, commitId: 'added', advances: [{ ...to, expected: null }], holesAdded: holes })
  const struck = {
    ...work,
    commitId: 'struck',
    advances: [{ ...to, expected: 3n }],
    holesRead: holes,
    holesStruck: holes,
  }
  await table.commit(struck)
  const [file] = (await table.upkeep.named()).holes
  await writeFile(file!, '[]')
}

async function double(world: Lake): Promise<void> {
  const [file] = (await world.table.plan({})).files
  const copy = join(world.table.location, 'data', 'copy.parquet')
  await world.store.write(copy, await readFile(file!.path))
  const { day, bucket } = (await world.table.upkeep.files()).find(({ path }) => path === file!.path)!
  const added = { path: copy, sizeBytes: file!.sizeBytes, rows: file!.rows, day: day!, bucket: bucket!, stats: [] }
  assert.equal(await world.table.upkeep.replace({ id: 'double', removed: [], added: [added] }), true)
}

async function lose(world: Lake): Promise<void> {
  const removed = (await world.table.upkeep.files()).slice(0, 1).map(({ path }) => path)
  assert.equal(await world.table.upkeep.replace({ id: 'lose', removed, added: [] }), true)
}

for (const [what, damage, fault] of DAMAGES) {
  it(`the check says so where ${what}`, async (t) => {
    const world = await opened(t)
    for (let i = 0; i < 3; i++) await world.land(20)
    await damage(world)
    const { faults } = await check({ ...world, table: await world.again() }, never)
    assert.match(faults.join('\n'), fault)
  })
}

it('the check is quiet about a healthy table, and says what it read', async (t) => {
  const world = await opened(t)
  assert.deepEqual((await checked(world)).faults, [])
  for (let i = 0; i < 3; i++) await world.land(20)
  const { faults, rows, snapshots, filesNow } = await checked(world)
  assert.deepEqual([faults, rows, snapshots, filesNow > 3], [[], 60, 3, true])
})

it('the check holds one file at a time, and goes on after one that is damaged', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 3; i++) await world.land(20)
  let [held, most] = [0, 0]
  const files: Lake['files'] = {
    pin: async (some, signal) => {
      const pinned = await world.files.pin(some, signal)
      held += some.length
      most = Math.max(most, held)
      const release = () => {
        held -= some.length
      }
      return { ...pinned, release }
    },
    here: world.files.here,
  }
  const [first, second] = await world.table.upkeep.files()
  for (const { path } of [first!, second!]) await flip(path)
  const told: number[] = []
  const { faults, rows, filesNow } = await check({ ...world, files, advanced: (now) => told.push(now) }, never)
  assert.deepEqual([most, held, faults.length, told.at(-1)], [1, 0, 2, filesNow])
  assert.equal(rows, 60 - first!.rows - second!.rows)
})

it('the check reads the files also where the table cannot be planned on', async (t) => {
  const world = await opened(t)
  for (let i = 0; i < 3; i++) await world.land(20)
  const files = await world.table.upkeep.files()
  const plan = async () => Promise.reject(new K2Error('LAKE_DAMAGED', 'It deletes single rows.'))
  await flip(files[0]!.path)
  const { faults, rows } = await check({ ...world, table: { ...world.table, plan } }, never)
  assert.equal(faults[0], 'It deletes single rows.')
  assert.ok(faults[1]!.includes(files[0]!.path))
  assert.equal(
    rows,
    files.slice(1).reduce((sum, file) => sum + file.rows, 0),
  )
})

it('the check says where a record is both a row and a hole, and where none of both', async (t) => {
  const world = await opened(t)
  await world.land(20)
  await world.land(20)
  const at = { topic: TOPIC, partition: 0 }
  const hole = { ...at, from: 5n, to: 6n, reason: 'rejected' } as const
  const work = { files: [], holesRead: [], holesStruck: [] }
  await world.table.commit({
    ...work,
    commitId: 'h',
    advances: [{ ...at, expected: 40n, to: 42n }],
    holesAdded: [hole],
  })
  assert.deepEqual((await checked(world)).faults, [
    `${TOPIC}/0: of offsets 0 to 42, 2 are neither rows nor in holes`,
    `${TOPIC}/0: 1 of its rows are in holes of rejected records`,
  ])
})

it('the check counts days before 1970 as the partitions do', async (t) => {
  const world = await lake(-2)
  t.after(() => world.close())
  await world.land(40, 4)
  assert.deepEqual((await checked(world)).faults, [])
})
