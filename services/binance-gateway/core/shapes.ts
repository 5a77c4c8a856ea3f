/**
 * What the fields of each kind of message mean. A field that is in no table is the venue's news: it goes into vendor_data
 * by its own name, and nothing breaks.
 *
 *   source  Binance spot: web-socket-streams.md "Trade Streams", "Aggregate Trade Streams", "Individual Symbol Book
 *           Ticker Streams"; rest-api.md "Old trade lookup", "Compressed/Aggregate trades list"
 */

/** Roles of fields that a record has a place for. Their numbers are places in the decoder's arrays. */
export const ROLE = {
  id: 0,
  price: 1,
  quantity: 2,
  time: 3,
  maker: 4,
  symbol: 5,
  event: 6,
  eventTime: 7,
  bidPrice: 8,
  bidQuantity: 9,
  askPrice: 10,
  askQuantity: 11,
} as const
export type Role = (typeof ROLE)[keyof typeof ROLE]
export const ROLES = 12

export interface Shape {
  /** By the field's name: its role, or its name in vendor_data. */
  readonly fields: Readonly<Record<string, Role | string>>
  /** Without these there is no record. */
  readonly needs: readonly Role[]
}

const TRADE_NEEDS = [ROLE.id, ROLE.price, ROLE.quantity, ROLE.time, ROLE.maker]
const QUOTE_NEEDS = [ROLE.id, ROLE.bidPrice, ROLE.bidQuantity, ROLE.askPrice, ROLE.askQuantity]
const STREAMED = { e: ROLE.event, E: ROLE.eventTime, s: ROLE.symbol, T: ROLE.time } as const

// biome-ignore format: a table reads by its columns
export const SHAPES = {
  // Order ids (b, a) left the stream in June 2024, and Binance.US documents them still.
  trade:     { needs: TRADE_NEEDS, fields: { ...STREAMED, t: ROLE.id, p: ROLE.price, q: ROLE.quantity, m: ROLE.maker, M: 'is_best_match', b: 'buyer_order_id', a: 'seller_order_id' } },
  aggTrade:  { needs: TRADE_NEEDS, fields: { ...STREAMED, a: ROLE.id, p: ROLE.price, q: ROLE.quantity, m: ROLE.maker, M: 'is_best_match', f: 'first_trade_id', l: 'last_trade_id' } },
  // It has no time and no event of its own; should it get them one day, they are taken.
  quote:     { needs: QUOTE_NEEDS, fields: { ...STREAMED, u: ROLE.id, b: ROLE.bidPrice, B: ROLE.bidQuantity, a: ROLE.askPrice, A: ROLE.askQuantity } },
  pastTrade: { needs: TRADE_NEEDS, fields: { id: ROLE.id, price: ROLE.price, qty: ROLE.quantity, time: ROLE.time, isBuyerMaker: ROLE.maker, isBestMatch: 'is_best_match', quoteQty: 'quote_quantity' } },
  pastAggTrade: { needs: TRADE_NEEDS, fields: { a: ROLE.id, p: ROLE.price, q: ROLE.quantity, T: ROLE.time, m: ROLE.maker, M: 'is_best_match', f: 'first_trade_id', l: 'last_trade_id' } },
} as const satisfies Record<string, Shape>

export type ShapeName = keyof typeof SHAPES

/** What people call a field, in sentences. */
export const ROLE_NAMES: readonly string[] = Object.keys(ROLE)
