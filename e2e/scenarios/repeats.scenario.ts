/**
 * A source that sends again what it has sent: each record lands once and the others are counted, also where a restart lies
 * between them, and where a topic is not judged all land.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { TOPICS } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { openEngine } from '@k2/lake/duckdb/engine.ts'
import { check } from '@k2/lake/maintenance/check.ts'
import { directoryStore } from '@k2/lake/store/directory.ts'
import { inPlace } from '@k2/lake/store/files.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import type { Found } from '../oracle/check.ts'
import { TOPIC } from '../oracle/log.ts'
import { writeFeed } from '../worlds/feed.ts'
import { appendTrades, tradeMaker } from '../worlds/trades.ts'
import { inWorld, type MakeWorld, type World } from '../worlds/world.ts'

const SYMBOL = 'KTA'
const PARTITION = `${TOPIC}/${partitionOf(Buffer.from(SYMBOL), 30)}` as const
const JUDGED = { K2_DEDUP_TOPICS: 'market.*.trades.asx' }

export function repeatsScenario(make: MakeWorld, msMax = 240_000): void {
  test('a source that repeats lands once, also over a restart', { timeout: msMax }, () =>
    inWorld(make, async (world, folder) => {
      await sent(world, [
        [1, 40],
        [10, 60],
        [1, 5],
      ])
      await landed(world, folder, JUDGED)
      checkOnce(await world.look(), 34)
      await sent(world, [
        [50, 80],
        [2, 4],
      ])
      await landed(world, folder, JUDGED)
      checkOnce(await world.look(), 34 + 12)
      const trades = (await world.tables()).find(({ spec }) => spec.name === 'trades_v2')!
      assert.deepEqual([...(await trades.upkeep.repeats())], [[PARTITION, 34 + 12]])
      const engine = await openEngine({ memoryMb: 256, threads: 1, tempFolder: join(folder, 'tmp') })
      const ports = { table: trades, store: directoryStore(), engine, files: inPlace }
      const { faults } = await check(ports, AbortSignal.timeout(msMax)).finally(() => engine.close())
      assert.deepEqual(faults, [])
    }),
  )

  test('repeats are counted', { timeout: msMax }, () =>
    inWorld(make, async (world) => {
      await sent(world, [
        [1, 40],
        [30, 50],
      ])
      const serving = await world.serve({ csv: [], settings: { ...JUDGED, K2_SINK_COMMIT_AGE: 100 } })
      const counted = await metric(`${serving.url}/metrics`, 10)
      await serving.stop()
      assert.match(counted, new RegExp(`topic="${TOPIC}"`))
    }),
  )

  test('where nobody judges, what is in the log is in the lake', { timeout: msMax }, () =>
    inWorld(make, async (world, folder) => {
      await sent(world, [
        [1, 10],
        [5, 10],
      ])
      await landed(world, folder, { K2_DEDUP_TOPICS: 'none' })
      const { trades, lake } = await world.look()
      assert.equal(lake.length, trades.length)
      assert.equal(new Set(lake.map(({ messageId }) => messageId)).size, lake.length - 5)
    }),
  )
}

/** Trades by their numbers, each range one append. */
async function sent(world: World, ranges: readonly (readonly [from: number, to: number])[]): Promise<void> {
  await world.withLog(async (log, registry) => {
    await log.createTopics(TOPICS)
    const make = await tradeMaker(registry)
    for (const [from, to] of ranges) await appendTrades(log, make, [SYMBOL], from, to)
  })
}

/** With a file of another symbol, so that there is an end to wait for. */
async function landed(world: World, folder: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const [, other] = (await writeFeed(join(folder, 'files'), seeded(1))).first
  const end = await world.live({ csv: [other!], settings }).ended
  assert.equal(end.code, 0, end.err.slice(-4_000))
}

/** The first of each in the order of offsets, as it stands in the log. */
function checkOnce({ trades, lake, head, ends }: Found, repeats: number): void {
  const firsts = new Map<string, string>()
  for (const { messageId, text } of trades) if (!firsts.has(messageId)) firsts.set(messageId, text)
  assert.equal(trades.length - firsts.size, repeats)
  assert.deepEqual(lake.map(({ text }) => text).sort(), [...firsts.values()].sort())
  assert.deepEqual(head.progress.holes, [])
  assert.equal(head.progress.offsets.get(PARTITION), ends.get(PARTITION))
}

async function metric(url: string, value: number): Promise<string> {
  for (;;) {
    const text = await (await fetch(url)).text()
    const found = text
      .split('\n')
      .find((line) => line.startsWith('k2_duplicate_messages_detected_total') && line.endsWith(` ${value}`))
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
