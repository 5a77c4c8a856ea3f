import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { foldLatest, sliceAt, trimBatch } from './batches.ts'
import { BatchWriter } from './batchwriter.ts'
import { crc32c } from './crc32c.ts'
import type { Headers, LogBatch } from './log.ts'
import { type Random, seeded } from './random.ts'
import { AT, BATCH_BYTES_MAX, decodeBatches, HEADER_BYTES } from './recordbatch.ts'

interface Row {
  readonly delta: number
  readonly timeMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: Headers
}

interface TheirRecord {
  offset: string
  timestamp: string
  key: Buffer | null
  value: Buffer | null
  headers: Record<string, Buffer>
}

// kafkajs as the other implementation: its internals have no types.
const require = createRequire(import.meta.url)
const theirs = {
  batch: require('kafkajs/src/protocol/recordBatch/v0/index.js').RecordBatch,
  record: require('kafkajs/src/protocol/recordBatch/record/v0/index.js'),
  decode: require('kafkajs/src/protocol/recordBatch/v0/decoder.js'),
  Decoder: require('kafkajs/src/protocol/decoder.js'),
}

const NAME = { topic: 'market.crypto.trades.binance', partition: 3 }
const NOW_MS = 1_760_000_000_000
const bytes = (text: string) => new TextEncoder().encode(text)

function encode(base: bigint, rows: readonly Row[], lastDelta?: number): Uint8Array {
  const writer = new BatchWriter()
  for (const { delta, timeMs, key, value, headers } of rows) assert.ok(writer.add(delta, timeMs, key, value, headers))
  return lastDelta === undefined ? writer.finish(base) : writer.finish(base, lastDelta)
}

function rowsOf(batch: LogBatch): Row[] {
  return Array.from({ length: batch.count }, (_, i) => ({
    delta: batch.offsetDeltas[i]!,
    timeMs: batch.timesMs[i]!,
    key: plain(sliceAt(batch.keys, i)),
    value: plain(sliceAt(batch.values, i)),
    ...(batch.headers?.[i] !== undefined && { headers: batch.headers[i] }),
  }))
}

const plain = (slice: Uint8Array | null) => (slice === null ? null : new Uint8Array(slice))

function randomRows(random: Random): Row[] {
  let delta = 0
  const blob = () => (random.below(6) === 0 ? null : random.bytes(random.below(random.pick([2, 80, 300, 20_000]))))
  return Array.from({ length: 1 + random.below(60) }, (_, i) => {
    delta += i === 0 ? 0 : 1 + (random.below(4) === 0 ? random.below(100_000) : 0)
    const timeMs = NOW_MS + random.below(random.pick([1, 100, 2 ** 31])) - random.below(random.pick([1, 5_000]))
    const headers = random.below(4) === 0 ? { traceparent: `00-${i}`, 'ключ ✓': 'значение', empty: '' } : undefined
    return { delta, timeMs, key: blob(), value: blob(), ...(headers !== undefined && { headers }) }
  })
}

test('what we write, kafkajs reads', async () => {
  const random = seeded()
  for (let run = 0; run < 50; run++) {
    const rows = randomRows(random)
    const base = BigInt(random.below(2 ** 40))
    const read = await theirs.decode(new theirs.Decoder(Buffer.from(encode(base, rows))))
    const found = read.records.map((record: TheirRecord) => ({
      delta: Number(BigInt(record.offset) - base),
      timeMs: Number(record.timestamp),
      key: plain(record.key),
      value: plain(record.value),
      headers: Object.entries(record.headers).map(([name, value]) => [name, value.toString()]),
    }))
    assert.deepEqual(
      found,
      rows.map((row) => ({ ...row, headers: Object.entries(row.headers ?? {}) })),
    )
    assert.equal(read.lastOffsetDelta, rows.at(-1)!.delta)
    assert.equal(Number(read.maxTimestamp), Math.max(...rows.map((row) => row.timeMs)))
  }
})

test('what kafkajs writes, we read, also when several batches follow each other', async () => {
  const random = seeded()
  for (let run = 0; run < 50; run++) {
    const expected: Row[] = []
    const parts: Uint8Array[] = []
    const base = BigInt(random.below(2 ** 40))
    let next = base
    for (let batch = 0; batch < 1 + random.below(4); batch++) {
      const rows = randomRows(random)
      parts.push(await encodeByKafkajs(next, rows))
      const shift = Number(next - base)
      expected.push(...rows.map((row) => ({ ...row, delta: row.delta + shift })))
      next += BigInt(rows.at(-1)!.delta + 1)
    }
    const read = decodeBatches(Buffer.concat(parts), NAME)
    assert.deepEqual([read.from, read.to, read.topic, read.partition], [base, next, NAME.topic, NAME.partition])
    assert.deepEqual(rowsOf(read), expected)
  }
})

async function encodeByKafkajs(firstOffset: bigint, rows: readonly Row[]): Promise<Uint8Array> {
  const firstTimestamp = rows[0]!.timeMs
  const { buffer } = await theirs.batch({
    firstOffset: firstOffset.toString(),
    firstTimestamp,
    maxTimestamp: Math.max(...rows.map((row) => row.timeMs)),
    lastOffsetDelta: rows.at(-1)!.delta,
    records: rows.map(({ delta, timeMs, key, value, headers }) =>
      theirs.record({
        offsetDelta: delta,
        timestampDelta: timeMs - firstTimestamp,
        key: key && Buffer.from(key),
        value: value && Buffer.from(value),
        headers: headers ?? {},
      }),
    ),
  })
  return buffer
}

/** A good batch of three records, with one thing wrong. */
function spoilt(change: (batch: Uint8Array, view: DataView) => void, isResealed = false): Uint8Array {
  const batch = encode(
    100n,
    [0, 1, 2].map((delta) => ({ delta, timeMs: NOW_MS, key: bytes('BHP'), value: bytes('v') })),
  )
  const view = new DataView(batch.buffer)
  change(batch, view)
  if (isResealed) view.setUint32(AT.crc, crc32c(batch, AT.attributes))
  return batch
}

// biome-ignore format: a table reads by its columns
const faults: [name: string, batch: Uint8Array, sentence: RegExp][] = [
  ['a flipped bit in a value',     spoilt((batch) => { batch[batch.length - 2]! ^= 1 }),                     /checksum/],
  ['a flipped bit in the header',  spoilt((batch) => { batch[AT.baseTime + 7]! ^= 1 }),                      /checksum/],
  ['another magic',                spoilt((batch) => { batch[AT.magic] = 1 }),                               /magic 1, and only 2/],
  ['a compressed batch',           spoilt((_, view) => view.setInt16(AT.attributes, 2), true),               /compressed with snappy/],
  ['an unknown codec',             spoilt((_, view) => view.setInt16(AT.attributes, 7), true),               /codec 7/],
  ['a batch cut short',            spoilt(() => {}).subarray(0, 80),                                         /cut to 80/],
  ['a header cut short',           spoilt(() => {}).subarray(0, HEADER_BYTES - 1),                           /header/],
  ['a negative length',            spoilt((_, view) => view.setInt32(AT.length, -1)),                        /cut to/],
  ['more records than offsets',    spoilt((_, view) => view.setInt32(AT.count, 4), true),                    /4 records cannot have 3 offsets/],
  ['fewer records than it holds',  spoilt((_, view) => view.setInt32(AT.count, 2), true),                    /bytes follow its last record/],
  ['a record that overruns',       spoilt((batch) => { batch[HEADER_BYTES]! += 2 }, true),                   /overruns/],
  ['a value beyond the batch',     spoilt((batch) => { batch[batch.length - 3] = 126 }, true),               /overruns/],
  ['no bytes at all',              new Uint8Array(0),                                                        /no bytes/],
]

for (const [name, batch, sentence] of faults) {
  test(`${name} is LOG_DAMAGED and says where`, () => {
    assert.throws(() => decodeBatches(batch, NAME), { name: 'K2Error', code: 'LOG_DAMAGED', message: sentence })
  })
}

test('a gap between two batches is LOG_DAMAGED at the offset that is missing', () => {
  const row = { delta: 0, timeMs: NOW_MS, key: null, value: null }
  const gap = Buffer.concat([encode(5n, [row]), encode(7n, [row])])
  assert.throws(() => decodeBatches(gap, NAME), {
    code: 'LOG_DAMAGED',
    message: /offset 6: the next batch begins at 7/,
  })
})

test('a control batch is offsets that hold no record', () => {
  const control = spoilt((_, view) => view.setInt16(AT.attributes, 32), true)
  const batch = decodeBatches(control, NAME)
  assert.deepEqual([batch.from, batch.to, batch.count], [100n, 103n, 0])
})

test('where the broker sets the time, its records have it', () => {
  const appended = spoilt((_, view) => {
    view.setInt16(AT.attributes, 8)
    view.setBigInt64(AT.maxTime, BigInt(NOW_MS + 9))
  }, true)
  assert.deepEqual([...decodeBatches(appended, NAME).timesMs], [NOW_MS + 9, NOW_MS + 9, NOW_MS + 9])
})

test('a batch takes records up to the limit of a broker, and not one byte more', () => {
  const writer = new BatchWriter()
  const overhead = HEADER_BYTES + 3 + 1 + 1 + 1 + 1 + 3 + 1
  const largest = BATCH_BYTES_MAX - overhead
  assert.equal(writer.add(0, NOW_MS, null, new Uint8Array(largest + 1)), false)
  assert.equal(writer.count, 0)
  assert.equal(writer.add(0, NOW_MS, null, new Uint8Array(largest)), true)
  assert.equal(writer.add(1, NOW_MS, null, null), false)
  assert.equal(writer.finish(0n).length, BATCH_BYTES_MAX)
})

// Records at 100, 103 and 104 of a batch that stands for 100 to 109.
const sparse = decodeBatches(
  encode(
    100n,
    [0, 3, 4].map((delta) => ({ delta, timeMs: NOW_MS + delta, key: bytes('k'), value: bytes(`${delta}`) })),
    9,
  ),
  NAME,
)

// biome-ignore format: a table reads by its columns
const trims: [from: bigint, to: bigint, offsets: bigint[]][] = [
  [100n, 110n, [100n, 103n, 104n]],
  [101n, 110n, [103n, 104n]],
  [103n, 104n, [103n]],
  [104n, 106n, [104n]],
  [105n, 110n, []],
  [ 90n, 101n, [100n]],
  [ 90n, 200n, [100n, 103n, 104n]],
]

for (const [from, to, offsets] of trims) {
  test(`a batch trimmed to ${from}..${to} holds ${offsets.join(' ') || 'nothing'}`, () => {
    const batch = trimBatch(sparse, from, to)
    assert.deepEqual([batch.from, batch.to, batch.count], [from, to, offsets.length])
    assert.deepEqual(
      rowsOf(batch).map((row) => batch.from + BigInt(row.delta)),
      offsets,
    )
    assert.deepEqual(
      rowsOf(batch).map((row) => 100n + BigInt(new TextDecoder().decode(row.value!))),
      offsets,
    )
  })
}

test('the fold keeps the last value of a key, forgets deleted ones and passes over those without a key', async () => {
  const row = (delta: number, key: string | null, value: string | null): Row => ({
    delta,
    timeMs: NOW_MS + delta,
    key: key === null ? null : bytes(key),
    value: value === null ? null : bytes(value),
  })
  const batch = decodeBatches(
    encode(0n, [
      row(0, 'a', '1'),
      row(1, 'b', '1'),
      row(2, 'a', '2'),
      row(3, 'b', null),
      row(4, null, 'x'),
      row(5, 'c', ''),
    ]),
    NAME,
  )
  async function* one() {
    yield { ...batch, values: { ...batch.values, bytes: Buffer.from(batch.values.bytes) } }
  }
  assert.deepEqual(await foldLatest(one()), [
    { key: 'a', value: bytes('2'), offset: 2n, timeMs: NOW_MS + 2 },
    { key: 'c', value: bytes(''), offset: 5n, timeMs: NOW_MS + 5 },
  ])
})
