import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerColumn, Stored } from './answer.ts'
import { columnarOf, rowsFrom } from './columnar.ts'
import type { Field } from './fields.ts'

const utf8 = new TextEncoder()
const offsetsOf = (texts: readonly string[]) =>
  Int32Array.from([0, ...texts.map((_, i) => utf8.encode(texts.slice(0, i + 1).join('')).length)])
const texts = (of: readonly string[]) =>
  ({ kind: 'utf8', bytes: utf8.encode(of.join('')), offsets: offsetsOf(of) }) as const
const nulls = (...of: number[]) => Uint8Array.from(of)

// Three rows each, of which those from the second on are wanted.
// biome-ignore format: a table reads by its columns
const rows: [type: Field['type'], stored: Stored, rest: object][] = [
  ['long',           { kind: 'int64', values: BigInt64Array.of(1n, 2n, 3n), nulls: nulls(0, 1, 0) },   { values: BigInt64Array.of(2n, 3n), nulls: nulls(1, 0) }],
  ['int',            { kind: 'int32', values: Int32Array.of(1, 2, 3) },                                { values: Int32Array.of(2, 3) }],
  ['boolean',        { kind: 'boolean', values: nulls(1, 0, 1) },                                      { values: nulls(0, 1) }],
  ['decimal(38, 8)', { kind: 'wide', words: BigInt64Array.of(1n, 0n, 2n, 0n, 3n, 0n), scale: 8 },      { words: BigInt64Array.of(2n, 0n, 3n, 0n) }],
  ['string',         texts(['a', 'bé', 'c']),                                                          { bytes: utf8.encode('béc'), offsets: Int32Array.of(0, 3, 4) }],
  ['list<string>',   { kind: 'utf8-list', offsets: Int32Array.of(0, 2, 2, 3), elements: texts(['a', 'b', 'c']) }, { offsets: Int32Array.of(0, 0, 1), elements: texts(['c']) }],
] as [Field['type'], Stored, object][]
for (const [type, stored, rest] of rows) {
  test(`a column of ${type} from a row on`, () => {
    const column: AnswerColumn = {
      field: { name: 'x', type, required: false, doc: '' },
      cells: (row) => `cell ${row}`,
      stored,
    }
    const behind = rowsFrom(column, 1, 2)
    assert.equal(behind.cells(0), 'cell 1')
    const { kind: _, ...found } = columnarOf(behind, 2)
    const present = (of: object) => Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined))
    const strip = ({ elements, ...more }: Record<string, unknown>) => ({
      ...more,
      ...(elements !== undefined && { elements: present(elements as object) }),
    })
    const wanted = 'scale' in found ? { scale: 8, ...rest } : rest
    assert.deepEqual(strip(present(found)), strip(wanted as never))
  })
}

test('an id keeps its bytes', () => {
  const bytes = Uint8Array.from({ length: 48 }, (_, i) => i)
  const field = { name: 'id', type: 'uuid', required: true, doc: '' } as const
  const behind = rowsFrom({ field, cells: () => null, stored: { kind: 'uuid', bytes } }, 2, 1)
  const { bytes: text } = columnarOf(behind, 1) as unknown as { bytes: Uint8Array }
  assert.equal(Buffer.from(text).toString(), '20212223-2425-2627-2829-2a2b2c2d2e2f')
})
