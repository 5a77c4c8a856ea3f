/** Rows that we write ourselves, against what protobufjs writes of the same rows as objects. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatScaled } from '@k2/market/decimal.ts'
import { loadProtos, serviceIn } from '@k2/service/rpc.ts'
import type { AnswerColumn, Cell } from './core/answer.ts'
import { DEFINITIONS } from './core/definitions.ts'
import { type Field, isDecimal, isObject, scaleOf } from './core/fields.ts'
import { wireRows } from './core/wire.ts'
import { messageField, QUERY_SERVICE, wireShapeOf } from './rpc.ts'

const protos = loadProtos(['k2/v1/query.proto'], [join(import.meta.dirname, '../../proto')])
const service = serviceIn(protos, QUERY_SERVICE)

const SEED = 17
let state = SEED
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}
const below = (end: number): number => Math.floor(random() * end)
const sign = (): number => (random() < 0.5 ? -1 : 1)
const int64 = (): bigint => BigInt.asIntN(64, (BigInt(below(2 ** 32)) << BigInt(below(33))) * BigInt(sign()))

/** Lengths around where a length takes one byte more. */
const TEXTS = ['', 'a', 'é', '€uro', '𝄞', 'x'.repeat(127), 'y'.repeat(128), 'z'.repeat(20_000), 'S00', 'ASX', 'ASX']
const text = (): string => TEXTS[below(TEXTS.length)]!
const object = (): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: below(4) }, () => [text(), text()])))

function cellOf(field: Field): Cell {
  if (isObject(field)) return object()
  if (isDecimal(field)) return random() < 0.3 ? int64() * 1_000_000_007n : sign() * below(2 ** below(54))
  switch (field.type) {
    case 'timestamptz':
    case 'long':
      return random() < 0.3 ? int64() : sign() * below(2 ** below(54))
    case 'int':
      return sign() * below(2 ** 31)
    case 'boolean':
      return random() < 0.5
    case 'list<string>':
      return Array.from({ length: below(4) }, text)
    default:
      return text()
  }
}

function columnOf(field: Field, rows: number): AnswerColumn {
  const [nulls, keeps] = [random() < 0.5 ? 0 : random(), random() < 0.5 ? 0 : random()]
  const cells: (Cell | null)[] = []
  // Neighbours often have the same value, as those of a stored column have.
  for (let row = 0; row < rows; row++)
    cells.push(row > 0 && random() < keeps ? cells[row - 1]! : random() < nulls ? null : cellOf(field))
  return { field, cells: (row) => cells[row]! }
}

function storedOf(field: Field, rows: number): AnswerColumn {
  const nulls = Uint8Array.from({ length: rows }, () => below(2))
  if (field.type === 'uuid') {
    const bytes = Uint8Array.from({ length: rows * 16 }, () => below(256))
    const hex = (row: number) => Buffer.from(bytes.subarray(row * 16, row * 16 + 16)).toString('hex')
    const cells = (row: number) =>
      nulls[row] === 1 ? null : hex(row).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
    return { field, cells, stored: { kind: 'uuid', bytes, nulls } }
  }
  const values = BigInt64Array.from({ length: rows }, int64)
  return { field, cells: (row) => (nulls[row] === 1 ? null : values[row]!), stored: { kind: 'int64', values, nulls } }
}

const STORED: readonly Field['type'][] = ['uuid', 'decimal(18, 8)', 'timestamptz', 'long']

function plainOf(field: Field, cell: Cell): unknown {
  if (isObject(field)) return JSON.parse(cell as string)
  if (isDecimal(field)) return formatScaled(BigInt(cell as bigint | number), scaleOf(field)!)
  return typeof cell === 'bigint' || field.type === 'long' || field.type === 'timestamptz'
    ? String(BigInt(cell as bigint))
    : cell
}

for (const definition of DEFINITIONS) {
  const { rpc, reply, row: fields, isSingle } = definition
  const method = service[rpc]!
  test(`${rpc}'s rows are, byte for byte, what protobufjs writes of them (seed ${SEED})`, () => {
    for (let round = 0; round < 25; round++) {
      const rows = isSingle ? 1 : below(40)
      const some = fields.filter(() => round === 0 || random() < 0.8).toSorted(() => random() - 0.5)
      const columns = some.map((field) =>
        STORED.includes(field.type) && random() < 0.5 ? storedOf(field, rows) : columnOf(field, rows),
      )
      const messages = Array.from({ length: rows }, (_, row) =>
        Object.fromEntries(
          columns.flatMap(({ field, cells }) => {
            const cell = cells(row)
            return cell === null ? [] : [[messageField(field), plainOf(field, cell)]]
          }),
        ),
      )
      const wanted = method.responseSerialize({ [reply]: isSingle ? messages[0] : messages })
      const written = Buffer.from(wireRows(columns, rows, wireShapeOf(definition, protos)))
      assert.deepEqual(method.responseDeserialize(written), method.responseDeserialize(wanted))
      assert.ok(written.equals(wanted), `round ${round}`)
    }
  })
}

test('what is moved to the front is not taken for what lies there then', () => {
  const text = (name: string, cells: readonly string[]): AnswerColumn => {
    return { field: { name, type: 'string', required: true, doc: '' }, cells: (row) => cells[row]! }
  }
  const tables = ['x'.repeat(20_000), 'a', 'b', 'c']
  const columns = [text('table', tables), text('operation', ['', '', '', ''])]
  const definition = DEFINITIONS.find(({ rpc }) => rpc === 'ListSnapshots')!
  const written = Buffer.from(wireRows(columns, 4, wireShapeOf(definition, protos)))
  const rows = tables.map((table) => ({ table, operation: '' }))
  assert.ok(written.equals(service.ListSnapshots!.responseSerialize({ snapshots: rows })))
})
