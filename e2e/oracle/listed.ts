/** Companies, symbols and days, worked out from the records: see asked.ts. */
import { barsOf, type Row, type Selection, selected } from './asked.ts'
import type { Entry, Kind } from './ledger.ts'
import { isoOf } from './trade.ts'

/** Of each kind those that an answer covers. */
export type Records = { readonly [K in Kind]: readonly Entry<K>[] }

/** Of each company and symbol what was said last, in order. */
export function companies(
  records: Records['reference'],
  symbols: readonly string[] | undefined,
  companyIds: readonly string[] | undefined,
): Row[] {
  const last = new Map<string, Records['reference'][number]>()
  for (const record of records) {
    if (symbols && !symbols.includes(record.symbol)) continue
    if (companyIds && !companyIds.includes(record.companyId)) continue
    const key = [record.symbol, record.companyId, record.exchange].join('\n')
    const before = last.get(key)
    if (before === undefined || before.offset < record.offset) last.set(key, record)
  }
  return [...last].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { row }]) => row)
}

/** Symbols of a venue, or of all, with what there is of each. */
export function listed(records: Records, exchange: string | undefined): Row[] {
  const all = (['trades', 'quotes', 'reference'] as const).flatMap((kind) =>
    records[kind]
      .filter((record) => (exchange ?? record.exchange) === record.exchange)
      .map((record) => ({ kind, record })),
  )
  const found = Map.groupBy(all, ({ record }) => `${record.exchange}\n${record.symbol}`)
  return [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, of]) => {
      const count = (kind: Kind) => of.filter((one) => one.kind === kind).length
      const times = of
        .flatMap(({ record }) => ('timestampMicros' in record ? [BigInt(record.timestampMicros)] : []))
        .sort((a, b) => (a < b ? -1 : 1))
      const text = (at: bigint | undefined) => (at === undefined ? null : isoOf(at))
      return {
        symbol: of[0]!.record.symbol,
        exchange: of[0]!.record.exchange,
        kinds: (['trades', 'quotes', 'reference'] as const).filter((kind) => count(kind) > 0),
        trade_count: String(count('trades')),
        quote_count: String(count('quotes')),
        first_timestamp: text(times[0]),
        last_timestamp: text(times.at(-1)),
      }
    })
}

const DAY = 86_400_000_000n

/** The day of each venue, by its own calendar. */
export function summaryOf(trades: Records['trades'], date: string, by: Selection = {}): Row[] {
  const days = barsOf(selected(trades, by), { width: DAY, calendar: 'exchange' })
  const midnight = BigInt(Date.parse(`${date}T00:00:00Z`)) * 1000n
  return (
    days
      // The venue is less than half a day ahead of UTC: its midnight lies in the half before.
      .filter(({ timestamp }) => {
        const at = BigInt(Date.parse(String(timestamp))) * 1000n
        return at <= midnight && midnight - at < DAY / 2n
      })
      .map(({ symbol, exchange, open, high, low, close, volume, trade_count, vwap }) => ({
        ...{ symbol, exchange, date, open_price: open, high_price: high, low_price: low, close_price: close },
        ...{ volume, trade_count, vwap },
      })) as Row[]
  )
}
