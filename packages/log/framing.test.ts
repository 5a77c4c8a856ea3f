import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FRAME_BYTES, frame, schemaIdOf, writeFrame } from './framing.ts'

// biome-ignore format: a table reads by its columns
const frames: [name: string, id: number, hex: string][] = [
  ['the first id',      1,          '0000000001'],
  ['every byte of it',  0x01020304, '0001020304'],
  ['the largest id',    0x7fffffff, '007fffffff'],
  ['id 0',              0,          '0000000000'],
]

for (const [name, id, hex] of frames) {
  test(`${name} is framed big endian and read back`, () => {
    const framed = frame(id, Uint8Array.of(0xca, 0xfe))
    assert.equal(Buffer.from(framed).toString('hex'), `${hex}cafe`)
    assert.equal(schemaIdOf(framed), id)
  })
}

// biome-ignore format: a table reads by its columns
const faults: [name: string, hex: string, fault: RegExp][] = [
  ['nothing',               '',             /has 0$/],
  ['a frame cut short',     '00000000',     /has 4$/],
  ['plain Avro',            '0200000001ff', /begins with byte 0, this one with 2/],
  ['a negative id',         '00ffffffff01', /schema id -1 is negative/],
]

for (const [name, hex, fault] of faults) {
  test(`${name} is a value that says what is wrong`, () => {
    const read = schemaIdOf(Buffer.from(hex, 'hex'))
    assert.ok(typeof read === 'object')
    assert.match(read.fault, fault)
  })
}

test('a value is read inside a larger buffer', () => {
  const bytes = new Uint8Array(20)
  assert.equal(writeFrame(bytes, 7, 42), 7 + FRAME_BYTES)
  assert.equal(schemaIdOf(bytes, 7, 12), 42)
  assert.deepEqual(schemaIdOf(bytes, 7, 11), { fault: 'a framed value has at least 5 bytes, this one has 4' })
})

test('an id that is no int32 is a bug and throws', () => {
  for (const id of [-1, 1.5, 2 ** 31]) assert.throws(() => frame(id, new Uint8Array(0)), RangeError)
})
