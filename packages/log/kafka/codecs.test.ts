import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compressSync } from 'snappy'
import { seeded } from '../random.ts'
import { CODECS } from '../recordbatch.ts'
import { compress, decompress } from './codecs.ts'
import { lz4Decompress } from './lz4.ts'

const random = seeded()
const noise = (bytes: number) => Buffer.from(random.bytes(bytes))
/** Like records: pieces that come again, with noise between them. */
function records(bytes: number): Buffer {
  const words = Array.from({ length: 20 }, () => noise(1 + random.below(40)))
  const parts: Buffer[] = []
  for (let at = 0; at < bytes; at += parts.at(-1)!.length)
    parts.push(random.below(10) > 0 ? random.pick(words) : noise(3))
  return Buffer.concat(parts)
}

const inputs: [name: string, bytes: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['a byte', Buffer.of(7)],
  ['what is shorter than a match', Buffer.from('abcabcabcabc')],
  ['one byte again and again', Buffer.alloc(1_000_000, 1)],
  ['noise', noise(200_000)],
  ['records', records(900_000)],
  ...[65_535, 65_536, 65_537].map((size): [string, Buffer] => [
    `${size} bytes of records`,
    records(size).subarray(0, size),
  ]),
  ...Array.from({ length: 60 }, (_, i): [string, Buffer] => [`piece ${i}`, records(random.below(3_000))]),
]

for (const codec of CODECS) {
  test(`${codec} gives back what it was given`, () => {
    for (const [name, bytes] of inputs) assert.ok(bytes.equals(decompress(codec, compress(codec, bytes))), name)
  })
}

test('lz4 makes records smaller', () => {
  const bytes = Buffer.from('{"symbol":"BHP","price":36.65,"quantity":100}'.repeat(1_000))
  assert.ok(compress('lz4', bytes).length * 20 < bytes.length)
})

test('an lz4 frame that is cut short, anywhere, is refused', () => {
  const text = Buffer.from('market data '.repeat(4).trim())
  const frame = compress('lz4', text)
  for (let length = 0; length < frame.length; length++) {
    assert.throws(() => lz4Decompress(frame.subarray(0, length), 1_000), RangeError, `cut to ${length} bytes`)
  }
  assert.throws(() => lz4Decompress(frame, 20), /expands to more than 20 bytes/)
})

test("Java's snappy, in blocks framed by xerial", () => {
  const blocks = [records(32_768), records(32_768), records(100)]
  const framed: Uint8Array[] = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (const block of blocks) {
    const packed = compressSync(block)
    const size = Buffer.alloc(4)
    size.writeUInt32BE(packed.length)
    framed.push(size, packed)
  }
  assert.ok(Buffer.concat(blocks).equals(decompress('snappy', Buffer.concat(framed))))
})

test('bytes that say they become a gigabyte are refused before', () => {
  const bomb = Buffer.of(0x80, 0x80, 0x80, 0x80, 0x04, 0x00)
  assert.throws(() => decompress('snappy', bomb), /expands to more than 268435456 bytes/)
})
