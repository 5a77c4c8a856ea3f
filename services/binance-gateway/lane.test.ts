import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { marketTopic } from '@k2/contracts/topics.ts'
import type { Log, NewRecord } from '@k2/log/log.ts'
import { manualClock } from '@k2/service/clock.ts'
import type { Spool } from './adapters/spool.ts'
import { type Subject, subjectOf } from './core/subject.ts'
import { Lane, type LaneLimits } from './lane.ts'

const TOPIC = marketTopic('market.crypto.trades.binance')!
const BTC: Subject = subjectOf('BINANCE', 'trade', { symbol: 'BTCUSDT', currency: 'USDT' }, 0)
const LIMITS: LaneLimits = { batchRecords: 2, memoryBytesMax: 1_000_000, spoolBytesMax: 1_000_000, lingerMs: 0 }

const away = () => new K2Error('LOG_UNAVAILABLE', 'The log is away.')

/** A log of one partition that fails as it is told; records are ids as text. */
function laneOver(limits: Partial<LaneLimits> = {}) {
  const stored: number[] = []
  const fails: ('before' | 'after')[] = []
  const landed = new Set<number>()
  const lost: number[] = []
  const foreign: [bigint, bigint][] = []
  let holder = 'us'
  const spooled = new Map<number, Uint8Array>()
  const clock = manualClock()
  let gate = Promise.resolve()
  const idOf = ({ value }: NewRecord): number => Number(Buffer.from(value!.subarray(5)).toString())
  const log = {
    async append(_: string, records: readonly NewRecord[]) {
      await gate
      const fault = fails.shift()
      if (fault === 'before') throw away()
      stored.push(...records.map(idOf))
      if (fault === 'after') throw away()
      return [
        { topic: TOPIC.name, partition: 0, from: BigInt(stored.length - records.length), to: BigInt(stored.length) },
      ]
    },
  } as unknown as Log
  const spool: Spool = {
    put: (batch, bytes) => void spooled.set(batch, bytes),
    take(batch) {
      const bytes = spooled.get(batch)
      if (bytes === undefined) throw new Error('its file is gone')
      spooled.delete(batch)
      return bytes
    },
  }
  const lane = new Lane(
    TOPIC,
    7,
    {
      log,
      clock,
      spool,
      lost: (batch) => void lost.push(...batch.ids),
      held: async () => {
        if (holder !== 'us') throw new K2Error('LOG_IN_USE', 'Another has it.')
      },
      foreign: async (ranges) => void foreign.push(...ranges.map(({ from, to }): [bigint, bigint] => [from, to])),
      landed: (_, id) => void landed.add(id),
      isLanded: (_, id) => landed.has(id),
      readBack: async () => {
        for (const id of stored) landed.add(id)
        return new Map([[0, BigInt(stored.length)]])
      },
      appended: () => {},
      failed: () => {},
      reached: () => {},
    },
    { ...LIMITS, ...limits },
  )
  return {
    lane,
    stored,
    fails,
    landed,
    lost,
    foreign,
    others: () => {
      holder = 'others'
    },
    spooled,
    clock,
    write(...ids: number[]) {
      for (const id of ids) {
        lane.out(BTC).add(Buffer.from(String(id)))
        lane.wrote(BTC, id, 0)
      }
    },
    /** Appends wait until it is opened. */
    shut(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

async function ran(world: ReturnType<typeof laneOver>): Promise<void> {
  const stop = new AbortController()
  const ended = world.lane.run(stop.signal)
  for (let i = 0; i < 1_000 && !world.lane.isEmpty; i++) await world.clock.advance(20_000)
  stop.abort()
  await ended
}

test('records land in their order, and what waits at the end lands too', async () => {
  const world = laneOver()
  world.write(...upTo(7))
  await ran(world)
  assert.deepEqual(world.stored, upTo(7))
  assert.deepEqual([...world.landed], upTo(7))
  assert.equal(world.lane.ends.get(0), 7n)
})

test('an append that failed is sent again; one whose answer was lost is found', async () => {
  const world = laneOver()
  world.fails.push('before', 'after', 'before', 'before', 'after')
  world.write(...upTo(9))
  await ran(world)
  assert.deepEqual(world.stored, upTo(9))
})

test('beyond memory it is the disk, beyond that whoever writes must stop; then all lands in order', async () => {
  const world = laneOver({ memoryBytesMax: 30, spoolBytesMax: 60 })
  const open = world.shut()
  world.write(...upTo(6))
  assert.deepEqual([world.spooled.size > 0, world.lane.isFull], [true, false])
  world.write(...upTo(30).slice(6))
  assert.equal(world.lane.isFull, true)
  open()
  await ran(world)
  assert.deepEqual(world.stored, upTo(30))
  assert.deepEqual(
    [world.spooled.size, world.lane.isFull, world.lane.memoryBytes, world.lane.spooledBytes],
    [0, false, 0, 0],
  )
})

test('what waited on disk and is gone is told of, and all else lands', async () => {
  const world = laneOver({ memoryBytesMax: 30, spoolBytesMax: 10_000 })
  const open = world.shut()
  world.write(...upTo(20))
  const [first] = world.spooled.keys()
  world.spooled.delete(first!)
  open()
  await ran(world)
  assert.equal(world.lost.length, LIMITS.batchRecords)
  assert.deepEqual(
    world.stored,
    upTo(20).filter((id) => !world.lost.includes(id)),
  )
  assert.deepEqual([world.lane.memoryBytes, world.lane.spooledBytes], [0, 0])
})

test('what another gateway appended between, or what landed late, is told by its offsets', async () => {
  const world = laneOver()
  world.lane.ends = new Map([[0, 0n]])
  world.write(...upTo(4))
  await ran(world)
  assert.deepEqual(world.foreign, [])
  world.stored.push(2, 3)
  world.write(4, 5)
  await ran(world)
  assert.deepEqual(world.foreign, [[4n, 6n]])
  assert.equal(world.lane.ends.get(0), 8n)
})

test('nothing is appended once another gateway holds the feed', async () => {
  const world = laneOver()
  world.others()
  world.write(1)
  await assert.rejects(world.lane.run(new AbortController().signal), { code: 'LOG_IN_USE' })
  assert.deepEqual(world.stored, [])
})

test('an error that no waiting mends ends it', async () => {
  const log = { append: async () => Promise.reject(new K2Error('LOG_DAMAGED', 'It is damaged.')) }
  const lane = new Lane(TOPIC, 7, { ...IDLE_PORTS, log: log as unknown as Log }, LIMITS)
  lane.out(BTC).add(Buffer.from('1'))
  lane.wrote(BTC, 1, 0)
  await assert.rejects(lane.run(new AbortController().signal), { code: 'LOG_DAMAGED' })
})

const IDLE_PORTS: ConstructorParameters<typeof Lane>[2] = {
  log: {} as Log,
  clock: manualClock(),
  held: async () => {},
  landed: () => {},
  isLanded: () => false,
  readBack: async () => new Map(),
  appended: () => {},
  failed: () => {},
  reached: () => {},
}
