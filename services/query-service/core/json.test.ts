import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDecimal } from '@k2/market/decimal.ts'
import { formatInstant } from '@k2/market/instant.ts'
import type { Cell } from './answer.ts'
import type { Field } from './fields.ts'
import { jsonRows } from './json.ts'

const SEED = 11
let state = SEED
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}
const whole = (): number => Math.floor(random() * 2 ** (1 + Math.floor(random() * 53))) * (random() < 0.5 ? -1 : 1)
const wide = (): bigint => BigInt(whole()) * 1024n
const time = (): number => Math.floor((random() - 0.2) * 4e15)

/** Long ones make the buffer grow. */
const texts = ['', 'a', 'é', '€uro', '𝄞', '"\\\u0000\n', 'x'.repeat(70_000), `${'y'.repeat(30)}é`]
const text = (): string => texts[Math.floor(random() * texts.length)]!

// biome-ignore format: a table reads by its columns
const columns: [type: Field['type'], cell: () => Cell, parsed: (cell: Cell) => unknown][] = [
  ['decimal(18, 8)', whole,                            (cell) => formatDecimal(BigInt(cell as number))],
  ['decimal(18, 8)', wide,                             (cell) => formatDecimal(cell as bigint)],
  ['long',           whole,                            (cell) => (cell === 0 ? '0' : String(cell))],
  ['long',           wide,                             String],
  ['timestamptz',    time,                             (cell) => formatInstant(cell as number)],
  ['timestamptz',    () => BigInt(time()),             (cell) => formatInstant(Number(cell))],
  ['string',         text,                             (cell) => cell],
  ['boolean',        () => random() < 0.5,             (cell) => cell],
  ['int',            () => Math.floor(random() * 3),   (cell) => cell],
  ['list<string>',   () => [text()],                   (cell) => cell],
]

test(`rows are JSON that says what the cells do (seed ${SEED})`, () => {
  const rows = 300
  const made = columns.map(([, cell]) => Array.from({ length: rows }, () => (random() < 0.1 ? null : cell())))
  const asked = columns.map(([type], i) => ({
    field: { name: `${type} ${i}`, type, required: false, doc: '' },
    cells: (row: number) => made[i]![row]!,
  }))
  const written = JSON.parse(`[${Buffer.from(jsonRows(asked, rows, { between: ',' }))}]`) as Record<string, unknown>[]
  assert.equal(written.length, rows)
  for (const [row, one] of written.entries()) {
    const wanted = columns.map(([, , parsed], i) => (made[i]![row] === null ? null : parsed(made[i]![row] as Cell)))
    assert.deepEqual(Object.values(one), wanted)
  }
})

test('no rows are no bytes', () => assert.equal(jsonRows([], 0, { between: ',' }).length, 0))
