import assert from 'node:assert/strict'
import { test } from 'node:test'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { encodePosition, positionKey } from './core/position.ts'
import { Subjects, subjectOf } from './core/subject.ts'
import { Standing, type StandingParts } from './standing.ts'

const TOPIC = marketTopic('market.crypto.trades.binance')!
const BTC = subjectOf('BINANCE', 'trade', { symbol: 'BTCUSDT', currency: 'USDT' }, 0)
const PARTITION = partitionOf(BTC.bytes, TOPIC.partitions)
const NOTE = { next: 500, gaps: [{ from: 7, to: 9 }] }

// biome-ignore format: a table reads by its columns
const rows: [name: string, noted: bigint, end: bigint, next: number | null, said: number][] = [
  ['at the log’s end stands',                  5n, 5n, 500,  0],
  ['of a log that was made anew is dropped',   5n, 0n, null, 1],
  ['of a log that was cut is dropped',         6n, 5n, null, 1],
]
for (const [name, noted, end, next, said] of rows) {
  test(`a note ${name}`, async () => {
    const lines: string[] = []
    const read: bigint[] = []
    const log = {
      latest: async () => [
        { key: positionKey('BINANCE', 'trade', 'BTCUSDT'), value: encodePosition({ ...NOTE, offset: noted }) },
      ],
      ranges: async () => [{ topic: TOPIC.name, partition: PARTITION, from: 0n, to: end }],
      readRange({ from }: { from: bigint }) {
        read.push(from)
        return []
      },
    }
    const parts: StandingParts = {
      log: log as unknown as Log,
      registry: {} as SchemaRegistry,
      topic: TOPIC,
      exchange: 'BINANCE',
      tradeKind: 'trade',
      subjects: new Subjects([BTC]),
      logger: { error: (_: object, line: string) => void lines.push(line) } as unknown as StandingParts['logger'],
      forgot: () => {},
    }
    const standing = await Standing.found(parts, new AbortController().signal)
    assert.deepEqual(standing.states(), [next === null ? { next, gaps: [] } : NOTE])
    assert.deepEqual(read, said > 0 && end > 0n ? [0n] : [])
    assert.equal(lines.filter((line) => line.includes('beyond the log’s end')).length, said)
  })
}
