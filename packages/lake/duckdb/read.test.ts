import assert from 'node:assert/strict'
import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { after, test } from 'node:test'
import { TABLES, type TableSpec } from '@k2/contracts/tables.ts'
import { writeDataFiles } from '../parquet/write.ts'
import { openEngine } from './engine.ts'
import { scanSql } from './read.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, rowsOf } from './rows.fixture.ts'

const { folder, engine, end } = await opened()
after(end)

const [written] = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES.slice(0, 1))], {
  folder,
  name: 'a',
  bucketOf: () => 0,
})
const [other] = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, EDGES.slice(1, 2))], {
  folder,
  name: 'b',
  bucketOf: () => 0,
})
const [one, two] = [path.join(folder, written!.path), path.join(folder, other!.path)]

const select = async (spec: TableSpec, files: readonly string[]) =>
  await engine.query(`SELECT * FROM ${scanSql(spec, files)}`)

test('of files that a question read nothing is kept: there is no end of them', async () => {
  const settings = { memoryMb: 64, threads: 1, tempFolder: path.join(folder, 'tmp'), readableFolders: [folder] }
  const asked = await openEngine(settings)
  assert.equal((await asked.query(`SELECT * FROM ${scanSql(EVERY_TYPE, [one, two])}`)).rows, 2)
  const kept = await asked.query('SELECT count(*) AS files FROM duckdb_external_file_cache()')
  await asked.close()
  assert.deepEqual(kept.columns.get('files'), { kind: 'int64', values: BigInt64Array.of(0n) })
})

// biome-ignore format: a table reads by its columns
const names: [name: string, beside: string][] = [
  ['plain.parquet',      'plain2.parquet'],
  ['a*.parquet',         'ab.parquet'],
  ['a?.parquet',         'ac.parquet'],
  ['a[bc].parquet',      'ab.parquet'],
  ["it's.parquet",       'its.parquet'],
  ['"quoted".parquet',   'quoted.parquet'],
  ['{a,b}.parquet',      'a.parquet'],
  ['**.parquet',         'x.parquet'],
  ['a=1%20ü.parquet',    'a=1 ü.parquet'],
  ['back\\slash.parquet', 'backslash.parquet'],
]
for (const [name, beside] of names) {
  test(`a file called ${name} is read, and not what its name would match`, async () => {
    const here = path.join(folder, `names${names.findIndex(([each]) => each === name)}`)
    await mkdir(here)
    await copyFile(one!, path.join(here, name))
    await copyFile(two!, path.join(here, beside))
    assert.deepEqual(rowsOf(await select(EVERY_TYPE, [path.join(here, name)])), EDGES.slice(0, 1))
  })
}

test('several files are read together, and of one folder only those named', async () => {
  assert.deepEqual(rowsOf(await select(EVERY_TYPE, [one!])), EDGES.slice(0, 1))
  assert.deepEqual(rowsOf(await select(EVERY_TYPE, [one!, two!])), EDGES.slice(0, 2))
})

test('no file gives no row, and the same columns and types', async () => {
  for (const spec of [EVERY_TYPE, ...TABLES]) {
    const none = await select(spec, [])
    assert.equal(none.rows, 0)
    assert.deepEqual(
      [...none.columns.keys()],
      spec.columns.map((column) => column.name),
    )
  }
  const [none, some] = [await select(EVERY_TYPE, []), await select(EVERY_TYPE, [one!])]
  assert.deepEqual(none.types, some.types)
})

test('columns go by field id: renamed, moved, added ones are found or null', async () => {
  const evolved: TableSpec = {
    ...EVERY_TYPE,
    columns: [
      { id: 77, name: 'added', type: 'decimal(18, 8)', required: false, doc: '' },
      { id: 78, name: 'lists', type: 'list<string>', required: false, doc: '', elementId: 1001 },
      { id: 5, name: 'cost', type: 'decimal(18, 8)', required: false, doc: '' },
      { id: 79, name: 'symbol', type: 'string', required: false, doc: '' },
      { id: 2, name: 'ti"ck\'er', type: 'string', required: true, doc: '' },
      { id: 10, name: 'list', type: 'list<string>', required: false, doc: '', elementId: 1000 },
    ],
  }
  const [row] = rowsOf(await select(evolved, [two!]))
  assert.deepEqual(row, {
    added: null,
    lists: null,
    cost: EDGES[1]!.price,
    symbol: null,
    'ti"ck\'er': 'A',
    list: EDGES[1]!.list,
  })
})

test('filters and projections reach into the files', async () => {
  const { columns } = await engine.query(
    `SELECT id, price FROM ${scanSql(EVERY_TYPE, [one!, two!])} WHERE symbol = ? AND "at" >= ? AND price < ?`,
    ['A', { micros: 1n }, { unscaled: 0n }],
  )
  assert.equal(columns.get('price')?.kind, 'int64')
  const sql = `SELECT price FROM ${scanSql(EVERY_TYPE, [one!, two!])} WHERE symbol = 'A'`
  const plan = (await engine.query(`EXPLAIN ${sql}`)).columns.get('explain_value')
  assert.ok(plan?.kind === 'text')
  assert.match(plan.values.join('\n'), /Filters:[\s│]*symbol='A'/)
  assert.doesNotMatch(plan.values.join('\n'), /vendor|flag|seen/)
})
