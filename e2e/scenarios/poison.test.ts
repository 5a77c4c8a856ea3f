/**
 * Records that no table can take, put into the log between good ones: those land, these are holes with their letters,
 * answers say so before and after, and the partition goes on.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { TOPICS } from '@k2/contracts/topics.ts'
import { filesToLoad } from '@k2/csv-loader/files.ts'
import { type Embedded, embedded } from '@k2/embedded/compose.ts'
import { seeded } from '@k2/embedded/sample.ts'
import { embeddedSettings } from '@k2/embedded/settings.ts'
import type { NewRecord } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings } from '@k2/service/settings.ts'
import { checkLanded, look } from '../oracle/check.ts'
import { readLetters, readTrades, TOPIC } from '../oracle/log.ts'
import { canonical } from '../oracle/trade.ts'
import { writeFeed } from '../worlds/feed.ts'
import { inFolder, withLog } from '../worlds/folder.ts'
import { getTrades, type Meta } from '../worlds/poll.ts'
import { type MakeTrade, tradeMaker } from '../worlds/trades.ts'

const SYMBOL = 'KTA'
const PARTITION = partitionOf(Buffer.from(SYMBOL), 30)
const HOUR_MS = 3_600_000
const LONG_MS = 60_000

const unknownSchema = (value: Buffer): Buffer => {
  const other = Buffer.from(value)
  other.writeInt32BE(4711, 1)
  return other
}

// biome-ignore format: a table reads by its columns
const POISON: readonly [what: string, of: (good: Buffer) => Buffer | null, reason: RegExp][] = [
  ['a wrong magic byte',      (good) => Buffer.concat([Buffer.of(7), good.subarray(1)]), /magic byte/],
  ['an unknown schema',       unknownSchema,                                             /schema id 4711 is not known/],
  ['Avro that is cut short',  (good) => good.subarray(0, good.length - 3),               /cut short|cannot be decoded/],
  ['bytes behind the Avro',   (good) => Buffer.concat([good, Buffer.of(1)]),             /1 bytes follow/],
  ['no value',                () => null,                                                /no value/],
  ['less than a frame',       () => Buffer.of(0, 0, 0),                                  /shorter than a frame/],
]

test('poisoned records are holes with letters, and block nothing', { timeout: LONG_MS }, () =>
  inFolder(async (folder) => {
    const data = join(folder, 'data')
    const reasons = await poisonedLog(data)
    const places = [...reasons.keys()]
    const { first } = await writeFeed(join(folder, 'files'), seeded(1))

    await inWorld(data, async (world) => {
      const before = await answer(world)
      checkSaid(before.meta, places)
      await world.sink.drain(AbortSignal.timeout(LONG_MS / 2))
      // The query-service hears of the commit by a hint, a moment later.
      let after = await answer(world)
      for (let tries = 0; after.meta.snapshot === null && tries < 100; tries++) {
        await setTimeout(20)
        after = await answer(world)
      }
      checkSaid(after.meta, places)
      assert.notEqual(after.meta.snapshot, null)
      assert.deepEqual(after.rows, before.rows, 'landing changes no answer')
      // Behind the poison the partition goes on.
      await world.load(await filesToLoad(first, undefined, undefined), true, AbortSignal.timeout(LONG_MS / 2))
      const more = await answer(world)
      assert.ok(more.rows.length > after.rows.length)
      checkSaid(more.meta, places)
      await world.sink.drain(AbortSignal.timeout(LONG_MS / 2))
    })

    const found = await look(data)
    checkLanded(found)
    assert.deepEqual(
      found.poisoned.map(({ offset }) => offset),
      places,
    )
    const holes = found.head.progress.holes.map(({ topic, partition, from, to, reason }) => ({
      topic,
      partition,
      from,
      to,
      reason,
    }))
    assert.deepEqual(
      holes,
      rangesOf(places).map((range) => ({ topic: TOPIC, partition: PARTITION, ...range, reason: 'rejected' })),
    )
    const letters = [...found.letters.values()].filter(({ origin }) => origin === 'log')
    assert.deepEqual(
      letters.map(({ offset }) => BigInt(offset!)),
      places,
    )
    for (const { offset, reason } of letters) assert.match(reason, reasons.get(BigInt(offset!))!)
  }),
)

test('a file is loaded while poison waits in the log', { timeout: LONG_MS }, () =>
  inFolder(async (folder) => {
    const data = join(folder, 'data')
    const reasons = await poisonedLog(data)
    const { first } = await writeFeed(join(folder, 'files'), seeded(1))
    await inWorld(data, async (world) => {
      await world.load(await filesToLoad(first, undefined, undefined), true, AbortSignal.timeout(LONG_MS / 2))
      checkSaid((await answer(world)).meta, [...reasons.keys()])
      await world.sink.drain(AbortSignal.timeout(LONG_MS / 2))
    })
    checkLanded(await look(data))
  }),
)

test('a commit of poison alone moves the partition on', { timeout: LONG_MS }, () =>
  inFolder(async (folder) => {
    const data = join(folder, 'data')
    const reasons = await poisonedLog(data, 0)
    const { first } = await writeFeed(join(folder, 'files'), seeded(1))
    await inWorld(data, async (world) => {
      await world.sink.drain(AbortSignal.timeout(LONG_MS / 2))
      const { rows, meta } = await answer(world)
      assert.deepEqual(rows, [])
      checkSaid(meta, [...reasons.keys()])
      await world.load(await filesToLoad(first, undefined, undefined), true, AbortSignal.timeout(LONG_MS / 2))
      await world.sink.drain(AbortSignal.timeout(LONG_MS / 2))
    })
    const found = await look(data)
    assert.ok(found.lake.length > 0)
    checkLanded(found)
  }),
)

/** Each poison once, alone or two in a row, good trades before, between and behind; answers why by offset. */
async function poisonedLog(data: string, good = 4): Promise<Map<bigint, RegExp>> {
  return withLog(data, async (log, registry) => {
    await log.createTopics(TOPICS)
    const make = await tradeMaker(registry)
    const reasons = new Map<bigint, RegExp>()
    const records: NewRecord[] = goodOnes(make, 1, good)
    for (const [index, [, of, reason]] of POISON.entries()) {
      reasons.set(BigInt(records.length), reason)
      records.push({ key: SYMBOL, value: of(make(SYMBOL, 900 + index).value) })
      if (index % 2 === 0) records.push(...goodOnes(make, 10 * (index + 1), good))
    }
    records.push(...goodOnes(make, 100, good))
    // In two appends, so that one batch ends in the middle of it.
    await log.append(TOPIC, records.slice(0, 5))
    await log.append(TOPIC, records.slice(5))
    assert.equal((await readTrades(log)).poisoned.length, POISON.length)
    assert.equal((await readLetters(log)).size, 0)
    return reasons
  })
}

const goodOnes = (make: MakeTrade, from: number, count: number): NewRecord[] =>
  Array.from({ length: count }, (_, i) => make(SYMBOL, from + i))

/** Everything in this process; commits come only when a test drains the sink. */
async function inWorld(data: string, work: (world: Embedded) => Promise<void>): Promise<void> {
  const settings = readSettings(
    embeddedSettings,
    { data, httpPort: 0, grpcPort: 0, commitAgeMs: HOUR_MS, lookMs: 100 },
    {},
  )
  const world = await embedded(settings, { logger: silentLogger, reached: () => {} })
  const done = new AbortController()
  const working = {
    name: 'the test',
    async run() {
      await work(world)
      done.abort()
    },
  }
  try {
    await runServices([...world.services, working], { logger: silentLogger, signal: done.signal, health: world.health })
  } finally {
    await world.close()
  }
}

async function answer({ query }: Embedded): Promise<{ rows: string[]; meta: Meta }> {
  const { status, body } = await getTrades(query.http.url(), `symbol=${SYMBOL}&limit=10000&order=asc`)
  assert.equal(status, 200, body)
  const { data, meta } = JSON.parse(body) as { data: object[]; meta: Meta }
  return { rows: data.map(canonical), meta }
}

function checkSaid({ complete, reasons, rejected }: Meta, places: readonly bigint[]): void {
  assert.equal(complete, false)
  assert.deepEqual(reasons, ['REJECTED_RECORDS'])
  const offsets = rejected.flatMap(({ from, to }) =>
    Array.from({ length: Number(to) - Number(from) }, (_, i) => BigInt(from) + BigInt(i)),
  )
  assert.deepEqual(offsets, places)
}

/** Neighbours are one range. */
function rangesOf(offsets: readonly bigint[]): { from: bigint; to: bigint }[] {
  const ranges: { from: bigint; to: bigint }[] = []
  for (const offset of offsets) {
    const last = ranges.at(-1)
    if (last?.to === offset) last.to = offset + 1n
    else ranges.push({ from: offset, to: offset + 1n })
  }
  return ranges
}
