/**
 * A stand-in for Binance and Binance.US: WebSocket streams and REST as they document them, on this machine.
 *
 *   generator | recording ─► market (the truth) ─► doors: a host each ─► connections
 *                                └───────────────► REST, with its weights
 *
 *   const exchange = await standInExchange({ seed: 7 })
 *   exchange.binance.streams   ['ws://127.0.0.1:40001', …]     in the order of stream.binance.com:9443, :443, data-stream.binance.vision
 *   exchange.binance.rest      ['http://127.0.0.1:40004', …]   api.binance.com, data-api.binance.vision
 *   exchange.binanceus         the same for stream.binance.us:9443 and api.binance.us, a market of its own
 *   exchange.binance.history('BTCUSDT')   the truth: every trade with its price and quantity as text
 *   exchange.inject({ kind: 'gap', symbol: 'BTCUSDT', count: 3 })         faults.ts lists them; clear() ends them
 *   await exchange.stop()
 *
 * Everything runs on `clock`: the market, pings, lives, limits and server time. Hand a manualClock in a test, or
 * fasterClock(realClock, 100) to both sides for a hundred times the pace.
 */
import { type Clock, realClock } from '@k2/service/clock.ts'
import { skewed } from './clock.ts'
import { createDoor, type Door } from './door.ts'
import { generated } from './generator.ts'
import { type History, type TrueTrade, tradesFrom } from './history.ts'
import { createInjector, type Injector } from './inject.ts'
import type { Certificate } from './listener.ts'
import { createMarket, type Market, type Source } from './market.ts'
import { factsOf } from './symbols.ts'
import { BINANCE, BINANCE_US, type Rules, type Venue } from './venues.ts'
import { createWeights } from './weights.ts'

export interface ExchangeOptions {
  readonly clock?: Clock
  /** The same one makes the same trades. */
  readonly seed?: number
  /** BTCUSDT and ETHUSDT. */
  readonly symbols?: readonly string[]
  /** For each symbol; one makes 1.5 trades. Binance.US has a fifth of it. */
  readonly ordersPerSecond?: number
  readonly quotesPerOrder?: number
  /** Market before the start, for REST: nobody saw it on a stream. */
  readonly pastMs?: number
  /** In the generator's place. */
  readonly source?: (venue: Venue) => Source
  /** Over those of each venue: `{ lifeMs: 60_000 }`. */
  readonly rules?: Partial<Rules>
  /** Of each symbol; the oldest are dropped. A trade takes 41 bytes. */
  readonly tradesKeptMax?: number
  /** The exchange's clock is so far ahead of the one that it is given. */
  readonly skewMs?: number
  /** Nothing happens before `play()`. */
  readonly isPaused?: boolean
  /** Of the first door, the others follow; 0: any free ones. */
  readonly port?: number
  /** Doors are wss and https then. */
  readonly tls?: Certificate
}

export interface StandInVenue {
  /** Of its hosts, in their order, without a path. */
  readonly streams: readonly string[]
  readonly rest: readonly string[]
  readonly doors: readonly Door[]
  /** What it made of a symbol, in order; a million trades are kept where nothing else is said. */
  trades(symbol: string, fromId?: number): Generator<TrueTrade>
  history(symbol: string): History
}

export interface StandIn extends Injector {
  readonly binance: StandInVenue
  readonly binanceus: StandInVenue
  /** Resolves when its past is there, and it goes on. */
  play(): Promise<void>
  /** Resolves when a recording has come to its end; rejects where the exchange itself failed. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

const DEFAULTS = { seed: 1, symbols: ['BTCUSDT', 'ETHUSDT'], ordersPerSecond: 5, quotesPerOrder: 4, pastMs: 600_000 }
const TRADES_KEPT_MAX = 1_000_000

export async function standInExchange(options: ExchangeOptions = {}): Promise<StandIn> {
  const { port = 0, skewMs = 0 } = options
  const clock = skewed(options.clock ?? realClock, skewMs)
  const stopping = new AbortController()
  const [binance, binanceus] = [BINANCE, BINANCE_US].map((venue) => openVenue(venue, options, clock))
  const doors = [...binance!.doors, ...binanceus!.doors]
  const { inject, clear } = createInjector(doors, clock, stopping.signal)
  await openAll(doors, port)
  const playing = Promise.withResolvers<void>()
  stopping.signal.addEventListener('abort', () => playing.resolve())
  const played = [binance!, binanceus!].map((venue) =>
    playVenue(venue.market, options, playing.promise, stopping.signal),
  )
  const ended = Promise.all(played.map(({ ended }) => ended)).then(() => {})
  ended.catch(() => {}) // told to who asks
  async function play(): Promise<void> {
    playing.resolve()
    await Promise.race([ended, Promise.all(played.map(({ live }) => live))])
  }
  if (!options.isPaused) await play()
  return {
    binance: binance!.told,
    binanceus: binanceus!.told,
    inject,
    clear,
    play,
    ended,
    async stop() {
      stopping.abort()
      await Promise.allSettled([ended, ...doors.map((door) => door.listener.close())])
    },
  }
}

async function openAll(doors: readonly Door[], port: number): Promise<void> {
  try {
    for (const [index, { listener }] of doors.entries()) await listener.open(port === 0 ? 0 : port + index)
  } catch (error) {
    for (const { listener } of doors) await listener.close()
    throw error
  }
}

function openVenue(venue: Venue, options: ExchangeOptions, clock: Clock) {
  const { symbols = DEFAULTS.symbols, tradesKeptMax = TRADES_KEPT_MAX, tls } = options
  const rules = { ...venue.rules, ...options.rules }
  const market = createMarket({ venue: { ...venue, rules }, symbols: symbols.map(factsOf), clock, tradesKeptMax })
  const weights = createWeights(rules)
  const doorsOf = (kind: Door['kind']) =>
    venue[kind].map((host) => createDoor({ host, kind, market, weights, clock, tls }))
  const [streams, rest] = [doorsOf('streams'), doorsOf('rest')]
  const told: StandInVenue = {
    get streams() {
      return streams.map(({ url }) => url)
    },
    get rest() {
      return rest.map(({ url }) => url)
    },
    doors: [...streams, ...rest],
    history: market.history,
    trades: (symbol, fromId) => tradesFrom(market.history(symbol), fromId),
  }
  return { market, doors: told.doors, told }
}

function playVenue(market: Market, options: ExchangeOptions, playing: Promise<void>, signal: AbortSignal) {
  const live = Promise.withResolvers<void>()
  const source = options.source?.(market.venue) ?? generator(market, options)
  const ended = playing
    .then(() => (signal.aborted ? undefined : market.play(source, live.resolve, signal)))
    .catch((error) => {
      if (!signal.aborted) throw error
    })
  return { live: live.promise, ended }
}

function generator(market: Market, options: ExchangeOptions): Source {
  const { seed, ordersPerSecond, quotesPerOrder, pastMs } = { ...DEFAULTS, ...options }
  const { symbols, venue, rules } = market
  const made = {
    seed,
    venue: venue.name,
    symbols,
    ordersPerSecond: ordersPerSecond * venue.pace,
    quotesPerOrder,
    hasOrderIds: rules.hasOrderIds,
  }
  return (startMicros) => generated(made, startMicros - pastMs * 1_000)
}
