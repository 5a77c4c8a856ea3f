/** How a loader paces itself, and what two of them do at once. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { rateLimit } from '@k2/csv-loader/core/rate.ts'
import type { Clock } from '@k2/service/clock.ts'
import { readTrades } from '../oracle/log.ts'
import { inFolder } from '../worlds/folder.ts'
import { inLoading, topicOf } from '../worlds/loading.ts'

const row = (at: number): string => {
  const time = new Date(36_000_000 + at).toISOString().slice(11, 23)
  return `03/11/2014,${time},1.1,5,0,,\r\n`
}
const rows = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => row(from + i)).join('')

/** Sleeping is what moves it. */
function sleepyClock(): Clock & { slept: number[] } {
  let ms = 1_000_000
  const slept: number[] = []
  return {
    slept,
    nowMs: () => ms,
    nowMicros: () => ms * 1_000,
    async sleep(forMs) {
      slept.push(forMs)
      ms += forMs
    },
  }
}

// biome-ignore format: a table reads by its columns
const rates: readonly [rate: number, rows: number, bad: number, leastMs: number, mostMs: number][] = [
  [10,    31,    0, 3_000, 3_100],
  [10,    11,   20, 3_000, 3_100],
  [1_000, 3_001, 0, 2_950, 3_001],
]
for (const [rate, good, bad, leastMs, mostMs] of rates) {
  test(`--rate ${rate}: ${good} good rows and ${bad} bad ones take ${leastMs} ms at least, and are sent meanwhile`, () =>
    inFolder((folder) =>
      inLoading(folder, async ({ log, load }) => {
        const path = join(folder, '1.csv')
        await writeFile(path, rows(0, good) + 'x\r\n'.repeat(bad))
        const clock = sleepyClock()
        const ends: number[] = []
        const reached = (moment: string) => void (moment === 'loader.appended' && ends.push(clock.nowMs()))
        const report = await load({ path }, { clock, rate: rateLimit(rate), reached })
        assert.deepEqual([report.sent, report.rejected], [good, bad])
        const sleptMs = clock.slept.reduce((sum, ms) => sum + ms, 0)
        assert.ok(sleptMs >= leastMs && sleptMs <= mostMs, `it slept ${sleptMs} ms`)
        assert.ok(ends[0]! <= 1_001_200, 'rows do not wait until an append is full')
        assert.equal((await readTrades(log)).trades.length, good)
      }),
    ))
}

test('it waits while the sink is more than its limit behind, and appends nothing meanwhile', () =>
  inFolder((folder) =>
    inLoading(folder, async ({ log, load }) => {
      const path = join(folder, '1.csv')
      await writeFile(path, rows(0, 300))
      const clock = sleepyClock()
      const lags = [50_000, 50_001, 70_000, 50_000, 0]
      const asked: [lag: number, logged: number][] = []
      const end = async () => (await log.ranges([topicOf('trades').name])).reduce((sum, { to }) => sum + Number(to), 0)
      const lagRecords = async () => {
        const lag = lags.shift() ?? 0
        asked.push([lag, await end()])
        return lag
      }
      await load({ path }, { clock, lagRecords, appendRows: 100 })
      assert.deepEqual(asked, [
        [50_000, 0],
        [50_001, 100],
        [70_000, 100],
        [50_000, 100],
        [0, 200],
      ])
      assert.equal(clock.slept.length, 2, 'it asked again after each wait')
      assert.equal(await end(), 300)
    }),
  ))

// biome-ignore format: a table reads by its columns
const pairs: readonly [name: string, first: string, second: string, symbols: readonly [string, string], sent: readonly [number, number]][] = [
  ['the same file',              rows(0, 9_000), rows(0, 9_000),     ['XYZ', 'XYZ'], [9_000, 0]],
  ['files that overlap',         rows(0, 9_000), rows(4_000, 9_500), ['XYZ', 'XYZ'], [9_000, 500]],
  ['files of different symbols', rows(0, 2_000), rows(0, 2_000),     ['XYZ', 'ABC'], [2_000, 2_000]],
]
for (const [name, first, second, symbols, sent] of pairs) {
  test(`two loaders at once, ${name}: each row once, numbered without a gap`, () =>
    inFolder((folder) =>
      inLoading(folder, async ({ log, load }) => {
        const paths = [join(folder, '1.csv'), join(folder, '2.csv')] as const
        await writeFile(paths[0], first)
        await writeFile(paths[1], second)
        const options = { appendRows: 100 }
        const reports = await Promise.all(paths.map((path, i) => load({ path, symbol: symbols[i]! }, options)))
        // Either may be the first.
        const total = sent[0] + sent[1]
        assert.equal(reports[0]!.sent + reports[1]!.sent, total)
        const { trades } = await readTrades(log)
        assert.equal(trades.length, total)
        assert.equal(new Set(trades.map(({ messageId }) => messageId)).size, total)
        for (const [symbol, ofSymbol] of Map.groupBy(trades, (trade) => trade.symbol)) {
          const numbers = ofSymbol.map(({ sequence }) => Number(sequence))
          assert.deepEqual(
            numbers,
            Array.from(numbers, (_, i) => i + 1),
            symbol,
          )
        }
      }),
    ))
}
