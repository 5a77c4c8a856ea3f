/**
 * Records that no table can take, put into the log between good ones: those land, these are holes with their letters,
 * answers say so before and after, and the partition goes on.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import { TOPICS } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import type { NewRecord } from '@k2/log/log.ts'
import { partitionOf } from '@k2/log/partitioner.ts'
import { checkLanded, type Found } from '../oracle/check.ts'
import { readLetters, readTrades, TOPIC } from '../oracle/log.ts'
import { canonical } from '../oracle/trade.ts'
import { writeFeed } from '../worlds/feed.ts'
import { getTrades, type Meta } from '../worlds/poll.ts'
import { type MakeTrade, tradeMaker } from '../worlds/trades.ts'
import { inWorld, type MakeWorld, type World } from '../worlds/world.ts'

const SYMBOL = 'KTA'
const PARTITION = partitionOf(Buffer.from(SYMBOL), 30)
const HOUR_MS = 3_600_000

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

export function poisonScenario(make: MakeWorld, msMax = 240_000): void {
  test('poisoned records are holes with letters, and block nothing', { timeout: msMax }, () =>
    inWorld(make, async (world, folder) => {
      const reasons = await poisonedLog(world)
      const places = [...reasons.keys()]
      const [own, other] = (await writeFeed(join(folder, 'files'), seeded(1))).first
      const before = await answered(world, [])
      checkSaid(before.meta, places)
      await landed(world, other!)
      const after = await answered(world, [])
      checkSaid(after.meta, places)
      assert.notEqual(after.meta.snapshot, null)
      assert.deepEqual(after.rows, before.rows, 'landing changes no answer')
      // Behind the poison the partition goes on.
      const more = await answered(world, [own!])
      assert.ok(more.rows.length > after.rows.length)
      checkSaid(more.meta, places)
      await landed(world, own!)
      checkHoles(await world.look(), reasons)
    }),
  )

  test('a file is loaded while poison waits in the log', { timeout: msMax }, () =>
    inWorld(make, async (world, folder) => {
      const reasons = await poisonedLog(world)
      const { first } = await writeFeed(join(folder, 'files'), seeded(1))
      checkSaid((await answered(world, first)).meta, [...reasons.keys()])
      await landed(world, first[0]!)
      checkLanded(await world.look())
    }),
  )

  test('a commit of poison alone moves the partition on', { timeout: msMax }, () =>
    inWorld(make, async (world, folder) => {
      const reasons = await poisonedLog(world, 0)
      const [own, other] = (await writeFeed(join(folder, 'files'), seeded(1))).first
      await landed(world, other!)
      const { rows, meta } = await answered(world, [])
      assert.deepEqual(rows, [])
      checkSaid(meta, [...reasons.keys()])
      await landed(world, own!)
      const found = await world.look()
      assert.ok(found.lake.length > 0)
      checkLanded(found)
    }),
  )
}

function checkHoles(found: Found, reasons: ReadonlyMap<bigint, RegExp>): void {
  const places = [...reasons.keys()]
  checkLanded(found)
  assert.deepEqual(
    found.poisoned.map(({ offset }) => offset),
    places,
  )
  assert.deepEqual(
    found.head.progress.holes.map(({ topic, partition, from, to, reason }) => ({ topic, partition, from, to, reason })),
    rangesOf(places).map((range) => ({ topic: TOPIC, partition: PARTITION, ...range, reason: 'rejected' })),
  )
  const letters = [...found.letters.values()].filter(({ origin }) => origin === 'log')
  assert.deepEqual(
    letters.map(({ offset }) => BigInt(offset!)),
    places,
  )
  for (const { offset, reason } of letters) assert.match(reason, reasons.get(BigInt(offset!))!)
}

/** Each poison once, alone or two in a row, good trades before, between and behind; answers why by offset. */
async function poisonedLog(world: World, good = 4): Promise<Map<bigint, RegExp>> {
  return world.withLog(async (log, registry) => {
    await log.createTopics(TOPICS)
    const make = await tradeMaker(registry)
    const schemaId = await registry.register(`${TOPIC}-value`, SCHEMAS.trades)
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
    assert.equal((await readTrades(log, schemaId)).poisoned.length, POISON.length)
    assert.equal((await readLetters(log)).size, 0)
    return reasons
  })
}

const goodOnes = (make: MakeTrade, from: number, count: number): NewRecord[] =>
  Array.from({ length: count }, (_, i) => make(SYMBOL, from + i))

/** Loads and lands it, and whatever waits in the log. */
async function landed(world: World, path: string): Promise<void> {
  const end = await world.live({ csv: [path] }).ended
  assert.equal(end.code, 0, end.err.slice(-4_000))
}

/** What is answered once these files are loaded, and not landed. */
async function answered(world: World, csv: readonly string[]): Promise<{ rows: string[]; meta: Meta }> {
  const serving = await world.serve({ csv, settings: { K2_SINK_COMMIT_AGE: HOUR_MS } })
  const { status, body } = await getTrades(serving.url, `symbol=${SYMBOL}&limit=10000&order=asc`)
  await serving.stop()
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
