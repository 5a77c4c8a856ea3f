/**
 * Recorded messages as a source: each is sent as it was recorded, as long after the first one as it was received, over
 * the speed. Several files are played as one, in order of their times.
 *
 *   lines    `<ns when received> <combined message>`; a line without wrapper (a snapshot of the book) is passed over
 *   .csv     trades of one stream taken apart, times in µs: their frames are put together again, with 8 decimals
 *   errors   INPUT_UNREADABLE, with the line
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { K2Error } from '@k2/contracts/codes.ts'
import { parseDecimal } from '@k2/market/decimal.ts'
import { decimalText, type MarketEvent, type QuoteEvent, type TradeEvent } from './event.ts'
import type { Source } from './market.ts'

export interface Recording {
  /** As in its first thousand lines. */
  readonly symbols: readonly string[]
  source(speed: number): Source
}

/** An event that is not yet placed in the exchange's time. */
interface Recorded {
  readonly receivedNanos: bigint
  at(atMicros: number): MarketEvent
}

const LOOKED_AT_LINES = 1_000
const BATCH_EVENTS = 64

export async function openRecording(paths: readonly string[]): Promise<Recording> {
  const symbols = new Set<string>()
  for (const path of paths) {
    let looked = 0
    for await (const recorded of eventsOf(path)) {
      symbols.add(recorded.at(0).symbol)
      if (++looked === LOOKED_AT_LINES) break
    }
  }
  return { symbols: [...symbols].sort(), source: (speed) => (startMicros) => placed(paths, speed, startMicros) }
}

async function* placed(paths: readonly string[], speed: number, startMicros: number): AsyncGenerator<MarketEvent[]> {
  let firstNanos: bigint | undefined
  let batch: MarketEvent[] = []
  for await (const recorded of merged(paths)) {
    firstNanos ??= recorded.receivedNanos
    const sinceMicros = Number(recorded.receivedNanos - firstNanos) / 1_000
    batch.push(recorded.at(startMicros + Math.round(sinceMicros / speed)))
    if (batch.length < BATCH_EVENTS) continue
    yield batch
    batch = []
  }
  yield batch
}

async function* merged(paths: readonly string[]): AsyncGenerator<Recorded> {
  const files = await Promise.all(
    paths.map(async (path) => {
      const events = eventsOf(path)
      return { events, next: (await events.next()).value }
    }),
  )
  for (;;) {
    const open = files.filter(({ next }) => next !== undefined)
    if (open.length === 0) return
    const first = open.reduce((one, other) => (other.next!.receivedNanos < one.next!.receivedNanos ? other : one))
    yield first.next!
    first.next = (await first.events.next()).value
  }
}

async function* eventsOf(path: string): AsyncGenerator<Recorded, undefined> {
  const file = createReadStream(path)
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  let failure: unknown
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  // readline passes on no error of its input.
  for (const stream of [file, input]) {
    stream.once('error', (error: unknown) => {
      failure ??= error
      lines.close()
    })
  }
  const read = path.replace(/\.gz$/, '').endsWith('.csv') ? csvEvent : lineEvent
  let number = 0
  try {
    for await (const line of lines) {
      const event = read(line, ++number)
      if (event === 'unknown') throw new Error(`line ${number} is no recorded message`)
      if (event) yield event
    }
    if (failure) throw failure
  } catch (cause) {
    throw new K2Error('INPUT_UNREADABLE', `${path}: ${(cause as Error).message}.`, {}, cause)
  } finally {
    file.destroy()
  }
}

const LINE = /^(\d+) (.*)$/
const MESSAGE = /^\{"stream":"([^"@]+)@([^"]+)","data":(.*)\}$/

function lineEvent(line: string): Recorded | 'unknown' | undefined {
  const [, nanos, message = ''] = LINE.exec(line) ?? []
  if (nanos === undefined) return line === '' ? undefined : 'unknown'
  const [, name, channel, text] = MESSAGE.exec(message) ?? []
  if (name === undefined || channel === undefined || text === undefined) return undefined
  const symbol = name.toUpperCase()
  const unit = /"E":\d{16}\b/.test(text) ? 'MICROSECOND' : 'MILLISECOND'
  const recorded = { text, unit } as const
  const receivedNanos = BigInt(nanos)
  if (channel === 'trade') {
    const trade = tradeOf(JSON.parse(text), unit === 'MICROSECOND' ? 1 : 1_000)
    if (trade) return { receivedNanos, at: (atMicros) => ({ ...trade, symbol, atMicros, recorded, frames: [] }) }
  }
  if (channel === 'bookTicker') {
    const quote = quoteOf(JSON.parse(text))
    return { receivedNanos, at: (atMicros) => ({ ...quote, symbol, atMicros, recorded, frames: [] }) }
  }
  return { receivedNanos, at: (atMicros) => ({ kind: 'other', symbol, channel, atMicros, recorded, frames: [] }) }
}

type Bare<Event> = Omit<Event, 'symbol' | 'atMicros' | 'recorded' | 'frames'>

interface TradePayload {
  readonly t: number
  readonly p: string
  readonly q: string
  readonly T: number
  readonly m: boolean
}

function tradeOf({ t, p, q, T, m }: TradePayload, microsPerUnit: number): Bare<TradeEvent> | undefined {
  const [price, quantity] = [unscaled(p), unscaled(q)]
  if (price === undefined || quantity === undefined) return undefined
  const isPlain = decimalText(price) === p && decimalText(quantity) === q
  const texts = isPlain ? {} : { texts: { price: p, quantity: q } }
  return { kind: 'trade', id: t, price, quantity, timeMicros: T * microsPerUnit, isBuyerMaker: m, ...texts }
}

function quoteOf({ u, b, B, a, A }: Record<string, string>): Bare<QuoteEvent> {
  const [bidPrice, bidQuantity, askPrice, askQuantity] = [b, B, a, A].map((text) => unscaled(text ?? '') ?? 0)
  return {
    kind: 'bookTicker',
    updateId: Number(u),
    bidPrice: bidPrice!,
    bidQuantity: bidQuantity!,
    askPrice: askPrice!,
    askQuantity: askQuantity!,
  }
}

function unscaled(text: string): number | undefined {
  const value = parseDecimal(text)
  return typeof value === 'bigint' ? Number(value) : undefined
}

/** TimestampOfReceive, Stream, EventType, EventTime, TransactionTime, Symbol, TradeId, Price, Quantity, IsBuyerMarketMaker, MUnknownParameter */
function csvEvent(line: string, number: number): Recorded | 'unknown' | undefined {
  if (number === 1 || line === '') return undefined
  const [received = '', , kind, eventTime, time, symbol = '', id, price = '', quantity = '', isMaker] = line.split(',')
  const [p, q] = [unscaled(price), unscaled(quantity)]
  if (kind !== 'trade' || !/^\d+$/.test(received) || p === undefined || q === undefined) return 'unknown'
  const text =
    `{"e":"trade","E":${eventTime},"s":"${symbol}","t":${id},"p":"${decimalText(p)}","q":"${decimalText(q)}",` +
    `"T":${time},"m":${isMaker === '1'},"M":true}`
  const trade = tradeOf(JSON.parse(text), 1)!
  const recorded = { text, unit: 'MICROSECOND' } as const
  return {
    receivedNanos: BigInt(received) * 1_000n,
    at: (atMicros) => ({ ...trade, symbol, atMicros, recorded, frames: [] }),
  }
}
