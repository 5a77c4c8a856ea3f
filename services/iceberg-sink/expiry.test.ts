import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Hole } from '@k2/lake/table.ts'
import type { LogBatch, OffsetRange } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { Expiry, expiryAlert } from './expiry.ts'

const T = 'market.crypto.trades.binance'
const DAY_MS = 86_400_000
const RETENTION_MS = marketTopic(T)!.retentionMs!
const NOW_MS = 200 * DAY_MS

/** A record a day: of offset n, n days after the epoch; below `start` they are gone. */
function expiryAt(start: bigint, retentionMs: () => Promise<number | null> = async () => RETENTION_MS) {
  let nowMs = NOW_MS
  const reads: bigint[] = []
  async function* readRange({ from, to }: OffsetRange) {
    reads.push(from)
    if (from < start) throw new K2Error('OFFSET_OUT_OF_RANGE', 'gone')
    if (from < to) yield { count: 1, timesMs: Float64Array.of(Number(from) * DAY_MS) } as LogBatch
  }
  const clock = { ...realClock, nowMs: () => nowMs }
  const later = (ms: number) => {
    nowMs += ms
  }
  return { expiry: new Expiry({ readRange, retentionMs }, clock, [marketTopic(T)!]), later, reads }
}

const hole = (from: bigint, partition = 0, reason: Hole['reason'] = 'deferred'): Hole => ({
  ...{ topic: T, partition, from, to: from + 5n, reason },
})
const DAYS = BigInt(NOW_MS / DAY_MS - RETENTION_MS / DAY_MS)

// biome-ignore format: a table reads by its columns
const rows: [name: string, holes: Hole[], alert: RegExp | undefined][] = [
  ['nothing is deferred',                  [hole(1n, 0, 'rejected')],           undefined],
  ['there is more than a day',             [hole(DAYS + 2n)],                   undefined],
  ['there is a day',                       [hole(DAYS + 1n)],                   /binance\/0 from offset \d+ on .* are kept by the log until .*lengthen/],
  ['the one that is lost first is told',   [hole(DAYS + 2n), hole(DAYS + 1n, 3)], /binance\/3 from offset/],
  ['of a partition the first counts',      [hole(DAYS + 9n), hole(DAYS + 1n)],  /are kept by the log until/],
  ['it is gone',                           [hole(DAYS - 9n), hole(DAYS + 1n, 3)], /binance\/0 .* no longer has them: they are lost/],
]
for (const [name, holes, alert] of rows) {
  test(name, async () => {
    const { expiry } = expiryAt(DAYS - 8n)
    const told = expiryAlert(await expiry.look(holes), NOW_MS)
    if (alert === undefined) assert.equal(told, undefined)
    else assert.match(told!, alert)
  })
}

// biome-ignore format: a table reads by its columns
const kept: [name: string, retentionMs: () => Promise<number | null>, inDays: number][] = [
  ['the log says how long it keeps them',        async () => 3 * DAY_MS,       3],
  ['a log that keeps them for ever loses none',  async () => null,             Number.POSITIVE_INFINITY],
  ['one that does not say keeps them as K2 sets', () => Promise.reject(new K2Error('LOG_UNAVAILABLE', 'away')), RETENTION_MS / DAY_MS],
]
for (const [name, retentionMs, inDays] of kept) {
  test(name, async () => {
    const { expiry } = expiryAt(0n, retentionMs)
    assert.equal((await expiry.look([hole(2n)]))!.atMs, (2 + inDays) * DAY_MS)
  })
}

test('what is gone is gone, however long the log keeps the rest', async () => {
  const { expiry } = expiryAt(5n, async () => null)
  assert.match(expiryAlert(await expiry.look([hole(2n)]), NOW_MS)!, /no longer has them/)
})

test('it reads once a minute, and knows at once that nothing is deferred any more', async () => {
  const { expiry, later, reads } = expiryAt(0n)
  await expiry.look([hole(DAYS)])
  later(59_000)
  assert.equal((await expiry.look([hole(DAYS + 7n)]))!.offset, DAYS)
  assert.equal(await expiry.look([]), undefined)
  assert.equal((await expiry.look([hole(DAYS + 7n)]))!.offset, DAYS + 7n)
  assert.equal(reads.length, 2)
})
