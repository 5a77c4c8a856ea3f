import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import { IdReader } from './ids.ts'
import { batchOf, type Entry, idOf, TOPIC } from './world.fixture.ts'

const topic = marketTopic(TOPIC)!
const today = JSON.parse(SCHEMAS.trades) as { fields: { name: string; type: unknown }[] }
/** As another producer may write it: the id is not in front. */
const [idField, ...others] = today.fields
const turned = JSON.stringify({ ...today, fields: [...others, idField] })

const textOf = (words: Uint32Array, i: number): string => {
  const hex = [...words.subarray(i * 4, i * 4 + 4)].map((word) => word.toString(16).padStart(8, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const entry = (name: string, bad?: Entry['bad']): Entry => ({ name, minute: 0, ...(bad && { bad }) })

test('an id is read where it stands, whatever comes behind it', () => {
  const entries = [entry('a'), entry('zz'), entry('b', 'cut short'), entry('c', 'unknown schema')]
  const { words, has } = new IdReader(topic, new Map([[1, { schema: SCHEMAS.trades }]])).read(batchOf(entries, 7))
  assert.deepEqual([...has], [1, 1, 1, 0])
  assert.deepEqual(
    [0, 1, 2].map((i) => textOf(words, i)),
    [idOf('a'), idOf('zz'), idOf('b')],
  )
})

// biome-ignore format: a table reads by its columns
const ROWS: readonly [what: string, value: (good: Buffer) => Buffer][] = [
  ['no frame',                        () => Buffer.of(0, 0, 0)],
  ['another magic byte',              (good) => Buffer.concat([Buffer.of(1), good.subarray(1)])],
  ['cut short within the id',         (good) => good.subarray(0, 30)],
  ['a letter that is no digit',       (good) => Buffer.from(good.toString('latin1').replace('-8000-', '-800g-'), 'latin1')],
  ['no dashes',                       (good) => Buffer.from(good.toString('latin1').replace('-8000-', '08000-'), 'latin1')],
]

for (const [what, value] of ROWS) {
  test(`there is no id: ${what}`, () => {
    const good = batchOf([entry('a')], 0).values.bytes as Buffer
    const bytes = value(Buffer.from(good))
    const values = { bytes, starts: Int32Array.of(0), ends: Int32Array.of(bytes.length) }
    const reader = new IdReader(topic, new Map([[1, { schema: SCHEMAS.trades }]]))
    assert.deepEqual([...reader.read({ count: 1, values }).has], [0])
  })
}

test('a record without a value has none, nor one of a schema that today’s cannot read', () => {
  const values = { bytes: Buffer.alloc(0), starts: Int32Array.of(0), ends: Int32Array.of(-1) }
  const reader = new IdReader(topic, new Map([[1, { schema: '"string"' }]]))
  assert.deepEqual([...reader.read({ count: 1, values }).has], [0])
  assert.deepEqual([...reader.read(batchOf([entry('a')], 0)).has], [0])
})

test('a writer that has it elsewhere is read as Avro says', () => {
  const good = batchOf([entry('a')], 0).values.bytes
  const [frame, id, rest] = [good.subarray(0, 5), good.subarray(5, 42), good.subarray(42)]
  const bytes = Buffer.concat([frame, rest, id])
  const values = { bytes, starts: Int32Array.of(0), ends: Int32Array.of(bytes.length) }
  const { words, has } = new IdReader(topic, new Map([[1, { schema: turned }]])).read({ count: 1, values })
  assert.deepEqual([...has], [1])
  assert.equal(textOf(words, 0), idOf('a'))
})
