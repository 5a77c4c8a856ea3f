/** Positions are gone, while the group's offsets are there: all that the log holds is judged again, and comes out as before. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { SEQUENCE_POSITIONS, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log } from '@k2/log/log.ts'
import { scanned, told } from '../oracle/sequence.ts'
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
