/**
 * Random questions of every kind, each with what the oracle makes of the records that its answer covers.
 *
 *   shape   (random, kind, snapshots known) -> question as a client asks it; (records covered) -> all of its rows
 */
import { asOf } from '../oracle/as-of.ts'
import { type BarsAsked, barsOf, type Cut, type Row, type Selection, selected } from '../oracle/asked.ts'
import { groupsOf } from '../oracle/groups.ts'
import type { Entry, Kind } from '../oracle/ledger.ts'
import { companies, listed, type Records, summaryOf } from '../oracle/listed.ts'
import { decimalOf, isoOf } from '../oracle/trade.ts'
import {
  type Asked,
  chosenOf,
  conditionsOf,
  exchangesOf,
  maybe,
  only,
  type Random,
  type Snapshots,
  some,
  sourceOf,
  symbolsOf,
  turned,
  venueOf,
} from './drawn-parts.ts'
import { below, FROM_MICROS, oneOf } from './venues.ts'

export interface Drawn {
  readonly name: string
  /** Parameters that stand in it are behind a colon. */
  readonly path: string
  readonly rpc: string
  readonly post?: true
  /** By the names of a request: a list is a plural. */
  readonly asked: Asked
  readonly tables: readonly Kind[]
  /** Venues whose partitions it is about; all where there is none. */
  readonly exchanges?: readonly string[]
  readonly wanted: (records: Records) => readonly Row[]
  /** One row, and no list: NOT_FOUND without it. */
  readonly isSingle?: true
}

const MINUTE = 60_000_000n
const HOUR = 60n * MINUTE
// biome-ignore format: a table reads by its columns
const WIDTHS = {
  '1s': 1_000_000n, '1m': MINUTE, '5m': 5n * MINUTE, '15m': 15n * MINUTE, '30m': 30n * MINUTE, '1h': HOUR, '4h': 4n * HOUR, '1d': 24n * HOUR,
} as const
const TIMEFRAMES = Object.keys(WIDTHS) as (keyof typeof WIDTHS)[]
const METRICS = [
  ...['trade_count', 'volume', 'notional', 'open_price', 'close_price', 'min_price', 'max_price'],
  ...['avg_price', 'vwap', 'twap'],
]
// biome-ignore format: a table reads by its columns
const COLUMNS: Readonly<Record<'trades' | 'quotes' | 'reference', readonly string[]>> = {
  trades:    ['message_id', 'price', 'symbol', 'timestamp', 'vendor_data', 'source_sequence', 'side', 'kafka_offset'],
  quotes:    ['message_id', 'bid_price', 'ask_quantity', 'symbol', 'timestamp', 'kafka_partition', 'platform_sequence'],
  reference: ['company_name', 'company_id', 'is_active', 'listing_date', 'kafka_offset', 'isin'],
}
const AS_OF_COLUMNS = [
  ...['message_id', 'price', 'quote_id', 'quote_timestamp', 'bid_price', 'bid_quantity', 'ask_price', 'ask_quantity'],
  ...['spread', 'mid_price', 'effective_spread'],
]
const GROUP_COLUMNS = ['symbol', 'exchange', 'timestamp', 'side', 'price_level', 'price_level_end', ...METRICS]

type Timed = Entry<'trades'> | Entry<'quotes'>
type Draw = (random: Random, snapshots: Snapshots) => Omit<Drawn, 'name'>

const records =
  (kind: 'trades' | 'quotes'): Draw =>
  (random, snapshots) => {
    const { by, conditions, asked } = chosenOf(random)
    const isTrades = kind === 'trades'
    const order = oneOf(random, ['asc', 'desc'])
    const fields = maybe(random, 0.4, () => some(random, COLUMNS[kind]))
    const select = isTrades ? { ...by, ...conditions.by } : by
    return {
      ...{ path: `/v1/${kind}`, rpc: isTrades ? 'GetTrades' : 'GetQuotes', tables: [kind] },
      asked: { ...asked, ...(isTrades && conditions.asked), order, fields, ...sourceOf(random, kind, snapshots) },
      ...exchangesOf(by),
      wanted: (of) => turned(selected<Timed>(of[kind], select), order).map(({ row }) => only(row, fields)),
    }
  }

const queries =
  (kind: 'trades' | 'quotes'): Draw =>
  (random, snapshots) => {
    const isTrades = kind === 'trades'
    const exchanges = maybe(random, 0.5, () => oneOf(random, [['ASX'], ['ASX', 'BINANCE'], ['BINANCE']]))
    const ranges = maybe(random, 0.6, () =>
      Array.from({ length: 1 + below(random, 3) }, () => {
        const from = BigInt(FROM_MICROS) + BigInt(below(random, 70)) * HOUR
        return [from, from + BigInt(1 + below(random, 40)) * 1_800_000_000n] as const
      }),
    )
    const bound = (share: number, make: () => bigint) => (isTrades ? maybe(random, share, make) : undefined)
    const minPrice = bound(0.3, () => 3_600_000_000n + BigInt(below(random, 150)) * 500_000n)
    const maxPrice = bound(0.3, () => 3_680_000_000n + BigInt(below(random, 50)) * 500_000n)
    const minQuantity = bound(0.2, () => BigInt(below(random, 200)) * 12_500_000n)
    const sides = isTrades
      ? maybe(random, 0.4, () => some(random, ['BUY', 'SELL', 'SELL_SHORT', 'UNKNOWN']))
      : undefined
    const symbols = symbolsOf(random)
    const order = oneOf(random, ['asc', 'desc'])
    const by: Selection = {
      ...(symbols && { symbols }),
      ...(exchanges && { exchanges }),
      ...(ranges && { ranges }),
      ...(sides && { sides }),
      ...(minPrice !== undefined && { minPrice }),
      ...(maxPrice !== undefined && { maxPrice }),
      ...(minQuantity !== undefined && { minQuantity }),
    }
    const text = (value: bigint | undefined) => (value === undefined ? undefined : decimalOf(value))
    return {
      ...{ path: `/v1/${kind}/query`, rpc: isTrades ? 'QueryTrades' : 'QueryQuotes', post: true, tables: [kind] },
      asked: {
        ...{ symbols, exchanges, sides, order },
        ranges: ranges?.map(([from, to]) => `${isoOf(from)}/${isoOf(to)}`),
        ...{ min_price: text(minPrice), max_price: text(maxPrice), min_quantity: text(minQuantity) },
        ...sourceOf(random, kind, snapshots),
      },
      ...exchangesOf(by),
      wanted: (of) => turned(selected<Timed>(of[kind], by), order).map(({ row }) => row),
    }
  }

const reference: Draw = (random, snapshots) => {
  const symbols = symbolsOf(random, 0.4)
  const companyIds = maybe(random, 0.3, () => some(random, ['9001', '9002', '9003', '9999']))
  const fields = maybe(random, 0.4, () => some(random, COLUMNS.reference))
  return {
    ...{ path: '/v1/reference', rpc: 'GetReference', tables: ['reference'] },
    asked: { symbols, company_id: companyIds, fields, ...sourceOf(random, 'reference', snapshots) },
    wanted: (of) => companies(of.reference, symbols, companyIds).map((row) => only(row, fields)),
  }
}

const bars =
  (isBatch: boolean): Draw =>
  (random, snapshots) => {
    const { by, times, conditions, asked } = chosenOf(random)
    const symbols = by.symbols ?? ['KTA', 'KTB']
    const fill = random() < 0.5
    // Filled minutes of days are many.
    const offered = fill ? TIMEFRAMES.slice(3) : TIMEFRAMES
    const timeframes = isBatch ? some(random, offered).slice(0, 3) : [oneOf(random, offered)]
    const calendar = oneOf(random, ['exchange', 'utc'] as const)
    const order = oneOf(random, ['asc', 'desc'])
    const rows = (of: Records): Row[] =>
      timeframes.flatMap((timeframe) => {
        const filled = fill && { fill: times.to === undefined ? {} : { to: times.to } }
        const cut: BarsAsked = { width: WIDTHS[timeframe], calendar, ...filled }
        const made = turned(barsOf(selected(of.trades, { ...by, symbols, ...conditions.by }), cut), order)
        return made.map((bar) => (isBatch ? { timeframe, ...bar } : bar))
      })
    return {
      ...(isBatch
        ? { path: '/v1/ohlcv/batch', rpc: 'GetOhlcvBatch', post: true }
        : { path: '/v1/ohlcv/:timeframe', rpc: 'GetOhlcv' }),
      asked: {
        ...{ ...asked, symbols, ...conditions.asked, order, calendar, fill: fill || undefined },
        ...(isBatch ? { timeframes } : { timeframe: timeframes[0] }),
        ...sourceOf(random, 'trades', snapshots),
      },
      tables: ['trades'],
      ...exchangesOf(by),
      wanted: rows,
    }
  }

const aggregations: Draw = (random, snapshots) => {
  const { by, times, conditions, asked } = chosenOf(random)
  const { exchange, ...others } = asked
  const groupBy = some(random, ['symbol', 'exchange', 'side', 'price_level'])
  const metrics = some(random, METRICS)
  const [interval, width] = oneOf(random, [['30s', MINUTE / 2n], ['7m', 7n * MINUTE], ['4h', 4n * HOUR], []] as const)
  const isApart = groupBy.includes('exchange') || exchange !== undefined
  const calendar = isApart ? oneOf(random, ['exchange', 'utc'] as const) : 'utc'
  const cut: Cut | undefined = width === undefined ? undefined : { width, calendar }
  const count = BigInt(1 + below(random, 9))
  const levels: { readonly tick?: bigint; readonly levels?: bigint } = !groupBy.includes('price_level')
    ? {}
    : oneOf<object>(random, [{ tick: 5_000_000n }, { tick: 333_333n }, { levels: count }])
  const order = oneOf(random, ['asc', 'desc'])
  const { to } = times
  const grouped = {
    ...{ groupBy, metrics },
    ...levels,
    ...(cut && { cut }),
    ...(exchange && { exchange }),
    ...(to !== undefined && { to }),
  }
  return {
    ...{ path: '/v1/aggregations', rpc: 'GetAggregations', post: true, tables: ['trades'] },
    asked: {
      ...{ ...others, exchanges: exchange && [exchange], ...conditions.asked, order, interval, calendar, metrics },
      group_by: groupBy,
      tick: levels.tick === undefined ? undefined : decimalOf(levels.tick),
      levels: levels.levels === undefined ? undefined : Number(levels.levels),
      ...sourceOf(random, 'trades', snapshots),
    },
    ...exchangesOf(by),
    wanted: (of) =>
      turned(groupsOf(selected(of.trades, { ...by, ...conditions.by }), grouped), order).map((row) =>
        only(
          row,
          GROUP_COLUMNS.filter((name) => name in row),
        ),
      ),
  }
}

const asOfs: Draw = (random, snapshots) => {
  const { by, conditions, asked } = chosenOf(random)
  const [age, micros] = oneOf(random, [
    [undefined, 24n * HOUR],
    ['90s', 90_000_000n],
    ['4h', 4n * HOUR],
  ] as const)
  const order = oneOf(random, ['asc', 'desc'])
  return {
    ...{ path: '/v1/asof', rpc: 'GetAsOf', tables: ['trades', 'quotes'] },
    asked: {
      ...{ ...asked, ...conditions.asked, order, max_age: age, fields: AS_OF_COLUMNS },
      ...sourceOf(random, 'trades', snapshots, { tail: false, byTime: true }),
    },
    ...exchangesOf(by),
    wanted: (of) => asOf(turned(selected(of.trades, { ...by, ...conditions.by }), order), of.quotes, micros),
  }
}

const summary: Draw = (random, snapshots) => {
  const [symbol, exchange] = oneOf(random, [
    ['KTA', 'ASX'],
    ['KTA', 'BINANCE'],
    ['KTB', undefined],
  ] as const)
  const conditions = conditionsOf(random)
  const date = oneOf(random, ['2014-04-04', '2014-04-05', '2014-04-06'])
  return {
    ...{ path: '/v1/summary/:symbol/:date', rpc: 'GetSummary', tables: ['trades'], isSingle: true },
    asked: { symbol, date, exchange, ...conditions.asked, ...sourceOf(random, 'trades', snapshots) },
    ...(exchange && { exchanges: [exchange] }),
    wanted: (of) => {
      const by = { symbols: [symbol], ...(exchange && { exchanges: [exchange] }), ...conditions.by }
      return summaryOf(selected(of.trades, by), date)
    },
  }
}

const symbols: Draw = (random, snapshots) => {
  const exchange = venueOf(random)
  return {
    ...{ path: '/v1/symbols', rpc: 'ListSymbols', tables: ['trades', 'quotes', 'reference'] },
    asked: { exchange, ...sourceOf(random, 'trades', snapshots, { byTime: true }) },
    ...(exchange && { exchanges: [exchange] }),
    wanted: (of) => listed(of, exchange),
  }
}

const DRAWS: Readonly<Record<string, Draw>> = {
  trades: records('trades'),
  quotes: records('quotes'),
  'trades query': queries('trades'),
  'quotes query': queries('quotes'),
  reference,
  ohlcv: bars(false),
  'ohlcv batch': bars(true),
  aggregations,
  'as-of': asOfs,
  summary,
  symbols,
}
export const NAMES = Object.keys(DRAWS)

export const drawn = (name: string, random: Random, snapshots: Snapshots): Drawn => ({
  name,
  ...DRAWS[name]!(random, snapshots),
})
