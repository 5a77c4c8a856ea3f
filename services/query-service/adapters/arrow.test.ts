/** Answers as Arrow, read back by Arrow's own library: from the columns' memory, and cell by cell. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createTable, fill } from '@k2/lake/duckdb/fill.ts'
import { batchOf, EDGES, EVERY_TYPE, opened } from '@k2/lake/duckdb/rows.fixture.ts'
import { tableFromIPC, type Vector } from 'apache-arrow'
import type { AnswerColumn, Cells } from '../core/answer.ts'
import { rowsFrom } from '../core/columnar.ts'
import { DEFINITIONS } from '../core/definitions.ts'
import type { Field } from '../core/fields.ts'
import { arrowRows } from './arrow.ts'
import { columnOf } from './cells.ts'

const { engine, end } = await opened()
after(end)
await createTable(engine, 'edges', EVERY_TYPE)
await fill(engine, 'edges', EVERY_TYPE, batchOf(EVERY_TYPE, EDGES))

/** What Arrow has of a cell, by its own buffers: its getters make doubles of times and texts of decimals. */
function cellIn(vector: Vector, row: number): unknown {
  const [data] = vector.data
  if (!vector.isValid(row)) return null
  const { values } = data!
  if (values instanceof BigInt64Array) return values[row]
  if (values instanceof Uint32Array) {
    const words = new BigInt64Array(values.buffer, values.byteOffset, values.length / 2)
    return (words[row * 2 + 1]! << 64n) | BigInt.asUintN(64, words[row * 2]!)
  }
  const value = vector.get(row)
  return value !== null && typeof value === 'object' ? [...value] : value
}

const plain = (cell: ReturnType<Cells>, { type }: Field) =>
  typeof cell === 'number' && type !== 'int' ? BigInt(cell) : cell

function assertRead(columns: readonly AnswerColumn[], rows: number): void {
  const table = tableFromIPC(arrowRows(columns, rows))
  assert.equal(table.numRows, rows)
  for (const { field, cells } of columns) {
    const vector = table.getChild(field.name)!
    const read = Array.from({ length: rows }, (_, row) => cellIn(vector, row))
    const wanted = Array.from({ length: rows }, (_, row) => plain(cells(row), field))
    assert.deepEqual(read, wanted, field.name)
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
    const unstored = columns.map(({ field, cells }) => ({ field, cells }))
    for (let rows = 0; rows <= EDGES.length; rows++) {
      assertRead(columns, rows)
      assertRead(unstored, rows)
      const behind = (column: AnswerColumn) => rowsFrom(column, EDGES.length - rows, rows)
      assertRead(columns.map(behind), rows)
      assertRead(unstored.map(behind), rows)
    }
  })
}

// biome-ignore format: a table reads by its columns
const types: Record<Field['type'], string> = {
  'string':          'Utf8',
  'uuid':            'Utf8',
  'timestamptz':     'Timestamp<MICROSECOND, UTC>',
  'decimal(18, 8)':  'Decimal[18e+8]',
  'decimal(38, 8)':  'Decimal[38e+8]',
  'decimal(38, 9)':  'Decimal[38e+9]',
  'decimal(38, 16)': 'Decimal[38e+16]',
  'long':            'Int64',
  'int':             'Int32',
  'boolean':         'Bool',
  'list<string>':    'List<Utf8>',
}

for (const { path, row } of DEFINITIONS) {
  test(`the schema of ${path} is of its fields, also without rows`, () => {
    const none = () => assert.fail('there is no cell')
    const { schema, numRows } = tableFromIPC(
      arrowRows(
        row.map((field) => ({ field, cells: none })),
        0,
      ),
    )
    assert.equal(numRows, 0)
    const told = schema.fields.map(({ name, type, nullable }) => [name, String(type), nullable])
    assert.deepEqual(
      told,
      row.map(({ name, type }) => [name, types[type], true]),
    )
  })
}

test('a sum that 38 digits do not hold is refused', () => {
  const column = (cell: bigint): AnswerColumn => ({ field: { ...wide('volume') }, cells: () => cell })
  const most = 10n ** 38n - 1n
  assertRead([column(most)], 2)
  assertRead([column(-most)], 2)
  const refusal = { code: 'INVALID_ARGUMENT', message: /^volume is beyond decimal\(38, 8\)\. Ask for format=json/ }
  assert.throws(() => arrowRows([column(most + 1n)], 1), refusal)
  assert.throws(() => arrowRows([column(-most - 1n)], 1), refusal)
})
