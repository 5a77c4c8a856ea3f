/**
 * Every type at its edges and random rows, written by our own Parquet writer, read by PyArrow cell by cell. K2_PYTHON
 * names a Python that has requirements.txt.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { anyRow, seed } from '@k2/lake/duckdb/random.fixture.ts'
import { batchOf, EDGES, EVERY_TYPE, type Row, type Value } from '@k2/lake/duckdb/rows.fixture.ts'
import { LAYOUT, type Layout } from '@k2/lake/parquet/chunk.ts'
import { arrange } from '@k2/lake/parquet/order.ts'
import { writeDataFiles } from '@k2/lake/parquet/write.ts'

const { K2_PYTHON } = process.env
const SCRIPT = fileURLToPath(new URL('./check_parquet.py', import.meta.url))
const SPEC = { ...EVERY_TYPE, dayOf: null }
const bucketOf = () => 0

const many = Array.from({ length: 5_000 }, anyRow)
const LONG = 'é€𝄞x'.repeat(90_000)

// biome-ignore format: a table reads by its columns
const datasets: [name: string, rows: readonly Row[], layout: Layout, isDictionary: boolean][] = [
  ['every type at its edges',                  EDGES,                                                  LAYOUT,                        true],
  ['one row',                                  EDGES.slice(0, 1),                                      LAYOUT,                        false],
  [`random rows (seed ${seed})`,               many,                                                   LAYOUT,                        true],
  [`random rows, PLAIN (seed ${seed})`,        many,                                                   { ...LAYOUT, isDelta: false }, false],
  ['texts of a megabyte',                      EDGES.map((row, i) => ({ ...row, text: `${LONG}${i}` })), LAYOUT,                      false],
  ['nothing but nulls',                        EDGES.map(({ id, symbol, at }) => ({ id: id!, symbol: symbol!, at: at! })), LAYOUT,    true],
]

const jsonOf = (value: Value | undefined, name: string): unknown => {
  if (value === null || value === undefined || Array.isArray(value)) return value ?? null
  return name === 'id' ? String(value).replaceAll('-', '') : String(value)
}

for (const [name, rows, layout, isDictionary] of datasets) {
  test(`${name}: PyArrow reads what was written`, {
    skip: K2_PYTHON === undefined ? 'K2_PYTHON names no Python' : false,
    timeout: 120_000,
  }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'k2-parquet-'))
    try {
      const batch = batchOf(SPEC, rows, isDictionary)
      const writing = { folder, name: 'f', bucketOf, layout, rowGroupRows: 700 }
      const [file] = writeDataFiles(SPEC, [batch], writing)
      const order = arrange(SPEC, batch, bucketOf)[0]!.rows
      const lines = Array.from(order, (row) =>
        JSON.stringify(SPEC.columns.map((column) => jsonOf(rows[row]![column.name], column.name))),
      )
      await writeFile(join(folder, 'rows'), lines.join('\n'))
      const python = spawnSync(K2_PYTHON!, [SCRIPT, join(folder, file!.path), join(folder, 'rows')], {
        encoding: 'utf8',
      })
      t.diagnostic(python.stdout.slice(0, 2_000))
      assert.equal(python.status, 0, `${python.stdout.slice(0, 2_000)}\n${python.stderr.slice(0, 2_000)}`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
