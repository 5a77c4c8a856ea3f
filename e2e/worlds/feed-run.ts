/**
 * One run of a feed under faults, drawn from its seed: exchange, log and process fail at random moments; in the end the log must
 * hold what the venue made, each trade once; what it lacks must be what the venue cannot give any more, and be reported as gaps.
 */
import assert from 'node:assert/strict'
import { decodePosition } from '@k2/binance-gateway/core/position.ts'
import { K2Error } from '@k2/contracts/codes.ts'
import { GATEWAY_POSITIONS } from '@k2/contracts/topics.ts'
import { seeded } from '@k2/embedded/sample.ts'
import type { Fault } from '@k2/exchange/faults.ts'
import { FORMS } from '@k2/exchange/garbage.ts'
import type { Log } from '@k2/log/log.ts'
import { parseDecimal } from '@k2/market/decimal.ts'
import { caughtUp, type FeedWorld, inFeeds, type Recorded, TRADES, truth } from './feeds.ts'

export interface RunFigures {
  readonly trades: number
  readonly faults: number
  readonly kills: number
  readonly refilled: number
  /** Trades in gaps that were still open, and reported. */
  readonly missing: number
}

const SYMBOLS = ['BTCUSDT', 'ETHUSDT']
type Random = () => number

export function feedRun(seed: number, speed: number): Promise<RunFigures> {
  const random = seeded(seed)
  const between = (min: number, max: number): number => Math.floor(min + random() * (max - min))
  const logFaults = { left: 0 }
  let [faults, kills] = [0, 0]
  const options = {
    seed,
    speed,
    symbols: SYMBOLS,
    ordersPerSecond: between(1, 5),
    quotesPerOrder: 1,
    throughLog: (log: Log) => failing(log, random, logFaults),
  }
  return inFeeds(options, async (world) => {
    world.start()
    await world.until('first trades', async () => (await world.trades()).size === SYMBOLS.length)
    for (let step = between(3, 9); step > 0; step--) {
      if (random() < 0.2) {
        kills++
        await world.kill()
        await world.clock.sleep(between(0, 60_000))
        world.start()
      } else if (random() < 0.15) logFaults.left = between(1, 4)
      else {
        faults++
        world.exchange.inject(faultOf(random, between))
      }
      await world.clock.sleep(between(200, 40_000))
    }
    world.exchange.clear()
    logFaults.left = 0
    await settled(world)
    await world.stop()
    return { faults, kills, ...(await judge(world)) }
  })
}

function faultOf(random: Random, between: (min: number, max: number) => number): Fault {
  const symbol = SYMBOLS[between(0, SYMBOLS.length)]!
  const host = random() < 0.5 ? { host: 'stream.binance.com:9443' } : {}
  const kinds: (() => Fault)[] = [
    () => ({ kind: 'gap', symbol, count: between(1, 30), isLost: random() < 0.2 }),
    () => ({ kind: 'repeat', symbol, count: between(1, 20) }),
    () => ({ kind: 'reorder', symbol, count: between(2, 10) }),
    () => ({ kind: 'silence', symbol, ms: between(1_000, 60_000) }),
    () => ({ kind: 'half-open', ...host }),
    () => ({ kind: 'cut', ...host }),
    () => ({ kind: 'close', ...host }),
    () => ({ kind: 'shutdown', ms: between(1_000, 60_000) }),
    () => ({ kind: 'slow', bytesPerSecond: 2_000, ms: between(1_000, 20_000) }),
    () => ({ kind: 'garbage', form: FORMS[between(0, FORMS.length)]!, count: between(1, 5) }),
    () => ({ kind: 'huge', bytes: between(1, 4) * 2 ** 20 }),
    () => ({ kind: 'status', status: [500, 502, 503, 429, 418][between(0, 5)]!, count: between(1, 5) }),
    () => ({ kind: 'hang', count: between(1, 3) }),
    () => ({ kind: 'refuse', ...host, ms: between(1_000, 40_000) }),
  ]
  return kinds[between(0, kinds.length)]!()
}

/** Appends fail as often as they are told: before they land, or with their answer lost. */
function failing(log: Log, random: Random, faults: { left: number }): Log {
  const away = () => new K2Error('LOG_UNAVAILABLE', 'The log is away, says the test.')
  return new Proxy(log, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'append') return value.bind(target)
      return async (...args: Parameters<Log['append']>) => {
        const fails = faults.left > 0 && args[0] === TRADES
        if (fails) faults.left--
        if (fails && random() < 0.5) throw away()
        const ranges = await target.append(...args)
        if (fails) throw away()
        return ranges
      }
    },
  })
}

/** What the venue has made by now is recorded, as far as the venue can give it. */
async function settled(world: FeedWorld): Promise<void> {
  const venue = world.exchange.binance
  await caughtUp(world)
  await world.until('what was given up', async () => {
    const gaps = await openGaps(world)
    return SYMBOLS.every((symbol) => {
      const lost = new Set([...venue.trades(symbol)].filter(({ isLost }) => isLost).map(({ id }) => id))
      return gaps.get(symbol)!.every((id) => lost.has(id))
    })
  })
}

/** Ids of the gaps that the gateway has noted. */
async function openGaps({ log }: FeedWorld): Promise<Map<string, number[]>> {
  const notes = new Map((await log.latest(GATEWAY_POSITIONS)).map(({ key, value }) => [key, decodePosition(value)!]))
  return new Map(
    SYMBOLS.map((symbol) => {
      const { gaps } = notes.get(`BINANCE/trade/${symbol}`)!
      return [symbol, gaps.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))]
    }),
  )
}

async function judge(world: FeedWorld): Promise<Omit<RunFigures, 'faults' | 'kills'>> {
  const found = await world.trades()
  const gaps = await openGaps(world)
  const sum = { trades: 0, refilled: 0, missing: 0 }
  for (const symbol of SYMBOLS) {
    const records = found.get(symbol)!
    const open = gaps.get(symbol)!
    const ids = records.map(({ id }) => Number(id)).sort((a, b) => a - b)
    const made = new Map(truth(world.exchange.binance, symbol, ids[0]!, ids.at(-1)!).map((one) => [one.id, one]))
    assert.deepEqual(
      [...ids, ...open].sort((a, b) => a - b),
      [...made.keys()],
      `trades and gaps of ${symbol}`,
    )
    for (const record of records) {
      const { price, quantity } = made.get(Number(record.id))!
      assert.deepEqual([record.price, record.quantity], [parseDecimal(price), parseDecimal(quantity)])
    }
    expectOrder(records)
    sum.trades += ids.length
    sum.missing += open.length
    sum.refilled += records.filter(isRefilled).length
  }
  return sum
}

const isRefilled = ({ vendor }: Recorded): boolean => vendor?.includes('"refilled":"true"') ?? false

/** Only what was filled later stands behind a higher id, and says so. */
function expectOrder(records: readonly Recorded[]): void {
  let highest = -1
  for (const record of records) {
    const id = Number(record.id)
    assert.ok(id > highest || isRefilled(record), `trade ${id} stands behind ${highest}`)
    highest = Math.max(highest, id)
  }
}
