/**
 * A symbol's made up market: orders at random times take one side of the book, level by level, and move the price;
 * quotes come between. It is a function of seed, venue, symbol, pace and time alone: an exchange that begins again later
 * goes on with the ids and prices that it would have had, and knows what it missed.
 *
 *   segments  of 6,000 trades, as long as these take; each begins anew from its number, with ids that follow the last's
 *   units     price and quantity in 10^-8, times in µs
 *   source    the recordings: most orders one trade, spread mostly one tick, three quotes a trade
 */
import type { MarketEvent, QuoteEvent, TradeEvent } from './event.ts'
import type { GeneratorOptions } from './generator.ts'
import { type Random, randomOf } from './random.ts'
import type { SymbolFacts } from './symbols.ts'

const SEGMENT_TRADES = 6_000
const TRADES_AN_ORDER = 1.5
/** So far may ids of orders and of books go on with one. */
const ORDER_STEP_MAX = 20
const BOOK_STEP_MAX = 10
/** The exchange tells a little after it matched. */
const TELL_MICROS = 300
/** Of the price, in one move. */
const STEP_MAX = 2e-5
/** How strongly a price that strayed is drawn back: it stays within some thousandths of a percent. */
const PULL = 500

interface Book {
  /** In ticks. */
  bid: number
  ask: number
  updateId: number
}

type Options = Omit<GeneratorOptions, 'symbols'>

interface Tape {
  readonly facts: SymbolFacts
  readonly options: Options
  readonly random: Random
  readonly book: Book
  /** Where the price is drawn to, in ticks. */
  readonly trend: (atMicros: number) => number
  id: number
  orderId: number
  atMicros: number
}

export function* ordersOf(
  facts: SymbolFacts,
  options: Options,
  startMicros: number,
): Generator<readonly MarketEvent[], never> {
  const name = `${options.seed} ${options.venue} ${facts.symbol}`
  const own = randomOf(name)
  const trend = trendOf(facts, own)
  const firstId = 1 + Math.floor(own() * 3e9)
  const segmentMicros = Math.round((SEGMENT_TRADES / TRADES_AN_ORDER / options.ordersPerSecond) * 1e6)
  let atMicros = 0
  for (let segment = Math.floor(startMicros / segmentMicros); ; segment++) {
    const beginMicros = Math.max(atMicros, segment * segmentMicros)
    const bid = Math.max(1, Math.floor(trend(beginMicros)))
    const quotes = SEGMENT_TRADES * options.quotesPerOrder
    const tape: Tape = {
      facts,
      options,
      random: randomOf(`${name} ${segment}`),
      book: { bid, ask: bid + 1, updateId: expectExact(firstId + segment * quotes * BOOK_STEP_MAX) },
      trend,
      id: firstId + segment * SEGMENT_TRADES,
      orderId: firstId + 1_000 + segment * SEGMENT_TRADES * ORDER_STEP_MAX,
      atMicros: beginMicros,
    }
    yield* segmentOf(tape, (segment + 1) * segmentMicros)
    atMicros = tape.atMicros
  }
}

/** Ids that a double does not hold would repeat. */
function expectExact(number: number): number {
  if (!Number.isSafeInteger(number)) throw new RangeError('so many orders and quotes a second have no ids: take fewer')
  return number
}

/** Its last trade has the segment's last id, and seldom comes behind its end. */
function* segmentOf(tape: Tape, endMicros: number): Generator<readonly MarketEvent[], void> {
  const { random } = tape
  for (let left = SEGMENT_TRADES; left > 0; ) {
    // So much of the time that is left is before the first of as many moments in it.
    const share = 1 - random() ** (TRADES_AN_ORDER / left)
    const waitMicros = 1 + Math.max(0, Math.floor((endMicros - tape.atMicros) * share))
    const quotes = quotesOf(tape, waitMicros)
    tape.atMicros += waitMicros
    const trades = tradesOf(tape, Math.min(left, countOf(random)))
    left -= trades.length
    yield [...quotes, ...trades]
  }
}

/** A day's, an hour's and five minutes' swing. */
function trendOf({ price, tick }: SymbolFacts, random: Random): (atMicros: number) => number {
  const base = (price * (0.98 + 0.04 * random())) / tick
  const swings = [86_400, 3_600, 300].map((seconds, each) => {
    const [size, phase] = [[0.02, 0.003, 0.0005][each]!, 2 * Math.PI * random()]
    return (atMicros: number) => size * Math.sin((2 * Math.PI * atMicros) / 1e6 / seconds + phase)
  })
  return (atMicros) => base * swings.reduce((sum, swing) => sum + swing(atMicros), 1)
}

function tradesOf(tape: Tape, count: number): TradeEvent[] {
  const { facts, options, random, book, atMicros } = tape
  const isBuyerMaker = random() < 0.5
  const takerOrder = tape.orderId
  tape.orderId += 1 + Math.floor(random() * (ORDER_STEP_MAX - 1))
  return Array.from({ length: count }, (_, each) => {
    const makerOrder = takerOrder - 1 - Math.floor(random() * 1_000)
    const trade: TradeEvent = {
      kind: 'trade',
      symbol: facts.symbol,
      atMicros,
      id: tape.id++,
      price: (isBuyerMaker ? book.bid : book.ask) * facts.tick,
      quantity: quantityOf(facts, random),
      timeMicros: atMicros - TELL_MICROS,
      isBuyerMaker,
      endsOrder: each === count - 1,
      ...(options.hasOrderIds ? orders(isBuyerMaker, makerOrder, takerOrder) : {}),
      frames: [],
    }
    if (random() < 0.3) walk(book, isBuyerMaker)
    return trade
  })
}

const orders = (isBuyerMaker: boolean, makerOrder: number, takerOrder: number) =>
  isBuyerMaker
    ? { buyerOrderId: makerOrder, sellerOrderId: takerOrder }
    : { buyerOrderId: takerOrder, sellerOrderId: makerOrder }

/** Of an order's trades: mostly one, seldom many. */
function countOf(random: Random): number {
  let count = 1
  while (count < 50 && random() < 1 - 1 / TRADES_AN_ORDER) count++
  return count
}

/** A level is taken: the price moves on, and the other side follows. */
function walk(book: Book, isDown: boolean): void {
  const step = isDown ? -1 : 1
  if (isDown && book.bid === 1) return
  if (isDown) book.bid += step
  else book.ask += step
  if (book.ask - book.bid <= 3) return
  if (isDown) book.ask += step
  else book.bid += step
}

/** Behind the last order's trades, and up to the next. */
function quotesOf(tape: Tape, waitMicros: number): QuoteEvent[] {
  const { facts, options, random, book } = tape
  return Array.from({ length: options.quotesPerOrder }, (_, each) => {
    drift(book, random, tape.trend(tape.atMicros))
    book.updateId += 1 + Math.floor(random() * (BOOK_STEP_MAX - 1))
    return {
      kind: 'bookTicker',
      symbol: facts.symbol,
      atMicros: tape.atMicros + Math.floor((waitMicros * (each + 1)) / (options.quotesPerOrder + 1)),
      updateId: book.updateId,
      bidPrice: book.bid * facts.tick,
      bidQuantity: quantityOf(facts, random),
      askPrice: book.ask * facts.tick,
      askQuantity: quantityOf(facts, random),
      frames: [],
    }
  })
}

/** The spread closes to a tick; the price strays, and is drawn back to the trend. */
function drift(book: Book, random: Random, trendTicks: number): void {
  if (book.ask - book.bid > 1) {
    if (random() < 0.5) book.bid++
    else book.ask--
    return
  }
  if (random() > 0.2) return
  const away = (book.bid - trendTicks) / trendTicks
  const sign = random() < 0.5 - PULL * away ? 1 : -1
  const ticks = sign * Math.floor(Math.max(2, trendTicks * STEP_MAX) ** random())
  if (book.bid + ticks < 1) return
  book.bid += ticks
  book.ask += ticks
}

/** Small ones are many: a step times 10 to a random power. */
const quantityOf = (facts: SymbolFacts, random: Random): number => facts.step * (1 + Math.floor(10 ** (random() * 5)))
