import assert from 'node:assert/strict'
import { it } from 'node:test'
import avro from 'avsc'
import { type AvroSchema, readContainer, writeContainer } from './avro.ts'
import { endOf } from './avro-bounds.ts'

const POINT = { type: 'record', name: 'point', fields: [{ name: 'x', type: 'int' }] }
// biome-ignore format: a table reads by its columns
const values: readonly [schema: AvroSchema, value: unknown][] = [
  [{ type: 'record', name: 'none', fields: [{ name: 'a', type: 'null' }, { name: 'b', type: 'int' }] }, { a: null, b: 1 }],
  ['boolean', true],
  ['int', -64],
  ['long', 2 ** 53 - 2 ** 10],
  ['float', 1.5],
  ['double', 1.5],
  ['bytes', Buffer.from('abc')],
  ['string', 'é'.repeat(100)],
  [{ type: 'long', logicalType: 'timestamp-micros' }, -1],
  [{ type: 'fixed', name: 'four', size: 4 }, Buffer.alloc(4)],
  [{ type: 'enum', name: 'side', symbols: ['buy', 'sell'] }, 'sell'],
  [{ type: 'array', items: 'int' }, [1, 2, 300]],
  [{ type: 'map', values: { type: 'array', items: 'double' } }, { a: [1], b: [] }],
  [{ type: 'record', name: 'line', fields: [{ name: 'a', type: POINT }, { name: 'b', type: 'point' }] }, { a: { x: 1 }, b: { x: -9 } }],
]
for (const [schema, value] of values) {
  it(`ends ${JSON.stringify(schema)} where it ends, and misses any byte of it`, () => {
    const bytes = avro.Type.forSchema(schema as avro.Schema).toBuffer(value)
    assert.equal(endOf(schema, Buffer.concat([bytes, bytes]), bytes.length), 2 * bytes.length)
    assert.equal(endOf(schema, bytes), bytes.length)
    for (let cut = 0; cut < bytes.length; cut++) {
      assert.throws(
        () => endOf(schema, bytes.subarray(0, cut)),
        /it ends inside a record|more entries than it has bytes/,
      )
    }
  })
}

it('takes the branch of a union, and a list whose blocks say their size', () => {
  assert.equal(endOf(['null', 'string'], Buffer.from([2, 4, 65, 66])), 4)
  assert.equal(endOf(['null', 'string'], Buffer.from([0])), 1)
  assert.throws(() => endOf(['null', 'string'], Buffer.from([4])), /of no type that its schema allows/)
  assert.equal(endOf({ type: 'array', items: 'int' }, Buffer.from([3, 4, 1, 2, 0])), 5)
})

const LIST = { type: 'record', name: 'one', fields: [{ name: 'n', type: { type: 'array', items: 'long' } }] }

/** What sealed, and other writers' files without a seal, come to with each of their bits flipped. */
for (const sealed of [true, false]) {
  it(`a container ${sealed ? 'of ours' : "of another's"} is read or refused at once, whichever bit of it changes`, {
    timeout: 60_000,
  }, () => {
    const bytes = Buffer.from(writeContainer(LIST, [{ n: [1, 2, 3] }, { n: [4] }], {}, 'null'))
    const marker = bytes.subarray(-16)
    for (let at = bytes.indexOf(marker); !sealed && at >= 0; at = bytes.indexOf(marker, at + 1))
      bytes.fill(7, at, at + 16)
    let refused = 0
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      try {
        readContainer(changed)
      } catch (error) {
        assert.ok(error instanceof Error)
        refused++
      }
    }
    if (sealed) assert.equal(refused, bytes.length * 8)
    else assert.ok(refused > bytes.length * 4, `${refused} of ${bytes.length * 8} refused`)
  })
}
