import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { crc32c } from './crc32c.ts'
import { seeded } from './random.ts'

const kafkajsCrc32c: (bytes: Buffer) => number = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/crc32C/index.js',
)

const ascii = (text: string) => new TextEncoder().encode(text)
const ISCSI_READ = '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000'

// RFC 3720 appendix B.4 (there in the order of the wire); the check value of "123456789" by Rocksoft's catalogue.
// biome-ignore format: a table reads by its columns
const rows: [name: string, bytes: Uint8Array, crc: number][] = [
  ['nothing',                            new Uint8Array(0),                       0x00000000],
  ['the catalogue\'s check value',       ascii('123456789'),                      0xe3069283],
  ['32 bytes of zeros',                  new Uint8Array(32),                      0x8a9136aa],
  ['32 bytes of ones',                   new Uint8Array(32).fill(255),            0x62a8ab43],
  ['32 incrementing bytes',              Uint8Array.from({ length: 32 }, (_, i) => i),      0x46dd794e],
  ['32 decrementing bytes',              Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['an iSCSI SCSI read (10) command PDU', Buffer.from(ISCSI_READ, 'hex'),         0xd9963a56],
]

for (const [name, bytes, crc] of rows) {
  test(`crc32c of ${name}`, () => assert.equal(crc32c(bytes), crc))
}

test('every length and start agrees with kafkajs, and a checksum can be continued', () => {
  const random = seeded()
  const bytes = random.bytes(300)
  for (let start = 0; start < 20; start++) {
    for (let end = start; end <= bytes.length; end += 1 + random.below(9)) {
      const whole = crc32c(bytes, start, end)
      assert.equal(whole, kafkajsCrc32c(Buffer.from(bytes.slice(start, end))) >>> 0)
      const middle = start + random.below(end - start + 1)
      assert.equal(crc32c(bytes, middle, end, crc32c(bytes, start, middle)), whole)
    }
  }
})
