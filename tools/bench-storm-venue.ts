/**
 * A venue below the socket, for rates that no socket of one machine carries: it hands the gateway the bytes of messages, as a
 * socket would, and answers its requests. A tenth of the messages are trades.
 *
 *   clock ─► made ─► the socket's buffer ─► gateway       paused and full: the venue cuts, as Binance does
 *               └──► historicalTrades, from any id on
 *
 * HOT PATH: a message is a template whose digits are written anew.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from '@k2/binance-gateway/adapters/requests.ts'
import type { OpenSocket } from '@k2/binance-gateway/line.ts'
import type { SocketEvents } from '@k2/service/socket-client.ts'

export const STORM_SYMBOLS = ['BTCUSDT', 'ETHUSDT']
export const STORM_FIRST_ID = 3_000_000_000
const MESSAGES_A_TRADE = 10
const TURN_MS = 5
/** While this process stands still its market does: else a busy machine is taken for a slow log. */
const TURN_MS_MAX = 100
const BYTES_MAX = 8 * 2 ** 20
const MESSAGE_BYTES = 160
const REQUEST_MS = 20
const BEGAN_MICROS = 1_800_000_000_000_000
const TRADE_MICROS = 100

export interface StormVenue {
  readonly open: OpenSocket
  readonly ask: Ask
  /** Messages so far; trades of a symbol. */
  made(): number
  trades(symbol: number): number
  /** How often the gateway paused its socket, and the venue cut it for that. */
  readonly seen: { pauses: number; pausedMs: number; cuts: number }
  stop(): void
}

interface Line {
  readonly events: SocketEvents
  /** The message that it is to have next. */
  at: number
  pausedMs: number
}

export function stormVenue(messagesPerSecond: number): StormVenue {
  const lines = new Set<Line>()
  const messages = STORM_SYMBOLS.map(templatesOf)
  const seen = { pauses: 0, pausedMs: 0, cuts: 0 }
  let made = 0
  let isOver = false

  const tradesBy = (end: number, symbol: number): number =>
    Math.ceil((Math.ceil(end / MESSAGES_A_TRADE) - symbol) / STORM_SYMBOLS.length)

  function messageAt(at: number): Buffer {
    if (at % MESSAGES_A_TRADE > 0) return messages[at % STORM_SYMBOLS.length]!.quote(at)
    const trade = at / MESSAGES_A_TRADE
    const symbol = trade % STORM_SYMBOLS.length
    return messages[symbol]!.trade((trade - symbol) / STORM_SYMBOLS.length)
  }

  function deliver(line: Line): void {
    while (line.at < made && line.pausedMs === 0 && lines.has(line)) line.events.message(messageAt(line.at++))
    if ((made - line.at) * MESSAGE_BYTES <= BYTES_MAX || !lines.delete(line)) return
    seen.cuts++
    resumed(line)
    line.events.closed('the venue cut it: its messages were not read')
  }

  function resumed(line: Line): void {
    if (line.pausedMs > 0) seen.pausedMs += performance.now() - line.pausedMs
    line.pausedMs = 0
  }

  async function play(): Promise<void> {
    for (let lastMs = performance.now(); !isOver; ) {
      await sleep(TURN_MS)
      const nowMs = performance.now()
      made += Math.round((Math.min(nowMs - lastMs, TURN_MS_MAX) * messagesPerSecond) / 1_000)
      lastMs = nowMs
      for (const line of lines) deliver(line)
    }
  }
  void play()

  return {
    seen,
    made: () => made,
    trades: (symbol) => tradesBy(made, symbol),
    stop() {
      isOver = true
    },
    open(_, events) {
      const line = { events, at: made, pausedMs: 0 }
      setImmediate(() => {
        lines.add(line)
        line.at = made
        events.opened()
      })
      return {
        send() {},
        pause() {
          seen.pauses++
          line.pausedMs = performance.now()
        },
        resume() {
          resumed(line)
          deliver(line)
        },
        close() {
          if (lines.delete(line)) events.closed('we closed it')
        },
      }
    },
    async ask(_, path) {
      await sleep(REQUEST_MS)
      const url = new URL(path, 'http://storm')
      const bytes = Buffer.from(JSON.stringify(answerOf(url, (symbol) => tradesBy(made, symbol))))
      return { status: 200, bytes, usedWeight: undefined, retryAfterSeconds: undefined, why: '' }
    },
  }
}

function answerOf({ pathname, searchParams }: URL, tradesOf: (symbol: number) => number): unknown {
  if (pathname.endsWith('/exchangeInfo'))
    return { symbols: STORM_SYMBOLS.map((symbol) => ({ symbol, quoteAsset: 'USDT', status: 'TRADING' })) }
  if (pathname.endsWith('/time')) return { serverTime: Date.now() }
  const count = tradesOf(STORM_SYMBOLS.indexOf(searchParams.get('symbol') ?? ''))
  const limit = Number(searchParams.get('limit'))
  const fromId = searchParams.get('fromId')
  const from = fromId === null ? Math.max(0, count - limit) : Math.max(0, Number(fromId) - STORM_FIRST_ID)
  return Array.from({ length: Math.max(0, Math.min(limit, count - from)) }, (_, i) => ({
    id: STORM_FIRST_ID + from + i,
    price: '61837.63000000',
    qty: '0.02000000',
    quoteQty: '1236.75260000',
    time: BEGAN_MICROS + (from + i) * TRADE_MICROS,
    isBuyerMaker: true,
    isBestMatch: true,
  }))
}

function templatesOf(symbol: string) {
  const lower = symbol.toLowerCase()
  const trade = Buffer.from(
    `{"stream":"${lower}@trade","data":{"e":"trade","E":${BEGAN_MICROS},"s":"${symbol}","t":${STORM_FIRST_ID},"p":"61837.63000000","q":"0.02000000","T":${BEGAN_MICROS},"m":true,"M":true}}`,
  )
  const quote = Buffer.from(
    `{"stream":"${lower}@bookTicker","data":{"u":50000000000,"s":"${symbol}","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}`,
  )
  const [idEnd, timeEnd] = [trade.indexOf(',"p"'), trade.indexOf(',"m"')]
  const updateEnd = quote.indexOf(',"s"')
  return {
    trade(count: number): Buffer {
      writeDigits(trade, idEnd, STORM_FIRST_ID + count)
      writeDigits(trade, timeEnd, BEGAN_MICROS + count * TRADE_MICROS)
      return trade
    },
    quote(at: number): Buffer {
      writeDigits(quote, updateEnd, 50_000_000_000 + at)
      return quote
    },
  }
}

/** Up to `end`, over a number of as many digits. */
function writeDigits(bytes: Buffer, end: number, value: number): void {
  for (let at = end, rest = value; rest > 0; ) {
    const next = Math.floor(rest / 10)
    bytes[--at] = 48 + (rest - next * 10)
    rest = next
  }
}
