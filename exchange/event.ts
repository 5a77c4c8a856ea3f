/**
 * What happens on a market, and its text on a stream.
 *
 *   units   prices and quantities: 10^-8, in a number (exact below 2^53; a recording's own text is never made anew);
 *           times: µs since the epoch
 *   source  Binance spot "web-socket-streams.md": keys and their order; recordings: 8 decimals, zeros kept
 */
import { frameOf } from './frame.ts'

export type TimeUnit = 'MILLISECOND' | 'MICROSECOND'

interface Happening {
  readonly symbol: string
  /** When it is sent: the event time, where there is one. */
  readonly atMicros: number
  /** As it was recorded: sent so, byte for byte, where its unit of time is asked for. */
  readonly recorded?: Recorded
  /** One a form, made when it is first asked for, and shared by all connections. */
  readonly frames: (Buffer | undefined)[]
}

export interface Recorded {
  /** The payload, without wrapper. */
  readonly text: string
  readonly unit: TimeUnit
}

export interface Trade {
  readonly id: number
  readonly price: number
  readonly quantity: number
  readonly timeMicros: number
  readonly isBuyerMaker: boolean
}

export interface TradeEvent extends Happening, Trade {
  readonly kind: 'trade'
  /** The last one of its taker's order; a recording does not tell. */
  readonly endsOrder?: boolean
  /** How a recording wrote price and quantity, where it is not with 8 decimals. */
  readonly texts?: { readonly price: string; readonly quantity: string }
  readonly buyerOrderId?: number
  readonly sellerOrderId?: number
}

/** Trades of one taker's order at one price. */
export interface Aggregate extends Trade {
  readonly firstId: number
  readonly lastId: number
}

export interface AggregateEvent extends Happening, Aggregate {
  readonly kind: 'aggTrade'
}

export interface QuoteEvent extends Happening {
  readonly kind: 'bookTicker'
  readonly updateId: number
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
}

/** Of a stream that only recordings have, such as depth. */
export interface OtherEvent extends Happening {
  readonly kind: 'other'
  /** Behind the @ of the stream's name. */
  readonly channel: string
  readonly recorded: Recorded
}

export type MarketEvent = TradeEvent | AggregateEvent | QuoteEvent | OtherEvent

const ONE = 1e8

/** With 8 decimals, as Binance writes: 6183763000000 -> `61837.63000000`. */
export function decimalText(unscaled: number): string {
  const rest = unscaled % ONE
  // Taken off first: a quotient could be rounded up.
  return `${(unscaled - rest) / ONE}.${String(rest).padStart(8, '0')}`
}

/** The same, of what a double does not hold. */
export function bigText(unscaled: bigint): string {
  const digits = unscaled.toString().padStart(9, '0')
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`
}

export const inUnit = (micros: number, unit: TimeUnit): number =>
  unit === 'MICROSECOND' ? micros : Math.floor(micros / 1_000)

export const streamOf = (event: MarketEvent): string =>
  `${event.symbol.toLowerCase()}@${event.kind === 'other' ? event.channel : event.kind}`

/** Its message as the bytes of a frame. */
export function frameOfEvent(event: MarketEvent, unit: TimeUnit, isCombined: boolean): Buffer {
  const form = (unit === 'MICROSECOND' ? 2 : 0) + (isCombined ? 1 : 0)
  event.frames[form] ??= frameOf(messageOf(event, unit, isCombined))
  return event.frames[form]
}

export function messageOf(event: MarketEvent, unit: TimeUnit, isCombined: boolean): string {
  const payload = payloadOf(event, unit)
  return isCombined ? `{"stream":"${streamOf(event)}","data":${payload}}` : payload
}

function payloadOf(event: MarketEvent, unit: TimeUnit): string {
  if (event.recorded) return inRecordedUnit(event, event.recorded, unit)
  if (event.kind === 'bookTicker') return quoteText(event)
  return event.kind === 'trade' ? tradeText(event, unit) : aggregateText(event as AggregateEvent, unit)
}

/** `t` is a time in klines, and the id of a trade. */
const TIMES = { trade: /"([ET])":(\d+)/g, other: /"([ETt])":(\d+)/g }

function inRecordedUnit({ kind }: MarketEvent, { text, unit }: Recorded, wanted: TimeUnit): string {
  if (unit === wanted) return text
  return text.replace(kind === 'trade' ? TIMES.trade : TIMES.other, (_, key, digits) =>
    wanted === 'MICROSECOND' ? `"${key}":${digits}000` : `"${key}":${digits.slice(0, -3)}`,
  )
}

function tradeText(event: TradeEvent, unit: TimeUnit): string {
  const orders = event.buyerOrderId === undefined ? '' : `"b":${event.buyerOrderId},"a":${event.sellerOrderId},`
  return (
    `{"e":"trade","E":${inUnit(event.atMicros, unit)},"s":"${event.symbol}","t":${event.id},` +
    `"p":"${decimalText(event.price)}","q":"${decimalText(event.quantity)}",${orders}` +
    `"T":${inUnit(event.timeMicros, unit)},"m":${event.isBuyerMaker},"M":true}`
  )
}

function aggregateText(event: AggregateEvent, unit: TimeUnit): string {
  return (
    `{"e":"aggTrade","E":${inUnit(event.atMicros, unit)},"s":"${event.symbol}","a":${event.id},` +
    `"p":"${decimalText(event.price)}","q":"${decimalText(event.quantity)}","f":${event.firstId},"l":${event.lastId},` +
    `"T":${inUnit(event.timeMicros, unit)},"m":${event.isBuyerMaker},"M":true}`
  )
}

const quoteText = (event: QuoteEvent): string =>
  `{"u":${event.updateId},"s":"${event.symbol}","b":"${decimalText(event.bidPrice)}","B":"${decimalText(event.bidQuantity)}",` +
  `"a":"${decimalText(event.askPrice)}","A":"${decimalText(event.askQuantity)}"}`
