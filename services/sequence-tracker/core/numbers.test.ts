/** Columns of a batch stay in step where a record of it is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { numberedTrade } from '@k2/contracts/records/trade.fixture.ts'
import { numbersIn } from './numbers.ts'

/** A zero, then the schema's id. */
const PREFIX = 5

function framed(number: number): Buffer {
  const value = encodeRecord('trades', numberedTrade('KTA', number), PREFIX)
  value.writeUInt8(0, 0)
  value.writeUInt32BE(1, 1)
  return value
}

test('each number has the offset and the time of its record', () => {
  const values = [framed(1), Buffer.from('no record'), framed(2), framed(3)]
  const ends = values.map((_, i) => values.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
  const batch = {
    ...{ topic: 'market.equities.trades.asx', partition: 0, from: 100n, count: values.length },
    offsetDeltas: Int32Array.of(0, 1, 5, 6),
    timesMs: Float64Array.of(10, 20, 30, 40),
    values: {
      bytes: Buffer.concat(values),
      starts: Int32Array.from(ends, (end, i) => end - values[i]!.length),
      ends: Int32Array.from(ends),
    },
  }
  const { numbers, refused } = numbersIn(batch, new Map([[1, { schema: SCHEMAS.trades }]]))
  assert.equal(refused, 1)
  assert.deepEqual([...numbers.logTimes], [10, 30, 40])
  assert.deepEqual(
    [...numbers.offsets].filter((_, i) => i % 2 === 0),
    [100, 105, 106],
  )
})
