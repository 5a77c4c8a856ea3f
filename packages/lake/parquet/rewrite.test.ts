import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { scanSql } from '../duckdb/read.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, type Row, rowsOf } from '../duckdb/rows.fixture.ts'
import { bucketOf } from '../iceberg/bucket.ts'
import { rewriteOwn } from './rewrite.ts'
import { writeDataFiles } from './write.ts'

const { folder, engine, end } = await opened()
after(end)

const row = (number: number, more: Row = {}): Row => ({ ...EDGES[0]!, at: 5n, number: BigInt(number), ...more })
const target = { day: 0, bucket: bucketOf('A'), folder, name: 'new' }

function landed(name: string, rows: readonly Row[]): string[] {
  const files = writeDataFiles(EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], { folder, name, bucketOf })
  return files.map(({ path }) => join(folder, path))
}

test('files become one, in the order of the table', async () => {
  const sources = [...landed('a', [row(2), row(9)]), ...landed('b', [row(1), row(7)]), ...landed('c', [row(4)])]
  const file = rewriteOwn(EVERY_TYPE, sources, { ...target, rows: 5 })!
  assert.deepEqual([file.day, file.bucket, file.rows], [0, target.bucket, 5])
  const sql = `SELECT number FROM ${scanSql(EVERY_TYPE, [join(folder, file.path)])}`
  assert.deepEqual(
    rowsOf(await engine.query(sql)),
    [1n, 2n, 4n, 7n, 9n].map((number) => ({ number })),
  )
})

test('more rows than memory ought to hold are left to DuckDB', () => {
  const sources = landed('d', [row(1)])
  assert.equal(rewriteOwn(EVERY_TYPE, sources, { ...target, rows: 500_001 }), undefined)
})

// biome-ignore format: a table reads by its columns
const strays: [what: string, rows: Row[]][] = [
  ['another day',     [row(1, { at: 86_400_000_000n })]],
  ['another bucket',  [row(1, { symbol: 'B' })]],
  ['two days',        [row(1), row(2, { at: 86_400_000_000n })]],
]
for (const [what, rows] of strays) {
  test(`rows of ${what} than their manifests say are refused, and nothing is left`, async () => {
    const sources = landed(what.replaceAll(' ', '-'), rows)
    const rewrites = () => rewriteOwn(EVERY_TYPE, sources, { ...target, name: 'stray', rows: rows.length })
    assert.throws(rewrites, { code: 'LAKE_DAMAGED' })
    const left = await readdir(folder, { recursive: true })
    assert.ok(!left.some((name) => name.includes('stray-')))
  })
}
