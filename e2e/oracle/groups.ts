/** Aggregations, worked out from the trades: see asked.ts. */
import type { Trade } from '@k2/market/trade.ts'
import { beginOf, type Cut, intervalOf, most, type Placed, type Row, rounded } from './asked.ts'
import { decimalOf, isoOf } from './trade.ts'

export interface GroupsAsked {
  readonly groupBy: readonly string[]
  readonly metrics: readonly string[]
  readonly cut?: Cut
  /** Whose clock the intervals follow where venues are not kept apart. */
  readonly exchange?: string
  readonly tick?: bigint
  readonly levels?: bigint
  /** End of what was asked for. */
  readonly to?: bigint
}

interface Group {
  readonly interval?: bigint
  readonly exchange: string
  readonly names: readonly string[]
  readonly level?: bigint
  readonly levelEnd?: bigint
  readonly trades: Placed<Trade>[]
}

const NAMES = ['symbol', 'exchange', 'side'] as const

/** By interval, symbol, venue, side and level; trades come in order. */
export function groupsOf(trades: readonly Placed<Trade>[], asked: GroupsAsked): Row[] {
  const outer = new Map<string, Group>()
  for (const trade of trades) {
    const exchange = asked.groupBy.includes('exchange') ? trade.exchange : (asked.exchange ?? '')
    const interval = asked.cut && intervalOf(asked.cut, exchange, BigInt(trade.timestampMicros))
    const names = NAMES.filter((name) => asked.groupBy.includes(name)).map((name) => trade[name])
    const key = JSON.stringify([String(interval), ...names])
    const group = outer.get(key) ?? { exchange, names, trades: [], ...(interval !== undefined && { interval }) }
    group.trades.push(trade)
    outer.set(key, group)
  }
  const groups = [...outer.values()].flatMap((group) => leveled(group, asked))
  return groups.sort(inOrder).map((group) => rowOf(group, asked))
}

function leveled(group: Group, { tick, levels }: GroupsAsked): Group[] {
  if (tick === undefined && levels === undefined) return [group]
  const prices = group.trades.map(({ price }) => price)
  const lowest = -most(prices.map((price) => -price))
  // Levels of a tick begin at 0; a number of them at the lowest price, and the last one holds the highest.
  const from = tick === undefined ? lowest : 0n
  const width = tick ?? (most(prices) - lowest) / levels! + 1n
  const found = new Map<bigint, Group>()
  for (const trade of group.trades) {
    let steps = (trade.price - from) / width
    if (from + steps * width > trade.price) steps--
    const level = from + steps * width
    const of = found.get(level) ?? { ...group, level, levelEnd: level + width, trades: [] }
    of.trades.push(trade)
    found.set(level, of)
  }
  return [...found.values()]
}

function inOrder(a: Group, b: Group): number {
  const pairs: [bigint | string, bigint | string][] = [
    [a.interval ?? 0n, b.interval ?? 0n],
    ...a.names.map((name, i): [string, string] => [name, b.names[i]!]),
    [a.level ?? 0n, b.level ?? 0n],
  ]
  const [one, two] = pairs.find(([one, two]) => one !== two) ?? [0, 0]
  return one < two ? -1 : one > two ? 1 : 0
}

function rowOf({ interval, exchange, names, level, levelEnd, trades }: Group, asked: GroupsAsked): Row {
  const row: Record<string, string | null> = {}
  NAMES.filter((name) => asked.groupBy.includes(name)).forEach((name, i) => {
    row[name] = names[i]!
  })
  if (interval !== undefined) row.timestamp = isoOf(beginOf(asked.cut!, exchange, interval))
  if (level !== undefined) row.price_level = decimalOf(level)
  if (levelEnd !== undefined) row.price_level_end = decimalOf(levelEnd)
  const ends = [
    ...(interval === undefined ? [] : [beginOf(asked.cut!, exchange, interval + 1n)]),
    ...(asked.to === undefined ? [] : [asked.to]),
  ].sort((a, b) => (a < b ? -1 : 1))
  for (const metric of asked.metrics) row[metric] = METRICS[metric]!(trades, ends[0])
  return row
}

type Trades = readonly Placed<Trade>[]
const sum = (trades: Trades, of: (trade: Placed<Trade>) => bigint): bigint =>
  trades.reduce((total, trade) => total + of(trade), 0n)

const METRICS: Readonly<Record<string, (trades: Trades, end: bigint | undefined) => string | null>> = {
  trade_count: (trades) => String(trades.length),
  volume: (trades) => decimalOf(sum(trades, ({ quantity }) => quantity)),
  notional: (trades) => sixteen(sum(trades, ({ price, quantity }) => price * quantity)),
  open_price: (trades) => decimalOf(trades[0]!.price),
  close_price: (trades) => decimalOf(trades.at(-1)!.price),
  min_price: (trades) => decimalOf(-most(trades.map(({ price }) => -price))),
  max_price: (trades) => decimalOf(most(trades.map(({ price }) => price))),
  avg_price: (trades) =>
    decimalOf(
      rounded(
        sum(trades, ({ price }) => price),
        BigInt(trades.length),
      ),
    ),
  vwap: (trades) => {
    const volume = sum(trades, ({ quantity }) => quantity)
    return volume === 0n
      ? null
      : decimalOf(
          rounded(
            sum(trades, ({ price, quantity }) => price * quantity),
            volume,
          ),
        )
  },
  twap: timeWeighted,
}

function timeWeighted(trades: Trades, end: bigint | undefined): string {
  const times = trades.map(({ timestampMicros }) => BigInt(timestampMicros))
  const until = end ?? times.at(-1)!
  const lasted = until - times[0]!
  if (lasted === 0n) return decimalOf(trades.at(-1)!.price)
  const weighted = trades.reduce((total, { price }, i) => total + price * ((times[i + 1] ?? until) - times[i]!), 0n)
  return decimalOf(rounded(weighted, lasted))
}

/** A count of 10^-16. */
function sixteen(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(17, '0')
  const text = `${digits.slice(0, -16)}.${digits.slice(-16)}`.replace(/\.?0+$/, '')
  return value < 0n ? `-${text}` : text
}
