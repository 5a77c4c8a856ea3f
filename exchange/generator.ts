/**
 * A market made up: orders at random times take one side of the book, level by level, and move the price; quotes come
 * between. The same seed, venue and symbol give the same trades, whatever other symbols there are.
 *
 *   shape   (seed, symbol, start) -> events in order of their time, without end
 *   units   price and quantity in 10^-8, times in µs
 *   source  the recordings: most orders one trade, spread mostly one tick, three quotes a trade; mulberry32 by
 *           Tommy Ettinger, public domain
 */
import type { MarketEvent, QuoteEvent, TradeEvent } from './event.ts'
import type { SymbolFacts } from './symbols.ts'

export interface GeneratorOptions {
  readonly seed: number
  readonly venue: string
  readonly symbols: readonly SymbolFacts[]
  /** Of takers, for each symbol; an order makes 1.5 trades on average. */
  readonly ordersPerSecond: number
  readonly quotesPerOrder: number
  /** Trades name buyer's and seller's order, as they did until June 2024. */
  readonly hasOrderIds: boolean
}

type Random = () => number

export function randomOf(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

const BATCH_EVENTS = 64

/** All symbols in order of time. */
export function* generated(options: GeneratorOptions, startMicros: number): Generator<readonly MarketEvent[]> {
  const markets = options.symbols.map((facts) => {
    const orders = ordersOf(facts, options, startMicros)
    return { orders, events: orders.next().value, at: 0 }
  })
  for (;;) {
    const batch: MarketEvent[] = []
    while (batch.length < BATCH_EVENTS) {
      let first = markets[0]!
      for (const each of markets) if (each.events[each.at]!.atMicros < first.events[first.at]!.atMicros) first = each
      batch.push(first.events[first.at]!)
      if (++first.at < first.events.length) continue
      first.events = first.orders.next().value
      first.at = 0
    }
    yield batch
  }
}

/** The exchange tells a little after it matched. */
const TELL_MICROS = 300

/** Of the price, in one move. */
const STEP_MAX = 2e-5

interface Book {
  /** In ticks. */
  bid: number
  ask: number
  updateId: number
}

function* ordersOf(
  facts: SymbolFacts,
  options: GeneratorOptions,
  startMicros: number,
): Generator<readonly MarketEvent[], never> {
  const random = randomOf(hashOf(`${options.seed} ${options.venue} ${facts.symbol}`))
  const meanMicros = 1e6 / options.ordersPerSecond
  const startTicks = Math.round((facts.price * (0.98 + 0.04 * random())) / facts.tick)
  const book: Book = { bid: startTicks, ask: startTicks + 1, updateId: 1 + Math.floor(random() * 5e10) }
  let id = 1 + Math.floor(random() * 3e9)
  let orderId = 1 + Math.floor(random() * 2e10)
  let atMicros = startMicros
  for (;;) {
    const waitMicros = 1 + Math.floor(-Math.log(1 - random()) * meanMicros)
    const quotes = quotesBetween(facts, options, random, book, startTicks, atMicros, waitMicros)
    atMicros += waitMicros
    const isBuyerMaker = random() < 0.5
    const trades: TradeEvent[] = []
    const count = tradesOf(random)
    const takerOrder = orderId++
    for (let each = 0; each < count; each++) {
      const makerOrder = orderId - 2 - Math.floor(random() * 1_000)
      const ticks = isBuyerMaker ? book.bid : book.ask
      const orders = isBuyerMaker
        ? { buyerOrderId: makerOrder, sellerOrderId: takerOrder }
        : { buyerOrderId: takerOrder, sellerOrderId: makerOrder }
      trades.push({
        kind: 'trade',
        symbol: facts.symbol,
        atMicros,
        id: id++,
        price: ticks * facts.tick,
        quantity: quantityOf(facts, random),
        timeMicros: atMicros - TELL_MICROS,
        isBuyerMaker,
        endsOrder: each === count - 1,
        ...(options.hasOrderIds ? orders : {}),
        frames: [],
      })
      if (random() < 0.3) walk(book, isBuyerMaker)
    }
    yield [...quotes, ...trades]
    orderId += Math.floor(random() * 20)
  }
}

/** An order is one trade half of the time, and seldom many. */
function tradesOf(random: Random): number {
  let count = 1
  while (count < 50 && random() < 0.33) count++
  return count
}

/** A level is taken: the price moves on, and the other side follows. */
function walk(book: Book, isDown: boolean): void {
  const step = isDown ? -1 : 1
  if (isDown) book.bid += step
  else book.ask += step
  if (book.ask - book.bid > 3) {
    if (isDown) book.ask += step
    else book.bid += step
  }
}

/** Behind the last order's trades, and up to this one. */
function quotesBetween(
  facts: SymbolFacts,
  options: GeneratorOptions,
  random: Random,
  book: Book,
  startTicks: number,
  fromMicros: number,
  waitMicros: number,
): QuoteEvent[] {
  const quotes: QuoteEvent[] = []
  for (let each = 0; each < options.quotesPerOrder; each++) {
    drift(book, random, startTicks)
    book.updateId += 1 + Math.floor(random() * 20)
    quotes.push({
      kind: 'bookTicker',
      symbol: facts.symbol,
      atMicros: fromMicros + Math.floor((waitMicros * (each + 1)) / (options.quotesPerOrder + 1)),
      updateId: book.updateId,
      bidPrice: book.bid * facts.tick,
      bidQuantity: quantityOf(facts, random),
      askPrice: book.ask * facts.tick,
      askQuantity: quantityOf(facts, random),
      frames: [],
    })
  }
  return quotes
}

/** The spread closes to a tick; the price strays, and is drawn back so that it stays a price. */
function drift(book: Book, random: Random, startTicks: number): void {
  if (book.ask - book.bid > 1) {
    if (random() < 0.5) book.bid++
    else book.ask--
    return
  }
  if (random() > 0.2) return
  const away = (book.bid - startTicks) / startTicks
  const sign = random() < 0.5 - 5 * away ? 1 : -1
  const ticks = sign * Math.floor(Math.max(2, startTicks * STEP_MAX) ** random())
  if (book.bid + ticks < 1) return
  book.bid += ticks
  book.ask += ticks
}

/** Small ones are many: a step times 10 to a random power. */
const quantityOf = (facts: SymbolFacts, random: Random): number => facts.step * (1 + Math.floor(10 ** (random() * 5)))
