import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MarketEvent, QuoteEvent, TradeEvent } from './event.ts'
import { generated } from './generator.ts'
import { factsOf } from './symbols.ts'

const START_MICROS = Date.UTC(2026, 0, 1) * 1_000
const OPTIONS = { seed: 7, venue: 'binance', ordersPerSecond: 5, quotesPerOrder: 4, hasOrderIds: false }

function events(symbols: readonly string[], count: number, more: Partial<typeof OPTIONS> = {}): MarketEvent[] {
  return generated({ ...OPTIONS, ...more, symbols: symbols.map(factsOf) }, START_MICROS)
    .take(count / 64)
    .toArray()
    .flat()
}
const tradesOf = (all: readonly MarketEvent[], symbol: string): TradeEvent[] =>
  all.filter((event) => event.kind === 'trade').filter((event) => event.symbol === symbol)

test('the same seed makes the same market, another seed or venue another one', () => {
  const first = events(['BTCUSDT', 'ETHUSDT'], 6_400)
  assert.deepEqual(events(['BTCUSDT', 'ETHUSDT'], 6_400), first)
  for (const more of [{ seed: 8 }, { venue: 'binanceus' }]) {
    const [own, other] = [first, events(['BTCUSDT', 'ETHUSDT'], 6_400, more)].map((all) => tradesOf(all, 'BTCUSDT'))
    assert.notEqual(own![0]!.id, other![0]!.id)
    assert.notEqual(own![0]!.price, other![0]!.price)
  }
})

test('a symbol trades the same, whatever else is traded', () => {
  const alone = tradesOf(events(['BTCUSDT'], 6_400), 'BTCUSDT')
  const beside = tradesOf(events(['BTCUSDT', 'SOLUSDT', 'PEPEUSDT'], 6_400), 'BTCUSDT')
  assert.ok(beside.length > 100)
  assert.deepEqual(alone.slice(0, beside.length), beside)
})

test('a market that begins later goes on as it would have', () => {
  const from = (micros: number) =>
    generated({ ...OPTIONS, symbols: [factsOf('BTCUSDT')] }, micros)
      .take(400)
      .toArray()
      .flat()
  const [early, late] = [from(START_MICROS), from(START_MICROS + 300_000_000)]
  for (const [all, micros] of [
    [early, START_MICROS],
    [late, START_MICROS + 300_000_000],
  ] as const) {
    assert.ok(all[0]!.atMicros >= micros && all[0]!.atMicros < micros + 5_000_000)
  }
  const at = early.findIndex(({ atMicros }) => atMicros === late[0]!.atMicros)
  assert.ok(at > 1_000)
  assert.deepEqual(late.slice(0, early.length - at), early.slice(at))
})

test('events are in order of time, trade ids without a hole, times never back, and told after they happened', () => {
  const all = events(['BTCUSDT', 'ETHUSDT', 'TRXUSDT'], 64_000)
  for (let each = 1; each < all.length; each++) assert.ok(all[each]!.atMicros >= all[each - 1]!.atMicros)
  for (const symbol of ['BTCUSDT', 'ETHUSDT', 'TRXUSDT']) {
    const trades = tradesOf(all, symbol)
    assert.ok(trades.length > 1_000)
    for (let each = 1; each < trades.length; each++) {
      const [before, trade] = [trades[each - 1]!, trades[each]!]
      assert.equal(trade.id, before.id + 1)
      assert.ok(trade.timeMicros >= before.timeMicros)
      assert.ok(trade.atMicros >= trade.timeMicros)
    }
  }
})

test('prices move by ticks and stay near where they began, at a book that never crosses', () => {
  const all = events(['BTCUSDT', 'PEPEUSDT'], 256_000)
  for (const { symbol, tick, step, price } of ['BTCUSDT', 'PEPEUSDT'].map(factsOf)) {
    const trades = tradesOf(all, symbol)
    const prices = new Set(trades.map((trade) => trade.price))
    assert.ok(prices.size > 20, `${symbol} has ${prices.size} prices`)
    for (const trade of trades) {
      assert.equal(trade.price % tick, 0)
      assert.equal(trade.quantity % step, 0)
      assert.ok(trade.quantity > 0 && trade.price > 0.5 * price && trade.price < 2 * price)
    }
    const quotes = all.filter((event): event is QuoteEvent => event.kind === 'bookTicker' && event.symbol === symbol)
    for (const quote of quotes) assert.ok(quote.bidPrice < quote.askPrice)
    for (let each = 1; each < quotes.length; each++) assert.ok(quotes[each]!.updateId > quotes[each - 1]!.updateId)
  }
})

test('orders come at the pace that is asked for, with half as many trades again', () => {
  const all = events(['BTCUSDT'], 64_000, { ordersPerSecond: 100 })
  const trades = tradesOf(all, 'BTCUSDT')
  const seconds = (all.at(-1)!.atMicros - all[0]!.atMicros) / 1e6
  const orders = trades.filter(({ endsOrder }) => endsOrder).length
  assert.ok(Math.abs(orders / seconds / 100 - 1) < 0.1, `${orders / seconds} orders a second`)
  assert.ok(Math.abs(trades.length / orders - 1.5) < 0.1, `${trades.length / orders} trades an order`)
})
