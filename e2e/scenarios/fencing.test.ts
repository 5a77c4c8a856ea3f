/** Two sinks on one warehouse, or a sink on the wrong log: somebody's mistake, and nobody's data. */
import assert from 'node:assert/strict'
import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TOPICS } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import type { LaneEvent } from '@k2/iceberg-sink/lane.ts'
import { checkLanded, checkLoaded, look } from '../oracle/check.ts'
import { expectedOf } from '../oracle/files.ts'
import { killAll, live } from '../worlds/embedded.ts'
import { COMPANIES, SYMBOLS, writeFeed } from '../worlds/feed.ts'
import { inFolder, listing, withLog } from '../worlds/folder.ts'
import { startLane } from '../worlds/lanes.ts'
import { getTrades } from '../worlds/poll.ts'
import { appendTrades, tradeMaker } from '../worlds/trades.ts'

const SMALL = { K2_SINK_COMMIT_ROWS: 500, K2_SINK_COMMIT_AGE: 100, K2_LOADER_APPEND_ROWS: 100 }
const BATCHES = 40
const BATCH_ROWS = 15
const LONG_MS = 60_000

after(killAll)

test('a second process on the same folder is told so, and the first goes on unharmed', { timeout: LONG_MS }, () =>
  inFolder(async (folder) => {
    const { first } = await writeFeed(join(folder, 'files'), seeded(1))
    const data = join(folder, 'data')
    // Paced, so that it is still loading when the other one comes.
    const one = live({ data, csv: first, once: false, settings: { ...SMALL, K2_LOADER_LAG: 200 } })
    const url = await one.url
    assert.ok(url, 'the first one serves')
    const other = await live({ data, csv: first, once: true, settings: SMALL }).ended
    assert.equal(other.code, 1)
    assert.match(other.err, /\(LOG_IN_USE\)/)
    assert.ok(other.err.includes(url), `it says where the first one answers: ${other.err}`)
    assert.equal(other.out, '')
    const symbols = new Map(COMPANIES.map(({ id, symbol }) => [String(id), symbol]))
    const expected = await expectedOf(first, symbols)
    const rows = [...expected.trades.values()].reduce((sum, times) => sum + times, 0)
    await until(async () => JSON.parse((await getTrades(url, 'limit=10000')).body).meta.count, rows)
    one.kill('SIGTERM')
    const end = await one.ended
    assert.equal(end.code, 0, end.err)
    const rest = await live({ data, csv: first, once: true, settings: SMALL }).ended
    assert.equal(rest.code, 0, rest.err)
    const found = await look(data)
    checkLoaded(found, expected)
    checkLanded(found)
  }),
)

/** Asks again until that many are there. */
async function until(count: () => Promise<number>, wanted: number): Promise<void> {
  const endMs = performance.now() + LONG_MS / 2
  for (let there = await count(); there < wanted; there = await count()) {
    assert.ok(performance.now() < endMs, `${there} of ${wanted} trades`)
    await sleep(50)
  }
}

test('two sinks that both land the same log land each record once', { timeout: LONG_MS }, (t) =>
  inFolder(async (data) => {
    const events = await withLog(data, async (log, registry) => {
      await log.createTopics(TOPICS)
      const make = await tradeMaker(registry)
      const limits = { rows: 50, rowsMax: 50, bytes: 2 ** 20, ageMs: 100 }
      const lanes = [
        await startLane(data, 'one', limits, { log, registry }),
        // Of another rhythm, so that the two cut the log in different places.
        await startLane(data, 'two', { ...limits, rows: 80, rowsMax: 80, ageMs: 130 }, { log, registry }),
      ]
      try {
        for (let batch = 0; batch < BATCHES; batch++) {
          await appendTrades(log, make, SYMBOLS, 1 + batch * BATCH_ROWS, 1 + (batch + 1) * BATCH_ROWS)
          await sleep(30)
        }
        await Promise.all(lanes.map(({ lane }) => lane.drain(AbortSignal.timeout(LONG_MS / 2))))
      } finally {
        await Promise.all(lanes.map((lane) => lane.stop()))
      }
      return lanes.map((lane) => lane.events)
    })
    const found = await look(data)
    checkLanded(found)
    assert.equal(found.lake.length, BATCHES * BATCH_ROWS * SYMBOLS.length)
    const count = (of: readonly LaneEvent[], kind: LaneEvent['kind']) =>
      of.filter((event) => event.kind === kind).length
    for (const [index, of] of events.entries())
      t.diagnostic(`sink ${index + 1}: ${count(of, 'committed')} commits, ${count(of, 'stale')} times stale`)
    t.diagnostic(`${found.lake.length} records, ${found.landedAt.size} snapshots`)
    assert.ok(count(events.flat(), 'stale') > 0, 'at least one was refused as stale')
  }),
)

/** What the log may have become while the lake stayed as it was. */
const LOGS: readonly [what: string, remake: (data: string, other: string) => Promise<void>, why: RegExp][] = [
  ['is gone', async (data) => rm(join(data, 'log'), { recursive: true }), /the log ends at 0/],
  ['is another one', swapLogs, /is not the one that was landed/],
]

for (const [what, remake, why] of LOGS) {
  test(`a sink whose log ${what} refuses, and writes nothing`, { timeout: LONG_MS }, () =>
    inFolder(async (folder) => {
      const [data, other] = [join(folder, 'data'), join(folder, 'other')]
      const files = await writeFeed(join(folder, 'files'), seeded(2))
      // More than the first log held: where it ends tells nothing.
      const others = [3, 4].map((seed) => writeFeed(join(folder, `other-${seed}`), seeded(seed)))
      const csv = (await Promise.all(others)).flatMap(({ first, later }) => [...first, ...later])
      const filled = await live({ data, csv: files.first, once: true, settings: SMALL }).ended
      assert.equal(filled.code, 0, filled.err)
      const elsewhere = await live({ data: other, csv, once: true, settings: SMALL }).ended
      assert.equal(elsewhere.code, 0, elsewhere.err)
      await remake(data, other)
      const before = await listing(join(data, 'warehouse'))
      const refused = await live({ data, csv, once: true, settings: SMALL }).ended
      assert.equal(refused.code, 1)
      assert.match(refused.err, /\(LAKE_DISAGREES\)/)
      assert.match(refused.err, why)
      assert.deepEqual(await listing(join(data, 'warehouse')), before)
    }),
  )
}

async function swapLogs(data: string, other: string): Promise<void> {
  await rename(join(data, 'log'), join(data, 'old-log'))
  await cp(join(other, 'log'), join(data, 'log'), { recursive: true })
}
