import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur3 } from './murmur3.ts'

// Iceberg spec, appendix B ("iceberg" and the long 34); the others are the reference implementation's own vectors.
// biome-ignore format: a table reads by its columns
const rows: [name: string, bytes: Uint8Array, seed: number, hash: number][] = [
  ['"iceberg"',           Buffer.from('iceberg'),              0,          1210000089],
  ['the long 34',         Buffer.from('2200000000000000', 'hex'), 0,       2017239379],
  ['no bytes',            Buffer.alloc(0),                     0,          0],
  ['no bytes, seed 1',    Buffer.alloc(0),                     1,          0x514e28b7],
  ['ff ff ff ff',         Buffer.from('ffffffff', 'hex'),      0,          0x76293b50],
  ['four bytes',          Buffer.from('21436587', 'hex'),      0,          0xf55b516b],
  ['three bytes',         Buffer.from('214365', 'hex'),        0,          0x7e4a8634],
  ['two bytes',           Buffer.from('2143', 'hex'),          0,          0xa0f7b07a],
  ['one byte',            Buffer.from('21', 'hex'),            0,          0x72661cf4],
  ['four bytes, seeded',  Buffer.from('21436587', 'hex'),      0x5082edee, 0x2362f9de],
]

for (const [name, bytes, seed, hash] of rows) {
  test(name, () => assert.equal(murmur3(bytes, seed), hash))
}

test('a length shorter than the buffer hashes the front of it', () => {
  assert.equal(murmur3(Buffer.from('iceberg and more'), 0, 7), 1210000089)
})
