/** What brokers may send beside plain batches: transactions, gaps, cut and damaged bytes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sliceAt } from '../batches.ts'
import { BatchWriter } from '../batchwriter.ts'
import { crc32c } from '../crc32c.ts'
import { AT, CODECS, CONTROL_BIT, HEADER_BYTES, TRANSACTION_BIT } from '../recordbatch.ts'
import { type Codec, compress } from './codecs.ts'
import { FetchedBatches } from './fetched.ts'

interface Made {
  readonly from: bigint
  readonly values: readonly string[]
  readonly codec?: Codec
  readonly bits?: number
  readonly producerId?: bigint
}

const writer = new BatchWriter()

function batch({ from, values, codec = 'none', bits = 0, producerId = -1n }: Made): Buffer {
  for (const [i, value] of values.entries()) writer.add(i, 1_000 + i, Buffer.from('k'), Buffer.from(value))
  const plain = writer.finish(from)
  const bytes = Buffer.concat([plain.subarray(0, HEADER_BYTES), compress(codec, plain.subarray(HEADER_BYTES))])
  bytes.writeInt32BE(bytes.length - AT.leaderEpoch, AT.length)
  bytes.writeInt16BE(CODECS.indexOf(codec) | bits, AT.attributes)
  bytes.writeBigInt64BE(producerId, AT.producerId)
  bytes.writeUInt32BE(crc32c(bytes, AT.attributes), AT.crc)
  return bytes
}

type Aborted = readonly { readonly producerId: bigint; readonly from: bigint }[]

/** Offset and value of each record, and where the columns end. */
function read(made: readonly (Made | Buffer)[], from = 0n, aborted: Aborted = []) {
  const records = Buffer.concat(made.map((each) => (Buffer.isBuffer(each) ? each : batch(each))))
  const batches = new FetchedBatches({ topic: 't', partition: 3, errorCode: 0, end: 100n, aborted, records })
  const found: string[] = []
  const ranges: string[] = []
  let at = from
  for (let next = batches.next(at); next !== undefined; next = batches.next(at)) {
    assert.equal(next.from, at, 'no gap between batches of columns')
    for (let i = 0; i < next.count; i++)
      found.push(`${next.from + BigInt(next.offsetDeltas[i]!)} ${Buffer.from(sliceAt(next.values, i)!)}`)
    ranges.push(`${next.from}..${next.to}`)
    at = next.to
  }
  return { found, ranges }
}

for (const codec of CODECS) {
  test(`${codec}: batches that follow each other become one, from the offset that was asked for`, () => {
    const made = [
      { from: 10n, values: ['a', 'b', 'c'], codec },
      { from: 13n, values: ['d', 'e'], codec },
    ]
    assert.deepEqual(read(made, 11n), { found: ['11 b', '12 c', '13 d', '14 e'], ranges: ['11..15'] })
  })
}

test('a gap, left by compaction, belongs to the batch behind it', () => {
  const made = [
    { from: 0n, values: ['a'] },
    { from: 7n, values: ['b'] },
  ]
  assert.deepEqual(read(made), { found: ['0 a', '7 b'], ranges: ['0..1', '1..8'] })
})

test('batches before the offset are passed over', () => {
  const made = [
    { from: 0n, values: ['a'] },
    { from: 7n, values: ['b'] },
  ]
  assert.deepEqual(read(made, 5n), { found: ['7 b'], ranges: ['5..8'] })
})

test('what a transaction rolled back is left out, until its marker; other producers stay', () => {
  const bits = TRANSACTION_BIT
  const marker = (from: bigint, producerId: bigint): Made => ({
    from,
    values: ['m'],
    bits: bits | CONTROL_BIT,
    producerId,
  })
  const made = [
    { from: 0n, values: ['committed'], bits, producerId: 1n },
    marker(1n, 1n),
    { from: 2n, values: ['dropped'], bits, producerId: 1n, codec: 'zstd' as const },
    { from: 3n, values: ['of another'], bits, producerId: 2n },
    { from: 4n, values: ['plain'] },
    marker(5n, 1n),
    { from: 6n, values: ['committed later'], bits, producerId: 1n },
    marker(7n, 1n),
    marker(8n, 2n),
  ]
  const { found, ranges } = read(made, 0n, [{ producerId: 1n, from: 2n }])
  assert.deepEqual(found, ['0 committed', '3 of another', '4 plain', '6 committed later'])
  assert.deepEqual(ranges, ['0..9'])
})

test('a batch that is cut is left for the next answer, anywhere it is cut', () => {
  const whole = batch({ from: 0n, values: ['a'] })
  const next = batch({ from: 1n, values: ['b'] })
  for (let length = 0; length < next.length; length++)
    assert.deepEqual(read([whole, next.subarray(0, length)]).found, ['0 a'], `cut to ${length} bytes`)
})

test('a byte that changed is LOG_DAMAGED with its place, whichever it is', () => {
  const made = batch({ from: 5n, values: ['a', 'b'], codec: 'snappy' })
  for (let at = AT.magic; at < made.length; at++) {
    const changed = Buffer.from(made)
    changed[at]! ^= 4
    assert.throws(
      () => read([changed], 5n),
      { code: 'LOG_DAMAGED', details: { topic: 't', partition: 3, offset: '5' } },
      `byte ${at}`,
    )
  }
})

test('bytes that hold not even one batch are LOG_DAMAGED: brokers send a whole one at least', () => {
  const made = batch({ from: 0n, values: ['a'] })
  for (const length of [1, HEADER_BYTES, made.length - 1])
    assert.throws(() => read([made.subarray(0, length)]), { code: 'LOG_DAMAGED', message: /cut/ })
})

test('what its codec cannot unpack is LOG_DAMAGED', () => {
  const bytes = batch({ from: 0n, values: ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'] })
  for (const codec of CODECS.slice(1)) {
    bytes.writeInt16BE(CODECS.indexOf(codec), AT.attributes)
    bytes.writeUInt32BE(crc32c(bytes, AT.attributes), AT.crc)
    const says = { code: 'LOG_DAMAGED', message: new RegExp(`its ${codec} cannot be unpacked`) }
    assert.throws(() => read([bytes]), says, codec)
  }
  bytes.writeInt16BE(6, AT.attributes)
  bytes.writeUInt32BE(crc32c(bytes, AT.attributes), AT.crc)
  assert.throws(() => read([bytes]), { code: 'LOG_DAMAGED', message: /codec 6/ })
})
