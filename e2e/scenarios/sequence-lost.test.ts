/** What a tracker stands on is gone, or made anew: all that the log holds is judged again, and comes out as a scan of it does. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { SEQUENCE_POSITIONS, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log, OffsetRange } from '@k2/log/log.ts'
import { GROUP } from '@k2/sequence-tracker/tracker.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { scanned, TRADES, told } from '../oracle/sequence.ts'
import { inFolder } from '../worlds/folder.ts'
import { append, judged, live, type Numbered } from '../worlds/tracking.ts'

const trades = (...numbers: number[]): Numbered[] =>
  numbers.map((number) => ({
    ...{ symbol: 'KTA', exchange: 'BINANCE', timestampMicros: 1_394_398_634_754_321 + number },
    sourceSequence: BigInt(number),
  }))

/** As if the positions that there are now had never been. */
async function withoutPositions(log: Log): Promise<Log> {
  const ends = new Map((await log.ranges([SEQUENCE_POSITIONS])).map(({ partition, to }) => [partition, to]))
  const ranges: Log['ranges'] = async (topics) =>
    (await log.ranges(topics)).map((range) => {
      return range.topic === SEQUENCE_POSITIONS ? { ...range, from: ends.get(range.partition)! } : range
    })
  return new Proxy(log, {
    get(target, name) {
      if (name === 'ranges') return ranges
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('positions that are gone', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const log = openEmbeddedLog(join(folder, 'log'), { now: Date.now })
    const registry = log.registry(incompatibility)
    await log.createTopics(TOPICS)
    await append(log, registry, trades(1, 2, 5, 6, 7))
    const first = live(log, registry, folder)
    await judged(log)
    await first.end()
    const later = await withoutPositions(log)
    // 6 once more: below what would be the first number of a stream that is new.
    await append(log, registry, trades(9, 6))
    const second = live(later, registry, folder)
    await judged(log)
    await second.end()
    assert.deepEqual(await told(later), await scanned(log))
    await log.close()
  }),
)

/** Trades and the group's offsets of one log, what the tracker has told of another. */
const anew = (trades: Log, told: Log): Log =>
  new Proxy(trades, {
    get(target, name) {
      const of = (topic: string) => (topic.startsWith('k2.sequence.') ? told : target)
      if (name === 'append') return (topic: string, records: never) => of(topic).append(topic, records)
      if (name === 'latest') return (topic: string) => of(topic).latest(topic)
      if (name === 'ranges') return (topics: string[]) => of(topics[0]!).ranges(topics)
      if (name === 'readRange') return (range: OffsetRange) => of(range.topic).readRange(range)
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

/** As a group stands that has read so much of each partition. */
async function noted(log: Log, offset: bigint): Promise<void> {
  const ending = new AbortController()
  const subscription = log.subscribe(GROUP, TRADES, { signal: ending.signal })
  for await (const { topic, partition } of subscription) {
    await subscription.commit([{ topic, partition, offset }])
    break
  }
  ending.abort()
}

for (const offsets of ['are gone with it', 'have stayed']) {
  test(`a topic of trades that was made anew, and has outgrown its positions; the group's offsets ${offsets}`, () =>
    inFolder(async (folder) => {
      const [old, young] = ['old', 'young'].map((name) => openEmbeddedLog(join(folder, name), { now: Date.now }))
      const registry = old!.registry(incompatibility)
      for (const log of [old!, young!]) await log.createTopics(TOPICS)
      await append(old!, registry, trades(1, 2, 5, 6, 3))
      const first = live(old!, registry, folder)
      await judged(old!)
      await first.end()
      await append(young!, registry, trades(1, 2, 5, 7, 8, 12, 7, 13))
      if (offsets === 'have stayed') await noted(young!, 5n)
      const log = anew(young!, old!)
      const warnings: string[] = []
      const logger = { ...silentLogger, warn: (_: object, sentence: string) => void warnings.push(sentence) }
      const second = live(log, registry, folder, { logger: logger as typeof silentLogger })
      await judged(young!)
      await second.end()
      assert.deepEqual(await told(log), await scanned(young!))
      assert.match(warnings.join(), /has other records than those that were judged/)
      // And whoever starts from the topics knows as much.
      await append(young!, registry, trades(14, 20))
      const third = live(log, registry, folder)
      await judged(young!)
      await third.end()
      assert.deepEqual(await told(log), await scanned(young!))
      await Promise.all([old!.close(), young!.close()])
    }))
}
