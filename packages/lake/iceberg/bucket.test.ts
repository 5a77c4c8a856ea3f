import assert from 'node:assert/strict'
import { it } from 'node:test'
import { murmur3 } from '@k2/market/murmur3.ts'
import { bucketOf } from './bucket.ts'

it('hashes as the Iceberg specification does (appendix B)', () => {
  assert.equal(murmur3(Buffer.from('iceberg')), 1210000089)
})

// Second column: PyIceberg 0.12, BucketTransform(16).transform(StringType())(symbol).
// biome-ignore format: a table reads by its columns
const rows: [symbol: string, bucket: number][] = [
  ['iceberg',               1210000089 % 16],
  ['BHP',                   4],
  ['CBA',                   5],
  ['BTCUSDT',               13],
  ['ETHUSDT',               14],
  ['A-VERY-LONG-SYMBOL-1',  12],
  ['é😀',                   8],
  ['',                      0],
]

it('puts symbols into the buckets that other readers look in', () => {
  for (const [symbol, bucket] of rows) assert.equal(bucketOf(symbol), bucket, symbol)
})
