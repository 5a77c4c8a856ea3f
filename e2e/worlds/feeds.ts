/**
 * The gateway in this process, between a stand-in exchange and a log in a folder, on a clock of any speed: what it does in an
 * hour is seen in seconds.
 */
import { join } from 'node:path'
import { askHttps } from '@k2/binance-gateway/adapters/requests.ts'
import { folderSpool } from '@k2/binance-gateway/adapters/spool.ts'
import { binanceGateway, type Gateway, type GatewaySettings } from '@k2/binance-gateway/compose.ts'
import { BINANCE, BINANCEUS } from '@k2/binance-gateway/core/venue.ts'
import { asGateway } from '@k2/binance-gateway/gateway.ts'
import { gatewaySettings } from '@k2/binance-gateway/settings.ts'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import type { StoredLetter } from '@k2/contracts/records/dead-letter.ts'
import { decodeBatch } from '@k2/contracts/records/decode.ts'
import { marketTopic, TOPICS } from '@k2/contracts/topics.ts'
import { fasterClock } from '@k2/exchange/clock.ts'
import type { TrueTrade } from '@k2/exchange/history.ts'
import { type ExchangeOptions, type StandIn, standInExchange } from '@k2/exchange/stand-in.ts'
import { storedLetters } from '@k2/landing/letters.ts'
import { type EmbeddedLog, openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import { schemasOf } from '@k2/log/schemas.ts'
import { type Clock, realClock } from '@k2/service/clock.ts'
import { createLogger } from '@k2/service/logger.ts'
import { readSettings } from '@k2/service/settings.ts'
import { openSocket } from '@k2/service/socket-client.ts'
import { createTelemetry, type Telemetry } from '@k2/service/telemetry.ts'
import { inFolder } from './folder.ts'

export interface FeedOptions extends ExchangeOptions {
  /** Of exchange and gateway alike. */
  readonly speed?: number
  readonly settings?: (settings: GatewaySettings) => GatewaySettings
  /** The gateway's name. */
  readonly holder?: string
  /** In the log's place. */
  readonly throughLog?: (log: Log) => Log
}

/** A record of the log, as text where the venue writes text. */
export interface Recorded {
  readonly id: string
  readonly symbol: string
  readonly price: bigint
  readonly quantity: bigint
  readonly micros: number
  readonly side: string
  readonly vendor: string | null
}

export interface FeedWorld {
  readonly exchange: StandIn
  readonly clock: Clock
  readonly log: EmbeddedLog
  readonly telemetry: () => Telemetry
  gateway(): Gateway
  /** Another gateway of the same exchange and log; who asks for it ends it. */
  another(holder: string): FeedWorld
  /** What the gateway has logged: the lines, as they were written. */
  readonly lines: string[]
  start(): void
  /** Resolves once it has ended; rejects with why it failed. */
  stop(): Promise<void>
  /** Ends it in the middle of whatever it does: nothing is flushed or noted any more. */
  kill(): Promise<void>
  /** Rejects with why it ended by itself. */
  failed(): Promise<void>
  /** Dead letters of the trades' topic. */
  letters(): Promise<StoredLetter[]>
  /** Trades of a topic, by symbol, in the log's order. */
  trades(topic?: string): Promise<Map<string, Recorded[]>>
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>
}

export const TRADES = 'market.crypto.trades.binance'
const DEADLINE_MS = 60_000

export const inFeeds = <T>(options: FeedOptions, work: (world: FeedWorld) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const clock = fasterClock(realClock, options.speed ?? 1)
    const exchange = await standInExchange({ ...options, clock })
    const log = openEmbeddedLog(join(folder, 'log'), { now: realClock.nowMs })
    const world = feedWorld(options, folder, clock, exchange, log)
    try {
      await log.createTopics(TOPICS)
      return await work(world)
    } finally {
      await world.kill()
      await exchange.stop()
      await log.close()
    }
  })

function feedWorld(
  options: FeedOptions,
  folder: string,
  clock: Clock,
  exchange: StandIn,
  embedded: EmbeddedLog,
): FeedWorld {
  const registry: SchemaRegistry = embedded.registry(incompatibility)
  const lines: string[] = []
  let telemetry = createTelemetry({ service: 'gateway', environment: 'test' })
  let life:
    | { readonly gateway: Gateway; readonly stop: AbortController; readonly ended: Promise<void>; isDead: boolean }
    | undefined
  const { speed = 1 } = options

  function start(): void {
    const given = asGateway(readSettings(gatewaySettings, {}, {}))
    const settings: GatewaySettings = {
      ...given,
      usWhen: 'never',
      binance: {
        symbols: options.symbols ?? given.binance.symbols,
        venue: { ...BINANCE, streams: exchange.binance.streams, requests: exchange.binance.rest },
      },
      binanceus: {
        symbols: options.symbols ?? given.binanceus.symbols,
        venue: { ...BINANCEUS, streams: exchange.binanceus.streams, requests: exchange.binanceus.rest },
      },
    }
    const mine = { isDead: false }
    telemetry = createTelemetry({ service: 'gateway', environment: 'test' })
    const stop = new AbortController()
    const limits = { handshakeMs: 2_000, messageBytesMax: 1 << 20 }
    const log = mortal(options.throughLog?.(embedded) ?? embedded, () => mine.isDead)
    const gateway = binanceGateway(
      {
        log,
        registry,
        clock,
        random: Math.random,
        logger: createLogger({
          service: 'gateway',
          environment: 'test',
          level: 'info',
          to: { write: (line) => void lines.push(line) },
        }),
        telemetry,
        open: (url, events) => openSocket(url, events, limits),
        ask: askHttps(Math.max(500, 10_000 / speed)),
        spool: (name) => folderSpool(join(folder, 'spool', name)),
        reached: () => {},
        holder: options.holder ?? 'test',
      },
      options.settings?.(settings) ?? settings,
    )
    life = Object.assign(mine, { gateway, stop, ended: gateway.run!(stop.signal) })
    life.ended.catch(() => {})
  }

  async function end(): Promise<void> {
    const now = life
    life?.stop.abort(new Error('the test ends it'))
    try {
      await now?.ended
    } catch (error) {
      if (error !== now?.stop.signal.reason) throw error
    } finally {
      if (life === now) life = undefined
    }
  }

  return {
    exchange,
    clock,
    log: embedded,
    lines,
    telemetry: () => telemetry,
    gateway: () => life!.gateway,
    another: (holder) => feedWorld({ ...options, holder }, join(folder, 'another'), clock, exchange, embedded),
    start,
    stop: end,
    async kill() {
      if (life) life.isDead = true
      await end().catch(() => {})
    },
    failed: () => life!.ended,
    async letters() {
      const found: StoredLetter[] = []
      for await (const { letter } of storedLetters(embedded, TRADES)) found.push(letter)
      return found
    },
    trades: (topic = TRADES) => tradesIn(embedded, registry, topic),
    async until(what, condition) {
      for (const startMs = performance.now(); !(await condition()); await realClock.sleep(100)) {
        if (performance.now() - startMs > DEADLINE_MS)
          throw new Error(`${what} has not come: ${lines.slice(-30).join('')}`)
      }
    },
  }
}

/** A log that takes nothing from the dead: an append of theirs never comes to an end. */
function mortal(log: Log, isDead: () => boolean): Log {
  return new Proxy(log, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'append')
        return async (...args: Parameters<Log['append']>) => {
          if (isDead()) throw new Error('this process is dead')
          const ranges = await target.append(...args)
          // It landed, and who sent it never knew.
          if (isDead()) throw new Error('this process has died')
          return ranges
        }
      return value.bind(target)
    },
  })
}

export async function tradesIn(log: Log, registry: SchemaRegistry, topic: string): Promise<Map<string, Recorded[]>> {
  const found = new Map<string, Recorded[]>()
  for (const range of await log.ranges([topic])) {
    for await (const batch of log.readRange(range)) {
      const { columns, rows } = decodeBatch(marketTopic(topic)!, batch, await schemasOf(registry, [batch])).batch
      const text = (name: string, row: number): string | null => {
        const column = columns.get(name)!
        if (column.kind === 'dictionary') return column.dictionary[column.codes[row]!]!
        return column.kind === 'text' ? column.values[row]! : null
      }
      const whole = (name: string, row: number): bigint => {
        const column = columns.get(name)!
        if (column.kind !== 'int64') throw new Error(`${name} is ${column.kind}`)
        return column.values[row]!
      }
      for (let row = 0; row < rows; row++) {
        const symbol = text('symbol', row)!
        const list = found.get(symbol) ?? []
        found.set(symbol, list)
        list.push({
          id: text('trade_id', row)!,
          symbol,
          price: whole('price', row),
          quantity: whole('quantity', row),
          micros: Number(whole('timestamp', row)),
          side: text('side', row)!,
          vendor: text('vendor_data', row),
        })
      }
    }
  }
  return found
}

/** What the venue has made by now is recorded. */
export async function caughtUp(world: FeedWorld): Promise<void> {
  const { binance } = world.exchange
  const symbols = [...(await world.trades()).keys()]
  const last = new Map(symbols.map((symbol) => [symbol, [...binance.trades(symbol)].at(-1)!.id]))
  await world.until('what the venue made', async () => {
    const found = await world.trades()
    return symbols.every((symbol) => Number(found.get(symbol)!.at(-1)!.id) >= last.get(symbol)!)
  })
}

/** What the venue made of a symbol from that id on, up to another. */
export function truth(venue: StandIn['binance'], symbol: string, from: number, to: number): TrueTrade[] {
  return [...venue.trades(symbol, from)].filter(({ id }) => id <= to)
}
