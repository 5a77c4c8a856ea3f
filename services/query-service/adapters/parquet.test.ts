/** Answers as Parquet, read back by DuckDB: from the columns' memory, and cell by cell. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createTable, fill } from '@k2/lake/duckdb/fill.ts'
import { batchOf, EDGES, EVERY_TYPE, opened, rowsOf } from '@k2/lake/duckdb/rows.fixture.ts'
import { withMetadata } from '@k2/lake/parquet/in-memory.ts'
import type { AnswerColumn } from '../core/answer.ts'
import { DEFINITIONS } from '../core/definitions.ts'
import type { Field } from '../core/fields.ts'
import { columnOf } from './cells.ts'
import { parquetRows } from './parquet.ts'

const { folder, engine, end } = await opened()
after(end)
await createTable(engine, 'edges', EVERY_TYPE)
await fill(engine, 'edges', EVERY_TYPE, batchOf(EVERY_TYPE, EDGES))

const path = join(folder, 'answer.parquet')
const META = JSON.stringify({ complete: true, why: 'é'.repeat(200) })

async function readBack(columns: readonly AnswerColumn[], rows: number) {
  await writeFile(path, withMetadata(parquetRows(columns, rows), 'k2.meta', META))
  const [told] = rowsOf(
    await engine.query('SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata(?)', [path]),
  )
  assert.deepEqual(told, { key: 'k2.meta', value: META })
  return engine.query('SELECT * FROM read_parquet(?)', [path])
}

async function assertRead(columns: readonly AnswerColumn[], rows: number): Promise<void> {
  const result = await readBack(columns, rows)
  assert.equal(result.rows, rows)
  for (const { field, cells } of columns) {
    const { cells: read } = columnOf(result, field)
    for (let row = 0; row < rows; row++) assert.deepEqual(read(row), cells(row), `${field.name} of row ${row}`)
  }
}

const SUMS = ['sum(price) OVER (ORDER BY id)', '-price::DECIMAL(38, 8) * 9999999999']
const wide = (name: string): Field => ({ name, type: 'decimal(38, 8)', required: false, doc: '' })

for (const isUtf8 of [true, false]) {
  test(`every type at its edges ${isUtf8 ? 'from memory' : 'cell by cell'}, and fewer rows than were read`, async () => {
    const sums = SUMS.map((sql, i) => `${sql} AS sum${i}`)
    const result = await engine.query(`SELECT *, ${sums.join(', ')} FROM edges ORDER BY id`, [], { isUtf8 })
    const fields = [...EVERY_TYPE.columns, ...SUMS.map((_, i) => wide(`sum${i}`))]
    const columns = fields.map((field) => columnOf(result, field))
    for (let rows = 0; rows <= EDGES.length; rows++) {
      await assertRead(columns, rows)
      await assertRead(
        columns.map(({ field, cells }) => ({ field, cells })),
        rows,
      )
    }
  })
}

test('more rows than a vector of DuckDB has, nulls among them', async () => {
  const sql = `SELECT CASE WHEN i % 3 > 0 THEN 'a text that is long ' || i END AS text, [i::VARCHAR][1:(i % 3)::INTEGER] AS list,
    CASE WHEN i % 5 > 0 THEN i::DECIMAL(38, 9) END AS sum, i AS number FROM range(9000) t(i) ORDER BY i`
  const result = await engine.query(sql, [], { isUtf8: true })
  const types = { text: 'string', list: 'list<string>', sum: 'decimal(38, 9)', number: 'long' } as const
  const columns = Object.entries(types).map(([name, type]) => columnOf(result, { name, type, required: true, doc: '' }))
  await assertRead(columns, 8_999)
})

// biome-ignore format: a table reads by its columns
const types: Record<Field['type'], string> = {
  'string':          'VARCHAR',
  'uuid':            'VARCHAR',
  'timestamptz':     'TIMESTAMP WITH TIME ZONE',
  'decimal(18, 8)':  'DECIMAL(18,8)',
  'decimal(38, 8)':  'DECIMAL(38,8)',
  'decimal(38, 9)':  'DECIMAL(38,9)',
  'decimal(38, 16)': 'DECIMAL(38,16)',
  'long':            'BIGINT',
  'int':             'INTEGER',
  'boolean':         'BOOLEAN',
  'list<string>':    'VARCHAR[]',
}

for (const { path, row } of DEFINITIONS) {
  test(`the schema of ${path} is of its fields, also without rows`, async () => {
    const none = () => assert.fail('there is no cell')
    const result = await readBack(
      row.map((field) => ({ field, cells: none })),
      0,
    )
    assert.deepEqual(
      [...result.types],
      row.map(({ name, type }) => [name, types[type]]),
    )
  })
}
